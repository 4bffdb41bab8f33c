//! Goes on serving, and tells what happens.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use catchment_tests::lambda_log::LambdaLog;
use catchment_tests::{Result, logs};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::crashes::Crashes;
use crate::narrator::Narrator;
use crate::screen::Screen;

/// Where the names of sources stand.
const INDENT: usize = 11;
const EVERY: Duration = Duration::from_millis(300);
/// A busy emulator may miss a question or two.
const FAILURES: u32 = 10;

/// Tells of events until the emulator ends, which it does not by itself.
pub(crate) async fn narrate(
    screen: &Screen,
    emulator_log: Option<PathBuf>,
    mut log: LambdaLog,
) -> Result<()> {
    let mut narrator = Narrator::default();
    let mut crashes = Crashes::of(emulator_log.clone());
    let mut failures = 0;
    loop {
        match log.new_lines().await {
            Ok(lines) => {
                failures = 0;
                let at = Timestamp::now().strftime("%H:%M:%SZ");
                let told = narrator.tell(&lines, Instant::now());
                for told in told.into_iter().chain(crashes.appeared()) {
                    screen.wrapped(&format!("{at}  {told}"), INDENT);
                }
            }
            Err(_) if failures < FAILURES => failures += 1,
            Err(error) => {
                let said = emulator_log.and_then(|path| fs::read(path).ok()).unwrap_or_default();
                let said = logs::last_lines(&String::from_utf8_lossy(&said), 5);
                return Err(format!("MiniStack does not answer any more ({error}):\n{said}").into());
            }
        }
        sleep(EVERY).await;
    }
}
