//! Authenticates HTTP deliveries by a credential from Secrets Manager: a static one, or a token of OAuth 2.

mod credential;
mod single_flight;
mod token;
mod token_source;

use jiff::Timestamp;
use reqwest::header::HeaderName;
use shared::config;
use shared::ports::secrets::{SecretStore, Secrets, SecretsError};
use shared::webhook::forward::NeverForwarded;
use tokio::time::Instant;

pub(super) use self::credential::Credential;
use self::credential::CredentialRule;
use self::single_flight::SingleFlight;
use self::token_source::TokenSource;
use super::client::{HttpClient, SendError};

/// How deliveries to one destination authenticate.
pub(super) enum Authenticator {
    /// By a credential that the secret has.
    Static(StaticCredential),
    /// By a token that the secret's credentials buy.
    Token(Box<TokenSource>),
}

/// A credential that the secret has.
pub(super) struct StaticCredential {
    secret_arn: String,
    rule: CredentialRule,
    rereads: SingleFlight<Result<Option<Credential>, String>>,
}

/// What one attempt at a delivery has at hand.
pub(super) struct AuthContext<'a, K> {
    /// The client for token endpoints.
    pub(super) client: &'a HttpClient,
    /// The secrets with the credentials.
    pub(super) secrets: &'a Secrets<K>,
    /// The current time.
    pub(super) now: Timestamp,
    /// When the attempt ends.
    pub(super) deadline: Instant,
}

impl Authenticator {
    /// How a destination is configured to authenticate. The error names the attribute that is not valid.
    pub(super) fn new(auth: &config::Auth, allow_private: bool) -> Result<Self, String> {
        let rule = match auth {
            config::Auth::Bearer { .. } => CredentialRule::Bearer,
            config::Auth::Basic { .. } => CredentialRule::Basic,
            config::Auth::Header { header, .. } => CredentialRule::Header(header_name(header)?),
            config::Auth::OAuth2(oauth2) => {
                return Ok(Self::Token(Box::new(TokenSource::new(oauth2, allow_private)?)));
            }
        };
        let secret_arn = auth.secret_arn().to_owned();
        Ok(Self::Static(StaticCredential { secret_arn, rule, rereads: SingleFlight::default() }))
    }

    /// The ARN of the secret.
    pub(super) fn secret_arn(&self) -> &str {
        match self {
            Self::Static(credential) => &credential.secret_arn,
            Self::Token(tokens) => tokens.secret_arn(),
        }
    }

    /// The credential for a delivery.
    pub(super) async fn credential<K: SecretStore>(
        &self,
        context: &AuthContext<'_, K>,
    ) -> Result<Credential, SendError> {
        match self {
            Self::Static(credential) => credential.current(context).await,
            Self::Token(tokens) => tokens.token(None, context).await,
        }
        .map_err(SendError::Transient)
    }

    /// Another credential after the destination refused this one. `None` if there is no other.
    pub(super) async fn renewed<K: SecretStore>(
        &self,
        refused: &Credential,
        context: &AuthContext<'_, K>,
    ) -> Result<Option<Credential>, SendError> {
        match self {
            Self::Static(credential) => credential.reread(refused, context).await,
            Self::Token(tokens) => tokens.token(Some(refused), context).await.map(Some),
        }
        .map_err(SendError::Transient)
    }
}

impl StaticCredential {
    async fn current<K: SecretStore>(
        &self,
        context: &AuthContext<'_, K>,
    ) -> Result<Credential, String> {
        let secrets = context.secrets.active(&self.secret_arn, 0, context.now).await;
        let secrets = secrets.map_err(|error| error.to_string())?;
        credential::usable(&self.secret_arn, secrets.texts(), context.secrets, |text| {
            self.rule.credential(text)
        })
    }

    /// The credential after the secret was read past the cache, if it is another one. If Secrets Manager fails, there is
    /// none.
    async fn reread<K: SecretStore>(
        &self,
        refused: &Credential,
        context: &AuthContext<'_, K>,
    ) -> Result<Option<Credential>, String> {
        let AuthContext { secrets, now, .. } = context;
        let reread = async {
            match secrets.reread(&self.secret_arn, 0, *now).await {
                Err(SecretsError::Store(_)) => Ok(None),
                Err(error) => Err(error.to_string()),
                Ok(_) => self.current(context).await.map(Some),
            }
        };
        let found = self.rereads.run(reread).await?;
        Ok(found.filter(|found| found != refused))
    }
}

/// The name of a header for a credential. It must not be one that the worker, the connection or a proxy sets.
fn header_name(name: &str) -> Result<HeaderName, String> {
    let valid = HeaderName::from_bytes(name.as_bytes());
    let valid = valid.map_err(|_| "header: not a header name".to_owned())?;
    match NeverForwarded::of(valid.as_str()) {
        None | Some(NeverForwarded::Credentials) => Ok(valid),
        Some(reason) => Err(format!("header: {reason}")),
    }
}
