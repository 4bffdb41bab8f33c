//! An example of a handler that calls an HTTP API: it creates a contact from the first signer of a Docusign envelope.
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
//! The value of the secret is the API's token. The optional setting `allow_private = "true"` allows an API at a private
//! address. An event may come twice: it then has the same idempotency key, so that the API can ignore the second one.

use aws_sdk_secretsmanager::Client;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::{Deserialize, Serialize};
use shared::config::StartError;
use shared::ports::secrets::{Secrets, SecretsManager};
use shared::webhook::body;
use url::Url;

use crate::deliver::client::{self, HttpClient, SendError};
use crate::deliver::{Delivery, Handler, HandlerContext};
use crate::outcome::Outcome;

/// Creates contacts through an API.
pub(super) struct CreateContact {
    http: HttpClient,
    url: Url,
    allow_private: bool,
    secrets: Secrets<SecretsManager>,
    secret_arn: String,
}

/// The part of Docusign's JSON that is needed.
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

/// A contact for the API, which is read from the fields of a signer with the same names.
#[derive(Deserialize, Serialize)]
struct Contact {
    name: String,
    email: String,
}

impl CreateContact {
    pub(super) fn new(context: &HandlerContext<'_>) -> Result<Self, StartError> {
        let settings = &context.settings;
        let allow_private = settings.flag("allow_private")?;
        let url = client::url(settings.get("url")?, allow_private);
        Ok(Self {
            http: context.http.clone(),
            url: url.map_err(|reason| settings.invalid("url", &reason))?,
            allow_private,
            secrets: Secrets::new(SecretsManager::new(Client::new(context.aws))),
            secret_arn: settings.get("secret_arn")?.to_owned(),
        })
    }

    async fn create(&self, delivery: &Delivery) -> Result<Outcome, SendError> {
        let contact = contact(&delivery.body).ok_or_else(|| {
            SendError::Permanent("not an event of a Docusign envelope with a signer".to_owned())
        })?;
        let secrets = self.secrets.active(&self.secret_arn, 0, Timestamp::now()).await;
        let secrets = secrets.map_err(|error| SendError::Transient(error.to_string()))?;
        let token = secrets.texts().first().map_or("", String::as_str);
        let request = self.request(contact, token, &delivery.webhook_id)?;
        let attempt = self.http.send(request, self.allow_private).await?;
        if attempt.status == Some(401) {
            // The cached token may be an old one. The next attempt fetches it again.
            self.secrets.forget(&self.secret_arn);
            return Err(SendError::Transient("HTTP status 401".to_owned()));
        }
        Ok(attempt.outcome)
    }

    fn request(&self, contact: Vec<u8>, token: &str, id: &str) -> Result<Request, SendError> {
        let header = |name: &str, value: &str| {
            let invalid = |_| SendError::Transient(format!("the {name} is not valid in HTTP"));
            HeaderValue::try_from(value).map_err(invalid)
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

/// The contact of the first signer as JSON for the API; `None` if there is no signer.
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
