use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber::{EnvFilter, fmt};

/// Starts logging in the format and at the level that Lambda is configured with. Call it once, at the start
/// of `main`.
///
/// The level applies to this project's crates. Others log at INFO or above, because below INFO their messages
/// contain payloads and secrets: `lambda_runtime` traces whole events.
pub fn init() {
    let setting = |name| std::env::var(name).unwrap_or_default();
    let lines = fmt()
        .with_target(false)
        .with_env_filter(EnvFilter::new(filter(&setting("AWS_LAMBDA_LOG_LEVEL"))));
    match &setting("AWS_LAMBDA_LOG_FORMAT").to_ascii_lowercase()[..] {
        // Lambda reads the level of a JSON line only if the line has a timestamp. The runtime's span has the id of the
        // invocation: once is enough.
        "json" => lines.json().with_span_list(false).init(),
        _ => lines.without_time().init(),
    }
    log_panics();
}

/// Logs panics by their location, without the message. A message may quote a payload: slicing a string within
/// a character quotes the string. Rust's own hook would write the message to standard error.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// A filter that logs this project's crates at a level, INFO if it is not a valid level, and others at INFO
/// or above.
fn filter(level: &str) -> String {
    // `tracing` parses an empty level as ERROR.
    let level = if level.is_empty() { "info" } else { level };
    let ours = level.parse().unwrap_or(LevelFilter::INFO);
    let others = ours.min(LevelFilter::INFO);
    format!("{others},ingest_lambda={ours},worker_lambda={ours},shared={ours}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use lambda_runtime::tracing::subscriber::util::SubscriberInitExt;

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

    /// Invariant 8 in `docs/contributing/invariants.md`.
    #[test]
    fn a_panic_is_logged_by_its_location_without_its_message() {
        let output = Output::default();
        let writer = output.clone();
        let lines = fmt().with_writer(move || writer.clone()).finish();
        let before = std::panic::take_hook();
        log_panics();
        let _guard = lines.set_default();
        let _ = std::panic::catch_unwind(|| panic!("hunter2"));
        std::panic::set_hook(before);
        let written = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("panicked") && written.contains("log.rs"), "{written}");
        assert!(!written.contains("hunter2"), "{written}");
    }

    #[test]
    fn only_this_projects_crates_log_below_info() {
        let all = |others: &str, ours: &str| {
            format!("{others},ingest_lambda={ours},worker_lambda={ours},shared={ours}")
        };
        assert_eq!(filter("TRACE"), all("info", "trace"));
        assert_eq!(filter("DEBUG"), all("info", "debug"));
        assert_eq!(filter("ERROR"), all("error", "error"));
        assert_eq!(filter(""), all("info", "info"));
    }
}
