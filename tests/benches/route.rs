//! Routing one event of 4 KB through 100 routes, each with a filter of its own, from its stored request
//! on: the document is made, all filters are asked, and the destinations put together.

use std::hint::black_box;
use std::time::Instant;

use catchment_tests::samples;
use shared::config::Route;
use shared::request::Request;
use shared::route::{Routed, Subject, decide, judge};

use crate::Figure;
use crate::events::config;

/// In microseconds.
const LIMIT: f64 = 100.0;
/// What is too short to be timed by itself is repeated as often: for less time than the machine gives
/// before it does something else.
const REPEATS: u32 = 20;
/// The best of so many rounds counts.
const ROUNDS: usize = 300;

pub(crate) fn hundred_routes() -> Figure {
    let routes = routes();
    let request = request();
    assert!(matches!(route(&routes, &request), Routed::To(_)), "some of them match");
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        for _ in 0..REPEATS {
            black_box(route(black_box(&routes), black_box(&request)));
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(REPEATS)
    });
    let best = rounds.fold(f64::INFINITY, f64::min);
    let what = format!("routing {} bytes through {} routes", request.body.len(), routes.len());
    Figure::new(what, best, LIMIT, "µs")
}

fn route<'c>(routes: &'c [Route], request: &Request) -> Routed<'c> {
    decide(routes, &judge(routes, &Subject::whole("docusign", Some("envelope-sent"), request)))
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
    let filters: Vec<_> = filters.collect();
    let filters: Vec<_> = filters.iter().map(String::as_str).collect();
    serde_json::from_value(config(&filters)["routes"].clone()).unwrap()
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
