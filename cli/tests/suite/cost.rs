//! `catchment cost`: figures that were calculated by hand, the documentation's table, and arguments that cannot be used.

use std::path::Path;

use serde_json::Value;

use crate::tool::{File, run};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/catchment.example.tfvars");

/// The estimate for a file, as JSON.
fn estimate(file: &str, more: &[&str]) -> Value {
    let output = run(&[&["cost", file, "--json"], more].concat());
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{output:?}");
    output.json()
}

/// A file with one source, one HTTP destination and the rest as it is by default.
fn small() -> File {
    let text = r#"
        name = "it"
        sources = { shop = { provider = "stripe" } }
        destinations = { crm = { http = { url = "https://crm.example.com" } } }
        routes = [{ source = "shop", destinations = ["crm"] }]
    "#;
    File::with_suffix(".tfvars", text)
}

fn usd(estimate: &Value, lines: &str, what: &str) -> f64 {
    let lines = estimate[lines].as_array().unwrap();
    let line = lines.iter().find(|line| line["what"].as_str().unwrap().starts_with(what));
    line.unwrap_or_else(|| panic!("no {what}: {estimate:#}"))["usd"].as_f64().unwrap()
}

/// Each figure from the list price, by hand: for example, 1 million x 0.06 s x 0.25 GB x $0.0000133334 = $0.20.
#[test]
fn the_lines_of_a_million_webhooks_are_as_calculated_by_hand() {
    let file = small();
    let bulk = ["--batch", "10"];
    let (trickle, bulk) = (estimate(file.path(), &[]), estimate(file.path(), &bulk));
    for (what, one_by_one, ten_by_ten) in [
        ("API Gateway", 1.00, 1.00),
        ("ingest Lambda: invocations", 0.20, 0.20),
        ("ingest Lambda: 256 MB", 0.20, 0.20),
        ("S3: store", 5.00, 5.00),
        ("S3: keep", 0.276, 0.276),
        ("S3: read", 0.40, 0.40),
        ("SQS: send", 1.20, 0.48),
        ("worker Lambda: invocations", 0.20, 0.02),
        ("worker Lambda: 512 MB", 1.6667, 0.20),
        ("DynamoDB: claim", 1.25, 1.25),
        ("deliveries", 0.90, 0.90),
    ] {
        for (estimate, expected) in [(&trickle, one_by_one), (&bulk, ten_by_ten)] {
            let usd = usd(estimate, "per_million", what);
            assert!((usd - expected).abs() < 0.005, "{what}: {usd} is not {expected}");
        }
    }
}

/// The limits that the project set itself, for bodies of 10 KB and one destination.
#[test]
fn a_million_webhooks_of_the_example_cost_no_more_than_they_may() {
    for (batch, most) in [("1", 12.90), ("10", 10.50)] {
        let estimate = estimate(EXAMPLE, &["--batch", batch]);
        let usd = estimate["usd_per_million"].as_f64().unwrap();
        assert!(usd <= most, "batches of {batch}: ${usd} is more than ${most}");
        let fixed = estimate["usd_fixed"].as_f64().unwrap();
        assert!(fixed <= 10.0, "a month costs ${fixed}");
    }
}

/// 7 secrets of sources, 3 that sign deliveries, 1 credential. 5 x 3 polls a minute for each of two queues: 648,000 a month.
#[test]
fn the_fixed_part_is_what_the_example_creates() {
    let estimate = estimate(EXAMPLE, &[]);
    for (what, expected) in [
        ("Secrets Manager", 11.0 * 0.40),
        ("SQS: polling", 0.648 * 0.40),
        ("SQS FIFO: polling", 0.648 * 0.50),
    ] {
        let usd = usd(&estimate, "fixed", what);
        assert!((usd - expected).abs() < 0.001, "{what}: {usd} is not {expected}");
    }
    let alarms = usd(&estimate, "fixed", "CloudWatch");
    assert!(alarms >= 24.0 * 0.10 - 0.001, "{alarms}");
}

#[test]
fn a_month_is_the_millions_of_webhooks_and_the_fixed_part() {
    let estimate = estimate(EXAMPLE, &["--webhooks", "3_000_000", "--bytes", "2e4"]);
    let number = |name: &str| estimate[name].as_f64().unwrap();
    let expected =
        3.0 * (number("usd_per_million") + number("usd_ledger_per_million")) + number("usd_fixed");
    assert!((number("usd_a_month") - expected).abs() < 1e-9);
    assert!((usd(&estimate, "per_million", "deliveries") - 1.80).abs() < 0.001);
    // 3 million x 22 KB x 400 / 30 months.
    assert!((number("usd_full_archive_a_month") - 66.0 * 0.023 * 400.0 / 30.0).abs() < 0.001);
}

