//! `catchment verify` with stored events.

use jiff::Timestamp;
use serde_json::Value;
use shared::event::dedupe::LedgerKey;
use shared::event::{Event, EventId, Identity};
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme;
use shared::webhook::scheme::algorithm::{Encoding, Piece};
use shared::webhook::secret::FingerprintKey;

use crate::tool::{File, run, run_with_input};

const SECRET: &str = "whsec_stored";

/// A stored event of Stripe with a body that is not UTF-8.
fn stored() -> (String, Timestamp) {
    let received_at = Timestamp::from_second(1_700_000_200).unwrap();
    let schemes = provider::find("stripe").unwrap().schemes;
    let body = b"{\"id\":\"evt_1\",\"type\":\"a.b\",\"x\":1}\xff".to_vec();
    let content = [Piece::Bytes(b"1700000000.".into()), Piece::Bytes((&body[..]).into())];
    let key = schemes[0].secret.key(SECRET).unwrap();
    let signature = Encoding::Hex.encode(&schemes[0].algorithm.tag(&key, &content).unwrap());
    let header = format!("t=1700000000,v1={signature}");
    let request = Request {
        method: "POST".into(),
        path: "/billing".into(),
        url: "https://api.example/billing".into(),
        headers: [("stripe-signature", header)].into_iter().collect(),
        body,
        ..Request::default()
    };
    let verified =
        scheme::verify(&schemes, &[SECRET.into()], request, received_at).unwrap().unwrap();
    let identity = Identity {
        id: EventId::new(received_at),
        received_at,
        source: "billing",
        provider: "stripe",
        event_type: None,
        ledger_key: LedgerKey::of("billing", "1"),
        fingerprint: "0123abcd".into(),
    };
    let key = FingerprintKey::try_from("stack".to_owned()).unwrap();
    let json = Event::new(&verified.at_rest(&schemes, &key), &identity).to_json().unwrap();
    (String::from_utf8(json).unwrap(), received_at)
}

#[test]
fn a_stored_event_is_verified_at_its_time_of_receipt() {
    let ((event, _), secret) = (stored(), File::of(SECRET));
    let arguments =
        ["verify", "--provider", "stripe", "--secret-file", secret.path(), "--request", "-"];
    let output = run_with_input(&arguments, event.as_bytes());
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.out.contains("200 s before it was received"), "{output:?}");
    assert!(!output.out.contains("note:"), "{output:?}");
    let output =
        run_with_input(&[&arguments[..], &["--at", "1700000301"]].concat(), event.as_bytes());
    assert_eq!(output.status, 1, "{output:?}");
}

#[test]
fn a_different_provider_than_the_stored_one_is_noted() {
    let (event, _) = stored();
    let mut changed: Value = serde_json::from_str(&event).unwrap();
    let secret = File::of(SECRET);
    changed["verification"]["provider"] = "mux".into();
    let file = File::of(changed.to_string());
    let arguments = [
        "verify",
        "--provider",
        "stripe",
        "--secret-file",
        secret.path(),
        "--request",
        file.path(),
    ];
    assert!(run(&arguments).out.contains("stored with the provider mux"));
}

#[test]
fn a_broken_event_is_unusable_and_its_content_is_not_shown() {
    let (event, _) = stored();
    let broken = event.replace("\"base64\"", "\"base16\"");
    let (file, secret) = (File::of(broken), File::of(SECRET));
    let output = run(&[
        "verify",
        "--provider",
        "stripe",
        "--secret-file",
        secret.path(),
        "--request",
        file.path(),
    ]);
    assert_eq!((output.status, output.out.as_str()), (2, ""));
    assert!(output.err.contains("not a stored event: line 1 column"), "{output:?}");
    assert!(!output.err.contains("base16"));
}

/// A stored event of GitLab whose `X-Gitlab-Token` matched, with further headers.
fn stored_token(more: &[(&str, &str)]) -> String {
    let received_at = Timestamp::from_second(1_700_000_200).unwrap();
    let schemes = provider::find("gitlab").unwrap().schemes;
    let headers = [("x-gitlab-token", SECRET)].iter().chain(more).copied();
    let request = Request {
        method: "POST".into(),
        path: "/code".into(),
        headers: headers.collect(),
        body: b"{}".to_vec(),
        ..Request::default()
    };
    // A signature that no secret matches ends at the token, which is tried last.
    let secrets = ["another".into(), SECRET.into()];
    let verified = scheme::verify(&schemes, &secrets, request, received_at).unwrap().unwrap();
    let key = FingerprintKey::try_from("stack".to_owned()).unwrap();
    let identity = Identity {
        id: EventId::new(received_at),
        received_at,
        source: "code",
        provider: "gitlab",
        event_type: None,
        ledger_key: LedgerKey::of("code", "1"),
        fingerprint: verified.matched().fingerprint(&key),
    };
    let json = Event::new(&verified.at_rest(&schemes, &key), &identity).to_json().unwrap();
    String::from_utf8(json).unwrap()
}

fn verify_gitlab(event: &str) -> crate::tool::Output {
    let secret = File::of(SECRET);
    let arguments =
        ["verify", "--provider", "gitlab", "--secret-file", secret.path(), "--request", "-"];
    run_with_input(&arguments, event.as_bytes())
}

#[test]
fn a_stored_token_is_said_to_be_a_fingerprint_and_not_a_mismatch() {
    let event = stored_token(&[]);
    assert!(!event.contains(SECRET), "{event}");
    let output = verify_gitlab(&event);
    assert_eq!((output.status, &output.out[..]), (2, ""), "{output:?}");
    assert!(output.err.contains("its token is stored as a fingerprint (header x-gitlab-token)"));
    assert!(output.err.contains("it matched the secret at position 1"), "{output:?}");
    let stored: Value = serde_json::from_str(&event).unwrap();
    let fingerprint = stored["verification"]["fingerprint"].as_str().unwrap();
    assert!(output.err.contains(fingerprint), "{output:?}");
}

#[test]
fn an_event_that_was_stored_with_its_token_is_verified_as_before() {
    let mut event: Value = serde_json::from_str(&stored_token(&[])).unwrap();
    event.as_object_mut().unwrap().remove("fingerprinted");
    event["headers"]["x-gitlab-token"] = SECRET.into();
    let output = verify_gitlab(&event.to_string());
    assert_eq!(output.status, 0, "{output:?}");
    event["headers"]["x-gitlab-token"] = "another".into();
    let output = verify_gitlab(&event.to_string());
    assert_eq!(output.status, 1, "{output:?}");
}

#[test]
fn a_signature_beside_a_stored_token_is_still_verified() {
    let mut event: Value = serde_json::from_str(&stored_token(&[])).unwrap();
    event["verification"]["fingerprint"] = "ffffffff".into();
    for (name, value) in
        [("webhook-id", "1"), ("webhook-timestamp", "1700000200"), ("webhook-signature", "v1,AAAA")]
    {
        event["headers"][name] = value.into();
    }
    let output = verify_gitlab(&event.to_string());
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.out.contains("the token is stored as its fingerprint"), "{output:?}");
}
