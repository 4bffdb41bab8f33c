//! Writes JSON of a maximum length, and never allocates more than that.

use std::io::{self, Write};

use serde::Serialize;

/// A buffer that refuses to grow beyond a maximum length.
pub(super) struct BoundedWriter {
    text: Vec<u8>,
    max_bytes: usize,
}

impl BoundedWriter {
    /// An empty buffer for at most `max_bytes`.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { text: Vec::new(), max_bytes }
    }

    /// A value as JSON, or `None` if that is too long.
    pub(super) fn write_json(mut self, value: &impl Serialize) -> Option<String> {
        serde_json::to_writer(&mut self, value).ok()?;
        String::from_utf8(self.text).ok()
    }
}

impl Write for BoundedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.max_bytes - self.text.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_longer_than_the_maximum_is_written_or_buffered() {
        assert_eq!(BoundedWriter::new(7).write_json(&"12345").as_deref(), Some("\"12345\""));
        assert_eq!(BoundedWriter::new(6).write_json(&"12345"), None);
        let mut writer = BoundedWriter::new(6);
        assert!(writer.write_all(b"1234567").is_err());
        assert!(writer.text.is_empty());
    }
}
