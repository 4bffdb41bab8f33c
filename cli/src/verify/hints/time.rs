//! Timestamps: how stale, and whether anything else is wrong.

use jiff::Timestamp;
use shared::webhook::scheme::SignatureClaim;

use super::{Case, made};
use crate::verify::Moment;
use crate::words;

/// By how much and in which direction, and whether the signature would be good.
pub(super) fn stale(case: &Case<'_>, age: i64) -> Vec<String> {
    let mut hints = Vec::new();
    let Some(way) = case.ways.last() else { return hints };
    let tolerance =
        way.scheme.timestamp.as_ref().and_then(|rule| rule.tolerance).unwrap_or_default();
    let beyond = words::duration(age.saturating_abs() - i64::from(tolerance));
    let direction = if age >= 0 { "too old" } else { "too far ahead" };
    hints.push(format!("it is {beyond} {direction}: {tolerance} s are tolerated"));
    hints.push(match made(&way.scheme, case.request, case.texts()) {
        true => "but for its time, the signature is good".to_owned(),
        false => "and with the time aside, no secret makes this signature".to_owned(),
    });
    if let Moment::Now(now) = case.moment {
        let signed_at = SignatureClaim::read(&way.scheme, case.request)
            .ok()
            .flatten()
            .and_then(|c| c.signed_at);
        let example = signed_at.map(|at: Timestamp| format!(", such as --at {}", at.as_second()));
        hints.push(format!(
            "it was verified at the time of now, {}: --at has the time when it was received{}",
            now.as_second(),
            example.unwrap_or_default()
        ));
    }
    hints
}

/// A timestamp in another unit than the scheme's.
pub(super) fn unit(case: &Case<'_>) -> Option<String> {
    case.ways.iter().find_map(|way| {
        let rule = way.scheme.timestamp.as_ref()?;
        let field = way.scheme.fields.get(&rule.field)?;
        let text = field.value(case.request, &way.scheme.params)?;
        if rule.parse(&text).is_some() {
            return None;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let found = match (digits, text.len()) {
            (true, 13) => "looks like Unix milliseconds",
            (true, 10) => "looks like Unix seconds",
            (true, _) => "is a number",
            (false, _) if text.parse::<Timestamp>().is_ok() => "is written in RFC 3339",
            (false, _) => "is no time that is known here",
        };
        let wanted = words::unit(rule.unit);
        Some(format!("the timestamp in {} {found}; the scheme has {wanted}", field.describe()))
    })
}
