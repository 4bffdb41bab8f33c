//! The directory of one run of an emulator: its log, and its data.
//!
//! It lies under `target/emulators/runs/`, stays after the run so that the log can be read, and is
//! removed by the next run that starts after its owner has gone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::{Result, paths};

/// The directory of one run, kept as ours by a lock on a file in it.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    _owned: File,
}

impl RunDir {
    /// Makes the directory `{name}-{port}`, and removes those whose owners have gone.
    pub fn create(name: &str, port: u16) -> Result<Self> {
        let runs = paths::target().join("emulators/runs");
        fs::create_dir_all(&runs)?;
        let turn = File::create(runs.join(".lock"))?;
        turn.lock()?;
        remove_abandoned(&runs)?;
        let path = runs.join(format!("{name}-{port}"));
        fs::create_dir_all(path.join("data"))?;
        let owned = File::create(path.join("owner"))?;
        owned.lock()?;
        Ok(Self { path, _owned: owned })
    }

    /// The file for the standard output and error.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The directory for all data and temporary files.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

fn remove_abandoned(runs: &Path) -> Result<()> {
    for run in fs::read_dir(runs)? {
        let run = run?.path();
        let Ok(owner) = File::open(run.join("owner")) else { continue };
        if owner.try_lock().is_ok() {
            fs::remove_dir_all(run)?;
        }
    }
    Ok(())
}

/// The last `count` lines of a text.
#[must_use]
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let from = lines.len().saturating_sub(count);
    lines.get(from..).unwrap_or_default().join("\n")
}
