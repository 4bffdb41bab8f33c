//! What is said of refused requests: which one change would have made them good.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Encoding, Piece};
use shared::webhook::scheme::{Scheme, SignatureClaim};
use shared::webhook::secret::SecretRule;

use crate::tool::{File, Said, run};

const AT: &str = "1700000000";
const BODY: &str = "{\"id\":\"e1\",\"name\":\"Zoë/é\",\"n\":1.50}";

/// Something of a provider's that goes wrong on its way, and what is said of it.
struct Case {
    provider: &'static str,
    secret: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    url: String,
}

impl Case {
    /// A good request with the secret that it is signed with; `key` is what is signed with in truth.
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
        // The key as it is.
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

    fn run(&self, more: &[&str]) -> Said {
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
        let said = self.run(&["--at", AT]);
        assert_eq!(said.status, 1, "{said:?}");
        said.hints()
    }

    fn says(&self, expected: &str) {
        let hints = self.hints();
        assert!(hints.contains(expected), "{expected}: {hints}");
    }
}

#[test]
fn what_is_signed_is_good_before_anything_goes_wrong() {
    for provider in ["github", "docusign", "square", "stripe", "documenso"] {
        assert_eq!(Case::of(provider, "k3y", b"k3y").run(&["--at", AT]).status, 0, "{provider}");
    }
    assert_eq!(Case::of("standard-webhooks", "whsec_aGk=", b"hi").run(&["--at", AT]).status, 0);
}

