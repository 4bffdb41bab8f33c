//! `catchment check`: every mistake with its path, its line and a suggestion.

use serde_json::{Value, json};

use crate::tool::{File, Output, run};

/// A sound configuration, to which the tests add mistakes.
const SOUND: &str = "name = \"it\"\nsources = { shop = { provider = \"stripe\" } }\n";

fn check(text: &str) -> Output {
    let file = File::with_suffix(".tfvars", text);
    let output = run(&["check", file.path()]);
    Output { out: output.out.replace(file.path(), "F"), ..output }
}

/// The lines about mistakes in a configuration that is sound otherwise.
fn lines(more: &str) -> Vec<String> {
    let output = check(&format!("{SOUND}{more}"));
    assert_eq!((output.status, output.err.as_str()), (1, ""), "{output:?}");
    let mut lines: Vec<_> = output.out.lines().map(str::to_owned).collect();
    assert!(lines.pop().is_some_and(|last| last.contains("mistake")), "{output:?}");
    lines
}

#[test]
fn the_example_is_sound() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/catchment.example.tfvars");
    let output = run(&["check", example]);
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{output:?}");
    assert!(output.out.contains(": sound: 8 sources, 2 queues, "), "{output:?}");
}

#[test]
fn a_name_and_a_source_are_enough() {
    let output = check(SOUND);
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(output.out, "F: sound: 1 source, 1 queue, 0 destinations, 0 routes\n");
}

#[test]
fn an_unknown_attribute_is_reported_with_a_suggestion() {
    let more = r#"
destinations = {
  crm = { http = { url = "https://a.example", timout = 5 } }
  erp = { url = "https://a.example" }
  bus = { http = { url = "https://a.example", sugar = true } }
}
rotes = []
"#;
    let lines = lines(more);
    let no_such = "there is no such attribute";
    assert_eq!(
        lines[0],
        format!("F:5: destinations.crm.http.timout: {no_such}; did you mean `timeout`?")
    );
    assert_eq!(lines[1], format!("F:6: destinations.erp.url: {no_such}; did you mean `http.url`?"));
    let sugar = format!("F:7: destinations.bus.http.sugar: {no_such}; there are: allow_private, ");
    assert!(lines.iter().any(|line| line.starts_with(&sugar)), "{lines:#?}");
    let rotes = "F:9: rotes: there is no such variable; did you mean `routes`?";
    assert_eq!(lines.last().unwrap(), rotes);
}

#[test]
fn values_of_another_type_are_reported_unless_terraform_converts_them() {
    let more = r#"
queues = { default = { max_attempts = "many" }, slow = [] }
destinations = { crm = { http = { url = ["https://a.example"], timeout = {} } }, erp = "https://a.example" }
routes = { shop = ["crm"] }
"#;
    let expected = [
        "F:4: queues.default.max_attempts: must be a number, but is a text",
        "F:4: queues.slow: must be an object, such as { max_receives = … }, but is a list",
        "F:5: destinations.crm.http.timeout: must be a number, but is an object",
        "F:5: destinations.crm.http.url: must be a text, but is a list",
        "F:5: destinations.erp: must be an object, such as { eventbridge = … }, but is a text",
        "F:6: routes: must be a list, but is an object",
    ];
    assert_eq!(lines(more), expected, "and no consequences of these");

    let converted = r#"
worker_memory = "512"
worker_timeout = null
log_level = null
force_destroy = "true"
tags = { a = 1, b = true }
event_retention_days = null
queues = { default = { max_attempts = "5", backoff = null, maximum_concurrency = null } }
"#;
    assert_eq!(check(&format!("{SOUND}{converted}")).status, 0);
}

