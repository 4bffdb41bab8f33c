//! When a JWT is valid (RFC 7519, 4.1.4 to 4.1.6).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::ISSUED_AT;
use crate::webhook::scheme::Refusal;
use crate::webhook::scheme::timestamp::{Direction, TimestampRule};

/// The times in a JWT's claims.
#[derive(Clone, Copy, Debug)]
pub(in crate::webhook::scheme) struct Validity {
    issued_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    expires: Option<Timestamp>,
    /// How far clocks may differ.
    leeway: SignedDuration,
    /// Whether the provider's clock may be ahead by any time.
    any_issue: bool,
}

impl Validity {
    /// The times in the claims. `None` if one of them is not a number of seconds.
    pub(super) fn of(
        claims: &Map<String, Value>,
        rule: Option<&TimestampRule>,
        leeway: u32,
    ) -> Option<Self> {
        let time = |name| match claims.get(name) {
            None => Some(None),
            Some(value) => numeric_date(value).map(Some),
        };
        Some(Self {
            issued_at: time(ISSUED_AT)?,
            not_before: time("nbf")?,
            expires: time("exp")?,
            leeway: SignedDuration::from_secs(leeway.into()),
            any_issue: rule.is_some_and(|rule| rule.direction == Direction::Past),
        })
    }

    /// When the JWT was made.
    pub(in crate::webhook::scheme) fn issued_at(&self) -> Option<Timestamp> {
        self.issued_at
    }

    /// Whether the JWT expires.
    pub(super) fn ends(&self) -> bool {
        self.expires.is_some()
    }

    /// Fails with [`Refusal::Stale`] if the JWT has expired or is not valid yet.
    pub(in crate::webhook::scheme) fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let age = |of: Timestamp| now.duration_since(of);
        let is_early = |of: Timestamp| age(of) < -self.leeway;
        // "On or after" its end, a JWT must not be accepted.
        let expired = self.expires.filter(|end| age(*end) >= self.leeway);
        let early = self.not_before.filter(|start| is_early(*start));
        let issued = self.issued_at.filter(|at| !self.any_issue && is_early(*at));
        match expired.or(early).or(issued) {
            Some(limit) => Err(Refusal::Stale(age(self.issued_at.unwrap_or(limit)).as_secs())),
            None => Ok(()),
        }
    }
}

/// A NumericDate (RFC 7519, 2): seconds since 1970, which may have a fraction.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    let number = value.as_number()?;
    let whole = || number.as_f64().filter(|seconds| seconds.abs() < 1e12).map(|it| it as i64);
    Timestamp::from_second(number.as_i64().or_else(whole)?).ok()
}
