//! Makes one line for each event of what the Lambdas log.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use catchment_tests::lambda_log::Line;

/// An event that nobody has taken from its queue by then is reported as it is.
const CALL_TIMEOUTS: Duration = Duration::from_secs(3);

/// Remembers who an event is, between its acceptance and what becomes of it.
#[derive(Debug, Default)]
pub(crate) struct Narrator {
    /// The events by their ids.
    events: HashMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    source: String,
    event_type: String,
    accepted: Instant,
    /// Whether anything was said of it.
    told: bool,
}

impl Narrator {
    /// What there is to say of new lines. What belongs to one event makes one line.
    pub(crate) fn tell(&mut self, lines: &[Line], now: Instant) -> Vec<String> {
        let mut told = Vec::new();
        let mut outcomes: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for line in lines {
            let source = line.text("source").unwrap_or("-");
            match (line.message(), line.text("event_id")) {
                ("accepted", Some(id)) => {
                    let event_type = line.text("event_type").unwrap_or("").to_owned();
                    let source = source.to_owned();
                    let known = Known { source, event_type, accepted: now, told: false };
                    self.events.insert(id.to_owned(), known);
                }
                ("not accepted", _) => told.push(refused(source, line)),
                (message, Some(id)) => {
                    let said = outcomes.entry((source, id)).or_default();
                    said.extend(line.deliveries().filter_map(|delivery| delivered(&delivery)));
                    said.extend(outcome(message, line).or_else(|| failure(line)));
                }
                (_, None) => told.extend(failure(line).map(|text| format!("{source:<12} {text}"))),
            }
        }
        for ((source, id), said) in outcomes.into_iter().filter(|(_, said)| !said.is_empty()) {
            told.push(self.way(source, id, &said.join(", ")));
        }
        told.extend(self.waiting(now));
        told
    }

    fn way(&mut self, source: &str, id: &str, said: &str) -> String {
        let known = self.events.get_mut(id);
        let event_type = known.map_or("", |known| {
            known.told = true;
            &known.event_type
        });
        format!("{source:<12} {event_type:<24} accepted → {said}")
    }

    fn waiting(&mut self, now: Instant) -> Vec<String> {
        let late = self.events.iter_mut().filter(|(_, known)| {
            !known.told && now.duration_since(known.accepted) >= CALL_TIMEOUTS
        });
        let say = |(id, known): (&String, &mut Known)| {
            known.told = true;
            let Known { source, event_type, .. } = known;
            format!("{source:<12} {event_type:<24} accepted → still in its queue ({id})")
        };
        late.map(say).collect()
    }
}

fn refused(source: &str, line: &Line) -> String {
    let status = line.number("status").unwrap_or_default();
    let error = line.text("error").unwrap_or_default();
    match line.text("reason") {
        Some(reason) if status >= 500.0 => {
            format!("{source:<12} {:<24} ✗ answered {status} {error}: {reason}", "")
        }
        _ => format!("{source:<12} {:<24} refused: {status} {error}", ""),
    }
}

/// What failed within a Lambda: a panic, a failed call to AWS, an opened circuit.
fn failure(line: &Line) -> Option<String> {
    let message = line.message();
    if message == "circuit breaker opened" {
        let (to, reason) = (line.text("destination")?, line.text("reason").unwrap_or_default());
        return Some(format!("✗ circuit breaker opened: {to}: {reason}"));
    }
    let cause = ["error", "reason", "place"].into_iter().find_map(|field| line.text(field));
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    line.is_error().then(|| format!("✗ {message}{cause}"))
}

/// A delivery that succeeded. The reason of the event has those of all others.
fn delivered(delivery: &Line) -> Option<String> {
    if delivery.text("outcome") != Some("delivered") {
        return None;
    }
    let to = delivery.text("destination").unwrap_or_default();
    let ms = delivery.number("took_ms").unwrap_or_default();
    let attempt = match delivery.number("attempt") {
        Some(attempt) if attempt > 1.0 => format!(" at attempt {attempt}"),
        _ => String::new(),
    };
    Some(format!("delivered to {to} in {ms} ms{attempt}"))
}

