//! Which headers of a request a destination may get, too.

use std::fmt;

use serde::Deserialize;

use super::request::Headers;

/// The most bytes of names and values that a request's headers may take up to be forwarded. API Gateway accepts 10,240
/// bytes of headers.
const MAX_FORWARDED_BYTES: usize = 16 * 1024;

/// Why a header is never forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeverForwarded {
    /// It is about one connection, not about the message (hop-by-hop, RFC 9110, section 7.6.1).
    #[error("it concerns one connection only")]
    Connection,
    /// It authenticates the sender to the receiver that it called. Another receiver could use it.
    #[error("it has credentials of the sender")]
    Credentials,
    /// The worker sets it.
    #[error("the worker sets it")]
    Worker,
    /// API Gateway and proxies set it.
    #[error("API Gateway and proxies set it")]
    Gateway,
}

/// Headers that are never forwarded, by their name in lower case. `infra/locals.tf` has the same list.
pub const NEVER_FORWARDED_NAMES: [(&str, NeverForwarded); 24] = [
    ("connection", NeverForwarded::Connection),
    ("expect", NeverForwarded::Connection),
    ("http2-settings", NeverForwarded::Connection),
    ("keep-alive", NeverForwarded::Connection),
    ("te", NeverForwarded::Connection),
    ("trailer", NeverForwarded::Connection),
    ("transfer-encoding", NeverForwarded::Connection),
    ("upgrade", NeverForwarded::Connection),
    ("authorization", NeverForwarded::Credentials),
    ("cookie", NeverForwarded::Credentials),
    ("cookie2", NeverForwarded::Credentials),
    ("set-cookie", NeverForwarded::Credentials),
    ("set-cookie2", NeverForwarded::Credentials),
    ("baggage", NeverForwarded::Worker),
    ("content-encoding", NeverForwarded::Worker),
    ("content-length", NeverForwarded::Worker),
    ("content-type", NeverForwarded::Worker),
    ("host", NeverForwarded::Worker),
    ("traceparent", NeverForwarded::Worker),
    ("tracestate", NeverForwarded::Worker),
    ("user-agent", NeverForwarded::Worker),
    ("forwarded", NeverForwarded::Gateway),
    ("via", NeverForwarded::Gateway),
    ("x-real-ip", NeverForwarded::Gateway),
];

/// The beginnings of headers that are never forwarded. `infra/locals.tf` has the same list.
pub const NEVER_FORWARDED_PREFIXES: [(&str, NeverForwarded); 5] = [
    ("proxy-", NeverForwarded::Connection),
    ("ce-", NeverForwarded::Worker),
    ("webhook-", NeverForwarded::Worker),
    ("x-amz", NeverForwarded::Gateway),
    ("x-forwarded-", NeverForwarded::Gateway),
];

/// Amazon SNS describes its messages in these headers, although they begin like those of API Gateway.
const SNS_PREFIX: &str = "x-amz-sns-";

impl NeverForwarded {
    /// Why the header with this name in lower case is never forwarded. `None` if it may be.
    pub fn of(name: &str) -> Option<Self> {
        if name.starts_with(SNS_PREFIX) {
            return None;
        }
        let by_name = NEVER_FORWARDED_NAMES.iter().find(|(known, _)| *known == name);
        let found = by_name
            .or_else(|| NEVER_FORWARDED_PREFIXES.iter().find(|(start, _)| name.starts_with(start)));
        found.map(|(_, reason)| *reason)
    }
}

/// The name of a header, or the beginning of names: `x-github-event`, or `x-github-*`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderPattern {
    text: String,
    is_prefix: bool,
}

/// Why a text is not a [`HeaderPattern`] that can be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPattern {
    /// It is not a name, nor the beginning of one followed by `*`.
    #[error("`{0}` is not a header name, or the beginning of one followed by `*`")]
    Form(String),
    /// All headers that it names are never forwarded.
    #[error("`{0}` is never forwarded: {1}")]
    Never(String, NeverForwarded),
}

impl HeaderPattern {
    /// The pattern for one header.
    pub(crate) fn name(name: &str) -> Self {
        Self { text: name.to_ascii_lowercase(), is_prefix: false }
    }

    /// The pattern for all headers that begin so.
    pub(crate) fn prefix(start: &str) -> Self {
        Self { text: start.to_ascii_lowercase(), is_prefix: true }
    }

    /// Whether a header's name, in lower case, matches.
    pub fn matches(&self, name: &str) -> bool {
        match self.is_prefix {
            true => name.starts_with(&self.text),
            false => name == self.text,
        }
    }

    /// Why no header that it names is ever forwarded. `None` if one may be.
    fn never(&self) -> Option<NeverForwarded> {
        if !self.is_prefix {
            return NeverForwarded::of(&self.text);
        }
        let mut prefixes = NEVER_FORWARDED_PREFIXES.iter();
        let found = prefixes.find(|(start, _)| self.text.starts_with(start));
        let may_be_sns = SNS_PREFIX.starts_with(&self.text) || self.text.starts_with(SNS_PREFIX);
        found.filter(|_| !may_be_sns).map(|(_, reason)| *reason)
    }
}

