//! `catchment route`: the queue and destinations of an event, and why other routes do not match.

use serde_json::{Value, json};

use crate::tool::{File, Output, run, run_with_input};

const CONFIGURED: &str = r#"
name = "it"
sources = {
  docusign = { provider = "docusign" }
  mail     = { provider = "sendgrid", split = true }
  whole    = { provider = "sendgrid" }
  own      = { provider = "stripe", type = ["signed.kind || body.kind"] }
  envelope = { provider = "docusign", queue = "ordered", queue_by_type = { "envelope-voided" = "urgent" } }
  posts    = { provider = "sendgrid", split = true, queue = "ordered", queue_by_type = { "open" = "urgent" } }
}
queues = {
  default = {}
  ordered = { fifo = true, ordering_key = "body.data.envelopeId" }
  urgent  = {}
}
destinations = {
  crm  = { http = { url = "https://crm.example.com/hooks" } }
  bus  = { eventbridge = { bus = "events" } }
  lake = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:lake" } }
}
routes = [
  { source = "docusign", filter = "body.event == 'envelope-completed'", destinations = ["crm", "bus"] },
  { source = "docusign", filter = "body.event == 'envelope-voided' && !(headers.\"x-test\")", destinations = [] },
  { source = "docusign", filter = "body.data.recipients[?email == 'a@b.example'].status | [0] == 'signed'", destinations = ["bus"] },
  { source = "docusign", filter = "starts_with(body.event, 'draft') && length(body.list[0].\"a-b\") > `1`", destinations = ["bus"] },
  { source = "docusign", otherwise = true, destinations = ["lake"] },
  { source = "mail", filter = "type == 'open'", destinations = ["bus"] },
  { source = "mail", filter = "body.event == 'click'", destinations = [] },
]
"#;

fn route(source: &str, request: &Value, more: &[&str]) -> Output {
    let (file, request) = (File::with_suffix(".tfvars", CONFIGURED), File::of(request.to_string()));
    let arguments =
        ["route", "--var-file", file.path(), "--source", source, "--request", request.path()];
    run(&[&arguments, more].concat())
}

fn posted(content_type: &str, body: &str) -> Value {
    json!({ "headers": { "Content-Type": content_type, "X-Token": "hunter2" }, "body": body })
}

fn json_of(body: &Value) -> Value {
    posted("application/json", &body.to_string())
}

/// The outcome and destinations of each event, and the judgements of its source's routes.
fn judged(output: &Output) -> Vec<(Value, Value, Vec<Value>)> {
    let json = output.json();
    let event = |event: &Value| {
        let routes = event["routes"].as_array().unwrap().iter();
        let judgements = routes.map(|route| route["judgement"].clone());
        let own = judgements.filter(|judgement| judgement != "other_source").collect();
        (event["outcome"].clone(), event["destinations"].clone(), own)
    };
    json["events"].as_array().unwrap().iter().map(event).collect()
}

fn docusign(body: &Value) -> (Value, Value, Vec<Value>) {
    let output = route("docusign", &json_of(body), &["--json"]);
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{output:?}");
    judged(&output).remove(0)
}

#[test]
fn the_destinations_of_an_event_are_shown() {
    let no = "no_match";
    let (outcome, destinations, routes) = docusign(&json!({ "event": "envelope-completed" }));
    assert_eq!((outcome, destinations), ("routed".into(), json!(["bus", "crm"])));
    assert_eq!(routes, ["match", no, no, no, "not_needed"]);

    let (outcome, destinations, routes) = docusign(&json!({ "event": "envelope-voided" }));
    assert_eq!((outcome, destinations), ("discarded".into(), json!([])));
    assert_eq!(routes, [no, "match", no, no, "not_needed"]);

    let signer = json!([{ "email": "a@b.example", "status": "signed" }]);
    let (outcome, destinations, _) =
        docusign(&json!({ "event": "e", "data": { "recipients": signer } }));
    assert_eq!((outcome, destinations), ("routed".into(), json!(["bus"])));

    let (_, destinations, routes) = docusign(&json!({ "event": 7 }));
    assert_eq!(destinations, json!(["lake"]));
    assert_eq!(routes, [no, no, no, "failed", "match"]);
}

