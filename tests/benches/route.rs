//! Routing one event of 4 KB through 100 routes, each with a filter of its own, from its stored request
//! on: the document is made, all filters are asked, and the destinations put together. The gate is a
//! ratio, because the microseconds are the machine's: so many times what serde_json takes to read the
//! same body into a `Value`, measured side by side.
//!
//! Not a part of `deliver`, whose allocator counts, which is a seventh of what would be measured here.
//!
//! `cargo bench -p catchment-tests --bench route`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it is a benchmark")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use catchment_tests::samples;
use serde_json::{Value, json};
use shared::event::EventView;
use shared::event::route::Route;
use shared::event::route::{Routed, evaluate_routes, select_destinations};
use shared::webhook::request::Request;

/// At most this many times reading the body.
const LIMIT: f64 = 4.0;
/// What it is to stay below on a machine with nothing else to do, in microseconds. Only printed: a shared
/// machine takes half as long again.
const AIM: f64 = 100.0;
/// What is too short to be timed by itself is repeated as often: for less time than the machine gives
/// before it does something else.
const REPEATS: u32 = 20;
/// How many pairs are measured.
const PAIRS: usize = 501;

fn main() -> ExitCode {
    let routes = routes();
    let request = request();
    assert!(matches!(route(&routes, &request), Routed::To(_)), "some of them match");
    let pairs: Vec<_> = (0..PAIRS).map(|_| pair(&routes, &request)).collect();
    let ratio = median(pairs.iter().map(|(routing, reading)| routing / reading));
    let routing = median(pairs.iter().map(|(routing, _)| *routing));
    let (bytes, count) = (request.body.len(), routes.len());
    println!("routing {bytes} bytes through {count} routes: {routing:.1} µs, aim {AIM:.0} µs");
    println!("  {ratio:.2} times reading them, limit {LIMIT}");
    if ratio < LIMIT {
        return ExitCode::SUCCESS;
    }
    println!("above its limit");
    ExitCode::FAILURE
}

/// What routing takes, and reading the body right after it.
fn pair(routes: &[Route], request: &Request) -> (f64, f64) {
    let read = || serde_json::from_slice::<Value>(black_box(&request.body)).unwrap();
    (micros(|| route(black_box(routes), black_box(request))), micros(read))
}

fn micros<T>(work: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..REPEATS {
        black_box(work());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(REPEATS)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn route<'c>(routes: &'c [Route], request: &Request) -> Routed<'c> {
    select_destinations(
        routes,
        &evaluate_routes(routes, &EventView::whole("docusign", Some("envelope-sent"), request)),
    )
}

/// What operators ask: by event type, by sender, by custom field, by recipient.
fn routes() -> Vec<Route> {
    let filters = (0..100).map(|n| match n % 4 {
        0 => format!("type == 'envelope-{n}' || type == 'envelope-sent'"),
        1 => format!("body.data.envelopeSummary.sender.email == 'sender-{n}@example.com'"),
        2 => format!(
            "body.data.envelopeSummary.customFields.textCustomFields[?name == 'Integration'].value | [0] \
             == 'Integration {n}'"
        ),
        _ => format!("contains(body.data.envelopeSummary.recipients.signers[*].email, '{n}@example.com')"),
    });
    let route = |filter| json!({ "source": "docusign", "filter": filter, "destinations": ["crm"] });
    serde_json::from_value(filters.map(route).collect()).unwrap()
}

fn request() -> Request {
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("content-length", "4295"),
        ("host", "id.execute-api.us-east-1.amazonaws.com"),
        ("user-agent", "Docusign Connect"),
        ("x-amzn-trace-id", "Root=1-6742e1b0-0123456789abcdef01234567"),
        ("x-authorization-digest", "HMACSHA256"),
        ("x-docusign-signature-1", "HOPnITs5z/DDO0+7/fsiTezwhU6vjSrgiPE2NxO7C+4="),
        ("x-forwarded-for", "203.0.113.17"),
    ];
    Request {
        method: "POST".into(),
        path: "/docusign".into(),
        headers: headers.into_iter().collect(),
        body: samples::DOCUSIGN_SENT.to_vec(),
        ..Request::default()
    }
}
