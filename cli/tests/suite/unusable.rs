//! Arguments that cannot be used: status 2, and a message that names the reason.

use crate::tool::{File, run};

/// The error message of verifying a request with arguments that cannot be used.
fn refused(provider: &str, secret: &str, request: &str, more: &[&str]) -> String {
    let (secret, request) = (File::of(secret), File::of(request));
    let mut arguments = vec!["verify", "--provider", provider, "--secret-file", secret.path()];
    arguments.extend(["--request", request.path()]);
    arguments.extend(more);
    let output = run(&arguments);
    assert_eq!((output.status, output.out.as_str()), (2, ""), "{output:?}");
    output.err
}

const REQUEST: &str = r#"{"headers":{"stripe-signature":"t=1,v1=00"},"body":"{}"}"#;

#[test]
fn an_unknown_provider_gets_a_similar_name() {
    let error = refused("strip", "k", REQUEST, &[]);
    assert!(
        error.contains("'strip'") && error.contains("a similar value exists: 'stripe'"),
        "{error}"
    );
    for command in [&["providers", "githup"][..], &["send", "--provider", "githup"]] {
        let output = run(command);
        assert_eq!(output.status, 2);
        assert!(output.err.contains("'github'"), "{output:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named_with_their_argument() {
    let here = File::of(REQUEST);
    let gone = "/nonexistent/secret";
    let verify = |secret, request| {
        run(&["verify", "--provider", "stripe", "--secret-file", secret, "--request", request])
    };
    for (output, argument) in
        [(verify(gone, here.path()), "--secret-file"), (verify(here.path(), gone), "--request")]
    {
        assert_eq!(output.status, 2);
        assert!(output.err.contains(argument) && output.err.contains(gone), "{output:?}");
    }
    let not_utf8 = File::of(b"\xff\xfe");
    assert!(verify(not_utf8.path(), here.path()).err.contains("is not UTF-8"));
}

#[test]
fn an_invalid_request_file_is_reported_without_its_content() {
    for (request, wrong) in [
        ("", "is not JSON: line 1 column 0"),
        ("{\n\"body\": hunter2}", "is not JSON: line 2 column"),
        ("[\"hunter2\"]", "is not a JSON object"),
        (r#"{"body":{"hunter2":1}}"#, "has a `body` that is not a text"),
        (r#"{"body":"hunter2","body_base64":"aGk="}"#, "has both `body` and `body_base64`"),
        (r#"{"body_base64":"hunter2!"}"#, "has a `body_base64` that is not base64"),
        (r#"{"headers":["hunter2"]}"#, "has `headers` that are not an object"),
        (r#"{"headers":{"x":{"hunter2":1}}}"#, "has a header \"x\" whose value is not a text"),
    ] {
        let error = refused("stripe", "k", request, &[]);
        assert!(error.contains(wrong) && !error.contains("hunter2"), "{request}: {error}");
    }
}

#[test]
fn a_secret_that_is_no_key_is_unusable_whatever_the_request() {
    for (provider, secret) in [
        ("standard-webhooks", "whsec_not base64"),
        ("adyen", "not hex"),
        ("aws-sns", "no certificate"),
        ("plaid", r#"{"client_id":"hunter2","secret":"hunter2"}"#),
        ("stripe", ""),
        ("stripe", "[]"),
    ] {
        for request in [REQUEST, "{}"] {
            let error = refused(provider, secret, request, &[]);
            assert!(error.contains("--secret-file"), "{provider}: {error}");
            assert!(!error.contains("hunter2"), "{provider}: {error}");
        }
    }
    let error = refused("plaid", r#"{"client_id":"a","secret":"b"}"#, REQUEST, &[]);
    assert!(error.contains("JWK"), "{error}");
}

#[test]
fn without_a_secret_only_unsigned_handshakes_are_answered() {
    let request = File::of(REQUEST);
    let output = run(&["verify", "--provider", "stripe", "--request", request.path()]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("--secret-file is needed"), "{output:?}");

    let challenge = File::of(r#"{"method":"GET","url":"https://a.example/d?challenge=c1"}"#);
    let output = run(&["verify", "--provider", "dropbox", "--request", challenge.path()]);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.out.starts_with("HANDSHAKE: Dropbox, Challenge; not signed"), "{output:?}");
    assert!(output.out.contains("the reply 200\n") && output.out.ends_with("  c1\n"), "{output:?}");

    let steering = File::of(r#"{"method":"GET","url":"https://a.example/d?challenge=%1b[31m"}"#);
    let output = run(&["verify", "--provider", "dropbox", "--request", steering.path()]);
    assert!(output.out.ends_with("  \\u{1b}[31m\n"), "{output:?}");

    let crc = File::of(r#"{"method":"GET","url":"https://a.example/x?crc_token=c1"}"#);
    let output = run(&["verify", "--provider", "twitter", "--request", crc.path()]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("give it by --secret-file"), "{output:?}");
}

#[test]
fn unknown_params_are_refused_without_showing_their_values() {
    for (provider, param, wrong) in [
        ("stripe", "webhook_id=hunter2", "has no parameter `webhook_id`; it has: none"),
        ("paypal", "webhok=hunter2", "has no parameter `webhok`; it has: webhook_id"),
        ("paypal", "hunter2", "--param needs NAME=VALUE"),
        ("paypal", "=hunter2", "--param needs NAME=VALUE"),
        ("paypal", "webhook_id=", "--param needs NAME=VALUE"),
    ] {
        let error = refused(provider, "k", REQUEST, &["--param", param]);
        assert!(error.contains(wrong) && !error.contains("hunter2"), "{provider} {param}: {error}");
    }
    let twice = ["--param", "webhook_id=a", "--param", "webhook_id=b"];
    assert!(refused("paypal", "k", REQUEST, &twice).contains("webhook_id is given twice"));
}

#[test]
fn a_param_that_the_signature_needs_is_named() {
    let vectors = crate::vectors::of("paypal");
    let vector = vectors.iter().find(|vector| vector.expect == "valid").unwrap();
    let without_param = |arguments: &[&str]| {
        let at = arguments.iter().position(|argument| *argument == "--param").unwrap();
        run(&arguments[..at])
    };
    let output = vector.run(without_param, &[]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("the scheme needs --param webhook_id=…"), "{output:?}");
}

#[test]
fn a_scheme_is_required_only_if_the_provider_has_none() {
    assert!(refused("hmac", "k", REQUEST, &[]).contains("give the source's by --scheme FILE"));
    let scheme = File::of(r#"{"header":"x-sig"}"#);
    let error = refused("stripe", "k", REQUEST, &["--scheme", scheme.path()]);
    assert!(error.contains("provider `stripe` has its own"), "{error}");
    let wrong = File::of(r#"{"header":"x-sig","content":"{oops}.{body}"}"#);
    let error = refused("hmac", "k", REQUEST, &["--scheme", wrong.path()]);
    assert!(error.contains("content: there is no field `oops`"), "{error}");
}

#[test]
fn a_time_in_milliseconds_is_refused() {
    let error = refused("stripe", "k", REQUEST, &["--at", "1700000000000"]);
    assert!(error.contains("is it in milliseconds"), "{error}");
    assert!(refused("stripe", "k", REQUEST, &["--at", "1.5"]).contains("--at"));
}
