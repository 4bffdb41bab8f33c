//! Goes on serving, and tells what happens.

use std::time::{Duration, Instant};

use catchment_tests::lambda_log::LambdaLog;
use catchment_tests::stack::Stack;
use catchment_tests::{Result, logs};
use jiff::Timestamp;
use tokio::time::sleep;

use crate::narrator::Narrator;
use crate::screen::Screen;

const EVERY: Duration = Duration::from_millis(300);
/// A busy emulator may miss a question or two.
const FAILURES: u32 = 10;

/// Tells of events until the emulator ends, which it does not by itself.
pub(crate) async fn serve(screen: &Screen, stack: &Stack, mut log: LambdaLog) -> Result<()> {
    let mut narrator = Narrator::default();
    let mut failures = 0;
    loop {
        match log.new_lines().await {
            Ok(lines) => {
                failures = 0;
                let at = Timestamp::now().strftime("%H:%M:%SZ");
                for told in narrator.tell(&lines, Instant::now()) {
                    screen.line(&format!("{at}  {told}"));
                }
            }
            Err(_) if failures < FAILURES => failures += 1,
            Err(error) => {
                let said = logs::last_lines(&stack.emulator.log_tail(5), 5);
                return Err(format!("MiniStack does not answer any more ({error}):\n{said}").into());
            }
        }
        sleep(EVERY).await;
    }
}
