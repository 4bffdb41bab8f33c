//! The tokens of one destination: cached, fetched once for all deliveries that need one, and fetched again when the
//! destination refuses one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shared::config::OAuth2;
use shared::ports::secrets::{ActiveSecrets, SecretStore, SecretsError};
use tokio::time::timeout_at;
use url::Url;

use super::credential::usable;
use super::token::{Client, Token};
use super::{AuthContext, Credential, SingleFlight};
use crate::deliver::client::{self, SendError};

/// How long the token endpoint may take. A delivery that ends sooner shortens it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer of a token endpoint, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The tokens of one destination.
pub(in crate::deliver) struct TokenSource {
    oauth2: OAuth2,
    url: Url,
    allow_private: bool,
    cache: Mutex<Option<Token>>,
    fetches: SingleFlight<Result<Credential, String>>,
}

/// Why the token endpoint gave no token.
enum TokenError {
    /// It may have refused the client: 400 or 401 (RFC 6749, section 5.2).
    Refused(String),
    /// Anything else.
    Failed(String),
}

impl TokenSource {
    pub(super) fn new(oauth2: &OAuth2, allow_private: bool) -> Result<Self, String> {
        let url = client::url(&oauth2.token_url, allow_private);
        Ok(Self {
            oauth2: oauth2.clone(),
            url: url.map_err(|error| format!("token_url: {error}"))?,
            allow_private,
            cache: Mutex::default(),
            fetches: SingleFlight::default(),
        })
    }

    pub(super) fn secret_arn(&self) -> &str {
        &self.oauth2.secret_arn
    }

    /// A token that is not the one that the destination refused. The error is a reason for logs and dead letters. It names
    /// the token endpoint's host only, because the rest of its URL may contain credentials.
    pub(super) async fn token<K: SecretStore>(
        &self,
        refused: Option<&Credential>,
        context: &AuthContext<'_, K>,
    ) -> Result<Credential, String> {
        if let Some(cached) = self.cached(refused, context) {
            return Ok(cached);
        }
        let fetch = self.fetches.run(async {
            // Another delivery may have fetched one since.
            match self.cached(refused, context) {
                Some(cached) => Ok(cached),
                None => self.fetch(refused.is_some(), context).await,
            }
        });
        let fetched = timeout_at(context.deadline, fetch).await;
        fetched.unwrap_or_else(|_elapsed| Err(self.reason("timed out")))
    }

    fn cached<K>(
        &self,
        refused: Option<&Credential>,
        context: &AuthContext<'_, K>,
    ) -> Option<Credential> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = cache.as_ref().filter(|token| token.is_fresh(context.now));
        fresh.map(|token| token.credential.clone()).filter(|cached| refused != Some(cached))
    }

    /// Fetches a token. The secret is read past the cache if the destination refused a token, or if the token endpoint
    /// refuses the client: its secret may have been rotated.
    async fn fetch<K: SecretStore>(
        &self,
        is_refused: bool,
        context: &AuthContext<'_, K>,
    ) -> Result<Credential, String> {
        let AuthContext { secrets, now, .. } = context;
        let arn = self.secret_arn();
        let known = match is_refused {
            true => self.reread(context).await,
            false => secrets.active(arn, 0, *now).await,
        };
        let known = known.map_err(|error| error.to_string())?;
        let reason = match self.request(&known, context).await {
            Err(TokenError::Refused(reason)) if !is_refused => reason,
            fetched => return fetched.map_err(TokenError::reason),
        };
        let newer = self.reread(context).await.map_err(|error| error.to_string())?;
        match newer.texts() == known.texts() {
            true => Err(reason),
            false => self.request(&newer, context).await.map_err(TokenError::reason),
        }
    }

    /// The secret, read past the cache. While Secrets Manager fails, the cached one.
    async fn reread<K: SecretStore>(
        &self,
        context: &AuthContext<'_, K>,
    ) -> Result<ActiveSecrets, SecretsError> {
        let AuthContext { secrets, now, .. } = context;
        match secrets.reread(self.secret_arn(), 0, *now).await {
            Err(SecretsError::Store(_)) => secrets.active(self.secret_arn(), 0, *now).await,
            read => read,
        }
    }

    /// Asks the token endpoint for a token, and caches it.
    async fn request<K: SecretStore>(
        &self,
        secrets: &ActiveSecrets,
        context: &AuthContext<'_, K>,
    ) -> Result<Credential, TokenError> {
        let AuthContext { client, now, deadline, .. } = context;
        let failed = |what: &str| TokenError::Failed(self.reason(what));
        let request = usable(self.secret_arn(), secrets.texts(), context.secrets, |text| {
            Client::read(text)?.request(&self.url, &self.oauth2)
        });
        let mut request = request.map_err(TokenError::Failed)?;
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        *request.timeout_mut() = Some(left.min(TIMEOUT));
        let answer = client.fetch(request, self.allow_private, MAX_ANSWER_BYTES).await;
        let (status, body) = answer.map_err(|error| match error {
            SendError::Transient(what) | SendError::Permanent(what) => failed(&what),
        })?;
        match status {
            200..300 => {}
            400 | 401 => return Err(TokenError::Refused(self.reason(&status_reason(status)))),
            _ => return Err(failed(&status_reason(status))),
        }
        let token = Token::read(&body, *now).ok_or_else(|| failed("its answer is not a token"))?;
        let credential = token.credential.clone();
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(credential)
    }

    fn reason(&self, what: &str) -> String {
        format!("token endpoint {}: {what}", self.url.host_str().unwrap_or_default())
    }
}

impl TokenError {
    fn reason(self) -> String {
        match self {
            Self::Refused(reason) | Self::Failed(reason) => reason,
        }
    }
}

fn status_reason(status: u16) -> String {
    format!("HTTP status {status}")
}