#[test]
fn what_an_operator_reads_has_every_line_and_its_unit() {
    let output = run(&["cost", EXAMPLE, "--webhooks", "3e6"]);
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{output:?}");
    for text in [
        "catchment: bodies of 10,000 bytes, 1 HTTP destination an event, batches of 1",
        "S3: store the event (PUT)",
        "1.000 million",
        "$5 per million",
        "A MONTH WITHOUT WEBHOOKS",
        "3 million webhooks x ($",
        "list prices of us-east-1",
    ] {
        assert!(output.out.contains(text), "{text} is not in:\n{}", output.out);
    }
}

#[test]
fn arguments_that_cannot_be_used_are_refused_with_what_is_expected() {
    for (arguments, said) in [
        (&["--webhooks", "3 million"][..], "write 3000000, 3e6 or 3_000_000"),
        (&["--webhooks=-1"], "a number from 0"),
        (&["--webhooks", "NaN"], "a number from 0"),
        (&["--webhooks", "inf"], "a number from 0"),
        (&["--bytes", "10KB"], "without a unit"),
        (&["--bytes", "7e6"], "to 6000000"),
        (&["--batch", "0"], "a number from 1 to 10"),
        (&["--batch", "11"], "a number from 1 to 10"),
        (&["--destinations=-1"], "a number from 0"),
    ] {
        let output = run(&[&["cost", EXAMPLE], arguments].concat());
        assert_eq!((output.status, output.out.as_str()), (2, ""), "{arguments:?}: {output:?}");
        assert!(output.err.contains(said), "{arguments:?}: {output:?}");
    }
    let broken =
        File::with_suffix(".tfvars", "name = \"it\"\nsources = { a = { provider = \"strip\" } }\n");
    let output = run(&["cost", broken.path()]);
    assert_eq!(output.status, 2, "{output:?}");
    assert!(
        output.err.contains("correct this first") && output.err.contains("stripe"),
        "{output:?}"
    );
}

#[test]
fn a_batch_that_no_queue_has_is_refused() {
    let text = "name = \"it\"\nsources = { a = { provider = \"stripe\" } }\nqueues = { default = { batch_size = 2 } }\n";
    let file = File::with_suffix(".tfvars", text);
    let output = run(&["cost", file.path(), "--batch", "3"]);
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.err.contains("more than 2 (batch_size)"), "{output:?}");
    assert_eq!(run(&["cost", file.path(), "--batch", "2"]).status, 0);
}

/// The table of `docs/reference/cost.md`.
fn table() -> String {
    let (one, ten) = (estimate(EXAMPLE, &[]), estimate(EXAMPLE, &["--batch", "10"]));
    let mut table =
        "| a million webhooks | unit price | one by one | in batches of 10 |\n|---|---|---|---|\n"
            .to_owned();
    let lines = |estimate: &Value, name: &str| estimate[name].as_array().unwrap().clone();
    let name =
        |line: &Value| line["what"].as_str().unwrap().split(" for ").next().unwrap().to_owned();
    let price =
        |line: &Value| format!("${} per {}", line["unit_usd"], line["unit"].as_str().unwrap());
    let usd = |line: &Value| line["usd"].as_f64().unwrap();
    for (one, ten) in lines(&one, "per_million").iter().zip(lines(&ten, "per_million")) {
        table +=
            &format!("| {} | {} | {:.2} | {:.2} |\n", name(one), price(one), usd(one), usd(&ten));
    }
    let total = |estimate: &Value, name: &str| estimate[name].as_f64().unwrap();
    table += &format!(
        "| **total** | | **{:.2}** | **{:.2}** |\n",
        total(&one, "usd_per_million"),
        total(&ten, "usd_per_million")
    );
    table += &format!(
        "| *the ledger, besides* | | {:.2} | {:.2} |\n",
        total(&one, "usd_ledger_per_million"),
        total(&ten, "usd_ledger_per_million")
    );
    table += "\n| a month without webhooks | unit price | quantity | $ |\n|---|---|---|---|\n";
    for line in lines(&one, "fixed") {
        table += &format!(
            "| {} | {} | {} | {:.2} |\n",
            name(&line),
            price(&line),
            line["quantity"],
            usd(&line)
        );
    }
    table + &format!("| **total** | | | **{:.2}** |\n", total(&one, "usd_fixed"))
}

#[test]
fn the_documentation_has_the_calculators_own_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cost.md");
    let page = std::fs::read_to_string(page).unwrap();
    let table = table();
    assert!(page.contains(&table), "docs/reference/cost.md must have this table:\n\n{table}");
}