#[test]
fn a_missing_value_is_reported_where_it_is_missing() {
    let output = check(
        "sources = { shop = { queue = \"default\" } }\nroutes = [{ source = null, destinations = [] }]",
    );
    let lines: Vec<_> = output.out.lines().collect();
    let expected = [
        "name: is required, but nothing sets it",
        "F:1: sources.shop: provider is required, but is missing",
        "F:2: routes[0].source: must be a text, but is null",
        "F: 3 mistakes",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_message_of_the_module_is_split_into_its_mistakes() {
    let more = r#"
worker_memory = 64
destinations = {
  crm = { http = { url = "https://a.example", timeout = 52 } }
  erp = {}
}
routes = [
  { source = "shp", destinations = ["crm", "zzz"] },
  {
    source       = "shop"
    destinations = ["cmr"]
  },
]
"#;
    let lines = lines(more);
    let begins = [
        "F:4: worker_memory: is 64, but must be a whole number of MB from 128 to 10240.",
        "F:6: destinations.crm.http.timeout: is 52 seconds, but must be above 0 and at most 51",
        "F:7: destinations.erp: has no kind, but must have exactly one of: http, lambda, ",
        "F:10: routes[0]: unknown source \"shp\"; did you mean `shop`?",
        "F:10: routes[0]: unknown destination \"zzz\". The destinations are: crm, erp.",
        "F:13: routes[1]: unknown destination \"cmr\"; did you mean `crm`?",
    ];
    assert_eq!(lines.len(), begins.len(), "{lines:#?}");
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

#[test]
fn a_mistake_is_reported_at_the_attribute_that_its_message_names() {
    let more = r#"
event_transition = { days = 29, storage_class = "DEEP_ARCHIVE" }
environment = { AWS_REGION = "x" }
queues = { Bad = {}, default = {} }
destinations = { crm = { http = { url = "https://a.example", headers = { Webhook-Id = "x" } } } }
"#;
    let begins = [
        "F:4: event_transition.storage_class: is \"DEEP_ARCHIVE\", but must be one of: ",
        "F:4: event_transition.days: is 29, but must be at least 30",
        "F:5: environment: may not set AWS_REGION: ",
        "F:6: queues: these names must be 1 to 32 lower-case letters",
        "F:7: destinations.crm.http.headers: has \"Webhook-Id\", which",
    ];
    for (line, begin) in lines(more).iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

#[test]
fn a_mistake_neither_hides_nor_causes_another() {
    // The source has no provider, but is still one that a route may name; the other's queue is wrong.
    let output = check(
        "name = \"it\"\nsources = {\n  shop = { providr = \"stripe\" }\n  code = { provider = \"github\", queue = \"slow\" }\n}\n\
         routes = [{ source = \"shop\", destinations = [] }]\n",
    );
    let expected = "\
F:3: sources.shop: provider is required, but is missing
F:3: sources.shop.providr: there is no such attribute; did you mean `provider`?
F:4: sources.code: unknown queue \"slow\". The queues are: default.
F: 3 mistakes
";
    assert_eq!(output.out, expected);
}

#[test]
fn a_rule_that_a_mistake_makes_undecidable_is_not_reported() {
    let output = check(
        "name = \"it\"\nsources = { shop = { provider = \"nope\", scheme = { header = \"x\" }, params = { a = \"b\" } } }\n",
    );
    assert!(output.out.contains("F:2: sources.shop: unknown provider \"nope\""), "{output:?}");
    assert!(!output.out.contains("could not"), "{output:?}");
}

#[test]
fn every_expression_is_compiled() {
    let more = r#"
destinations = {
  p = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:p.fifo", ordering_key = "oops(body)" } }
  q = { sqs = { arn = "arn:aws:sqs:eu-west-1:123456789012:q.fifo", ordering_key = "boddy.id" } }
}
routes = [
  { source = "shop", filter = "body.event == 'a' &&", destinations = [] },
  { source = "shop", filter = "starts_wit(body.event, 'a')", destinations = [] },
  { source = "shop", filter = "headers.\"X-Event\" == 'a'", destinations = [] },
  { source = "shop", filter = "body.event == 'a'", destinations = [] },
  { source = "shop", filter = "", destinations = [] },
]
queues = { default = {}, ordered = { fifo = true, ordering_key = "bdy.id" } }
"#;
    let own = "sources = { shop = { provider = \"stripe\", split = true, \
               list = { items = \"body.l[\", id = [\"g(@)\"], type = [\"a\", \"h(@)\"] }, id = [\"body.id\", \"body.[\"], type = [\"f(@)\"] } }";
    let output = check(&format!("name = \"it\"\n{own}\n{more}"));
    let expected = [
        ("F:2: sources.shop.id[1]: ", "body.["),
        ("F:2: sources.shop.type[0]: unknown function f() at 1 in f(@)", ""),
        ("F:2: sources.shop.list.items: ", "body.l["),
        ("F:2: sources.shop.list.id[0]: unknown function g()", ""),
        ("F:2: sources.shop.list.type[1]: unknown function h()", ""),
        ("F:5: destinations.p.sqs.ordering_key: unknown function oops()", ""),
        ("F:6: destinations.q.sqs.ordering_key: `boddy` at 0 in boddy.id", "body"),
        ("F:9: routes[0].filter: ", "body.event == 'a' &&"),
        ("F:10: routes[1].filter: unknown function starts_wit() at 10 in ", ""),
        ("F:11: routes[2].filter: headers.\"X-Event\"", "lower case"),
        ("F:13: routes[4].filter: is empty: ", "write an expression"),
        ("F:15: queues.ordered.ordering_key: `bdy` at 0 in bdy.id", "body"),
    ];
    for (begin, part) in expected {
        let rest =
            output.out.split_once(begin).unwrap_or_else(|| panic!("{begin}: {}", output.out)).1;
        assert!(rest.contains(part), "{begin}: {}", output.out);
    }
    assert!(output.out.ends_with("F: 12 mistakes\n"), "{}", output.out);
}

#[test]
fn statuses_that_cannot_be_rejected_or_retried_are_reported() {
    let more = r#"
destinations = {
  crm = { http = { url = "https://a.example", reject_on = [204, 404], retry_on = [410, 600, null, 404] } }
  erp = { http = { url = "https://b.example", reject_on = [300, 599], retry_on = [410] } }
}
"#;
    let must =
        "but must have whole numbers from 300 to 599: statuses of answers that are not a delivery.";
    let expected = [
        format!("F:5: destinations.crm.http.reject_on: has 204, {must}"),
        "F:5: destinations.crm.http.retry_on: has 404, which is in http.reject_on too: remove it from one of them.".to_owned(),
        format!("F:5: destinations.crm.http.retry_on: has 600, {must}"),
        "F:5: destinations.crm.http.retry_on[2]: must be a number, but is null".to_owned(),
    ];
    let mut lines = lines(more);
    lines.sort();
    assert_eq!(lines, expected);
}

#[test]
fn rules_about_order_rates_and_circuits_are_reported() {
    let output = check(
        r#"
name = "it"
sources = {
  shop = { provider = "stripe", queue_by_type = { "invoice.paid" = "orderd", "\u001b" = "default" } }
  mail = { provider = "hmac", scheme = { header = "x" }, queue_by_type = { open = "paced" } }
  whole = { provider = "stripe", type = [], queue_by_type = { open = "paced" } }
}
queues = {
  default = { ordering_key = "body.id" }
  ordered = { fifo = true }
  paced   = { fifo = true, ordering_key = "body.id", max_attempts = 20, batch_size = 10, max_receives = 199 }
}
destinations = {
  erp  = { eventbridge = { bus = "events" }, rate = 15 }
  lake = { eventbridge = { bus = "events" }, rate = 0, circuit = { failures = 0.5, probe_after = 0 } }
}
routes = [{ source = "whole", destinations = ["erp"] }]
"#,
    );
    let expected = "\
F:4: sources.shop: unknown queue \"orderd\" in queue_by_type, for the type \"invoice.paid\"; did you mean `ordered`?
F:4: sources.shop.queue_by_type: has \"\\u001b\", which cannot be an event type: a type has 1 to 256 printable characters.
F:5: sources.mail: queue_by_type needs event types, but the provider \"hmac\" defines none: set type, such as [\"body.type\"], or remove queue_by_type.
F:6: sources.whole: queue_by_type needs event types, but the provider \"stripe\" defines none: set type, such as [\"body.type\"], or remove queue_by_type.
F:9: queues.default.ordering_key: is valid only for a FIFO queue: set fifo = true, or remove ordering_key.
F:10: queues.ordered: fifo = true needs an ordering_key, which puts events into message groups, such as \"body.data.envelopeId\".
F:11: queues.paced.max_receives: is 199, but must be at least 200: an event of this queue may take 20 attempts (max_attempts for each of its destinations, which are retried independently), and so may each of the 9 events of its group that are received with it and come before it, and SQS would dead-letter an event that the worker is still trying to deliver. Raise max_receives, to at most 1000, or lower max_attempts or batch_size.
F:14: destinations.erp.rate: is 15 deliveries per second, which is divided among the worker environments. Set maximum_concurrency of queues.default, whose events may be delivered there.
F:14: destinations.erp.rate: is 15 deliveries per second, which is divided among the worker environments. Set maximum_concurrency of queues.paced, whose events may be delivered there.
F:15: destinations.lake.rate: is 0, but must be from 0.001 to 100000 deliveries per second: omit it for no rate limit.
F:15: destinations.lake.circuit.failures: is 0.5, but must be a whole number from 0 to 1000.
F:15: destinations.lake.circuit.probe_after: is 0, but must be a whole number from 1 to 900.
F: 12 mistakes
";
    assert_eq!(output.out, expected);
}

#[test]
fn rules_about_concurrency_throttling_and_routes_are_reported() {
    let lines = lines(
        r#"
account_concurrency = 100
ingest_reserved_concurrency = 30
queues = { default = {}, busy = { maximum_concurrency = 70 } }
throttling = { burst = 1.5 }
destinations = { lake = { sqs = { arn = "arn:aws:sqs:eu-west-2:123456789012:lake.fifo" }, rate = 4501 } }
"#,
    );
    let expected = [
        "F:5: ingest_reserved_concurrency: is 30 of account_concurrency = 100, but must leave at least 100 unreserved",
        "F:6: queues: the sum of maximum_concurrency is 72, with 2, the least that AWS accepts, for each queue that sets none. It must be at most 70, because ingest needs 30 of",
        "F:7: throttling: is rate 1, burst 1.5, but both must be at least 1, and burst a whole number",
        "F:8: destinations.lake.rate: is 4501 deliveries per second, but a FIFO queue in eu-west-2 takes at most 4500",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    let sources = |more: &str| {
        let text = (0..299).map(|n| format!("s{n} = {{ provider = \"stripe\" }}\n"));
        check(&format!("name = \"it\"\nsources = {{\n{}{more}\n}}\n", text.collect::<String>()))
    };
    assert_eq!(sources("last = { provider = \"stripe\" }").status, 0);
    let scheme = "{ path = true, algorithm = \"token\", encoding = \"utf8\" }";
    let refused = sources(&format!("last = {{ provider = \"custom\", scheme = {scheme} }}"));
    assert!(refused.out.contains("sources: 300 sources need 301 routes"), "{refused:?}");
}

#[test]
fn a_mistake_that_only_the_lambdas_refuse_is_reported() {
    let scheme = "{ header = \"x\", separator = \",\", entry = 1e30 }";
    let output = check(&format!(
        "name = \"it\"\nsources = {{ shop = {{ provider = \"custom\", scheme = {scheme} }} }}\n"
    ));
    assert_eq!(output.status, 1, "{output:?}");
    assert!(
        output.out.starts_with("F:2: sources.shop.scheme.entry: invalid type: floating point"),
        "{output:?}"
    );
    assert!(
        !output.out.contains("column"),
        "a position in JSON that the operator does not see: {output:?}"
    );
}

#[test]
fn a_value_derived_from_a_mistake_is_not_reported() {
    let more = "destinations = { lake = { sqs = { arn = \"lake\" } } }\n";
    let lines = lines(more);
    assert!(lines[0].starts_with("F:3: destinations.lake.sqs.arn: is \"lake\""), "{lines:?}");
    assert_eq!(lines.len(), 1, "the URL is derived from the ARN: {lines:?}");
}

#[test]
fn the_path_of_a_list_must_exist_in_a_document() {
    let own =
        SOUND.replace("\"stripe\"", "\"stripe\", split = true, list = { items = \"events\" }");
    let output = check(&own);
    assert!(output.out.starts_with("F:2: sources.shop.list.items: `events` at 0"), "{output:?}");
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert_eq!(check(&format!("\u{feff}{SOUND}")).status, 0);
}

#[test]
fn texts_of_several_lines_are_read() {
    let more = r#"
routes = [{
  source       = "shop"
  destinations = []
  filter       = <<-EOT
    body.event == 'a' &&
      body.kind == 'b'
  EOT
}]
"#;
    assert_eq!(check(&format!("{SOUND}{more}")).status, 0);
    let lines = lines(&more.replace("body.kind", "kind"));
    assert!(lines[0].starts_with("F:7: routes[0].filter: `kind` at "), "{lines:?}");
    assert!(lines[0].ends_with("body.event == 'a' &&"), "{lines:?}");
    assert!(lines[1].starts_with("      kind == 'b'"), "further lines are indented: {lines:?}");
}

#[test]
fn a_syntax_error_is_reported_with_its_place() {
    let cases = [
        ("name = \"it\"\nsources = {\n  shop = { provider = }\n}", "F:3: column "),
        ("sources {\n}\n", "F:1: sources cannot be a block here: write `sources = { … }`\n"),
        ("name = \"a\"\nname = \"b\"\n", "F:2: column 1: "),
        ("name = it\n", "F:1: name: it is not a value; did you mean the text \"it\"?\n"),
        ("name = lower(\"IT\")\n", "F:1: name: functions cannot be called in a file of variables"),
    ];
    for (text, wrong) in cases {
        let output = check(text);
        assert_eq!(output.status, 1, "{text}: {output:?}");
        assert!(output.out.contains(wrong), "{text}: {output:?}");
    }
}

#[test]
fn a_file_of_variables_cannot_name_anything_in_the_module() {
    for (value, wrong) in [
        ("var.name", "there is no variable name"),
        ("local.config", "there is no local.config"),
        ("aws_s3_bucket.bucket.id", "there is nothing named aws_s3_bucket.bucket"),
        ("data.aws_region.current.id", "there is nothing named data.aws_region.current"),
    ] {
        let output = check(&format!("{SOUND}event_retention_days = {value}\n"));
        let line = format!("F:3: event_retention_days: {wrong}\n");
        assert!(output.status == 1 && output.out.starts_with(&line), "{value}: {output:?}");
    }
}

#[test]
fn json_files_are_read_and_the_last_file_counts() {
    let base =
        File::with_suffix(".tfvars", format!("{SOUND}worker_memory = 64\nlog_level = \"warn\""));
    let json = json!({ "worker_memory": 512, "queues": { "default": { "fifoo": true } } });
    let over = File::with_suffix(".tfvars.json", format!("{json:#}"));
    let output = run(&["check", base.path(), over.path(), "--json"]);
    assert_eq!(output.status, 1, "{output:?}");
    let found = output.json();
    let mistakes = found["mistakes"].as_array().unwrap();
    let paths: Vec<_> = mistakes.iter().map(|mistake| &mistake["path"]).collect();
    assert_eq!(paths, ["log_level", "queues.default.fifoo"], "{found:#}");
    assert_eq!(
        (&mistakes[0]["file"], &mistakes[1]["file"]),
        (&json!(base.path()), &json!(over.path()))
    );
    assert_eq!(mistakes[1]["line"], 4);
    assert_eq!(mistakes[1]["suggestion"], "fifo");

    let broken = File::with_suffix(".tfvars.json", "{\n\"name\": it }");
    let output = run(&["check", broken.path()]);
    assert!(output.out.contains(":2: column 9: this is not JSON"), "{output:?}");
}

#[test]
fn the_findings_are_printed_as_json() {
    let file = File::with_suffix(".tfvars", SOUND);
    let output = run(&["check", "--json", file.path()]);
    assert_eq!(output.status, 0, "{output:?}");
    let sound = json!({
        "outcome": "sound", "files": [file.path()], "mistakes": [],
        "counts": { "sources": 1, "queues": 1, "destinations": 0, "routes": 0 },
    });
    assert_eq!(output.json(), sound);

    let file = File::with_suffix(
        ".tfvars",
        format!("{SOUND}\nqueues = {{ default = {{ max_attempts = 0 }} }}"),
    );
    let found = run(&["check", "--json", file.path()]).json();
    assert_eq!(found["outcome"], "mistakes");
    let mistake = json!({
        "path": "queues.default.max_attempts", "file": file.path(), "line": 4, "of": "var.queues",
        "text": "is 0, but must be a whole number from 1 to 100.", "suggestion": Value::Null,
    });
    assert_eq!(found["mistakes"][0], mistake);
}

#[test]
fn a_file_that_cannot_be_read_exits_with_2() {
    let output = run(&["check", "/nonexistent/it.tfvars"]);
    assert_eq!((output.status, output.out.as_str()), (2, ""));
    assert!(output.err.contains("/nonexistent/it.tfvars"), "{output:?}");
    assert_eq!(run(&["check"]).status, 2);
}
