//! Correctly signed samples of the providers, made here and not by the code under test: one that
//! signs and verifies by the same mistake would find nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::Result;

/// A request that a provider would send.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The headers, names as the provider writes them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The header of the samples for provider `hmac`, whose scheme each source says itself: hex over the
/// body.
pub const HMAC_HEADER: &str = "X-Signature";

/// The providers with a sample, one of each kind that the deployment is tried with. All of them are
/// tried by their vectors.
pub const PROVIDERS: [&str; 7] =
    ["docusign", "github", "hmac", "signbee", "standard-webhooks", "stripe", "svix"];

/// A Docusign event of 4 KB with all that Connect includes: two signers, and custom fields, of which
/// `Integration` has the value `Integration A`.
pub const DOCUSIGN_SENT: &[u8] = include_bytes!("../samples/docusign-envelope-sent.json");

/// The body of a provider's sample, if there is one.
pub fn body(provider: &str) -> Option<&'static [u8]> {
    Some(match provider {
        "docusign" => include_bytes!("../samples/docusign-envelope-completed.json"),
        "github" => include_bytes!("../samples/github-push.json"),
        "hmac" => include_bytes!("../samples/hmac-order-paid.json"),
        "signbee" => include_bytes!("../samples/signbee-document-signed.json"),
        "standard-webhooks" | "svix" => include_bytes!("../samples/standard-webhooks.json"),
        "stripe" => include_bytes!("../samples/stripe-payment-intent-succeeded.json"),
        _ => return None,
    })
}

/// A secret as a provider would show it, made of 32 bytes.
pub fn secret(provider: &str, bytes: [u8; 32]) -> String {
    let text = STANDARD.encode(bytes);
    match provider {
        "standard-webhooks" | "svix" | "signbee" => format!("whsec_{text}"),
        "stripe" => format!("whsec_{}", text.replace(['+', '/', '='], "x")),
        // Fit to stand in a path.
        "custom" => hex(&bytes),
        _ => text,
    }
}

/// Signs a body as a provider does. `id` is the provider's id of the event, where it travels in a
/// header.
pub fn sign(provider: &str, secret: &str, id: &str, body: &[u8], now: Timestamp) -> Result<Sample> {
    let second = now.as_second();
    let mut headers = match provider {
        "standard-webhooks" => standard(["webhook-id", "webhook-timestamp", "webhook-signature"]),
        "svix" => standard(["svix-id", "svix-timestamp", "svix-signature"]),
        "signbee" => standard(["X-Signbee-Event-Id", "X-Signbee-Timestamp", "X-Signbee-Signature"]),
        "docusign" => vec![
            ("X-DocuSign-Signature-1", Value::Base64),
            ("X-Authorization-Digest", Value::Text("HMACSHA256".to_owned())),
        ],
        "stripe" => vec![("Stripe-Signature", Value::Stripe)],
        "github" => vec![
            ("X-Hub-Signature-256", Value::Hex("sha256=")),
            ("X-GitHub-Delivery", Value::Id),
            ("X-GitHub-Event", Value::Text("push".to_owned())),
        ],
        "hmac" => vec![(HMAC_HEADER, Value::Hex(""))],
        _ => return Err(format!("there is no sample for provider {provider}").into()),
    };
    headers.push(("Content-Type", Value::Text("application/json".to_owned())));
    let written = |(name, value): (&str, Value)| {
        let value = match value {
            Value::Text(text) => text,
            Value::Id => id.to_owned(),
            Value::Second => second.to_string(),
            Value::Base64 => STANDARD.encode(mac(secret.as_bytes(), &[body])?),
            Value::Hex(prefix) => format!("{prefix}{}", hex(&mac(secret.as_bytes(), &[body])?)),
            Value::Stripe => {
                let signed = [second.to_string().as_bytes(), b".", body].concat();
                format!("t={second},v1={}", hex(&mac(secret.as_bytes(), &[&signed])?))
            }
            Value::Standard => {
                let key = STANDARD.decode(secret.trim_start_matches("whsec_"))?;
                let head = format!("{id}.{second}.");
                format!("v1,{}", STANDARD.encode(mac(&key, &[head.as_bytes(), body])?))
            }
        };
        Ok((name.to_owned(), value))
    };
    let headers = headers.into_iter().map(written).collect::<Result<_>>()?;
    Ok(Sample { headers, body: body.to_vec() })
}

/// What a header of a sample holds.
enum Value {
    Text(String),
    Id,
    Second,
    Base64,
    Hex(&'static str),
    Stripe,
    Standard,
}

fn standard([id, timestamp, signature]: [&'static str; 3]) -> Vec<(&'static str, Value)> {
    vec![(id, Value::Id), (timestamp, Value::Second), (signature, Value::Standard)]
}

/// HMAC-SHA-256 over all parts, one after the other.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
