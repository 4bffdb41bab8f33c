use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber::{EnvFilter, fmt};

/// Starts logging, in the format and at the level that Lambda is set to. Call it once, first thing in
/// `main`.
///
/// The level is for our own code. What others log below INFO has payloads in it, and secrets:
/// `lambda_runtime` traces each event whole.
pub fn init() {
    let setting = |name| std::env::var(name).unwrap_or_default();
    let lines = fmt()
        .with_target(false)
        .with_env_filter(EnvFilter::new(filter(&setting("AWS_LAMBDA_LOG_LEVEL"))));
    match &setting("AWS_LAMBDA_LOG_FORMAT").to_ascii_lowercase()[..] {
        // Lambda files a JSON line by its level only if it has a timestamp too.
        "json" => lines.json().init(),
        _ => lines.without_time().init(),
    }
    tell_of_panics();
}

/// Has panics logged by their place. What they say may quote a payload: that of a text cut within a
/// character has the text in it, and Rust writes it to standard error.
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// A filter for our own code at a level, INFO if it is none, and for all other at INFO or above.
fn filter(level: &str) -> String {
    // An empty one would be taken for ERROR.
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
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Invariant 8.
    #[test]
    fn a_panic_is_told_by_its_place_and_never_quoted() {
        let written = Written::default();
        let writer = written.clone();
        let lines = fmt().with_writer(move || writer.clone()).finish();
        let before = std::panic::take_hook();
        tell_of_panics();
        let _guard = lines.set_default();
        let _ = std::panic::catch_unwind(|| panic!("hunter2"));
        std::panic::set_hook(before);
        let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("panicked") && written.contains("log.rs"), "{written}");
        assert!(!written.contains("hunter2"), "{written}");
    }

    #[test]
    fn only_our_own_code_says_more_than_info() {
        let all = |others: &str, ours: &str| {
            format!("{others},ingest_lambda={ours},worker_lambda={ours},shared={ours}")
        };
        assert_eq!(filter("TRACE"), all("info", "trace"));
        assert_eq!(filter("DEBUG"), all("info", "debug"));
        assert_eq!(filter("ERROR"), all("error", "error"));
        assert_eq!(filter(""), all("info", "info"));
    }
}
