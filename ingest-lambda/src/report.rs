//! The log line and the metrics of each request. Of an event's payload, they contain only its type.

use shared::telemetry::{Metric, Metrics, millis};

use crate::receive::{Accepted, Received};
use crate::rejection::Rejection;

/// The longest source name that is logged, in characters. The path of an unknown source may be of any length.
const MAX_SOURCE_NAME: usize = 64;

/// Logs and counts the result of one request.
pub(crate) fn report(metrics: &Metrics, source: &str, result: &Result<Received, Rejection>) {
    let source = &source.chars().take(MAX_SOURCE_NAME).collect::<String>()[..];
    match result {
        Ok(Received::Event(accepted)) => report_accepted(metrics, source, accepted),
        Ok(Received::Handshake { title, answer }) => {
            tracing::info!(source, handshake = title, status = answer.status, "handshake");
            metrics.count(Metric::Handshake, Some(source));
        }
        Err(rejection) => {
            let (status, error) = rejection.status();
            tracing::warn!(source, status, error, reason = %rejection, "not accepted");
            for metric in rejection_metrics(rejection) {
                metrics.count(*metric, Some(source));
            }
        }
    }
}

fn report_accepted(metrics: &Metrics, source: &str, accepted: &Accepted) {
    let Accepted { id, s3_key, event_type, is_unordered, secret, fingerprint, answer, timings } =
        accepted;
    let (event_type, status) = (event_type.as_deref(), answer.status);
    let verify_ms = millis(timings.verify);
    let store_ms = millis(timings.store);
    let enqueue_ms = millis(timings.enqueue);
    tracing::info!(
        source, event_id = %id, event_type, s3_key, secret, fingerprint, status, verify_ms, store_ms,
        enqueue_ms, "accepted"
    );
    metrics.count(Metric::Accepted, Some(source));
    if *is_unordered {
        tracing::warn!(source, event_id = %id, "without its queue's ordering key: a group of its own");
        metrics.count(Metric::Unordered, Some(source));
    }
    metrics.count_secret(source, *secret);
}

/// The metrics of a rejection. Unknown sources have none: the sender chooses the name, and each name would become a
/// metric of its own.
fn rejection_metrics(rejection: &Rejection) -> &'static [Metric] {
    match rejection {
        Rejection::UnknownSource => &[],
        Rejection::Request(_) => &[Metric::Refused],
        Rejection::SecretResemblesList(_) => &[Metric::Refused, Metric::SecretResemblesList],
        Rejection::NoSecret(_) => &[Metric::SecretMissing],
        Rejection::Unavailable(_) => &[Metric::Unavailable],
    }
}
