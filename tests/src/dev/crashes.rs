//! Lambdas that crash, exit or run out of time: they cannot log that themselves, and the emulator does.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::PathBuf;

/// Reads what the emulator logs about the Lambdas' processes.
#[derive(Debug)]
pub(crate) struct Crashes {
    log: Option<PathBuf>,
    /// What was read of the log, in bytes.
    read: u64,
}

impl Crashes {
    /// Of an emulator's log, from its present end. Without a log, nothing is found.
    pub(crate) fn of(log: Option<PathBuf>) -> Self {
        let mut crashes = Self { log, read: 0 };
        let _ = crashes.appeared(); // What was logged so far is no news.
        crashes
    }

    /// What has crashed since the last time.
    pub(crate) fn appeared(&mut self) -> Vec<String> {
        let text = self.appended().unwrap_or_default();
        text.lines().filter_map(crash).collect()
    }

    /// The whole lines that were appended.
    fn appended(&mut self) -> Result<String> {
        let Some(log) = &self.log else { return Ok(String::new()) };
        let mut file = File::open(log)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(whole);
        self.read += whole as u64;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// What a line of the emulator's log says of a Lambda that failed:
/// `2026-11-29 09:58:42 WARNING [lambda] …`.
fn crash(line: &str) -> Option<String> {
    let (head, text) = line.split_once("] ")?;
    let (head, module) = head.split_once('[')?;
    let level = head.split_whitespace().nth(2)?;
    let is_failure = ["WARNING", "ERROR", "CRITICAL"].contains(&level);
    (is_failure && module.starts_with("lambda")).then(|| format!("✗ {text}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn each_failure_that_the_emulator_logs_is_found_once() {
        let dir =
            catchment_tests::paths::target().join(format!("test-crash-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let log = dir.join("log");
        let mut file = File::create(&log).unwrap();
        let failure = "2026-11-29 09:58:41 ERROR [lambda] Warm error for catchment-ingest: exited";
        writeln!(file, "{failure}").unwrap();
        let mut crashes = Crashes::of(Some(log));
        assert!(crashes.appeared().is_empty(), "what was logged before is not told");
        write!(
            file,
            "2026-11-29 09:58:42 INFO [lambda] ESM: Lambda catchment-worker output:\n\
             {{\"level\":\"ERROR\",\"fields\":{{\"message\":\"[x] \"}}}}\n\
             2026-11-29 09:58:43 WARNING [sqs] slow\n\
             2026-11-29 09:58:44 WARNING [lambda_runtime] Lambda catchment-worker: exited\n\
             2026-11-29 09:58:45 ERROR [lam"
        )
        .unwrap();
        assert_eq!(crashes.appeared(), ["✗ Lambda catchment-worker: exited"]);
        writeln!(file, "bda] more").unwrap();
        assert_eq!(crashes.appeared(), ["✗ more"]);
        assert!(crashes.appeared().is_empty());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
