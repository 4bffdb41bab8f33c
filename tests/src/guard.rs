//! Child processes that never outlive this one.
//!
//! A [`command`] runs under `tests/emulators/guard.py`, which ends it, with everything it started,
//! when the guard's standard input closes: when the handle is dropped, but also when this process
//! panics, exits with a static never dropped, or is killed by `kill -9`.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

use tokio::process::Child;

use crate::python::Python;
use crate::{Result, paths};

/// The command that runs `program` under the guard. A caller that spawns it must hold the child's
/// standard input for as long as the program is to run.
pub fn command(program: impl AsRef<OsStr>) -> Result<Command> {
    let mut command = Command::new(Python::find()?.executable());
    command
        .arg("-IS")
        .arg(paths::emulators().join("guard.py"))
        .arg(program)
        .stdin(Stdio::piped())
        .process_group(0); // A Ctrl-C in the terminal is ours to handle.
    Ok(command)
}

/// Waits for a guarded child and collects its output. Dropping the future ends the child.
pub async fn output(mut child: Child) -> Result<Output> {
    let _held = child.stdin.take(); // `wait_with_output` would close it first.
    Ok(child.wait_with_output().await?)
}
