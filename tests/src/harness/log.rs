//! The log lines of what runs in this thread, in Lambda's JSON format.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

use lambda_http::tracing::subscriber::fmt;
use lambda_http::tracing::subscriber::util::SubscriberInitExt;

use crate::lambda_log::Line;

/// Collects log lines until it is dropped. Runtimes with several threads log elsewhere.
pub struct RecordedLog {
    written: Output,
    _guard: Box<dyn std::any::Any>,
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl RecordedLog {
    /// Begins to collect.
    #[must_use]
    pub fn start() -> Self {
        let written = Output::default();
        let writer = written.clone();
        let lines = fmt().json().with_writer(move || writer.clone()).finish();
        Self { written, _guard: Box::new(lines.set_default()) }
    }

    /// The lines with a message, oldest first.
    #[must_use]
    pub fn lines(&self, message: &str) -> Vec<Line> {
        let written = self.written.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&written);
        text.lines().filter_map(Line::parse).filter(|line| line.message() == message).collect()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