#[test]
fn the_reason_why_a_route_does_not_match_is_shown() {
    let output = route("docusign", &json_of(&json!({ "event": "envelope-sent" })), &[]);
    assert_eq!(output.status, 0, "{output:?}");
    let expected = "\
WOULD GO TO lake
  source docusign, type \"envelope-sent\"
  queue default

routes[0] does not match
  filter    body.event == 'envelope-completed'
    body.event is \"envelope-sent\"
";
    assert!(output.out.starts_with(expected), "{}", output.out);
    for part in [
        "    headers.\"x-test\" is not there\n",
        "    body.data.recipients is not there\n",
        "    body.list[0].\"a-b\" is not there\n",
        "\nroutes[4] matches: to lake\n  otherwise\n\n2 routes are for other sources\n",
    ] {
        assert!(output.out.contains(part), "{part}: {}", output.out);
    }
    assert!(!output.all().contains("hunter2"), "a value that no filter reads is not shown");
}

#[test]
fn a_failing_filter_gets_its_reason_and_values_are_truncated() {
    let long = "x".repeat(1000);
    let output = route("docusign", &json_of(&json!({ "event": ["\u{1b}[31m", long] })), &[]);
    assert!(output.out.contains("routes[3] does not match: its filter fails: "), "{}", output.out);
    assert!(output.out.contains("string"), "{}", output.out);
    let shown = output.out.lines().find(|line| line.contains("body.event is")).unwrap();
    assert!(shown.ends_with("xxx…") && shown.chars().count() < 90, "{shown}");
    assert!(!output.out.contains('\u{1b}'), "control characters are escaped");
}

#[test]
fn each_item_of_a_split_list_is_routed_separately() {
    let list = json!([{ "event": "open" }, { "event": "click" }, { "event": "drop" }]);
    let output = route("mail", &json_of(&list), &["--json"]);
    assert_eq!(output.status, 1, "the last is unrouted: {output:?}");
    let outcomes: Vec<_> = judged(&output).into_iter().map(|(outcome, ..)| outcome).collect();
    assert_eq!(outcomes, ["routed", "discarded", "unrouted"]);
    let places = output.json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["item"].clone())
        .collect::<Vec<_>>();
    assert_eq!(places, [0, 1, 2]);

    let others = &output.json()["events"][0]["routes"][0];
    assert_eq!((&others["judgement"], &others["operands"]), (&json!("other_source"), &json!({})));

    let output = route("mail", &json_of(&list), &[]);
    assert!(
        output.out.starts_with(
            "a list of 3, each an event of its own\n  queue default\n\nitem 0: WOULD GO TO bus\n"
        ),
        "{output:?}"
    );
    assert!(output.out.contains("item 2: UNROUTED: no route matches"), "{output:?}");

    let output = route("whole", &json_of(&list), &["--json"]);
    assert_eq!(judged(&output).len(), 1, "it is not split");
    assert_eq!(output.status, 1, "and no route is for this source");
}

/// The place of an event in a queue, as text and as JSON.
fn waits(source: &str, body: &Value) -> (String, Value) {
    let output = route(source, &json_of(body), &[]);
    let line = output.out.lines().find(|line| line.starts_with("  queue ")).unwrap().to_owned();
    let json = route(source, &json_of(body), &["--json"]).json();
    (line, json["events"][0]["waits"].clone())
}

#[test]
fn the_queue_and_the_message_group_of_an_event_are_shown() {
    let (line, json) = waits("docusign", &json!({ "event": "e", "data": { "envelopeId": "e-1" } }));
    assert_eq!(line, "  queue default", "a standard queue has no order");
    let expected =
        json!({ "queue": "default", "by_type": false, "group": null, "unordered": false });
    assert_eq!(json, expected);

    let (line, json) = waits("envelope", &json!({ "event": "e", "data": { "envelopeId": "e-1" } }));
    assert_eq!(line, "  queue ordered, in the group e-1");
    let expected =
        json!({ "queue": "ordered", "by_type": false, "group": "e-1", "unordered": false });
    assert_eq!(json, expected);

    let (line, json) = waits("envelope", &json!({ "event": "e" }));
    let alone = "in a group of its own and counted as unordered: body.data.envelopeId is not there";
    assert_eq!(line, format!("  queue ordered, {alone}"));
    let expected =
        json!({ "queue": "ordered", "by_type": false, "group": null, "unordered": true });
    assert_eq!(json, expected);

    let voided = json!({ "event": "envelope-voided", "data": { "envelopeId": "e-1" } });
    let (line, json) = waits("envelope", &voided);
    assert_eq!(line, "  queue urgent, by its type");
    let expected = json!({ "queue": "urgent", "by_type": true, "group": null, "unordered": false });
    assert_eq!(json, expected);
}

