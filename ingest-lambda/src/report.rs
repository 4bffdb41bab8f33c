//! The one log line of each request. Of an event's payload, it contains only the type.

use shared::telemetry::{Line, Log, Metric, cut, millis};

use crate::receive::{Accepted, Received};
use crate::rejection::Rejection;

/// Logs the result of one request. The path of an unknown source, and the header `user-agent`, may be of any length.
pub(crate) fn report(
    log: &Log,
    source: &str,
    user_agent: &str,
    result: &Result<Received, Rejection>,
) {
    let mut line = Line::of(cut(source));
    match result {
        Ok(Received::Event(accepted)) => {
            describe(&mut line, accepted);
            log.write("accepted", line);
        }
        Ok(Received::Handshake { title, answer }) => {
            line.field("handshake", title.as_str());
            line.field("status", answer.status);
            log.write("handshake", line);
        }
        Err(rejection) => {
            let (status, error) = rejection.status();
            line.warn();
            line.field("status", status);
            line.field("error", error);
            line.field("reason", cut(&rejection.to_string()));
            line.field("user_agent", cut(user_agent));
            match rejection {
                Rejection::NoSecret(_) => line.count(Metric::SecretMissing),
                Rejection::SecretResemblesList(_) => line.field("secret_resembles_list", true),
                Rejection::UnknownSource | Rejection::Request(_) | Rejection::Unavailable(_) => {}
            }
            log.write("not accepted", line);
        }
    }
}

fn describe(line: &mut Line, accepted: &Accepted) {
    let Accepted { id, s3_key, event_type, secret, fingerprint, answer, timings, .. } = accepted;
    line.field("event_id", id.to_string());
    line.field("event_type", event_type.as_deref().map(cut));
    line.field("s3_key", s3_key.as_str());
    line.field("secret", *secret);
    line.field("fingerprint", fingerprint.as_str());
    line.field("status", answer.status);
    line.field("verify_ms", millis(timings.verify));
    line.field("store_ms", millis(timings.store));
    line.field("enqueue_ms", millis(timings.enqueue));
    if accepted.is_unordered {
        line.warn();
        line.field("unordered", 1);
    }
    if let Some(problem) = &accepted.answer_problem {
        line.warn();
        line.field("answer_problem", cut(problem));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use shared::telemetry::LineSink;
    use shared::webhook::scheme::Refusal;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl LineSink for Lines {
        fn write(&self, line: &Value) {
            self.0.lock().unwrap().push(line.to_string());
        }
    }

    #[test]
    fn a_sender_cannot_make_a_log_line_long() {
        let lines = Lines::default();
        let log = Log::with_sink("test", Arc::new(lines.clone()));
        let long = |letter: &str| letter.repeat(10_000);
        for rejection in [
            Rejection::UnknownSource,
            Refusal::Malformed(long("m")).into(),
            Rejection::Unavailable(long("u")),
            Rejection::NoSecret(long("n")),
        ] {
            report(&log, &long("s"), &long("a"), &Err(rejection));
        }
        let lines = lines.0.lock().unwrap();
        assert_eq!(lines.len(), 4, "{lines:?}");
        for line in lines.iter() {
            assert!(line.contains(&"s".repeat(256)) && line.contains(&"a".repeat(256)), "{line}");
            assert!(line.len() < 1500, "{line}");
        }
    }
}
