//! One HTTP destination: its settings, and the requests that deliver to it.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use shared::config::{self, StartError};
use shared::webhook::forward::HeaderPattern;
use shared::webhook::request::Headers;
use url::Url;

use crate::deliver::auth::{Authenticator, Credential};
use crate::deliver::client::{self, SendError};
use crate::deliver::status_rules::StatusRules;
use crate::deliver::{Delivery, cloudevents, seconds, sign};

/// An HTTP destination.
pub(super) struct HttpDestination {
    url: Url,
    method: Method,
    pub(super) timeout: Duration,
    pub(super) allow_private: bool,
    headers: HeaderMap,
    forward_headers: Vec<HeaderPattern>,
    pub(super) auth: Option<Authenticator>,
    pub(super) secret_arn: String,
    pub(super) status_rules: StatusRules,
}

impl HttpDestination {
    pub(super) fn new(name: &str, http: &config::Http) -> Result<Self, StartError> {
        let invalid = |reason: String| StartError::Invalid(format!("destinations.{name}"), reason);
        let header = |(name, value): (&String, &String)| {
            let value = HeaderValue::from_str(value).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        let headers: Option<HeaderMap> = http.headers.iter().map(header).collect();
        let auth = http.auth.as_ref().map(|auth| Authenticator::new(auth, http.allow_private));
        Ok(Self {
            url: client::url(&http.url, http.allow_private)
                .map_err(|error| invalid(format!("url: {error}")))?,
            method: match http.method {
                config::Method::Post => Method::POST,
                config::Method::Put => Method::PUT,
                config::Method::Patch => Method::PATCH,
            },
            timeout: seconds(http.timeout).map_err(|error| invalid(format!("timeout: {error}")))?,
            allow_private: http.allow_private,
            headers: headers.ok_or_else(|| invalid("headers: not valid in HTTP".to_owned()))?,
            forward_headers: http.forward_headers.clone(),
            auth: auth.transpose().map_err(|error| invalid(format!("auth.{error}")))?,
            secret_arn: http.secret_arn.clone(),
            status_rules: StatusRules::new(&http.reject_on, &http.retry_on).map_err(invalid)?,
        })
    }

    /// The signed request. Of headers with the same name, the last of these counts: those of the original request, the
    /// configured ones, the credential, and the worker's own.
    pub(super) fn request(
        &self,
        delivery: &Delivery,
        secrets: &[String],
        credential: Option<&Credential>,
        now: Timestamp,
    ) -> Result<Request, SendError> {
        let signed = sign::headers(secrets, &delivery.webhook_id, &delivery.body, now);
        let signed = signed.map_err(|error| SendError::Transient(error.to_string()))?;
        let body_headers = [
            (CONTENT_TYPE, &delivery.content_type),
            (CONTENT_ENCODING, &delivery.content_encoding),
        ];
        let mut headers: HeaderMap = self.forwarded(&delivery.headers).collect();
        let credential = credential.map(|Credential { name, value }| (name, value));
        for (name, value) in self.headers.iter().chain(credential) {
            headers.insert(name, value.clone());
        }
        let body_headers =
            body_headers.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let own_headers = signed.into_iter().chain(cloudevents::headers(delivery));
        let own_headers = own_headers.map(|(name, value)| (HeaderName::from_static(name), value));
        for (name, value) in own_headers.chain(body_headers) {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| SendError::Permanent(format!("its {name} is not valid in HTTP")))?;
            headers.insert(name, value);
        }
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = Some(delivery.body.clone().into());
        Ok(request)
    }

    /// The headers of the original request that the destination gets. One that is not valid in HTTP is left out.
    fn forwarded(&self, headers: &Headers) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let is_wanted = |name: &str| self.forward_headers.iter().any(|it| it.matches(name));
        headers.iter().filter(move |(name, _)| is_wanted(name)).filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        })
    }
}