#[test]
fn a_list_waits_in_the_sources_group_and_each_item_in_the_queue_of_its_type() {
    let list = json!([{ "event": "open" }, { "event": "x", "data": { "envelopeId": "e 1" } }, {}]);
    let output = route("posts", &json_of(&list), &[]);
    let begin = "a list of 3, each an event of its own\n  queue ordered, in the group posts\n\n";
    assert!(output.out.starts_with(begin), "{output:?}");

    let json = route("posts", &json_of(&list), &["--json"]).json();
    assert_eq!(json["list"]["group"], "posts");
    let hash = "31aba80acc4be4d1c08bc5b5c55c74c75106e7ea8ee36b3c01d74918c7fc9f23";
    let waits: Vec<_> = (0..3).map(|item| json["events"][item]["waits"].clone()).collect();
    assert_eq!(waits[0]["queue"], "urgent");
    assert_eq!(waits[1]["group"], hash, "SQS takes no white space");
    assert_eq!(waits[2]["unordered"], true, "an item is not a list");

    let json = route("posts", &json_of(&json!({ "event": "x" })), &["--json"]).json();
    assert_eq!(json["list"], Value::Null);
    assert_eq!(json["events"][0]["waits"]["group"], "posts", "ingest treats it as a list");
}

#[test]
fn a_body_that_contradicts_its_content_type_is_routed_by_headers_and_query() {
    let output = route("docusign", &posted("application/json", "{oops"), &[]);
    assert_eq!(output.status, 0, "{output:?}");
    let note = "note: the body is not JSON, although its content type says so: it is routed by its headers and query only";
    assert!(
        output.out.starts_with("WOULD GO TO lake\n") && output.out.contains(note),
        "{output:?}"
    );
}

#[test]
fn a_stored_event_keeps_its_type_and_a_saved_request_gets_ingests() {
    let stored = json!({
        "version": 1, "id": "019aaaaa-0000-7000-8000-000000000000", "source": "docusign",
        "received_at": "2026-11-22T12:00:00Z", "type": "stored", "ledger_key": "00".repeat(32),
        "verification": { "provider": "docusign", "secret": 0, "signed_at": null },
        "method": "POST", "path": "/docusign", "query": "", "headers": {},
        "body_encoding": "utf-8", "body": "{\"event\":\"envelope-sent\",\"kind\":\"k\"}",
    });
    let output = route("docusign", &stored, &["--json"]);
    assert_eq!(output.json()["events"][0]["type"], "stored", "{output:?}");
    let output = route("own", &stored, &[]);
    assert!(
        output.out.contains("note: the event was received by another source, docusign"),
        "{output:?}"
    );

    let output = route("own", &json_of(&json!({ "kind": "k" })), &["--json"]);
    assert_eq!(output.json()["events"][0]["type"], "k");
    let note =
        "its type also contains `signed.kind || body.kind`, which only a verified request has";
    assert_eq!(output.json()["notes"], json!([note]));
}

#[test]
fn arguments_that_cannot_be_used_are_reported() {
    let output = route("docusing", &json!({}), &[]);
    assert_eq!((output.status, output.out.as_str()), (2, ""), "{output:?}");
    assert!(
        output.err.contains(
            "no source `docusing`; there are: docusign, envelope, mail, own, posts, whole"
        ),
        "{output:?}"
    );

    let wrong = File::with_suffix(".tfvars", CONFIGURED.replace("crm.example", "crm .example"));
    let arguments = ["route", "--source", "mail", "--request", "-", "--var-file"];
    let output = run_with_input(&[&arguments[..], &[wrong.path()]].concat(), b"{}");
    assert_eq!((output.status, output.out.as_str()), (2, ""), "{output:?}");
    assert!(
        output.err.contains("destinations.crm: http.url must be")
            || output.err.contains("destinations.crm.http.url"),
        "{output:?}"
    );

    let output = route("mail", &json!({ "body": 7 }), &[]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("has a `body` that is not a text"), "{output:?}");
}
