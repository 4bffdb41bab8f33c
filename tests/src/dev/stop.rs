//! Ctrl-C: everything that was started ends, at whatever stage it is.

use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use catchment_tests::{Result, wait};

use crate::screen::{Screen, seconds};

/// How long everything may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(8);
/// What a shell says of a command that Ctrl-C ended. While serving, it is how to end it well.
const INTERRUPTED: u8 = 130;

/// Runs something to its end or to the first signal. To drop it ends all that it started: each child
/// has a guard that ends it when we let go of it (see `guard.rs`).
pub(crate) async fn unless_stopped(
    screen: &Screen,
    serving: &AtomicBool,
    work: impl Future<Output = Result<ExitCode>>,
) -> ExitCode {
    let stopped_by_signal = async {
        let (interrupt, terminate) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        match (interrupt, terminate) {
            (Ok(mut interrupt), Ok(mut terminate)) => {
                tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () }
            }
            _ => std::future::pending().await,
        }
    };
    let ticking = async {
        let mut every = interval(Duration::from_secs(1));
        every.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            every.tick().await;
            screen.tick();
        }
    };
    let (ended, since) = {
        // In a block of its own, so that what it started is dropped at the block's end.
        let ended = tokio::select! {
            ended = work => Some(ended),
            () = stopped_by_signal => None,
            () = ticking => None,
        };
        screen.abandon();
        (ended, Instant::now())
    };
    if ended.is_none() {
        screen.line("\nstopping …");
    }
    let gone = all_gone().await;
    let code = match ended {
        Some(Ok(code)) => code,
        Some(Err(error)) => {
            eprintln!("\n{}", with_causes(&*error));
            ExitCode::FAILURE
        }
        None => {
            screen.line(&format!("everything stopped in {}", seconds(since.elapsed())));
            let served = serving.load(Ordering::Relaxed);
            if served { ExitCode::SUCCESS } else { ExitCode::from(INTERRUPTED) }
        }
    };
    match gone {
        Ok(()) => code,
        Err(error) => {
            eprintln!("not everything has stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes: some, as the AWS SDK's, say everything there.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    for cause in std::iter::successors(error.source(), |&error| error.source()) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Waits until no child of this process is left. A guard ends after all that it guards.
async fn all_gone() -> Result<()> {
    wait::until("the end of what was started", GONE_WITHIN, async || {
        (children() == 0).then_some(())
    })
    .await
}

/// How many children this process has, but for those that only wait to be noticed.
fn children() -> usize {
    let mut ps = Command::new("ps");
    let Ok(listed) = ps.args(["-A", "-o", "ppid=,stat=,comm="]).stderr(Stdio::null()).output()
    else {
        return 0; // Where nobody can be asked, the guards are trusted.
    };
    let me = std::process::id().to_string();
    let is_child = |line: &&str| {
        let mut columns = line.split_whitespace();
        columns.next() == Some(&me)
            && !columns.next().is_some_and(|state| state.starts_with('Z'))
            && !columns.next().is_some_and(|command| command.ends_with("ps"))
    };
    String::from_utf8_lossy(&listed.stdout).lines().filter(is_child).count()
}
