//! What a delivery is called in CloudEvents 1.0.2, and its attributes as HTTP headers: the binary
//! content mode of the HTTP protocol binding.

use std::fmt::Write;

use super::Delivery;

/// The specification's version, as the attribute says it.
pub(super) const SPECVERSION: &str = "1.0";
/// What `type` says where the provider says no type; the attribute must not be empty.
const UNTYPED: &str = "webhook";

/// The attribute `source`.
pub(super) fn source(delivery: &Delivery) -> String {
    format!("/{}", delivery.source)
}

/// The attribute `type`.
pub(super) fn event_type(delivery: &Delivery) -> &str {
    delivery.event_type.as_deref().unwrap_or(UNTYPED)
}

/// The attributes of a delivery. `id` is the `webhook-id`, since CloudEvents takes two events with
/// the same source and id for one; the extension `eventid` names the stored event, and `item` the
/// place in its list where the delivery is one item of it.
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

/// Percent-encodes what may not stand in a header (section 3.1.3.2 of the binding): everything but
/// printable ASCII, and the space, the double quote and the percent sign.
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
    fn types_are_percent_encoded_as_the_binding_says() {
        assert_eq!(encode("pull_request.opened"), "pull_request.opened");
        assert_eq!(encode("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(encode("100% \"x\""), "100%25%20%22x%22");
    }
}
