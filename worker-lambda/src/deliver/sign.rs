//! Signs HTTP deliveries by Standard Webhooks 1.0, whatever the provider, so that receivers verify one scheme only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use jiff::Timestamp;

use shared::webhook::scheme::algorithm::{Algorithm, Piece};
use shared::webhook::secret::{Secret, SecretEncoding, SecretRule, UnusableSecret};

/// The headers that sign a body. There is one signature for each active secret, so that a secret can be rotated without
/// downtime. An error means that no secret is usable.
pub fn headers(
    secrets: &[String],
    webhook_id: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<[(&'static str, String); 3], UnusableSecret> {
    let timestamp = now.as_second().to_string();
    let keys = rule().keys(secrets);
    if keys.is_empty() {
        rule().key(secrets.first().map_or("", String::as_str))?;
    }
    let signature =
        |(_, key): &(usize, Secret)| format!("v1,{}", signature(key, webhook_id, &timestamp, body));
    let signatures: Vec<_> = keys.iter().map(signature).collect();
    Ok([
        ("webhook-id", webhook_id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signatures.join(" ")),
    ])
}

/// How secrets of Standard Webhooks are written.
fn rule() -> SecretRule {
    SecretRule {
        encoding: SecretEncoding::Base64,
        strip_prefix: Some("whsec_".to_owned()),
        ..SecretRule::default()
    }
}

fn signature(key: &Secret, id: &str, timestamp: &str, body: &[u8]) -> String {
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let content = parts.map(|part| Piece::Bytes(part.into()));
    STANDARD.encode(Algorithm::HmacSha256.tag(key, &content).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the Standard Webhooks libraries.
    #[test]
    fn the_signature_equals_that_of_the_standard_webhooks_libraries() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let headers = headers(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", body, now).unwrap();
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn there_is_one_signature_for_each_active_secret() {
        let secrets = ["whsec_YWE=".to_owned(), "whsec_YmI=".to_owned()];
        let headers = headers(&secrets, "msg_1", b"x", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(headers[2].1.split(' ').count(), 2);
    }
}
