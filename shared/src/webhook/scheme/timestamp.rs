//! How fresh a request must be.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Where a provider's timestamp stands and how far it may be off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRule {
    /// The name of the field it stands in.
    pub field: String,
    /// How it is written.
    #[serde(default)]
    pub unit: Unit,
    /// How far it may be off, in seconds; none, or 0, where the provider states nothing: then it is
    /// recorded, and not checked.
    #[serde(default = "default_tolerance")]
    pub tolerance: Option<u32>,
    /// In which direction it is checked.
    #[serde(default)]
    pub direction: Direction,
}

/// Five minutes, the tolerance of Standard Webhooks' libraries and of Stripe's.
fn default_tolerance() -> Option<u32> {
    Some(300)
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Unix seconds.
    #[default]
    Seconds,
    /// Unix milliseconds.
    Milliseconds,
    /// RFC 3339.
    Rfc3339,
}

/// In which direction a timestamp is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Neither too old nor too far ahead.
    #[default]
    Both,
    /// Not too old; a provider's clock may run ahead.
    Past,
}

impl TimestampRule {
    /// Whether it is checked.
    pub fn is_checked(&self) -> bool {
        self.tolerance.is_some_and(|tolerance| tolerance > 0)
    }

    /// The time that a field's text stands for; none where it is not one.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        match self.unit {
            Unit::Seconds => Timestamp::from_second(integer(text, 10)?).ok(),
            Unit::Milliseconds => Timestamp::from_millisecond(integer(text, 13)?).ok(),
            Unit::Rfc3339 => text.parse().ok(),
        }
    }

    /// How old a request is, if that is too old (positive) or too far ahead (negative).
    pub fn staleness(&self, signed_at: Timestamp, now: Timestamp) -> Option<SignedDuration> {
        let age = now.duration_since(signed_at);
        let tolerance = self.tolerance.filter(|_| self.is_checked())?;
        let tolerance = SignedDuration::from_secs(i64::from(tolerance));
        let ahead = self.direction == Direction::Both && age < -tolerance;
        (age > tolerance || ahead).then_some(age)
    }
}

/// So many digits, from 2001 to 2286, and no sign, space or exponent: what is read is what was signed,
/// also where the body follows at once.
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
    fn each_unit_is_read_strictly() {
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
