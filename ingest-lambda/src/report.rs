//! The log line and the metrics of each request. Of an event's payload, they contain only its type.

use shared::telemetry::{Metric, Metrics, cut, millis};

use crate::receive::{Accepted, Received};
use crate::rejection::Rejection;

/// Logs and counts the result of one request. The path of an unknown source, and the header `user-agent`, may be of any
/// length.
pub(crate) fn report(
    metrics: &Metrics,
    source: &str,
    user_agent: &str,
    result: &Result<Received, Rejection>,
) {
    let source = cut(source);
    match result {
        Ok(Received::Event(accepted)) => report_accepted(metrics, source, accepted),
        Ok(Received::Handshake { title, answer }) => {
            tracing::info!(source, handshake = title, status = answer.status, "handshake");
            metrics.count(Metric::Handshake, Some(source));
        }
        Err(rejection) => {
            let (status, error) = rejection.status();
            let (user_agent, reason) = (cut(user_agent), rejection.to_string());
            let reason = cut(&reason);
            tracing::warn!(source, status, error, reason, user_agent, "not accepted");
            for metric in rejection_metrics(rejection) {
                metrics.count(*metric, Some(source));
            }
        }
    }
}

fn report_accepted(metrics: &Metrics, source: &str, accepted: &Accepted) {
    let Accepted { id, s3_key, event_type, is_unordered, secret, fingerprint, answer, timings } =
        accepted;
    let (event_type, status) = (event_type.as_deref().map(cut), answer.status);
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use lambda_http::tracing::subscriber::fmt;
    use lambda_http::tracing::subscriber::util::SubscriberInitExt;
    use shared::webhook::scheme::Refusal;

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_sender_cannot_make_a_log_line_long() {
        let output = Output::default();
        let writer = output.clone();
        let _guard = fmt().with_writer(move || writer.clone()).finish().set_default();
        let metrics = Metrics::new("test".to_owned());
        let long = |letter: &str| letter.repeat(10_000);
        for rejection in [
            Rejection::UnknownSource,
            Refusal::Malformed(long("m")).into(),
            Rejection::Unavailable(long("u")),
        ] {
            report(&metrics, &long("s"), &long("a"), &Err(rejection));
        }
        let lines = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert_eq!(lines.lines().count(), 3, "{lines}");
        for line in lines.lines() {
            assert!(line.contains(&"s".repeat(256)) && line.contains(&"a".repeat(256)), "{line}");
            assert!(line.len() < 1200, "{line}");
        }
    }
}