#[test]
fn a_secret_read_otherwise() {
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
        (
            "github",
            " hi ",
            b" hi ",
            "the secret with the white space around it that the file has makes",
        ),
        (
            "github",
            r#"{"key":"hi"}"#,
            b"hi",
            "the secret is a JSON object, and its value of \"key\" by itself",
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
fn a_secret_that_is_no_key_but_would_be_one_read_otherwise() {
    let said = Case::of("standard-webhooks", "not base64!", b"not base64!").run(&["--at", AT]);
    assert_eq!(said.status, 2);
    assert!(
        said.err.contains("the secret used as text, undecoded, makes this signature"),
        "{said:?}"
    );
}

#[test]
fn a_body_that_changed_on_its_way() {
    let pretty = "{\n  \"id\": \"e1\",\n  \"name\": \"Zoë/é\",\n  \"n\": 1.50\n}";
    let python = "{\"id\": \"e1\", \"name\": \"Zoë/é\", \"n\": 1.50}";
    let latin1: Vec<u8> = BODY.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let base64 = Encoding::Base64.encode(BODY.as_bytes());
    for (sent, arrived, expected) in [
        (BODY, format!("{BODY}\n").into_bytes(), "without the newline at its end"),
        (BODY, format!("{BODY}\r\n").into_bytes(), "without the CRLF at its end"),
        (&format!("{BODY}\n")[..], BODY.into(), "with a newline at its end"),
        ("a\r\nb", "a\nb".into(), "with line ends CRLF in place of LF"),
        ("a\nb", "a\r\nb".into(), "with line ends LF in place of CRLF"),
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
        (BODY, serde_json::to_vec(BODY).unwrap(), "the text inside the JSON string that it is"),
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
fn a_url_other_than_the_one_that_was_signed() {
    for (url, expected) in [
        ("http://api.example:443/hooks/source?x=1", "with https"),
        ("https://api.example:443/hooks/source/?x=1", "without the slash at the end of its path"),
        ("https://api.example/hooks/source?x=1", "with its port"),
        ("https://10.0.0.1/hooks/source?x=1", "the header x-forwarded-host has"),
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
fn a_signature_written_otherwise() {
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
    with(hex.clone(), "but stands there without its prefix");
    with(format!("v1={hex}"), "but stands there behind `v1=`");
    with("sha256=zz".to_owned(), "look like a signature's: x-hub-signature-256");

    let mut case = Case::of("docusign", "k3y", b"k3y");
    let base64 = signature(&case, "x-docusign-signature-1");
    let hex = Encoding::Hex.encode(&Encoding::Base64.decode(&base64).unwrap());
    case.headers.insert("x-docusign-signature-1".into(), hex);
    case.says("but written in hex where the scheme has base64");
}

#[test]
fn a_signature_by_another_algorithm_or_of_another_provider_or_in_another_header() {
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
fn what_nothing_explains_nobody_can_tell() {
    let wrong = Case::of("github", "k3y", b"another");
    assert!(wrong.hints().starts_with("wrong secret or an altered body; nobody can tell which"));
    let mut altered = Case::of("github", "k3y", b"k3y");
    altered.body.push(b'x');
    assert_eq!(altered.hints(), wrong.hints());
    let token = Case::of("documenso", "k3y", b"another");
    assert_eq!(token.hints(), "the token is not the secret: one of the two is another's");
}

#[test]
fn a_body_whose_hash_the_request_itself_names_was_altered_whatever_the_secret() {
    let url = format!("https://a.example/t?bodySHA256={}", "0".repeat(64));
    let request = json!({ "url": url, "headers": {"X-Twilio-Signature": "AAAA"}, "body": "{}" });
    let (secret, request) = (File::of("k3y"), File::of(request.to_string()));
    let arguments = ["verify", "--json", "--provider", "twilio", "--secret-file", secret.path()];
    let said = run(&[&arguments[..], &["--request", request.path()]].concat());
    assert!(said.hints().contains("The secret has no part in that"), "{said:?}");
}

#[test]
fn stale_is_said_with_its_direction_and_whether_it_would_be_good_otherwise() {
    let hints = |case: &Case, at: &str| {
        let said = case.run(&["--at", at]);
        assert_eq!(said.json()["refusal"]["class"], "stale", "{said:?}");
        said.hints()
    };
    let good = Case::of("standard-webhooks", "whsec_aGk=", b"hi");
    let late = hints(&good, "1700000400");
    assert!(late.contains("it is 100 s too old: 300 s are tolerated"), "{late}");
    assert!(late.contains("but for its time, the signature is good"), "{late}");
    assert!(!late.contains("--at has"), "{late}");
    let ahead = hints(&good, "1699999000");
    assert!(ahead.contains("it is 700 s (11 minutes) too far ahead"), "{ahead}");
    let bad = Case::of("standard-webhooks", "whsec_aGk=", b"another");
    assert!(hints(&bad, "1700000400").contains("no secret makes this signature"));
    let said = good.run(&[]);
    assert!(
        said.hints().contains("--at has the time when it was received, such as --at 1700000000")
    );
}

#[test]
fn malformed_and_missing_name_the_place_and_what_there_is() {
    let detail = |said: &Said| {
        let Value::String(detail) = said.json()["refusal"]["detail"].clone() else {
            panic!("{said:?}")
        };
        detail
    };
    let mut case = Case::of("standard-webhooks", "whsec_aGk=", b"hi");
    case.headers.insert("webhook-timestamp".into(), "1700000000000".into());
    let said = case.run(&["--at", AT]);
    assert!(
        detail(&said).starts_with("the timestamp (field `timestamp`): what stands there"),
        "{said:?}"
    );
    assert!(
        said.hints().contains("looks like Unix milliseconds; the scheme has Unix seconds"),
        "{said:?}"
    );
    case.headers.insert("webhook-timestamp".into(), "2023-11-14T22:13:20Z".into());
    let said = case.run(&["--at", AT]);
    assert!(
        said.hints().contains("is written in RFC 3339; the scheme has Unix seconds"),
        "{said:?}"
    );
    case.headers.remove("webhook-id");
    let said = case.run(&["--at", AT]);
    assert!(detail(&said).starts_with("header webhook-id: nothing stands there"), "{said:?}");
    assert!(said.hints().contains("webhook-signature"), "{said:?}");
    case.headers.clear();
    let said = case.run(&["--at", AT]);
    assert_eq!(said.json()["refusal"]["class"], "missing");
    assert!(said.hints().contains("no header of the request looks like a signature's"), "{said:?}");
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
        let said = run(&[&["verify", "--json"][..], &arguments[..]].concat());
        (
            said.status,
            said.json()["refusal"]["class"].clone(),
            said.json()["reply"]["status"].clone(),
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
    let said =
        run(&["verify", "--provider", "github", "--secret-file", secret, "--request", request]);
    assert_eq!(said.status, 0);
    assert!(said.out.contains("passed over: \"boddy\""), "{said:?}");
}
