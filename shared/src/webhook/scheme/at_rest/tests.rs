use super::*;
use crate::webhook::scheme::verify;

const TOKEN: &str = "hunter2-hunter2";

fn key() -> FingerprintKey {
    FingerprintKey::try_from("stack".to_owned()).unwrap()
}

/// What stands in place of a token.
fn mark(token: &str) -> String {
    format!("fingerprint:{}", key().fingerprint(token.as_bytes()))
}

fn scheme(json: &str) -> Scheme {
    serde_json::from_str(json).unwrap()
}

fn token_in(field: &str) -> Scheme {
    scheme(&format!(r#"{{{field},"algorithm":"token","encoding":"utf8"}}"#))
}

/// A scheme that verifies any request with the header `s: {TOKEN}` and signs the body.
fn signing() -> (Scheme, impl Fn(&[u8]) -> String) {
    let scheme = scheme(r#"{"name":"signed","header":"s"}"#);
    let hmac = scheme.clone();
    let sign = move |body: &[u8]| {
        let key = hmac.secret.key(TOKEN).unwrap();
        let content = [crate::webhook::scheme::algorithm::Piece::Bytes(body.into())];
        hex::encode(hmac.algorithm.tag(&key, &content).unwrap())
    };
    (scheme, sign)
}

fn request(headers: &[(&str, &str)], query: &str, path: &str, body: &[u8]) -> Request {
    let url = match query {
        "" => format!("https://api.example{path}"),
        query => format!("https://api.example{path}?{query}"),
    };
    let (path, query, body) = (path.to_owned(), query.to_owned(), body.to_vec());
    let headers = headers.iter().copied().collect();
    Request { method: "POST".into(), path, query, url, headers, body, ..Request::default() }
}

/// A request as it is stored, and where fingerprints are in it.
fn stored(schemes: &[Scheme], request: Request) -> (Request, Vec<String>) {
    let verified = verify(schemes, &[TOKEN.to_owned()], request, jiff::Timestamp::UNIX_EPOCH);
    let verified = verified.unwrap().unwrap();
    let at_rest = verified.at_rest(schemes, &key());
    let everything = format!("{:?}", parts(at_rest.request()));
    assert!(!everything.contains(TOKEN), "{everything}");
    (at_rest.request().clone(), at_rest.fingerprinted().to_vec())
}

fn parts(request: &Request) -> (String, Vec<(&str, &str)>, [&str; 3]) {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    (body, request.headers.iter().collect(), [&request.path, &request.query, &request.url])
}

#[test]
fn a_token_in_a_header_is_replaced_by_the_fingerprint_of_the_secret() {
    let schemes = [token_in(r#""header":"X-Token""#)];
    let headers = [("X-Token", TOKEN), ("x-other", "kept"), ("content-type", "text/plain")];
    let (at_rest, places) = stored(&schemes, request(&headers, "a=1", "/s", b"kept"));
    let expected = [("x-token", &mark(TOKEN)[..]), headers[1], headers[2]];
    assert!(at_rest == request(&expected, "a=1", "/s", b"kept"), "{:?}", parts(&at_rest));
    assert_eq!(places, ["header x-token"]);
}

#[test]
fn the_prefix_of_a_token_stays_and_so_does_the_name_of_an_authentication_scheme() {
    let bearer = token_in(r#""header":"Authorization","prefix":["Bearer "]"#);
    let headers = [("authorization", &format!("Bearer {TOKEN}")[..])];
    let (at_rest, _) = stored(&[bearer], request(&headers, "", "/s", b""));
    assert_eq!(at_rest.headers.get("authorization").unwrap(), format!("Bearer {}", mark(TOKEN)));
    // The whole header is the secret, as with Okta.
    for name in ["Bearer", "SSWS", "bearer", "Basic", "Token"] {
        let secret = format!("{name} {TOKEN}");
        let whole = token_in(r#""header":"Authorization""#);
        let request = request(&[("authorization", &secret)], "", "/s", b"");
        let verified = verify(
            std::slice::from_ref(&whole),
            std::slice::from_ref(&secret),
            request,
            Default::default(),
        );
        let verified = verified.unwrap().unwrap();
        let at_rest = verified.at_rest(&[whole], &key());
        let header = at_rest.request().headers.get("authorization").unwrap();
        assert_eq!(header, format!("{name} {}", mark(&secret)));
    }
    let words = format!("correct horse {TOKEN}");
    let mut replaced = String::new();
    let mut request = request(&[("x-token", &words)], "", "/s", b"");
    token_in(r#""header":"X-Token""#).signature.replace(&mut request, &mut |token| {
        replaced = token.to_owned();
        "…".to_owned()
    });
    assert_eq!(
        (request.headers.get("x-token"), replaced),
        (Some("…"), words),
        "no name of a scheme"
    );
}

#[test]
fn a_token_that_is_not_the_secret_is_replaced_if_another_scheme_matched() {
    let (signed, sign) = signing();
    let wrong = "not-the-secret";
    for (field, name, value, expected) in [
        (r#""header":"X-Token""#, "x-token", wrong.to_owned(), mark(wrong)),
        (
            r#""header":"X-Token""#,
            "x-token",
            format!("{wrong},{wrong}"),
            format!("{0},{0}", mark(wrong)),
        ),
        (r#""header":"X-Token""#, "x-token", format!("a,{wrong}"), mark(&format!("a,{wrong}"))),
        (r#""header":"X-Old||X-Token""#, "x-token", wrong.to_owned(), mark(wrong)),
        (r#""header":"X-Token-*""#, "x-token-2", wrong.to_owned(), mark(wrong)),
        (
            r#""header":"Authorization","prefix":["Bearer "]"#,
            "authorization",
            format!("SSWS {wrong}"),
            format!("SSWS {}", mark(&format!("SSWS {wrong}"))),
        ),
        (
            r#""header":"X-Token","separator":",","prefix":["v1="]"#,
            "x-token",
            format!("v1={wrong}, v2=other"),
            format!("v1={}, {}", mark(wrong), mark("v2=other")),
        ),
        (
            r#""header":"X-Token","separator":":","entry":1"#,
            "x-token",
            format!("id:{wrong}"),
            format!("id:{}", mark(wrong)),
        ),
        (
            r#""header":"X-Token","separator":":","entry":1"#,
            "x-token",
            wrong.to_owned(),
            mark(wrong),
        ),
    ] {
        let schemes = [signed.clone(), token_in(field)];
        let headers = [("s", &sign(b"{}")[..]), (name, &value)];
        let (at_rest, places) = stored(&schemes, request(&headers, "", "/s", b"{}"));
        assert_eq!(at_rest.headers.get(name), Some(&expected[..]), "{field}: {value}");
        assert_eq!(at_rest.headers.get("s"), Some(&sign(b"{}")[..]), "a signature stays");
        assert_eq!(places.len(), 1);
    }
}

#[test]
fn what_only_looks_like_a_token_stays_where_a_signature_is() {
    let (signed, sign) = signing();
    let headers = [("s", &sign(b"{}")[..]), ("x-token", "kept")];
    let received = request(&headers, "token=kept", "/s/kept", b"{}");
    let (at_rest, places) = stored(&[signed], received.clone());
    assert!(at_rest == received && places.is_empty());
}

#[test]
fn a_body_that_is_signed_stays_as_it_was_signed() {
    let (signed, sign) = signing();
    let body = br#"{"token":"not-the-secret"}"#;
    let headers = [("s", &sign(body)[..])];
    let schemes = [signed, token_in(r#""body":"token""#)];
    let (at_rest, places) = stored(&schemes, request(&headers, "", "/s", body));
    assert!(at_rest.body == body && places.is_empty());
}

#[test]
fn two_schemes_of_the_same_header_leave_one_fingerprint() {
    let schemes = [
        token_in(r#""header":"Authorization","prefix":["Bearer "]"#),
        token_in(r#""header":"authorization""#),
    ];
    let headers = [("authorization", &format!("Bearer {TOKEN}")[..])];
    let (at_rest, places) = stored(&schemes, request(&headers, "", "/s", b""));
    assert_eq!(at_rest.headers.get("authorization").unwrap(), format!("Bearer {}", mark(TOKEN)));
    assert_eq!(places, ["header authorization"]);
}

#[test]
fn a_token_in_the_query_is_replaced_in_the_query_and_in_the_url() {
    let schemes = [token_in(r#""query":"key""#)];
    let query = format!("a=%20x&key={TOKEN}&key=another-token&%6bey=encoded&key&b=");
    let (at_rest, places) = stored(&schemes, request(&[], &query, "/s", b"{}"));
    let written = |token: &str| mark(token).replace(':', "%3A");
    let expected = format!(
        "a=%20x&key={}&key={}&%6bey={}&key&b=",
        written(TOKEN),
        written("another-token"),
        written("encoded")
    );
    assert_eq!(at_rest.query, expected);
    assert_eq!(at_rest.url, format!("https://api.example/s?{expected}"));
    assert_eq!(places, ["query parameter key"]);
}

#[test]
fn a_token_in_the_path_is_replaced_in_the_path_and_in_the_url() {
    let schemes = [token_in(r#""path":true"#)];
    for path in [format!("/s/{TOKEN}"), format!("/stage/s/{TOKEN}")] {
        let (at_rest, places) = stored(&schemes, request(&[], "a=1", &path, b"{}"));
        let expected = path.replace(TOKEN, &mark(TOKEN));
        assert_eq!(at_rest.path, expected);
        assert_eq!(at_rest.url, format!("https://api.example{expected}?a=1"));
        assert_eq!(places, ["the last path segment"]);
    }
    // A function URL does not decode the path.
    let encoded = format!("/s/{}", TOKEN.replace('-', "%2D"));
    let (at_rest, _) = stored(&schemes, request(&[], "", &encoded, b"{}"));
    assert_eq!(at_rest.path, format!("/s/{}", mark(TOKEN)));
    assert_eq!(at_rest.url, format!("https://api.example/s/{}", mark(TOKEN)));
}

#[test]
fn copies_of_a_token_that_a_proxy_made_are_replaced_too() {
    let schemes = [token_in(r#""path":true"#)];
    let path = format!("/s/{TOKEN}");
    let referer = format!("https://proxy.example{path}?a=1");
    let headers = [("x-original-uri", &path[..]), ("referer", &referer)];
    let (at_rest, _) = stored(&schemes, request(&headers, "", &path, b"{}"));
    assert_eq!(at_rest.headers.get("x-original-uri").unwrap(), format!("/s/{}", mark(TOKEN)));
}

#[test]
fn a_sender_without_the_secret_cannot_have_other_text_replaced() {
    let (signed, sign) = signing();
    let schemes = [signed, token_in(r#""header":"X-Token""#)];
    let body = br#"{"kind":"order.paid"}"#;
    let headers = [("s", &sign(body)[..]), ("x-token", "order.paid"), ("x-kind", "order.paid")];
    let (at_rest, _) = stored(&schemes, request(&headers, "", "/order.paid", body));
    assert_eq!(at_rest.headers.get("x-kind"), Some("order.paid"));
    assert!(at_rest.body == body && at_rest.path == "/order.paid");
}

#[test]
fn the_fingerprint_is_of_the_decoded_token() {
    let basic =
        r#"{"header":"Authorization","prefix":["Basic "],"algorithm":"token","encoding":"base64"}"#;
    let encoded = crate::webhook::scheme::algorithm::Encoding::Base64.encode(TOKEN.as_bytes());
    let headers = [("authorization", &format!("Basic {encoded}")[..])];
    let (at_rest, _) = stored(&[scheme(basic)], request(&headers, "", "/s", b""));
    assert_eq!(at_rest.headers.get("authorization").unwrap(), format!("Basic {}", mark(TOKEN)));
}

#[test]
fn a_signature_over_nothing_of_the_request_is_a_token() {
    for constant in [
        r#"{"header":"s","content":"{method}","body_unsigned":true}"#,
        r#"{"header":"s","content":"{secret}","algorithm":"sha256","body_unsigned":true}"#,
    ] {
        assert!(scheme(constant).signs_nothing(), "{constant}");
    }
    for of_request in [
        r#"{"header":"s"}"#,
        r#"{"header":"s","content":"{url}","body_unsigned":true}"#,
        r#"{"header":"s","content":"{t}","body_unsigned":true,"fields":{"t":{"header":"t"}}}"#,
        r#"{"header":"s","content":"{body_crc32}","body_unsigned":true}"#,
        r#"{"body":"x","canonical":"adyen"}"#,
    ] {
        assert!(!scheme(of_request).signs_nothing(), "{of_request}");
    }
}

#[test]
fn a_token_in_the_body_is_replaced_where_its_scheme_reads_it() {
    let schemes = [token_in(r#""body":"value.clientState""#)];
    let body = format!(
        r#"{{"value":[{{"clientState": "{TOKEN}","id":1.50}},{{"clientState":"{TOKEN}"}}]}}"#
    );
    let headers = [("content-type", "application/json")];
    let (at_rest, places) = stored(&schemes, request(&headers, "", "/s", body.as_bytes()));
    let expected = body.replace(TOKEN, &mark(TOKEN));
    assert_eq!(String::from_utf8(at_rest.body).unwrap(), expected);
    assert_eq!(places, ["body value.clientState"]);
}
