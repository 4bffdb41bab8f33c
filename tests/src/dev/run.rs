//! All of it, in its order.

use std::future::pending;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use catchment_tests::lambda_log::LambdaLog;
use catchment_tests::receiver::Receiver;
use catchment_tests::stack::{Stack, Variables};
use catchment_tests::{Result, clients};

use crate::arguments::Arguments;
use crate::built_in::{self, IN_HOUSE};
use crate::files::Files;
use crate::sample::Stage;
use crate::screen::Screen;
use crate::watch::Watched;
use crate::{check, dead, forged, how_to, serve, walk, watch};

/// The source that a forger tries.
const FORGED: &str = "stripe";

/// Starts everything, sends the samples, writes the files, and serves, which `serving` then says.
pub(crate) async fn run(
    arguments: &Arguments,
    screen: &Screen,
    serving: &AtomicBool,
) -> Result<ExitCode> {
    let files = Files::take()?;
    if let Some(file) = &arguments.var_file {
        check::sound(&files.workshop(), &built_in::defaults(), file)?;
    }
    screen.line("Catchment on this machine. Ctrl-C ends it.\n");
    let file = arguments.var_file.as_deref();
    let receiver = match file {
        Some(_) => None,
        None => Some(Receiver::start().await?),
    };
    let values = match &receiver {
        Some(receiver) => built_in::variables(receiver.url()),
        None => built_in::defaults(),
    };
    let wanted = Variables { values, file, without_secret: &[] };
    let watched = file.map(Watched::new);
    let mut stack = Stack::start(&files.workshop(), &wanted, screen).await?;

    let http = clients::http()?;
    let mut log = LambdaLog::new(http.clone(), &stack.outputs);
    let mut missed = 0;
    if let Some(receiver) = &receiver {
        let mut stage =
            Stage { stack: &stack, receiver, screen, http, log: &mut log, lines: Vec::new() };
        missed = samples(&mut stage).await;
    }
    files.write(&stack)?;
    let (end, code) = match (missed, file) {
        (0, None) => ("Every step happened.".to_owned(), ExitCode::SUCCESS),
        (0, Some(_)) => {
            ("Deployed, and it answers. Nothing was sent.".to_owned(), ExitCode::SUCCESS)
        }
        _ => (format!("{missed} of these did not happen: see ✗ above."), ExitCode::FAILURE),
    };
    screen.line(&format!("\n{end}"));
    if arguments.once {
        return Ok(code);
    }
    how_to::print(screen, &stack, receiver.as_ref());
    if let Some(file) = file {
        let name = file.display();
        screen.line(&format!(
            "\nSave {name} to check and apply it again. What is stored and queued stays."
        ));
    }
    screen.line("\nServing. Ctrl-C ends it.");
    let _ = log.new_lines().await; // What was logged so far has been told.
    let _written = files.while_serving();
    serving.store(true, Ordering::Relaxed);
    let narrated = serve::narrate(screen, stack.emulator.log(), log);
    let applied = async {
        match watched {
            Some(file) => watch::apply_changes(screen, &mut stack, &files, file).await,
            None => pending().await,
        }
    };
    tokio::try_join!(narrated, applied)?;
    Ok(code)
}

/// Shows everything that the built-in sample has to show, and counts what did not happen.
async fn samples(stage: &mut Stage<'_>) -> u32 {
    let (screen, stack) = (stage.screen, stage.stack);
    let mut missed = 0;
    let mut note = |shown: Result<()>| {
        if let Err(error) = shown {
            missed += 1;
            screen.failed(&error.to_string());
        }
    };
    screen.line("\nOne correctly signed sample per source");
    for source in &stack.sources {
        note(walk::walk(stage, source).await);
    }
    screen.line("\nA forged one");
    match stack.source(FORGED) {
        Some(source) => note(forged::refused(stage, source).await),
        None => note(Err(format!("there is no source {FORGED}").into())),
    }
    screen.line("\nOne that its destination keeps refusing");
    match stack.source(IN_HOUSE) {
        Some(source) => note(dead::letter(stage, source).await),
        None => note(Err(format!("there is no source {IN_HOUSE}").into())),
    }
    missed
}
