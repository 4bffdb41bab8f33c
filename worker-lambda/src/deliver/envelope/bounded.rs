//! Writes JSON up to a maximum length, and never allocates more than that.

use std::io::{self, Write};

use serde::Serialize;

/// A text of at most so many bytes.
pub(super) struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl Bounded {
    /// An empty text that may have `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { text: Vec::new(), most }
    }

    /// A value as JSON; nothing where that is longer.
    pub(super) fn write(mut self, value: &impl Serialize) -> Option<String> {
        serde_json::to_writer(&mut self, value).ok()?;
        String::from_utf8(self.text).ok()
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most - self.text.len() {
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
    fn nothing_longer_is_written_not_even_on_the_way() {
        assert_eq!(Bounded::new(7).write(&"12345").as_deref(), Some("\"12345\""));
        assert_eq!(Bounded::new(6).write(&"12345"), None);
        let mut bounded = Bounded::new(6);
        assert!(bounded.write_all(b"1234567").is_err());
        assert!(bounded.text.is_empty());
    }
}
