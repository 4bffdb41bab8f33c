//! Deliveries as a receiver would check them: by Standard Webhooks, made here and not by the code
//! under test.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::receiver::Received;
use crate::{Result, samples};

/// Checks that a delivery is signed with a destination's secret; the error says what is wrong.
pub fn verify(delivery: &Received, secret: &str) -> Result<()> {
    let header = |name: &str| {
        delivery.header(name).ok_or_else(|| format!("the delivery has no header {name}"))
    };
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let key = STANDARD.decode(secret.trim_start_matches("whsec_"))?;
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b"."].concat();
    let expected = STANDARD.encode(samples::mac(&key, &[&signed, &delivery.body])?);
    let matches = |one: &str| one.strip_prefix("v1,").is_some_and(|one| one == expected);
    if header("webhook-signature")?.split(' ').any(matches) {
        return Ok(());
    }
    Err("the delivery's signature does not match".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the Standard Webhooks libraries' own tests.
    #[test]
    fn verifies_as_standard_webhooks_does() {
        let headers = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        let mut delivery = Received {
            at: String::new(),
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: br#"{"test": 2432232314}"#.to_vec(),
            answered: 200,
        };
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        verify(&delivery, secret).unwrap();
        assert!(verify(&delivery, "whsec_AAAA").is_err());
        delivery.body.push(b' ');
        assert!(verify(&delivery, secret).is_err());
        delivery.headers.clear();
        let error = verify(&delivery, secret).unwrap_err().to_string();
        assert_eq!(error, "the delivery has no header webhook-id");
    }
}
