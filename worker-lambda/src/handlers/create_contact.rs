//! An example of a handler that calls an API: it makes a contact of whoever signed a Docusign envelope.
//!
//! ```hcl
//! here = {
//!   handler = {
//!     name        = "create_contact"
//!     settings    = { url = "https://api.example.com/contacts", secret_arn = "arn:aws:secretsmanager:…" }
//!     permissions = [{ actions = ["secretsmanager:GetSecretValue"], resources = ["arn:aws:secretsmanager:…"] }]
//!   }
//! }
//! ```
//!
//! The secret's value is the API's token. A further setting, `allow_private = "true"`, is for an API
//! at a private address. Events come twice: by the same `idempotency-key`, the API knows.

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::{Deserialize, Serialize};
use shared::config::StartError;
use shared::ports::secrets::{Secrets, SecretsManager};
use shared::webhook::body;
use url::Url;

use super::Handler;
use crate::deliver::Delivery;
use crate::deliver::client::{self, HttpClient, SendError};
use crate::handler_context::HandlerContext;
use crate::outcome::Outcome;

/// Makes contacts by an API.
pub(super) struct CreateContact {
    http: HttpClient,
    url: Url,
    allow_private: bool,
    secrets: Secrets<SecretsManager>,
    secret_arn: String,
}

/// As much of Docusign's JSON as is needed.
#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "envelopeSummary")]
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    recipients: Recipients,
}

#[derive(Deserialize)]
struct Recipients {
    signers: Vec<Contact>,
}

/// What the API gets: of the signer, the fields of the same names.
#[derive(Deserialize, Serialize)]
struct Contact {
    name: String,
    email: String,
}

impl CreateContact {
    pub(super) fn new(tools: &HandlerContext<'_>) -> Result<Self, StartError> {
        let settings = &tools.settings;
        let allow_private = settings.flag("allow_private")?;
        let url = client::url(settings.get("url")?, allow_private);
        Ok(Self {
            http: tools.http.clone(),
            url: url.map_err(|reason| settings.invalid("url", &reason))?,
            allow_private,
            secrets: Secrets::new(SecretsManager::new(aws_sdk_secretsmanager::Client::new(
                tools.aws,
            ))),
            secret_arn: settings.get("secret_arn")?.to_owned(),
        })
    }

    async fn create(&self, delivery: &Delivery) -> Result<Outcome, SendError> {
        let contact = contact(&delivery.body)
            .ok_or_else(|| SendError::Permanent("no Docusign envelope with a signer".to_owned()))?;
        let secrets = self.secrets.active(&self.secret_arn, 0, Timestamp::now()).await;
        let secrets = secrets.map_err(|error| SendError::Transient(error.to_string()))?;
        let token = secrets.texts().first().map_or("", String::as_str);
        let request = self.request(contact, token, &delivery.webhook_id)?;
        let tried = self.http.send(request, self.allow_private).await?;
        if tried.status == Some(401) {
            // The token in hand may be an old one: next time it is looked up.
            self.secrets.forget(&self.secret_arn);
            return Err(SendError::Transient("HTTP status 401".to_owned()));
        }
        Ok(tried.outcome)
    }

    fn request(&self, contact: Vec<u8>, token: &str, id: &str) -> Result<Request, SendError> {
        let header = |name: &str, value: &str| {
            let wrong = |_| SendError::Transient(format!("its {name} cannot stand in a header"));
            HeaderValue::try_from(value).map_err(wrong)
        };
        let mut request = Request::new(Method::POST, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, header("token", &format!("Bearer {token}"))?);
        headers.insert(CONTENT_TYPE, header("content type", "application/json")?);
        headers.insert("idempotency-key", header("id", id)?);
        *request.body_mut() = Some(contact.into());
        Ok(request)
    }
}

/// Of the first signer, what the API takes.
fn contact(body: &[u8]) -> Option<Vec<u8>> {
    let event: Event = body::json(body)?;
    let signer = event.data.summary.recipients.signers.into_iter().next()?;
    serde_json::to_vec(&signer).ok()
}

impl Handler for CreateContact {
    async fn handle(&self, delivery: &Delivery) -> Outcome {
        self.create(delivery).await.unwrap_or_else(Outcome::from)
    }
}
