//! `cargo dev`: all of Catchment on this machine, shown at work on one signed sample per source, and
//! then serving.

mod arguments;
mod built_in;
mod check;
mod crashes;
mod dead;
mod files;
mod forged;
mod how_to;
mod narrator;
mod run;
mod sample;
mod screen;
mod serve;
mod stop;
mod walk;
mod watch;

use std::env;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::arguments::{Asked, USAGE, parse};
use self::screen::Screen;

/// What of the runtime's own threads may still be busy at the end.
const LAST_MOMENT: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let screen = Screen::new();
    let arguments = match parse(env::args_os().skip(1)) {
        Ok(Asked::Run(arguments)) => arguments,
        Ok(Asked::Help) => {
            screen.line(arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cargo dev cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let serving = AtomicBool::new(false);
    let code = runtime.block_on(stop::unless_stopped(
        &screen,
        &serving,
        run::run(&arguments, &screen, &serving),
    ));
    runtime.shutdown_timeout(LAST_MOMENT);
    code
}
