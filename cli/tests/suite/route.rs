//! `catchment route`: where an event would go, and why not elsewhere.

use serde_json::{Value, json};

use crate::tool::{File, Said, run, run_with_input};

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

fn route(source: &str, request: &Value, more: &[&str]) -> Said {
    let (file, request) = (File::ending_in(".tfvars", CONFIGURED), File::of(request.to_string()));
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

/// The outcome and destinations of each event, and the judgements of the routes that it was asked of.
fn judged(said: &Said) -> Vec<(Value, Value, Vec<Value>)> {
    let json = said.json();
    let event = |event: &Value| {
        let routes = event["routes"].as_array().unwrap().iter();
        let judgements = routes.map(|route| route["judgement"].clone());
        let own = judgements.filter(|judgement| judgement != "other_source").collect();
        (event["outcome"].clone(), event["destinations"].clone(), own)
    };
    json["events"].as_array().unwrap().iter().map(event).collect()
}

fn docusign(body: &Value) -> (Value, Value, Vec<Value>) {
    let said = route("docusign", &json_of(body), &["--json"]);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    judged(&said).remove(0)
}

#[test]
fn it_says_where_an_event_goes() {
    let no = "no_match";
    let (outcome, destinations, routes) = docusign(&json!({ "event": "envelope-completed" }));
    assert_eq!((outcome, destinations), ("delivered".into(), json!(["bus", "crm"])));
    assert_eq!(routes, ["match", no, no, no, "not_needed"]);

    let (outcome, destinations, routes) = docusign(&json!({ "event": "envelope-voided" }));
    assert_eq!((outcome, destinations), ("discarded".into(), json!([])));
    assert_eq!(routes, [no, "match", no, no, "not_needed"]);

    let signer = json!([{ "email": "a@b.example", "status": "signed" }]);
    let (outcome, destinations, _) =
        docusign(&json!({ "event": "e", "data": { "recipients": signer } }));
    assert_eq!((outcome, destinations), ("delivered".into(), json!(["bus"])));

    let (_, destinations, routes) = docusign(&json!({ "event": 7 }));
    assert_eq!(destinations, json!(["lake"]));
    assert_eq!(routes, [no, no, no, "failed", "match"]);
}

#[test]
fn it_says_why_a_route_does_not_match() {
    let said = route("docusign", &json_of(&json!({ "event": "envelope-sent" })), &[]);
    assert_eq!(said.status, 0, "{said:?}");
    let expected = "\
WOULD GO TO lake
  source docusign, type \"envelope-sent\"
  queue default

routes[0] does not match
  filter    body.event == 'envelope-completed'
    body.event is \"envelope-sent\"
";
    assert!(said.out.starts_with(expected), "{}", said.out);
    for part in [
        "    headers.\"x-test\" is not there\n",
        "    body.data.recipients is not there\n",
        "    body.list[0].\"a-b\" is not there\n",
        "\nroutes[4] matches: to lake\n  otherwise\n\n2 routes are for other sources\n",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(!said.all().contains("hunter2"), "what no filter looks at is not shown");
}

#[test]
fn a_filter_that_fails_says_why_and_values_are_cut_short() {
    let long = "x".repeat(1000);
    let said = route("docusign", &json_of(&json!({ "event": ["\u{1b}[31m", long] })), &[]);
    assert!(said.out.contains("routes[3] does not match: its filter fails: "), "{}", said.out);
    assert!(said.out.contains("string"), "{}", said.out);
    let shown = said.out.lines().find(|line| line.contains("body.event is")).unwrap();
    assert!(shown.ends_with("xxx…") && shown.chars().count() < 90, "{shown}");
    assert!(!said.out.contains('\u{1b}'), "nothing steers the terminal");
}

#[test]
fn each_item_of_a_list_that_is_split_is_routed_on_its_own() {
    let list = json!([{ "event": "open" }, { "event": "click" }, { "event": "drop" }]);
    let said = route("mail", &json_of(&list), &["--json"]);
    assert_eq!(said.status, 1, "the last is unrouted: {said:?}");
    let outcomes: Vec<_> = judged(&said).into_iter().map(|(outcome, ..)| outcome).collect();
    assert_eq!(outcomes, ["delivered", "discarded", "unrouted"]);
    let places = said.json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["item"].clone())
        .collect::<Vec<_>>();
    assert_eq!(places, [0, 1, 2]);

    let others = &said.json()["events"][0]["routes"][0];
    assert_eq!((&others["judgement"], &others["operands"]), (&json!("other_source"), &json!({})));

    let said = route("mail", &json_of(&list), &[]);
    assert!(
        said.out.starts_with(
            "a list of 3, each an event of its own\n  queue default\n\nitem 0: WOULD GO TO bus\n"
        ),
        "{said:?}"
    );
    assert!(said.out.contains("item 2: UNROUTED: no route matches"), "{said:?}");

    let said = route("whole", &json_of(&list), &["--json"]);
    assert_eq!(judged(&said).len(), 1, "it is not split");
    assert_eq!(said.status, 1, "and no route is its own");
}

/// What is said of where an event waits, in words and for machines.
fn waits(source: &str, body: &Value) -> (String, Value) {
    let said = route(source, &json_of(body), &[]);
    let line = said.out.lines().find(|line| line.starts_with("  queue ")).unwrap().to_owned();
    let json = route(source, &json_of(body), &["--json"]).json();
    (line, json["events"][0]["waits"].clone())
}

#[test]
fn it_says_which_queue_an_event_waits_in_and_behind_which_others() {
    let (line, json) = waits("docusign", &json!({ "event": "e", "data": { "envelopeId": "e-1" } }));
    assert_eq!(line, "  queue default", "no order in a standard queue");
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
fn a_list_waits_behind_its_sources_others_and_each_item_where_its_type_says() {
    let list = json!([{ "event": "open" }, { "event": "x", "data": { "envelopeId": "e 1" } }, {}]);
    let said = route("posts", &json_of(&list), &[]);
    let begin = "a list of 3, each an event of its own\n  queue ordered, in the group posts\n\n";
    assert!(said.out.starts_with(begin), "{said:?}");

    let json = route("posts", &json_of(&list), &["--json"]).json();
    assert_eq!(json["list"]["group"], "posts");
    let hash = "31aba80acc4be4d1c08bc5b5c55c74c75106e7ea8ee36b3c01d74918c7fc9f23";
    let waits: Vec<_> = (0..3).map(|item| json["events"][item]["waits"].clone()).collect();
    assert_eq!(waits[0]["queue"], "urgent");
    assert_eq!(waits[1]["group"], hash, "SQS takes no white space");
    assert_eq!(waits[2]["unordered"], true, "an item is no list");

    let json = route("posts", &json_of(&json!({ "event": "x" })), &["--json"]).json();
    assert_eq!(json["list"], Value::Null);
    assert_eq!(json["events"][0]["waits"]["group"], "posts", "ingest takes it for a list");
}

#[test]
fn a_body_that_is_not_what_it_is_called_is_routed_by_the_rest() {
    let said = route("docusign", &posted("application/json", "{oops"), &[]);
    assert_eq!(said.status, 0, "{said:?}");
    let note = "note: the body is not JSON, as its content type says: it is routed by its headers and query only";
    assert!(said.out.starts_with("WOULD GO TO lake\n") && said.out.contains(note), "{said:?}");
}

#[test]
fn a_stored_event_has_its_type_and_a_saved_request_the_one_that_ingest_would_give_it() {
    let stored = json!({
        "version": 1, "id": "019aaaaa-0000-7000-8000-000000000000", "source": "docusign",
        "received_at": "2026-11-22T12:00:00Z", "type": "stored", "ledger_key": "00".repeat(32),
        "verification": { "provider": "docusign", "secret": 0, "signed_at": null },
        "method": "POST", "path": "/docusign", "query": "", "headers": {},
        "body_encoding": "utf-8", "body": "{\"event\":\"envelope-sent\",\"kind\":\"k\"}",
    });
    let said = route("docusign", &stored, &["--json"]);
    assert_eq!(said.json()["events"][0]["type"], "stored", "{said:?}");
    let said = route("own", &stored, &[]);
    assert!(
        said.out.contains("note: the event was received by another source, docusign"),
        "{said:?}"
    );

    let said = route("own", &json_of(&json!({ "kind": "k" })), &["--json"]);
    assert_eq!(said.json()["events"][0]["type"], "k");
    let note =
        "its type is also made of `signed.kind || body.kind`, which only a verified request has";
    assert_eq!(said.json()["notes"], json!([note]));
}

#[test]
fn what_is_of_no_use_is_said() {
    let said = route("docusing", &json!({}), &[]);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    assert!(
        said.err.contains(
            "no source `docusing`; there are: docusign, envelope, mail, own, posts, whole"
        ),
        "{said:?}"
    );

    let wrong = File::ending_in(".tfvars", CONFIGURED.replace("crm.example", "crm .example"));
    let arguments = ["route", "--source", "mail", "--request", "-", "--var-file"];
    let said = run_with_input(&[&arguments[..], &[wrong.path()]].concat(), b"{}");
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    assert!(
        said.err.contains("destinations.crm: http.url must be")
            || said.err.contains("destinations.crm.http.url"),
        "{said:?}"
    );

    let said = route("mail", &json!({ "body": 7 }), &[]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("has a `body` that is no text"), "{said:?}");
}
