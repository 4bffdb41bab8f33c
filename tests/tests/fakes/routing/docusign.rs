//! Docusign's events, as Connect sends them in JSON, one message for each.

use catchment_tests::samples;
use serde_json::{Value, json};

/// An event of an envelope. Each name makes an event with an id of its own.
pub(crate) fn event(event: &str) -> Value {
    let mut body: Value = serde_json::from_slice(samples::DOCUSIGN_SENT).unwrap();
    body["event"] = json!(event);
    body["data"]["envelopeSummary"]["status"] = json!(event.trim_start_matches("envelope-"));
    body
}

/// An event of a recipient, whose id stands beside the envelope.
pub(crate) fn recipient_event(name: &str, recipient: &str) -> Value {
    let mut body = event(name);
    body["data"]["recipientId"] = json!(recipient);
    body["data"]["envelopeSummary"]["status"] = json!("sent");
    body
}

/// An event of an envelope whose text custom field `Integration` has this value.
pub(crate) fn for_integration(value: &str) -> Value {
    let mut body = event("envelope-completed");
    body["data"]["envelopeSummary"]["customFields"]["textCustomFields"][1]["value"] = json!(value);
    body
}

/// The same, with a list custom field in place of a text one.
pub(crate) fn for_listed_integration(value: &str) -> Value {
    let mut body = event("envelope-completed");
    let field = json!({
        "fieldId": "10433", "name": "Integration", "show": "true", "required": "false",
        "value": value, "listItems": ["Integration A", "Integration B", "None"],
    });
    body["data"]["envelopeSummary"]["customFields"] =
        json!({ "textCustomFields": [], "listCustomFields": [field] });
    body
}

/// An event of an envelope from another sender.
pub(crate) fn sent_by(user_id: &str, email: &str) -> Value {
    let mut body = event("envelope-completed");
    let sender = &mut body["data"]["envelopeSummary"]["sender"];
    sender["userId"] = json!(user_id);
    sender["email"] = json!(email);
    body
}

/// An event of an envelope of another account.
pub(crate) fn of_account(account: &str) -> Value {
    let mut body = event("envelope-completed");
    body["data"]["accountId"] = json!(account);
    body
}

/// An event without a part that Connect includes only if it is configured to.
pub(crate) fn without(part: &str) -> Value {
    let mut body = event("envelope-completed");
    body["data"]["envelopeSummary"].as_object_mut().unwrap().remove(part);
    body
}
