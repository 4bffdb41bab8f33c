//! Timestamps of signed requests, and how old they may be.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// The field that contains a provider's timestamp, and how far it may differ from the current time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRule {
    /// The name of the field that contains it.
    pub field: String,
    /// Its format.
    #[serde(default)]
    pub unit: Unit,
    /// How far it may differ from the current time, in seconds. With `None` or 0, it is recorded and not
    /// checked; this is for providers that document no tolerance.
    #[serde(default = "default_tolerance")]
    pub tolerance: Option<u32>,
    /// Whether timestamps in the future are checked as well.
    #[serde(default)]
    pub direction: Direction,
}

/// 300 seconds, the tolerance of the libraries of Standard Webhooks and Stripe.
fn default_tolerance() -> Option<u32> {
    Some(300)
}

/// The format of a timestamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Unix time in seconds, 10 digits.
    #[default]
    Seconds,
    /// Unix time in milliseconds, 13 digits.
    Milliseconds,
    /// RFC 3339.
    Rfc3339,
}

/// Which timestamps are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Those that are too old, and those that are too far in the future.
    #[default]
    Both,
    /// Those that are too old. The provider's clock may be ahead.
    Past,
}

impl TimestampRule {
    /// Whether the timestamp is checked: the tolerance is set and not 0.
    pub fn is_checked(&self) -> bool {
        self.tolerance.is_some_and(|tolerance| tolerance > 0)
    }

    /// Parses a field's text. `None` if it does not have the format.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        match self.unit {
            Unit::Seconds => Timestamp::from_second(integer(text, 10)?).ok(),
            Unit::Milliseconds => Timestamp::from_millisecond(integer(text, 13)?).ok(),
            Unit::Rfc3339 => text.parse().ok(),
        }
    }

    /// The age of a request if it is out of tolerance: positive if it is too old, negative if it is too far
    /// in the future.
    pub fn staleness(&self, signed_at: Timestamp, now: Timestamp) -> Option<SignedDuration> {
        let age = now.duration_since(signed_at);
        let tolerance = self.tolerance.filter(|_| self.is_checked())?;
        let tolerance = SignedDuration::from_secs(i64::from(tolerance));
        let ahead = self.direction == Direction::Both && age < -tolerance;
        (age > tolerance || ahead).then_some(age)
    }
}

/// Parses exactly `digits` digits without sign, space or exponent, which covers the years 2001 to 2286. A
/// fixed length matters if the body follows the timestamp without a separator: digits cannot move from one to
/// the other.
fn integer(text: &str, digits: usize) -> Option<i64> {
    let exact = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    exact.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(unit: Unit, direction: Direction) -> TimestampRule {
        TimestampRule { field: "t".into(), unit, tolerance: Some(300), direction }
    }

    #[test]
    fn each_unit_is_parsed_strictly() {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let parse = |unit, text| rule(unit, Direction::Both).parse(text);
        assert_eq!(parse(Unit::Seconds, "1700000000"), Some(at));
        assert_eq!(parse(Unit::Milliseconds, "1700000000000"), Some(at));
        assert_eq!(parse(Unit::Rfc3339, "2023-11-14T22:13:20Z"), Some(at));
        for bad in
            ["", "-170000000", "+170000000", " 170000000", "1.70000e9", "170000000", "17000000000"]
        {
            assert_eq!(parse(Unit::Seconds, bad), None, "{bad}");
        }
    }

    #[test]
    fn the_tolerance_is_inclusive_and_has_a_direction() {
        let stale = |direction, age| {
            let now = Timestamp::from_second(1_700_000_000).unwrap();
            let signed_at = now - SignedDuration::from_secs(age);
            rule(Unit::Seconds, direction).staleness(signed_at, now).is_some()
        };
        assert!(!stale(Direction::Both, 300) && stale(Direction::Both, 301));
        assert!(!stale(Direction::Both, -300) && stale(Direction::Both, -301));
        assert!(!stale(Direction::Past, -86_400) && stale(Direction::Past, 301));
    }

    #[test]
    fn without_a_tolerance_nothing_is_stale() {
        for json in [r#"{"field":"t","tolerance":null}"#, r#"{"field":"t","tolerance":0}"#] {
            let rule: TimestampRule = serde_json::from_str(json).unwrap();
            assert_eq!(rule.staleness(Timestamp::UNIX_EPOCH, Timestamp::MAX), None);
        }
        let rule: TimestampRule = serde_json::from_str(r#"{"field":"t"}"#).unwrap();
        assert!(rule.staleness(Timestamp::UNIX_EPOCH, Timestamp::MAX).is_some());
    }
}
