//! Hostile signatures, headers and URLs.

use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;

use crate::case::{Case, case_of, cases, first_cases};

/// What every encoding takes for a signature of 32 bytes, and is none.
fn forged(number: usize) -> String {
    format!("{number:064}")
}

/// Signatures in a list, as the provider writes it or, where it has none, as API Gateway joins them.
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
fn ten_thousand_times_the_same_signature() {
    for case in first_cases() {
        let list = joined(&case, (0..10_000).map(|_| forged(1)));
        case.refuses(case.signed_with(|_| list.clone()));
    }
}

/// A good signature does not save a request that carries too many others.
#[test]
fn more_signatures_than_are_tried() {
    for case in first_cases() {
        let all =
            |good: &str| joined(&case, [good.to_owned()].into_iter().chain((0..32).map(forged)));
        case.refuses(case.signed_with(all));
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

/// API Gateway joins repeated headers by a comma. Only in a list does a good signature still count.
#[test]
fn repeated_headers() {
    for case in cases().iter().filter(|case| case.list.is_none() && case.carried().count() == 1) {
        for name in case.headers() {
            let value = case.request.headers.get(&name).unwrap();
            case.refuses(case.with(&name, &format!("{value},{value}")));
            case.refuses(case.with(&name, &format!("{value},")));
        }
    }
    for case in cases() {
        case.refuses(case.signed_with(|_| joined(&case, (0..2).map(forged))));
    }
}

#[test]
fn a_zero_byte_in_what_is_read_of_headers() {
    for case in cases() {
        case.refuses(case.signed_with(|good| format!("{good}\0")));
        case.refuses(case.signed_with(|good| format!("\0{good}")));
        case.refuses(case.signed_with(|_| "\0".to_owned()));
    }
    for case in cases().iter().filter(|case| case.list.is_none() && case.carried().count() == 1) {
        for name in case.headers() {
            let value = case.request.headers.get(&name).unwrap();
            case.refuses(case.with(&name, &format!("{value}\0")));
        }
    }
}

#[test]
fn a_zero_byte_in_the_url() {
    for case in cases() {
        let url = format!("{}\0", case.request.url);
        let query = format!("{}&\0=\0&%00", case.request.query);
        let judged = case.bears(Request { url, query, ..case.request.clone() });
        assert!(judged.is_err() || !case.carried().all(Scheme::signs_url), "{}", case.name);
    }
}

#[test]
fn a_url_as_long_as_it_may_be_and_of_a_megabyte() {
    let queries = ["%", "%ff", "%00&", "a=1&", "é", "'", "&", "=", "a=%25%32%35&"];
    for (case, length) in first_cases().flat_map(|case| [(case.clone(), 10_000), (case, 1 << 20)]) {
        for query in queries {
            let query = query.repeat(length / query.len());
            let url = format!("https://hooks.example/source?{query}");
            let judged = case.bears(Request { url, query, ..case.request.clone() });
            assert!(judged.is_err() || !case.carried().all(Scheme::signs_url), "{}", case.name);
        }
        let path = "/%2f".repeat(length / 4);
        let url = format!("https://hooks.example{path}");
        let _ = case.bears(Request { url, path, ..case.request.clone() });
    }
}

#[test]
fn a_jwt_with_a_huge_header() {
    let case = case_of("plaid");
    let jwt = case.request.headers.get("plaid-verification").unwrap().to_owned();
    let (_, rest) = jwt.split_once('.').unwrap();
    for header in ["A".repeat(1 << 20), "W1tb".repeat(1 << 18), "e30".into(), String::new()] {
        case.refuses(case.with("plaid-verification", &format!("{header}.{rest}")));
    }
    case.refuses(case.with("plaid-verification", &".".repeat(1 << 20)));
    case.refuses(case.with("plaid-verification", &format!("{jwt}.{}", "A".repeat(1 << 20))));
}

#[test]
fn ten_thousand_names_of_signed_headers() {
    const LIST: &str = "x-contentful-signed-headers";
    let case = case_of("contentful");
    let names: Vec<_> = (0..10_000).map(|number| format!("x-{number}")).collect();
    let listed = case.with(LIST, &names.join(","));
    case.refuses(listed.clone());
    let all_there = listed.headers.iter().chain(names.iter().map(|name| (&name[..], "v")));
    case.refuses(Request { headers: all_there.collect(), ..listed.clone() });
    case.refuses(case.with(LIST, &"x-contentful-timestamp,".repeat(10_000)));
    case.refuses(case.with(LIST, &",".repeat(1 << 20)));
}

/// What was signed by a public key's owner cannot be computed once and compared: each signature costs a
/// look at the whole content.
#[test]
fn as_many_signatures_by_public_key_as_are_tried() {
    let by_key = |case: &Case| case.carried().all(|scheme| !scheme.algorithm.is_symmetric());
    let cases: Vec<_> = cases().into_iter().filter(|c| by_key(c) && c.list.is_some()).collect();
    assert!(cases.len() > 1);
    let base64 = |number: usize| format!("{number:084}AA==");
    let list = (0..32).map(base64).collect::<Vec<_>>().join(" v1a,");
    for case in cases {
        let spoilt = case.signed_with(|_| list.clone());
        case.refuses(Request { body: b"0".repeat(1 << 20), ..spoilt });
    }
}
