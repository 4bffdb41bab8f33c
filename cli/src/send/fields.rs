//! What a scheme reads besides the signature, for a sample that does not have it yet.

use jiff::Timestamp;
use shared::webhook::request::Request;
use shared::webhook::scheme::timestamp::Unit;
use url::form_urlencoded;
use uuid::Uuid;

use super::body::{Body, FORM};
use super::place::Placement;
use crate::Failure;
use crate::way::Way;

/// The fields that a request does not have: the time now, and otherwise an id that is new.
pub(super) fn missing<'w>(way: &'w Way, request: &Request, now: Timestamp) -> Vec<Placement<'w>> {
    let scheme = &way.scheme;
    let timestamp = scheme.timestamp.as_ref();
    let mut missing = Vec::new();
    for (name, field) in way.fields().filter(|(_, field)| !field.contains_key("param")) {
        let time = timestamp.filter(|rule| rule.field == name).map(|rule| written(rule.unit, now));
        let there = scheme.fields.get(name).and_then(|f| f.value(request, &scheme.params));
        match (time, there) {
            (Some(time), _) => missing.push((field, vec![time])),
            (None, Some(_)) => {}
            (None, None) => missing.push((field, vec![Uuid::new_v4().to_string()])),
        }
    }
    missing
}

fn written(unit: Unit, time: Timestamp) -> String {
    match unit {
        Unit::Seconds => time.as_second().to_string(),
        Unit::Milliseconds => time.as_millisecond().to_string(),
        Unit::Rfc3339 => time.to_string(),
    }
}

/// A body that is read, since something must be written into it.
pub(super) fn open(body: Body) -> Result<Body, Failure> {
    let Body::Bytes(bytes, content_type) = body else { return Ok(body) };
    match serde_json::from_slice(&bytes) {
        Ok(json) => Ok(Body::Json(json)),
        Err(_) if content_type == FORM => {
            Ok(Body::Form(form_urlencoded::parse(&bytes).into_owned().collect()))
        }
        Err(_) => Err(Failure::unusable(
            "--body: the scheme has fields in the body, which is neither JSON nor a form",
        )),
    }
}
