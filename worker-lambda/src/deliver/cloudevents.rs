//! The CloudEvents 1.0.2 attributes of a delivery, and the same as HTTP headers (the binary content mode of the HTTP
//! protocol binding).

use std::fmt::Write;

use super::Delivery;

/// The attribute `specversion`.
pub(super) const SPECVERSION: &str = "1.0";
/// The attribute `type` of an event without a type; the attribute must not be empty.
const UNTYPED: &str = "webhook";

/// The attribute `source`.
pub(super) fn source(delivery: &Delivery) -> String {
    format!("/{}", delivery.source)
}

/// The attribute `type`.
pub(super) fn event_type(delivery: &Delivery) -> &str {
    delivery.event_type.as_deref().unwrap_or(UNTYPED)
}

/// The attributes of a delivery as HTTP headers.
///
/// `id` is the `webhook-id`, because CloudEvents treats two events with the same source and id as the same event. The
/// extension `eventid` names the stored event, and `item` is the place of an item in its list.
pub fn headers(delivery: &Delivery) -> impl Iterator<Item = (&'static str, String)> {
    let always = [
        ("ce-specversion", SPECVERSION.to_owned()),
        ("ce-id", delivery.webhook_id.clone()),
        ("ce-source", source(delivery)),
        ("ce-type", encode(event_type(delivery))),
        ("ce-time", delivery.received_at.to_string()),
        ("ce-eventid", delivery.event_id.to_string()),
    ];
    let item = delivery.item.map(|place| ("ce-item", place.to_string()));
    always.into_iter().chain(item)
}

/// Percent-encodes a value for a header (section 3.1.3.2 of the binding). Printable ASCII stays as it is, except for the
/// space, the double quote and the percent sign.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b' ' | b'"' | b'%' => write!(encoded, "%{byte:02X}"),
            b'!'..=b'~' => write!(encoded, "{}", char::from(byte)),
            _ => write!(encoded, "%{byte:02X}"),
        }
        .unwrap_or_default();
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_percent_encoded_by_the_http_binding() {
        assert_eq!(encode("pull_request.opened"), "pull_request.opened");
        assert_eq!(encode("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(encode("100% \"x\""), "100%25%20%22x%22");
    }
}
