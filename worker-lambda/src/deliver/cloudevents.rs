//! CloudEvents attributes as HTTP headers: the binary content mode of the CloudEvents HTTP protocol
//! binding 1.0.2.

use std::fmt::Write;

use super::Delivery;

/// What `ce-type` says where the provider says no type; the attribute must not be empty.
const UNTYPED: &str = "webhook";

/// The attributes of a delivery. `id` is the `webhook-id`, since CloudEvents takes two events with
/// the same source and id for one; the extension `eventid` names the stored event.
pub fn headers(delivery: &Delivery) -> [(&'static str, String); 6] {
    [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", delivery.webhook_id.clone()),
        ("ce-source", format!("/{}", delivery.source)),
        ("ce-type", encode(delivery.event_type.as_deref().unwrap_or(UNTYPED))),
        ("ce-time", delivery.received_at.to_string()),
        ("ce-eventid", delivery.event_id.to_string()),
    ]
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
