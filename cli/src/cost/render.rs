//! The estimate as text and as JSON.

use serde_json::{Value, json};

use super::estimate::{Estimate, Line, Traffic, assumed};
use super::prices::Prices;
use super::stack::Stack;
use crate::terminal;

/// The columns of a table.
type Row = [String; 4];

/// The estimate as text.
pub(super) fn text(
    stack: &Stack,
    traffic: &Traffic,
    estimate: &Estimate,
    prices: &Prices,
    width: Option<usize>,
) -> String {
    let heads = ["A MILLION WEBHOOKS", "A MONTH WITHOUT WEBHOOKS"];
    let mut rows = vec![head(heads[0])];
    rows.extend(estimate.per_million.iter().map(row));
    rows.push(total(estimate.usd_per_million()));
    rows.push(Row::default());
    rows.push(head(heads[1]));
    rows.extend(estimate.fixed.iter().map(row));
    rows.push(total(estimate.usd_fixed()));
    let rows = aligned(rows);
    let months = format!(
        "{} million webhooks x ({} + {} for the ledger) + {} = {} a month\n",
        number(estimate.millions),
        dollars(estimate.usd_per_million()),
        dollars(estimate.usd_ledger()),
        dollars(estimate.usd_fixed()),
        dollars(estimate.usd_a_month()),
    );
    let notes: String =
        notes(stack, estimate, prices).iter().map(|note| wrapped(note, width)).collect();
    let table = terminal::table(&rows, width);
    format!("{}\n{table}\n{months}\n{notes}", wrapped(&title(stack, traffic), width))
}

fn wrapped(line: &str, width: Option<usize>) -> String {
    terminal::wrap(line, 2, width.or(Some(100))) + "\n"
}

fn title(stack: &Stack, traffic: &Traffic) -> String {
    let Traffic { bytes, destinations, batch, .. } = traffic;
    format!(
        "{}: bodies of {} bytes, {} HTTP {} an event, batches of {}",
        stack.name,
        number(*bytes),
        number(*destinations),
        if *destinations == 1.0 { "destination" } else { "destinations" },
        number(*batch),
    )
}

/// What the figures mean, and what they leave out.
fn notes(stack: &Stack, estimate: &Estimate, prices: &Prices) -> Vec<String> {
    let Prices { region, date, .. } = prices;
    let archive = match (stack.event_days, estimate.full_archive) {
        (Some(days), Some(usd)) => format!(
            "- Events are kept for {} days. From then on, the archive costs {} a month.",
            number(days),
            dollars(usd)
        ),
        _ => "- Events are kept forever (event_retention_days), so the archive grows by the same amount each month."
            .to_owned(),
    };
    vec![
        format!("- Prices: list prices of {region}, {date}, in US dollars, without the free tier and taxes."),
        format!(
            "- Assumed: the worker's Lambda waits {:.0} ms for a destination, no delivery is retried, no body is stored beside its event, and {} bytes of headers are stored with each body.",
            assumed::WORKER_MS,
            number(assumed::STORED_BESIDE_BODY),
        ),
        archive,
        "- Not in it: a metric, $0.30 in a month in which its alarm has something to watch; queries of logs; alarm e-mails; destinations of your own in AWS; KMS keys, tracing, replication and VPCs.".to_owned(),
        "- A queue that is busy is polled less without a message, so that its polling costs less than stated.".to_owned(),
    ]
}

fn head(what: &str) -> Row {
    [what, "QUANTITY", "UNIT PRICE", "$"].map(str::to_owned)
}

fn row(line: &Line) -> Row {
    let Line { what, quantity, price } = line;
    let (quantity, unit) = match price.per.as_str() {
        "month" => (number(*quantity), String::new()),
        per => (format!("{quantity:.3}"), format!(" {per}")),
    };
    let price = format!("${} per {}", number(price.usd), price.per);
    [what.clone(), format!("{quantity}{unit}"), price, format!("{:.2}", line.usd())]
}

fn total(usd: f64) -> Row {
    ["total".to_owned(), String::new(), String::new(), format!("{usd:.2}")]
}

/// The amounts of the last column, aligned at their right.
fn aligned(mut rows: Vec<Row>) -> Vec<Row> {
    let width = rows.iter().map(|row| row[3].len()).max().unwrap_or_default();
    for row in rows.iter_mut().filter(|row| !row[3].is_empty()) {
        row[3] = format!("{:>width$}", row[3]);
    }
    rows
}

fn dollars(usd: f64) -> String {
    format!("${usd:.2}")
}

/// A number without zeros at its end, and with commas between thousands.
fn number(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

/// The estimate as one JSON object.
pub(super) fn json(
    stack: &Stack,
    traffic: &Traffic,
    estimate: &Estimate,
    prices: &Prices,
) -> Value {
    let lines = |lines: &[Line]| lines.iter().map(line_json).collect::<Vec<_>>();
    json!({
        "stack": stack.name, "region": prices.region, "prices_of": prices.date,
        "webhooks": traffic.webhooks, "bytes": traffic.bytes, "destinations": traffic.destinations,
        "batch": traffic.batch, "per_million": lines(&estimate.per_million),
        "ledger": lines(&estimate.ledger), "usd_ledger_per_million": estimate.usd_ledger(), "fixed": lines(&estimate.fixed),
        "usd_per_million": estimate.usd_per_million(), "usd_fixed": estimate.usd_fixed(),
        "usd_a_month": estimate.usd_a_month(), "usd_full_archive_a_month": estimate.full_archive,
    })
}

fn line_json(line: &Line) -> Value {
    let Line { what, quantity, price } = line;
    json!({
        "what": what, "quantity": quantity, "unit": price.per, "unit_usd": price.usd, "usd": line.usd(),
        "price_from": price.from,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_no_zeros_at_their_end() {
        let table = [
            (0.0, "0"),
            (0.4, "0.4"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (1234567.5, "1,234,567.5"),
            (13.3334, "13.3334"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text);
        }
    }
}
