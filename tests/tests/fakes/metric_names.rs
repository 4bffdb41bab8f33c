//! Metrics and alarms have the same names in the code, in Terraform and in the documentation. CloudWatch accepts an alarm on
//! a metric that nobody writes, and it never sounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::docs::{files, root};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The text of all files of these folders with this extension.
fn read_all(folders: &[&str], extension: &str) -> String {
    let mut found = Vec::new();
    folders.iter().for_each(|folder| files(Path::new(folder), extension, &mut found));
    found.iter().map(|path| read(path.to_str().unwrap())).collect()
}

/// What stands between two texts, the first time.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("no {end} after {start}")).0
}

/// The metrics of the code: the variants of `Metric`.
fn metrics() -> BTreeSet<String> {
    let code = read("shared/src/telemetry/metrics.rs");
    let lines = between(&code, "pub enum Metric {", "\n}").lines().map(str::trim);
    let variants = lines.filter_map(|line| line.strip_suffix(',').filter(|_| !line.contains(' ')));
    variants.map(str::to_owned).collect()
}

/// The value of an attribute in Terraform, as it is written.
fn value<'l>(line: &'l str, names: &[&str]) -> Option<&'l str> {
    let (name, value) = line.split_once('=')?;
    names.contains(&name.trim()).then_some(value.trim())
}

/// An alarm on one of our own metrics, as Terraform has it.
#[derive(Default)]
struct Alarm {
    name: String,
    metric: String,
    dimensions: String,
}

/// The alarms on our own metrics.
fn alarms() -> Vec<Alarm> {
    let module = read_all(&["infra"], "tf");
    let mut alarms = Vec::new();
    let (mut name, mut is_ours) = (String::new(), false);
    for line in module.lines().map(str::trim) {
        if let Some(key) = line.strip_suffix(" = {") {
            (name, is_ours) = (key.trim_matches('"').to_owned(), false);
        }
        if let Some(namespace) = value(line, &["namespace"]) {
            is_ours = namespace == "\"Catchment\"";
        }
        if !is_ours {
            continue;
        }
        if let Some(metric) = value(line, &["metric", "metric_name"]) {
            let metric = metric.trim_matches('"').to_owned();
            alarms.push(Alarm { name: name.clone(), metric, ..Alarm::default() });
        }
        if let (Some(dimensions), Some(alarm)) = (value(line, &["dimensions"]), alarms.last_mut()) {
            alarm.dimensions = dimensions.to_owned();
        }
    }
    let ours = module.matches("\"Catchment\"").count();
    assert_eq!(alarms.len(), ours, "each alarm on a metric of ours is found");
    alarms
}

/// The names in the first cell of each row of a page's tables.
fn rows(page: &str) -> BTreeMap<String, String> {
    let rows =
        page.lines().filter_map(|line| Some((line.strip_prefix('|')?.split('|').next()?, line)));
    let names = rows.flat_map(|(cell, line)| {
        cell.split('`').skip(1).step_by(2).map(move |name| (name.to_owned(), line.to_owned()))
    });
    names.collect()
}

#[test]
fn every_alarm_watches_a_metric_that_is_written_with_its_dimension() {
    let code = read_all(&["ingest-lambda/src", "worker-lambda/src"], "rs");
    let metrics = metrics();
    for Alarm { name, metric, dimensions } in alarms() {
        assert!(metrics.contains(&metric), "{name}: the code has no metric {metric}");
        let is_written = code.split("Metric::").skip(1).any(|rest| {
            rest.strip_prefix(&metric).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        assert!(is_written, "{name}: nothing writes {metric}");
        // Without a source, a metric has only this dimension.
        assert_eq!(dimensions, "{ stack = var.name }", "{name}");
    }
}

#[test]
fn the_documentation_lists_every_metric_and_the_alarm_that_watches_it() {
    let page = read("docs/reference/metrics.md");
    let listed = rows(page.split("\n## Log lines").next().unwrap());
    assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), metrics());
    let mut named: BTreeSet<_> = BTreeSet::new();
    for (metric, row) in &listed {
        let alarms = row.split("alarm [`").skip(1).map(|rest| rest.split('`').next().unwrap());
        named.extend(alarms.map(|alarm| (alarm.to_owned(), metric.clone())));
    }
    let alarms = alarms().into_iter().map(|alarm| (alarm.name, alarm.metric)).collect();
    assert_eq!(named, alarms);
}

#[test]
fn the_documentation_lists_every_alarm_and_has_a_page_for_it() {
    let module = read("infra/alarms.tf");
    let names = |local: &str| -> Vec<String> {
        let list = between(&module, &format!("{local} = ["), "]");
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let queues = names("alarms_of_a_queue").into_iter().map(|name| format!("{{queue}}-{name}"));
    let all: BTreeSet<_> = names("alarms_of_the_stack").into_iter().chain(queues).collect();
    for path in ["docs/reference/alarms.md", "docs/operate/README.md"] {
        let listed = rows(&read(path));
        assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), all, "{path}");
        for (name, row) in listed {
            assert!(row.contains("`]("), "{path}: {name} has no page");
        }
    }
}