impl TryFrom<String> for HeaderPattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        let pattern = match text.strip_suffix('*') {
            Some(start) => Self::prefix(start),
            None => Self::name(&text),
        };
        if pattern.text.is_empty() || !pattern.text.bytes().all(is_name_byte) {
            return Err(InvalidPattern::Form(text));
        }
        match pattern.never() {
            Some(reason) => Err(InvalidPattern::Never(text, reason)),
            None => Ok(pattern),
        }
    }
}

/// Whether a byte may stand in a header's name (`tchar` of RFC 9110, section 5.6.2). A `*` may, too, but no header in
/// use has one, and here it is the wildcard.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte)
}

impl fmt::Debug for HeaderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.is_prefix { "*" } else { "" })
    }
}

impl Headers {
    /// The headers that a destination may get. Left out are those that are never forwarded, those that `Connection`
    /// names (RFC 9110, section 7.6.1), those in which the sender sends the source's secret itself (`secrets`), and what
    /// exceeds 16 KiB.
    #[must_use]
    pub fn forwardable(self, secrets: &[HeaderPattern]) -> Self {
        let connection = self.get("connection").unwrap_or_default().to_ascii_lowercase();
        let nominated: Vec<_> = connection.split(',').map(str::trim).collect();
        let is_allowed = |name: &str| {
            NeverForwarded::of(name).is_none()
                && !nominated.contains(&name)
                && !secrets.iter().any(|secret| secret.matches(name))
        };
        let mut left = MAX_FORWARDED_BYTES;
        self.filter(|name, value| {
            let size = name.len() + value.len();
            let fits = is_allowed(name) && size <= left;
            left -= if fits { size } else { 0 };
            fits
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<HeaderPattern, String> {
        HeaderPattern::try_from(text.to_owned()).map_err(|error| error.to_string())
    }

    fn forwardable(headers: &[(&str, &str)], secrets: &[HeaderPattern]) -> Vec<String> {
        let headers: Headers = headers.iter().copied().collect();
        headers.forwardable(secrets).iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn a_pattern_is_a_name_in_any_case_or_its_beginning() {
        let event = pattern("X-GitHub-Event").unwrap();
        assert!(event.matches("x-github-event") && !event.matches("x-github-event-2"));
        let all = pattern("X-GitHub-*").unwrap();
        assert!(all.matches("x-github-event") && all.matches("x-github-") && !all.matches("x-hub"));
    }

    #[test]
    fn a_wildcard_stands_only_at_the_end_of_a_beginning() {
        for text in ["", "*", "x-*-y", "x-**", "*-x", "x y", "x:", "x\n", "ü", "x-ü*", " x"] {
            let error = pattern(text).unwrap_err();
            assert!(error.contains("is not a header name"), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_that_is_never_forwarded_is_refused_with_the_reason() {
        for (text, reason) in [
            ("Connection", "one connection"),
            ("proxy-authorization", "one connection"),
            ("proxy-*", "one connection"),
            ("TE", "one connection"),
            ("authorization", "credentials"),
            ("Cookie", "credentials"),
            ("set-cookie", "credentials"),
            ("content-type", "the worker"),
            ("Webhook-*", "the worker"),
            ("webhook-signature*", "the worker"),
            ("ce-id", "the worker"),
            ("x-amzn-trace-id", "API Gateway"),
            ("x-amz-cf-*", "API Gateway"),
            ("x-forwarded-for", "API Gateway"),
        ] {
            let error = pattern(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn headers_of_sns_and_wildcards_that_match_other_headers_too_are_allowed() {
        for text in ["x-amz-sns-message-type", "x-amz-sns-*", "x-amz-*", "x-amz*", "x-*", "te*"] {
            assert!(pattern(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_never_forwarded_is_left_out_whatever_matches_it() {
        let mut headers: Vec<_> =
            NEVER_FORWARDED_NAMES.iter().map(|(name, _)| (*name, "1")).collect();
        let prefixed = NEVER_FORWARDED_PREFIXES.map(|(start, _)| format!("{start}x"));
        headers.extend(prefixed.iter().map(|name| (name.as_str(), "1")));
        headers.extend([("x-event", "1"), ("x-amz-sns-message-type", "1")]);
        assert_eq!(forwardable(&headers, &[]), ["x-amz-sns-message-type", "x-event"]);
    }

    #[test]
    fn headers_that_connection_names_are_left_out() {
        let headers = [("connection", "close, X-Hop ,x-end"), ("x-hop", "1"), ("x-event", "1")];
        assert_eq!(forwardable(&headers, &[]), ["x-event"]);
    }

    #[test]
    fn headers_with_the_secret_itself_are_left_out() {
        let headers = [("X-Token", "s"), ("x-token-1", "s"), ("x-event", "1")];
        assert_eq!(
            forwardable(&headers, &[HeaderPattern::name("X-Token")]),
            ["x-event", "x-token-1"]
        );
        assert_eq!(forwardable(&headers, &[HeaderPattern::prefix("x-token")]), ["x-event"]);
    }

    #[test]
    fn a_header_that_exceeds_the_limit_is_left_out_and_smaller_ones_are_kept() {
        let half = "x".repeat(MAX_FORWARDED_BYTES / 2);
        let headers = [("x-a", &half[..]), ("x-b", &half[..]), ("x-c", "1")];
        assert_eq!(forwardable(&headers, &[]), ["x-a", "x-c"]);
        let rest = "x".repeat(MAX_FORWARDED_BYTES - 3);
        assert_eq!(forwardable(&[("x-a", &rest)], &[]), ["x-a"]);
    }
}
