//! Arguments that are of no use: status 2, and what is wrong with them.

use crate::tool::{File, run};

/// Verifies a request of Stripe's with other arguments, and is told what is wrong.
fn refused(provider: &str, secret: &str, request: &str, more: &[&str]) -> String {
    let (secret, request) = (File::of(secret), File::of(request));
    let mut arguments = vec!["verify", "--provider", provider, "--secret-file", secret.path()];
    arguments.extend(["--request", request.path()]);
    arguments.extend(more);
    let said = run(&arguments);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    said.err
}

const REQUEST: &str = r#"{"headers":{"stripe-signature":"t=1,v1=00"},"body":"{}"}"#;

#[test]
fn an_unknown_provider_is_answered_with_one_that_there_is() {
    let error = refused("strip", "k", REQUEST, &[]);
    assert!(
        error.contains("'strip'") && error.contains("a similar value exists: 'stripe'"),
        "{error}"
    );
    for command in [&["providers", "githup"][..], &["send", "--provider", "githup"]] {
        let said = run(command);
        assert_eq!(said.status, 2);
        assert!(said.err.contains("'github'"), "{said:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named_with_their_argument() {
    let here = File::of(REQUEST);
    let gone = "/nonexistent/secret";
    let verify = |secret, request| {
        run(&["verify", "--provider", "stripe", "--secret-file", secret, "--request", request])
    };
    for (said, argument) in
        [(verify(gone, here.path()), "--secret-file"), (verify(here.path(), gone), "--request")]
    {
        assert_eq!(said.status, 2);
        assert!(said.err.contains(argument) && said.err.contains(gone), "{said:?}");
    }
    let not_utf8 = File::of(b"\xff\xfe");
    assert!(verify(not_utf8.path(), here.path()).err.contains("is not UTF-8"));
}

#[test]
fn a_request_that_is_none_is_told_where_and_not_what() {
    for (request, wrong) in [
        ("", "is not JSON: line 1 column 0"),
        ("{\n\"body\": hunter2}", "is not JSON: line 2 column"),
        ("[\"hunter2\"]", "is no JSON object"),
        (r#"{"body":{"hunter2":1}}"#, "has a `body` that is no text"),
        (r#"{"body":"hunter2","body_base64":"aGk="}"#, "has both `body` and `body_base64`"),
        (r#"{"body_base64":"hunter2!"}"#, "has a `body_base64` that is not base64"),
        (r#"{"headers":["hunter2"]}"#, "has `headers` that are no object"),
        (r#"{"headers":{"x":{"hunter2":1}}}"#, "has a header \"x\" whose value is no text"),
    ] {
        let error = refused("stripe", "k", request, &[]);
        assert!(error.contains(wrong) && !error.contains("hunter2"), "{request}: {error}");
    }
}

#[test]
fn a_secret_that_fits_no_scheme_is_a_mistake_of_ours_whatever_the_request() {
    for (provider, secret) in [
        ("standard-webhooks", "whsec_not base64"),
        ("adyen", "not hex"),
        ("aws-sns", "no certificate"),
        ("plaid", r#"{"client_id":"hunter2","secret":"hunter2"}"#),
        ("stripe", ""),
        ("stripe", "[]"),
        ("stripe", "[1]"),
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
fn without_a_secret_there_is_nothing_but_unsigned_handshakes() {
    let request = File::of(REQUEST);
    let said = run(&["verify", "--provider", "stripe", "--request", request.path()]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("--secret-file is needed"), "{said:?}");

    let challenge = File::of(r#"{"method":"GET","url":"https://a.example/d?challenge=c1"}"#);
    let said = run(&["verify", "--provider", "dropbox", "--request", challenge.path()]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.starts_with("HANDSHAKE: Dropbox, Challenge; not signed"), "{said:?}");
    assert!(said.out.contains("the reply 200\n") && said.out.ends_with("  c1\n"), "{said:?}");

    let steering = File::of(r#"{"method":"GET","url":"https://a.example/d?challenge=%1b[31m"}"#);
    let said = run(&["verify", "--provider", "dropbox", "--request", steering.path()]);
    assert!(said.out.ends_with("  \\u{1b}[31m\n"), "{said:?}");

    let crc = File::of(r#"{"method":"GET","url":"https://a.example/x?crc_token=c1"}"#);
    let said = run(&["verify", "--provider", "twitter", "--request", crc.path()]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("give it by --secret-file"), "{said:?}");
}

#[test]
fn params_are_the_providers_own_and_their_values_are_not_shown() {
    for (provider, param, wrong) in [
        ("stripe", "webhook_id=hunter2", "has no parameter `webhook_id`; it has: none"),
        ("paypal", "webhok=hunter2", "has no parameter `webhok`; it has: webhook_id"),
        ("paypal", "hunter2", "--param wants NAME=VALUE"),
        ("paypal", "=hunter2", "--param wants NAME=VALUE"),
        ("paypal", "webhook_id=", "--param wants NAME=VALUE"),
    ] {
        let error = refused(provider, "k", REQUEST, &["--param", param]);
        assert!(error.contains(wrong) && !error.contains("hunter2"), "{provider} {param}: {error}");
    }
    let twice = ["--param", "webhook_id=a", "--param", "webhook_id=b"];
    assert!(refused("paypal", "k", REQUEST, &twice).contains("webhook_id is given twice"));
}

#[test]
fn a_parameter_that_the_signature_needs_is_asked_for() {
    let vectors = crate::vectors::of("paypal");
    let vector = vectors.iter().find(|vector| vector.expect == "valid").unwrap();
    let without_param = |arguments: &[&str]| {
        let at = arguments.iter().position(|argument| *argument == "--param").unwrap();
        run(&arguments[..at])
    };
    let said = vector.run(without_param, &[]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("the scheme needs --param webhook_id=…"), "{said:?}");
}

#[test]
fn a_scheme_is_given_where_the_provider_has_none_and_only_there() {
    assert!(refused("hmac", "k", REQUEST, &[]).contains("give the source's by --scheme FILE"));
    let scheme = File::of(r#"{"header":"x-sig"}"#);
    let error = refused("stripe", "k", REQUEST, &["--scheme", scheme.path()]);
    assert!(error.contains("provider `stripe` has its own"), "{error}");
    let wrong = File::of(r#"{"header":"x-sig","content":"{oops}.{body}"}"#);
    let error = refused("hmac", "k", REQUEST, &["--scheme", wrong.path()]);
    assert!(error.contains("content: there is no field `oops`"), "{error}");
}

#[test]
fn times_are_in_seconds() {
    let error = refused("stripe", "k", REQUEST, &["--at", "1700000000000"]);
    assert!(error.contains("is it in milliseconds"), "{error}");
    assert!(refused("stripe", "k", REQUEST, &["--at", "1.5"]).contains("--at"));
}
