//! What the user of the command sees: one line per fact.

use std::io::{IsTerminal, Write, stdout};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use catchment::terminal::{self, cut, wrap};
use catchment_tests::stack::Watch;

/// Where the times stand.
const WIDTH: usize = 44;
/// Where the facts about a step begin.
const INDENT: usize = 27;
/// Where nothing can be overwritten, so many resources make a line.
const A_LINE_EACH: u64 = 10;

/// Standard output. What cannot be written is lost: a reader that has gone is no reason to stop.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Whether a line can be written again.
    terminal: bool,
    /// Its width, if it is a terminal.
    width: Option<usize>,
    stage: Mutex<Option<Stage>>,
}

#[derive(Debug)]
struct Stage {
    what: String,
    since: Instant,
    applied: Option<(u64, u64)>,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let terminal = stdout().is_terminal();
        Self { terminal, width: terminal::width(), stage: Mutex::default() }
    }

    /// Writes a line.
    pub(crate) fn line(&self, text: &str) {
        let mut out = stdout().lock();
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        let _ = writeln!(out, "{clear}{text}");
        let _ = out.flush();
    }

    /// Writes a line, broken between words if the terminal is narrower. All parts but the first are indented.
    pub(crate) fn wrapped(&self, text: &str, indent: usize) {
        self.line(&wrap(text, indent, self.width));
    }

    /// A step that was seen to happen, what it took, and what there is to say of it.
    pub(crate) fn happened(&self, step: &str, took: &str, what: &str) {
        self.wrapped(&format!("    ✓ {step:<10} {took:>7}   {what}"), INDENT);
    }

    /// A step that did not happen.
    pub(crate) fn failed(&self, what: &str) {
        self.wrapped(&format!("    ✗ {what}"), 6);
    }

    /// Shows that the running stage still runs.
    pub(crate) fn tick(&self) {
        let stage = self.stage();
        if let (true, Some(stage)) = (self.terminal, &*stage) {
            let took = seconds(stage.since.elapsed());
            let line = format!("  · {:<WIDTH$} {took:>8}", stage.title());
            // A line that is broken by the terminal could not be overwritten.
            let line = cut(&line, self.width.unwrap_or(usize::MAX));
            let mut out = stdout().lock();
            let _ = write!(out, "\r\x1b[2K{line}");
            let _ = out.flush();
        }
    }

    /// Forgets the running stage, because it did not complete.
    pub(crate) fn abandon(&self) {
        let Some(stage) = self.stage().take() else { return };
        let took = seconds(stage.since.elapsed());
        self.line(&format!("  ✗ {:<WIDTH$} {took:>8}", stage.title()));
    }

    fn stage(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    fn title(&self) -> String {
        match self.applied {
            Some((done, of)) => format!("{}: {done} of {of} resources", self.what),
            None => self.what.clone(),
        }
    }
}

impl Watch for Screen {
    fn begins(&self, what: &str) {
        self.ends();
        if !self.terminal {
            self.line(&format!("  · {what} …"));
        }
        let stage = Stage { what: what.to_owned(), since: Instant::now(), applied: None };
        *self.stage() = Some(stage);
        self.tick();
    }

    fn applied(&self, done: u64, of: u64) {
        let mut stage = self.stage();
        let Some(running) = &mut *stage else { return };
        running.applied = Some((done, of));
        let title = running.title();
        drop(stage);
        if !self.terminal && done.is_multiple_of(A_LINE_EACH) && done < of {
            self.line(&format!("  · {title} …"));
        }
        self.tick();
    }

    fn note(&self, line: &str) {
        self.line(&format!("    {line}"));
    }

    fn ends(&self) {
        let Some(stage) = self.stage().take() else { return };
        let took = seconds(stage.since.elapsed());
        self.line(&format!("  ✓ {:<WIDTH$} {took:>8}", stage.title()));
    }
}

/// A time as a person reads it.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A short time as a person reads it.
pub(crate) fn millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
