//! The log lines of what runs in this thread, in Lambda's JSON format.

use std::cell::RefCell;
use std::io::{Result, Write};
use std::marker::PhantomData;
use std::sync::Once;

use lambda_http::tracing::subscriber::fmt;
use serde_json::Value;

use crate::lambda_log::Line;

thread_local! {
    /// What was logged in this thread; `None` if nobody collects it.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Collects the log lines of this thread until it is dropped.
pub struct RecordedLog {
    /// It belongs to its thread.
    _not_send: PhantomData<*const ()>,
}

/// Writes to the log of the thread that logs.
struct OfThread;

impl RecordedLog {
    /// Begins to collect.
    #[must_use]
    pub fn start() -> Self {
        // One subscriber for the whole process. With one for each thread, `tracing` remembers for all threads that a
        // line is not wanted if a thread without a subscriber is the first to log it.
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| fmt().json().with_writer(|| OfThread).init());
        LOGGED.set(Some(Vec::new()));
        Self { _not_send: PhantomData }
    }

    /// The lines with a message, oldest first.
    #[must_use]
    pub fn lines(&self, message: &str) -> Vec<Line> {
        let lines = self.all().into_iter().filter_map(|line| Line::parse(&line.to_string()));
        lines.filter(|line| line.message() == message).collect()
    }

    /// All lines, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Value> {
        let logged = LOGGED.with_borrow(|logged| logged.clone().unwrap_or_default());
        let text = String::from_utf8_lossy(&logged);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for RecordedLog {
    fn drop(&mut self) {
        LOGGED.set(None);
    }
}

impl Write for OfThread {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        LOGGED.with_borrow_mut(|logged| {
            if let Some(logged) = logged {
                logged.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
