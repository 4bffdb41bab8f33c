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
    use super::*;

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
