//! The hints about refused requests: which single change would have matched.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Encoding, Piece};
use shared::webhook::scheme::{Scheme, SignatureClaim};
use shared::webhook::secret::SecretRule;

use crate::tool::{File, Output, run};

const AT: &str = "1700000000";
const BODY: &str = "{\"id\":\"e1\",\"name\":\"Zoë/é\",\"n\":1.50}";

/// A signed request of a provider, which the tests change before they verify it.
struct Case {
    provider: &'static str,
    secret: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    url: String,
}

impl Case {
    /// A request signed with `key`. `secret` is the text that the tool gets as its secret.
    fn of(provider: &'static str, secret: &str, key: &[u8]) -> Self {
        let url = "https://api.example:443/hooks/source?x=1".to_owned();
        let mut case = Self {
            provider,
            secret: secret.to_owned(),
            headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
            body: BODY.into(),
            url,
        };
        let header = |name: &str| name.to_owned();
        let (name, before, more) = match provider {
            "github" => (header("x-hub-signature-256"), "sha256=", vec![]),
            "docusign" => (header("x-docusign-signature-1"), "", vec![]),
            "square" => (header("x-square-hmacsha256-signature"), "", vec![]),
            "stripe" => (header("stripe-signature"), "t=1700000000,v1=", vec![]),
            "documenso" => (header("x-documenso-secret"), "", vec![]),
            "standard-webhooks" => (
                header("webhook-signature"),
                "v1,",
                vec![("webhook-id", "m1"), ("webhook-timestamp", AT)],
            ),
            other => panic!("{other}"),
        };
        case.headers
            .extend(more.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let scheme = provider::find(provider).unwrap().schemes.remove(0);
        let dummy = scheme.encoding.encode(b"0000");
        case.headers.insert(name.clone(), format!("{before}{dummy}"));
        let signature = case.sign(&scheme, key);
        case.headers.insert(name, format!("{before}{signature}"));
        case
    }

    fn sign(&self, scheme: &Scheme, key: &[u8]) -> String {
        // Hex, so that the key can be any bytes.
        let hex = SecretRule {
            encoding: shared::webhook::secret::SecretEncoding::Hex,
            ..SecretRule::default()
        };
        let key = hex.key(&Encoding::Hex.encode(key)).unwrap();
        let request = self.request();
        let claim = SignatureClaim::read(scheme, &request).unwrap().unwrap();
        let content: &Vec<Piece<'_>> = &claim.proofs[0].contents[0];
        scheme.encoding.encode(&scheme.algorithm.tag(&key, content).unwrap())
    }

    fn request(&self) -> Request {
        Request {
            method: "POST".into(),
            path: "/hooks/source".into(),
            query: "x=1".into(),
            url: self.url.clone(),
            headers: self.headers.iter().collect(),
            body: self.body.clone(),
            ..Request::default()
        }
    }

    fn run(&self, more: &[&str]) -> Output {
        let request = json!({
            "method": "POST", "url": self.url, "headers": self.headers,
            "body_base64": Encoding::Base64.encode(&self.body),
        });
        let (secret, request) = (File::of(&self.secret), File::of(request.to_string()));
        let arguments =
            ["verify", "--json", "--provider", self.provider, "--secret-file", secret.path()];
        run(&[&arguments[..], &["--request", request.path()], more].concat())
    }

    /// The hints for a request that was refused.
    fn hints(&self) -> String {
        let output = self.run(&["--at", AT]);
        assert_eq!(output.status, 1, "{output:?}");
        output.hints()
    }

    fn says(&self, expected: &str) {
        let hints = self.hints();
        assert!(hints.contains(expected), "{expected}: {hints}");
    }
}

#[test]
fn the_unchanged_requests_are_verified() {
    for provider in ["github", "docusign", "square", "stripe", "documenso"] {
        assert_eq!(Case::of(provider, "k3y", b"k3y").run(&["--at", AT]).status, 0, "{provider}");
    }
    assert_eq!(Case::of("standard-webhooks", "whsec_aGk=", b"hi").run(&["--at", AT]).status, 0);
}

#[test]
fn a_hint_names_another_reading_of_the_secret() {
    for (provider, secret, key, expected) in [
        (
            "github",
            "whsec_aGk=",
            &b"hi"[..],
            "the secret without its `whsec_`, decoded as base64 makes",
        ),
        ("github", "whsec_aGk=", b"aGk=", "the secret without its `whsec_` makes"),
        ("github", "aGk=", b"hi", "the secret decoded as base64 makes"),
        ("github", "-_8=", b"\xfb\xff", "the secret decoded as base64url makes"),
        ("github", "6869", b"hi", "the secret decoded as hex makes"),
        ("github", "aGk=", b"aGk", "the secret without the `=` at its end makes"),
        ("github", "\"hi\"", b"hi", "the secret without the quotes around it makes"),
        ("github", "hi", b"\"hi\"", "the secret in double quotes makes"),
        ("github", "hi", b"hi\n", "the secret with a newline at its end makes"),
        ("github", "\u{feff}hi", b"hi", "the secret without the byte order mark before it makes"),
        ("github", " hi ", b" hi ", "the secret with the white space around it in the file makes"),
        (
            "github",
            r#"{"key":"hi"}"#,
            b"hi",
            "the secret is a JSON object, and its value of \"key\" alone",
        ),
        ("github", r#"["aa","hi"]"#, b"hi\n", "secret 1 with a newline at its end makes"),
        ("stripe", "aGk=", b"whsec_aGk=", "the secret with `whsec_` before it makes"),
        (
            "standard-webhooks",
            "whsec_aGk=",
            b"whsec_aGk=",
            "the secret used as text, undecoded, makes",
        ),
        (
            "standard-webhooks",
            "whsec_aGk=",
            b"aGk=",
            "the secret without its `whsec_`, used as text",
        ),
    ] {
        Case::of(provider, secret, key).says(expected);
    }
}

#[test]
fn an_unusable_secret_gets_a_hint_about_another_reading() {
    let output = Case::of("standard-webhooks", "not base64!", b"not base64!").run(&["--at", AT]);
    assert_eq!(output.status, 2);
    assert!(
        output.err.contains("the secret used as text, undecoded, makes this signature"),
        "{output:?}"
    );
}

#[test]
fn a_hint_names_what_changed_in_the_body() {
    let pretty = "{\n  \"id\": \"e1\",\n  \"name\": \"Zoë/é\",\n  \"n\": 1.50\n}";
    let python = "{\"id\": \"e1\", \"name\": \"Zoë/é\", \"n\": 1.50}";
    let latin1: Vec<u8> = BODY.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let base64 = Encoding::Base64.encode(BODY.as_bytes());
    for (sent, arrived, expected) in [
        (BODY, format!("{BODY}\n").into_bytes(), "without the newline at its end"),
        (BODY, format!("{BODY}\r\n").into_bytes(), "without the CRLF at its end"),
        (&format!("{BODY}\n")[..], BODY.into(), "with a newline at its end"),
        ("a\r\nb", "a\nb".into(), "with CRLF line ends in place of LF"),
        ("a\nb", "a\r\nb".into(), "with LF line ends in place of CRLF"),
        (BODY, pretty.into(), "the same JSON written compactly"),
        (pretty, BODY.into(), "the same JSON indented by two spaces"),
        (python, BODY.into(), "the same JSON written as Python does"),
        (
            "{\"a\":\"Zo\\u00eb\"}",
            "{\"a\":\"Zoë\"}".into(),
            "characters beyond ASCII escaped as \\uXXXX",
        ),
        ("{\"a\":\"Zoë\"}", "{\"a\":\"Zo\\u00eb\"}".into(), "the same JSON written compactly"),
        (BODY, format!("\u{feff}{BODY}").into_bytes(), "without the byte order mark before it"),
        (BODY, base64.into_bytes(), "decoded from base64 once more"),
        (BODY, serde_json::to_vec(BODY).unwrap(), "the text inside its JSON string"),
        ("", BODY.into(), "an empty one"),
    ] {
        let mut case = Case::of("github", "k3y", b"k3y");
        case.body = sent.into();
        let scheme = provider::find("github").unwrap().schemes.remove(0);
        let signature = case.sign(&scheme, b"k3y");
        case.headers.insert("x-hub-signature-256".into(), format!("sha256={signature}"));
        case.body = arrived;
        case.says("the signature is over another body than the request has: ");
        case.says(expected);
    }
    let mut case = Case::of("github", "k3y", b"k3y");
    let sent = case.body.clone();
    case.body = latin1;
    let scheme = provider::find("github").unwrap().schemes.remove(0);
    let signature = case.sign(&scheme, b"k3y");
    case.headers.insert("x-hub-signature-256".into(), format!("sha256={signature}"));
    case.body = sent;
    case.says("in Latin-1");
}

#[test]
fn a_hint_names_the_url_that_was_signed() {
    for (url, expected) in [
        ("http://api.example:443/hooks/source?x=1", "with https"),
        ("https://api.example:443/hooks/source/?x=1", "without the slash at the end of its path"),
        ("https://api.example/hooks/source?x=1", "with its port"),
        ("https://10.0.0.1/hooks/source?x=1", "the host in the header x-forwarded-host"),
    ] {
        let mut case = Case::of("square", "k3y", b"k3y");
        url.clone_into(&mut case.url);
        case.headers.insert("x-forwarded-host".into(), "api.example:443".into());
        case.says("the signature is over another URL: ");
        case.says(expected);
        case.says("`public_url`");
    }
    for (signed, expected) in [
        ("https://api.example:443/hooks/source", "without its query"),
        ("https://api.example/hooks/source?x=1", "without a port"),
        ("https://api.example:443/hooks/source/?x=1", "with a slash at the end of its path"),
    ] {
        let mut case = Case::of("square", "k3y", b"k3y");
        let url = std::mem::replace(&mut case.url, signed.to_owned());
        let scheme = provider::find("square").unwrap().schemes.remove(0);
        let signature = case.sign(&scheme, b"k3y");
        case.headers.insert("x-square-hmacsha256-signature".into(), signature);
        case.url = url;
        case.says(expected);
    }
}

#[test]
fn a_hint_names_another_encoding_or_prefix_of_the_signature() {
    let signature = |case: &Case, name: &str| case.headers[name].clone();
    let mut case = Case::of("github", "k3y", b"k3y");
    let hex = signature(&case, "x-hub-signature-256").replace("sha256=", "");
    let bytes = Encoding::Hex.decode(&hex).unwrap();
    let base64 = Encoding::Base64.encode(&bytes);
    let mut with = |value: String, expected: &str| {
        case.headers.insert("x-hub-signature-256".into(), value);
        case.says(expected);
    };
    with(format!("sha256={base64}"), "but written in base64 where the scheme has hex");
    with(hex.clone(), "but has no prefix");
    with(format!("v1={hex}"), "but has the prefix `v1=`");
    with("sha256=zz".to_owned(), "look like a signature's: x-hub-signature-256");

    let mut case = Case::of("docusign", "k3y", b"k3y");
    let base64 = signature(&case, "x-docusign-signature-1");
    let hex = Encoding::Hex.encode(&Encoding::Base64.decode(&base64).unwrap());
    case.headers.insert("x-docusign-signature-1".into(), hex);
    case.says("but written in hex where the scheme has base64");
}

#[test]
fn a_hint_names_another_algorithm_provider_or_header() {
    let mut case = Case::of("github", "k3y", b"k3y");
    let sha1: Scheme = serde_json::from_value(json!({
        "header": "x-hub-signature-256", "prefix": ["sha256="], "algorithm": "hmac-sha1",
    }))
    .unwrap();
    let signature = case.sign(&sha1, b"k3y");
    case.headers.insert("x-hub-signature-256".into(), format!("sha256={signature}"));
    case.says("but made by HMAC-SHA-1 where the scheme has HMAC-SHA-256");

    let mut case = Case::of("stripe", "k3y", b"k3y");
    case.provider = "mux";
    case.says("the request is signed with the secret as `stripe` signs");
    let mut case = Case::of("github", "k3y", b"k3y");
    case.provider = "bitbucket";
    case.says("as `github` or `meta` signs");

    let mut case = Case::of("stripe", "k3y", b"k3y");
    let value = case.headers.remove("stripe-signature").unwrap();
    case.headers.insert("x-original-stripe".into(), value);
    case.says("a good signature is in the header x-original-stripe, where the scheme has stripe-signature");
}

#[test]
fn a_mismatch_without_an_explanation_says_so() {
    let wrong = Case::of("github", "k3y", b"another");
    assert!(
        wrong
            .hints()
            .starts_with("wrong secret or an altered body: the signature cannot tell which")
    );
    let mut altered = Case::of("github", "k3y", b"k3y");
    altered.body.push(b'x');
    assert_eq!(altered.hints(), wrong.hints());
    let token = Case::of("documenso", "k3y", b"another");
    assert_eq!(
        token.hints(),
        "the token is not the secret: one of the two belongs to another source"
    );
}

#[test]
fn a_body_with_another_hash_than_the_request_says_was_altered() {
    let url = format!("https://a.example/t?bodySHA256={}", "0".repeat(64));
    let request = json!({ "url": url, "headers": {"X-Twilio-Signature": "AAAA"}, "body": "{}" });
    let (secret, request) = (File::of("k3y"), File::of(request.to_string()));
    let arguments = ["verify", "--json", "--provider", "twilio", "--secret-file", secret.path()];
    let output = run(&[&arguments[..], &["--request", request.path()]].concat());
    assert!(output.hints().contains("The secret is not the cause"), "{output:?}");
}

#[test]
fn a_stale_request_gets_its_direction_and_whether_it_is_good_otherwise() {
    let hints = |case: &Case, at: &str| {
        let output = case.run(&["--at", at]);
        assert_eq!(output.json()["refusal"]["class"], "stale", "{output:?}");
        output.hints()
    };
    let good = Case::of("standard-webhooks", "whsec_aGk=", b"hi");
    let late = hints(&good, "1700000400");
    assert!(late.contains("it is 100 s too old: 300 s are tolerated"), "{late}");
    assert!(late.contains("except for its time, the signature is good"), "{late}");
    assert!(!late.contains("by --at"), "{late}");
    let ahead = hints(&good, "1699999000");
    assert!(ahead.contains("it is 700 s (11 minutes) too far ahead"), "{ahead}");
    let bad = Case::of("standard-webhooks", "whsec_aGk=", b"another");
    assert!(hints(&bad, "1700000400").contains("no secret makes this signature"));
    let output = good.run(&[]);
    assert!(output.hints().contains("give the time of receipt by --at, such as --at 1700000000"));
}

#[test]
fn malformed_and_missing_name_the_place_and_what_was_found() {
    let detail = |output: &Output| {
        let Value::String(detail) = output.json()["refusal"]["detail"].clone() else {
            panic!("{output:?}")
        };
        detail
    };
    let mut case = Case::of("standard-webhooks", "whsec_aGk=", b"hi");
    case.headers.insert("webhook-timestamp".into(), "1700000000000".into());
    let output = case.run(&["--at", AT]);
    assert!(
        detail(&output).starts_with("the timestamp (field `timestamp`): its value is not"),
        "{output:?}"
    );
    assert!(
        output.hints().contains("looks like Unix milliseconds; the scheme has Unix seconds"),
        "{output:?}"
    );
    case.headers.insert("webhook-timestamp".into(), "2023-11-14T22:13:20Z".into());
    let output = case.run(&["--at", AT]);
    assert!(
        output.hints().contains("is written in RFC 3339; the scheme has Unix seconds"),
        "{output:?}"
    );
    case.headers.remove("webhook-id");
    let output = case.run(&["--at", AT]);
    assert!(detail(&output).starts_with("header webhook-id: nothing is there"), "{output:?}");
    assert!(output.hints().contains("webhook-signature"), "{output:?}");
    case.headers.clear();
    let output = case.run(&["--at", AT]);
    assert_eq!(output.json()["refusal"]["class"], "missing");
    assert!(
        output.hints().contains("no header of the request looks like a signature's"),
        "{output:?}"
    );
}

/// Ingest answers 405 and 413 before it looks at a signature, and so does `verify`.
#[test]
fn a_method_or_a_size_that_ingest_does_not_accept_is_refused() {
    let case = Case::of("github", "k3y", b"k3y");
    let secret = File::of("k3y");
    let verify = |method: &str, body: &str| {
        let request = json!({ "method": method, "headers": case.headers, "body": body });
        let request = File::of(request.to_string());
        let (secret, request) = (secret.path(), request.path());
        let arguments = ["--provider", "github", "--secret-file", secret, "--request", request];
        let output = run(&[&["verify", "--json"][..], &arguments[..]].concat());
        (
            output.status,
            output.json()["refusal"]["class"].clone(),
            output.json()["reply"]["status"].clone(),
        )
    };
    assert_eq!(verify("put", BODY), (1, json!("method_not_allowed"), json!(405)));
    let large = " ".repeat(6_291_457);
    assert_eq!(verify("post", &large), (1, json!("body_too_large"), json!(413)));
    assert_eq!(verify("post", &large[1..]), (1, json!("mismatch"), json!(401)));
    assert_eq!(verify("post", BODY).0, 0);
}

#[test]
fn an_unknown_field_of_the_request_file_is_noted() {
    let case = Case::of("github", "k3y", b"k3y");
    let request = json!({ "method": "post", "headers": case.headers, "body": BODY, "boddy": 1 });
    let (secret, request) = (File::of("k3y"), File::of(request.to_string()));
    let (secret, request) = (secret.path(), request.path());
    let output =
        run(&["verify", "--provider", "github", "--secret-file", secret, "--request", request]);
    assert_eq!(output.status, 0);
    assert!(output.out.contains("which were ignored: \"boddy\""), "{output:?}");
}

/// Ingest checks the form and the time of every signature before it fetches a secret.
#[test]
fn a_stale_signature_is_refused_even_if_another_matches() {
    let mut case = Case::of("standard-webhooks", "whsec_aGk=", b"hi");
    case.provider = "svix";
    let webhook_headers = ["id", "timestamp", "signature"].map(|part| format!("webhook-{part}"));
    for name in &webhook_headers {
        let value = case.headers.remove(name).unwrap();
        case.headers.insert(name.replace("webhook", "svix"), value);
    }
    assert_eq!(case.run(&["--at", AT]).status, 0);
    for (name, value) in webhook_headers.into_iter().zip(["m1", "1600000000", "v1,AAAA"]) {
        case.headers.insert(name, value.into());
    }
    let output = case.run(&["--at", AT]);
    assert_eq!(output.status, 1, "{output:?}");
    assert_eq!(output.json()["refusal"]["class"], "stale");
}

#[test]
fn a_secret_that_looks_like_a_broken_list_gets_a_note() {
    let note = "looks like a JSON list of secrets";
    let broken = Case::of("github", "[\"a\",\"b\"", b"hi").run(&["--at", AT]);
    assert!(broken.out.contains(note), "{broken:?}");
    let generated = Case::of("github", "[x!9a", b"[x!9a").run(&["--at", AT]);
    assert!(generated.status == 0 && !generated.out.contains(note), "{generated:?}");
}
