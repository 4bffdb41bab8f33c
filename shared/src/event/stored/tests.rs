use super::*;
use crate::webhook::scheme::algorithm::Piece;
use crate::webhook::scheme::{Scheme, Verified, verify};
use crate::webhook::secret::FingerprintKey;

fn at_rest(verified: &Verified) -> RequestAtRest<'_> {
    verified.at_rest(&[], &FingerprintKey::try_from("stack".to_owned()).unwrap())
}

/// A verified request with a body. An event cannot be created otherwise.
fn verified(body: &[u8]) -> Verified {
    let scheme: Scheme = serde_json::from_str(r#"{"header":"s"}"#).unwrap();
    let key = scheme.secret.key("k").unwrap();
    let content = [Piece::Bytes(body.into())];
    let signature = hex::encode(scheme.algorithm.tag(&key, &content).unwrap());
    let request = Request {
        method: "POST".into(),
        path: "/shop".into(),
        query: "a=1".into(),
        url: "https://api.example/shop?a=1".into(),
        headers: [("s", signature.as_str()), ("x", "ü")].into_iter().collect(),
        body: body.to_vec(),
        ..Request::default()
    };
    verify(&[scheme], &["k".into()], request, Timestamp::UNIX_EPOCH).unwrap().unwrap()
}

fn identity(now: Timestamp) -> Identity<'static> {
    Identity {
        id: EventId::new(now),
        received_at: now,
        source: "shop",
        provider: "hmac",
        event_type: Some("paid".into()),
        ledger_key: LedgerKey::of("shop", "1"),
        fingerprint: "0123abcd".into(),
    }
}

#[test]
fn a_stored_body_has_the_same_bytes() {
    let all: Vec<u8> = (0..=255).collect();
    for body in
        [&all[..], b"", b"{\"a\":\"\\u00fc\"}\r\n", "ü\u{0}\u{1F680}".as_bytes(), b"\xef\xbb\xbf"]
    {
        let (verified, identity) = (verified(body), identity(Timestamp::UNIX_EPOCH));
        let json = Event::new(&at_rest(&verified), &identity).to_json().unwrap();
        let event = Event::from_json(&json).unwrap();
        assert_eq!(event.body().unwrap(), body);
        assert!(*event.headers == verified.request().headers);
    }
}

#[test]
fn the_key_has_hive_style_partitions_in_utc() {
    let now: Timestamp = "2026-11-22T23:59:59.5-01:00".parse().unwrap();
    let (verified, identity) = (verified(b""), identity(now));
    let key = Event::new(&at_rest(&verified), &identity).s3_key();
    let id = identity.id;
    assert_eq!(key, format!("events/source=shop/date=2026-11-23/hour=00/{id}.json"));
}

#[test]
fn an_event_id_is_unique_and_contains_the_time() {
    let now = Timestamp::from_millisecond(1_795_338_569_361).unwrap();
    let (first, second) = (EventId::new(now), EventId::new(now));
    assert_ne!(first, second);
    assert_eq!(first.received_at(), now);
    assert_eq!(first.to_string().parse::<EventId>().unwrap(), first);
}

#[test]
fn the_error_for_an_invalid_event_does_not_quote_it() {
    for json in [&b"hunter2"[..], br#"{"hunter2":1}"#, b""] {
        let error = Event::from_json(json).unwrap_err().to_string();
        assert!(error.starts_with("not a stored event") && !error.contains("hunter2"), "{error}");
    }
}
