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
        said.out.starts_with("a list of 3, each an event of its own\n\nitem 0: WOULD GO TO bus\n"),
        "{said:?}"
    );
    assert!(said.out.contains("item 2: UNROUTED: no route matches"), "{said:?}");

    let said = route("whole", &json_of(&list), &["--json"]);
    assert_eq!(judged(&said).len(), 1, "it is not split");
    assert_eq!(said.status, 1, "and no route is its own");
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
        said.err.contains("no source `docusing`; there are: docusign, mail, own, whole"),
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
