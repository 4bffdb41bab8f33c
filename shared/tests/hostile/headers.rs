//! Hostile signatures, headers and URLs.

use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;

use crate::case::{Case, case_of, cases, first_cases};

/// An invalid signature of 32 bytes that every encoding can decode.
fn forged(number: usize) -> String {
    format!("{number:064}")
}

/// A list of signatures in the provider's format. If the provider sends no lists, they are joined by commas,
/// as API Gateway joins repeated headers.
fn joined(case: &Case, signatures: impl Iterator<Item = String>) -> String {
    let (separator, prefix) = case.list.clone().unwrap_or((",".to_owned(), String::new()));
    signatures.collect::<Vec<_>>().join(&(separator + &prefix))
}

#[test]
fn a_signature_of_100_kb() {
    for case in cases() {
        case.refuses(case.signed_with(|_| "a".repeat(100_000)));
        case.refuses(case.signed_with(|_| "é".repeat(50_000)));
    }
}

#[test]
fn ten_thousand_different_signatures() {
    for case in first_cases() {
        let list = joined(&case, (0..10_000).map(forged));
        case.refuses(case.signed_with(|_| list.clone()));
    }
}

#[test]
fn the_same_signature_ten_thousand_times() {
    for case in first_cases() {
        let list = joined(&case, (0..10_000).map(|_| forged(1)));
        case.refuses(case.signed_with(|_| list.clone()));
    }
}

/// A request with too many signatures is refused even if one of them is valid.
#[test]
fn more_signatures_than_the_limit() {
    for case in first_cases() {
        let with_others =
            |valid: &str| joined(&case, [valid.to_owned()].into_iter().chain((0..32).map(forged)));
        case.refuses(case.signed_with(with_others));
    }
}

#[test]
fn ten_thousand_numbered_headers() {
    let case = case_of("docusign");
    let name = |number: usize| format!("x-docusign-signature-{number}");
    let numbered = |value: fn(usize) -> String| Request {
        headers: (0..10_000).map(|number| (name(number), value(number))).collect(),
        ..case.request.clone()
    };
    case.refuses(numbered(forged));
    case.refuses(numbered(|_| forged(1)));
}

/// API Gateway joins repeated headers by a comma. Equal values count as one. Among different values, a valid one counts
/// only if the provider sends lists.
#[test]
fn repeated_headers() {
    for case in
        cases().iter().filter(|case| case.list.is_none() && case.used_schemes().count() == 1)
    {
        for name in case.headers() {
            let value = case.request.headers.get(&name).unwrap();
            case.refuses(case.with(&name, &format!("{value},0{value}")));
            case.refuses(case.with(&name, &format!("{value},")));
        }
    }
    for case in cases() {
        case.refuses(case.signed_with(|_| joined(&case, (0..2).map(forged))));
    }
}

#[test]
fn a_null_byte_in_a_header_that_is_read() {
    for case in cases() {
        case.refuses(case.signed_with(|valid| format!("{valid}\0")));
        case.refuses(case.signed_with(|valid| format!("\0{valid}")));
        case.refuses(case.signed_with(|_| "\0".to_owned()));
    }
    for case in
        cases().iter().filter(|case| case.list.is_none() && case.used_schemes().count() == 1)
    {
        for name in case.headers() {
            let value = case.request.headers.get(&name).unwrap();
            case.refuses(case.with(&name, &format!("{value}\0")));
        }
    }
}

#[test]
fn a_null_byte_in_the_url() {
    for case in cases() {
        let url = format!("{}\0", case.request.url);
        let query = format!("{}&\0=\0&%00", case.request.query);
        let result = case.measure(Request { url, query, ..case.request.clone() });
        assert!(result.is_err() || !case.used_schemes().all(Scheme::signs_url), "{}", case.name);
    }
}

#[test]
fn a_url_of_the_greatest_length_and_of_a_megabyte() {
    let queries = ["%", "%ff", "%00&", "a=1&", "é", "'", "&", "=", "a=%25%32%35&"];
    for (case, length) in first_cases().flat_map(|case| [(case.clone(), 10_000), (case, 1 << 20)]) {
        for query in queries {
            let query = query.repeat(length / query.len());
            let url = format!("https://hooks.example/source?{query}");
            let result = case.measure(Request { url, query, ..case.request.clone() });
            assert!(
                result.is_err() || !case.used_schemes().all(Scheme::signs_url),
                "{}",
                case.name
            );
        }
        let path = "/%2f".repeat(length / 4);
        let url = format!("https://hooks.example{path}");
        let _ = case.measure(Request { url, path, ..case.request.clone() });
    }
}

#[test]
fn a_jwt_with_a_huge_header_or_huge_claims() {
    for (name, header, prefix) in [
        ("plaid", "plaid-verification", ""),
        ("vonage", "authorization", "Bearer "),
        ("monday", "authorization", ""),
        ("google-pubsub", "authorization", "Bearer "),
    ] {
        let case = case_of(name);
        let jwt = case.request.headers.get(header).unwrap().strip_prefix(prefix).unwrap();
        let refuses = |jwt: &str| case.refuses(case.with(header, &format!("{prefix}{jwt}")));
        let (head, rest) = jwt.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let megabyte = "A".repeat(1 << 20);
        // Lists within lists, and very many names.
        for json in [&megabyte, &"W1tb".repeat(1 << 18), "e30", "", &"W1tb".repeat(1_000)] {
            refuses(&format!("{json}.{rest}"));
            refuses(&format!("{head}.{json}.{signature}"));
        }
        refuses(&".".repeat(1 << 20));
        refuses(&format!("{jwt}.{megabyte}"));
        refuses(&format!("{jwt}{megabyte}"));
        refuses(&format!("{jwt},").repeat(1_000));
        refuses(&format!("{jwt}, {jwt}, {jwt}"));
    }
}

#[test]
fn ten_thousand_names_in_the_list_of_signed_headers() {
    const LIST: &str = "x-contentful-signed-headers";
    let case = case_of("contentful");
    let names: Vec<_> = (0..10_000).map(|number| format!("x-{number}")).collect();
    let listed = case.with(LIST, &names.join(","));
    case.refuses(listed.clone());
    let with_headers = listed.headers.iter().chain(names.iter().map(|name| (&name[..], "v")));
    case.refuses(Request { headers: with_headers.collect(), ..listed.clone() });
    case.refuses(case.with(LIST, &"x-contentful-timestamp,".repeat(10_000)));
    case.refuses(case.with(LIST, &",".repeat(1 << 20)));
}

/// Unlike a MAC, a signature by a public key cannot be computed and compared: each costs a pass over the
/// whole content.
#[test]
fn more_signatures_by_public_key_than_the_limit() {
    let by_key = |case: &Case| case.used_schemes().all(|scheme| !scheme.algorithm.is_symmetric());
    let cases: Vec<_> = cases().into_iter().filter(|c| by_key(c) && c.list.is_some()).collect();
    assert!(cases.len() > 1);
    let base64 = |number: usize| format!("{number:084}AA==");
    let list = (0..32).map(base64).collect::<Vec<_>>().join(" v1a,");
    for case in cases {
        let forged = case.signed_with(|_| list.clone());
        case.refuses(Request { body: b"0".repeat(1 << 20), ..forged });
    }
}