/// How a record ended, unless its deliveries say it all.
fn outcome(message: &str, line: &Line) -> Option<String> {
    let text = |field: &str| line.text(field).unwrap_or_default().to_owned();
    let number = |field: &str| line.number(field).unwrap_or_default();
    Some(match message {
        "retry" | "deferred" => {
            let (reason, attempt, wait) = (text("reason"), number("attempt"), number("again_in_s"));
            format!("{reason} (attempt {attempt}), again in {wait:.1} s")
        }
        "dead letter" => {
            let (reason, attempts) = (text("reason"), number("attempts"));
            let plural = if attempts == 1.0 { "" } else { "s" };
            format!("dead letter after {attempts} attempt{plural}: {reason}")
        }
        "duplicate" => "a duplicate, without a second effect".to_owned(),
        "discarded" => "discarded by its route".to_owned(),
        "unrouted" => "no route, kept in the archive".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fields: &str) -> Line {
        Line::parse(&format!(r#"{{"fields":{fields}}}"#)).unwrap()
    }

    #[test]
    fn each_event_is_one_line_with_its_result() {
        let mut narrator = Narrator::default();
        let now = Instant::now();
        let lines = [
            line(r#"{"message":"accepted","source":"shop","event_id":"1","event_type":"paid"}"#),
            line(
                r#"{"message":"retry","source":"shop","event_id":"1","reason":"bus: HTTP status 500","attempt":1,"again_in_s":0.52,
                "deliveries":[{"destination":"crm","outcome":"delivered","took_ms":4,"attempt":1},
                {"destination":"bus","outcome":"retry","reason":"HTTP status 500","took_ms":4,"attempt":1}]}"#,
            ),
            line(
                r#"{"message":"not accepted","source":"shop","status":401,"error":"signature_mismatch"}"#,
            ),
        ];
        let told = narrator.tell(&lines, now);
        assert_eq!(
            told,
            [
                "shop                                  refused: 401 signature_mismatch",
                "shop         paid                     accepted → delivered to crm in 4 ms, bus: HTTP status 500 (attempt 1), again in 0.5 s",
            ]
        );
        let later = [line(
            r#"{"message":"delivered","source":"shop","event_id":"1","deliveries":[{"destination":"bus","outcome":"delivered","took_ms":4,"attempt":2}]}"#,
        )];
        let told = narrator.tell(&later, now + CALL_TIMEOUTS * 2);
        assert_eq!(
            told,
            [
                "shop         paid                     accepted → delivered to bus in 4 ms at attempt 2"
            ]
        );
    }

    #[test]
    fn answers_5xx_panics_and_failed_calls_are_told_with_their_causes() {
        let line = |text: &str| Line::parse(text).unwrap();
        let lines = [
            line(
                r#"{"level":"WARN","fields":{"message":"not accepted","source":"shop","status":503,"error":"unavailable","reason":"S3: timeout"}}"#,
            ),
            line(r#"{"level":"ERROR","fields":{"message":"panicked","place":"src/a.rs:7"}}"#),
            line(
                r#"{"level":"ERROR","fields":{"message":"ledger entry not updated","event_id":"1","error":"timeout","state":"complete"}}"#,
            ),
            line(
                r#"{"level":"WARN","fields":{"message":"circuit breaker opened","destination":"crm","outcome":"retry","reason":"HTTP status 500"}}"#,
            ),
            line(r#"{"level":"WARN","fields":{"message":"ordering key missing"}}"#),
        ];
        let told = Narrator::default().tell(&lines, Instant::now());
        assert_eq!(
            told,
            [
                "shop                                  ✗ answered 503 unavailable: S3: timeout",
                "-            ✗ panicked: src/a.rs:7",
                "-            ✗ circuit breaker opened: crm: HTTP status 500",
                "-                                     accepted → ✗ ledger entry not updated: timeout",
            ]
        );
    }

    #[test]
    fn one_attempt_is_singular() {
        let dead = |attempts: u32| {
            let line = line(&format!(
                r#"{{"message":"dead letter","attempts":{attempts},"reason":"crm: HTTP status 400"}}"#
            ));
            outcome("dead letter", &line).unwrap()
        };
        assert_eq!(dead(1), "dead letter after 1 attempt: crm: HTTP status 400");
        assert_eq!(dead(0), "dead letter after 0 attempts: crm: HTTP status 400");
        assert_eq!(dead(3), "dead letter after 3 attempts: crm: HTTP status 400");
    }

    #[test]
    fn an_event_without_a_result_is_reported_once() {
        let mut narrator = Narrator::default();
        let now = Instant::now();
        let accepted =
            [line(r#"{"message":"accepted","source":"shop","event_id":"1","event_type":"paid"}"#)];
        assert!(narrator.tell(&accepted, now).is_empty());
        assert_eq!(
            narrator.tell(&[], now + CALL_TIMEOUTS),
            ["shop         paid                     accepted → still in its queue (1)"]
        );
        assert!(narrator.tell(&[], now + CALL_TIMEOUTS * 2).is_empty());
    }
}
