//! Values out of an input's bytes, always from its front: so that an input can also be written.

use libfuzzer_sys::arbitrary::Unstructured;

/// No request is made larger: time is better spent on many.
pub(crate) const LARGEST: usize = 64 * 1024;
/// From here on, a text's first byte says how often it is repeated.
const REPEATED: u8 = 0xf0;

/// What is left of an input. Where nothing is, all values are zero or empty.
pub(crate) struct Input<'a> {
    bytes: Unstructured<'a>,
    /// How much may still be made of it by repetition.
    room: usize,
}

impl<'a> Input<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes: Unstructured::new(bytes), room: LARGEST }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes.arbitrary().unwrap_or_default()
    }

    pub(crate) fn number(&mut self) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }

    /// One of some things.
    pub(crate) fn of_these<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.number() % things.len()]
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let first = self.byte();
        let length = match first {
            REPEATED.. => usize::from(self.byte()),
            _ => usize::from(first) * 256 + usize::from(self.byte()),
        };
        let bytes = self.bytes.bytes(length.min(self.bytes.len())).unwrap_or_default();
        match first {
            REPEATED.. => self.repeated(bytes, 1 << (first - REPEATED)),
            _ => bytes.to_vec(),
        }
    }

    /// These, as often as there is room for.
    pub(crate) fn repeated(&mut self, bytes: &[u8], times: usize) -> Vec<u8> {
        let repeated = bytes.repeat(times.min(self.room / bytes.len().max(1)).max(1));
        self.room = self.room.saturating_sub(repeated.len());
        repeated
    }

    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    pub(crate) fn rest(self) -> Vec<u8> {
        self.bytes.take_rest().to_vec()
    }
}

/// The bytes from which [`Input::bytes`] makes these.
pub(crate) fn written(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(usize::from(REPEATED) * 256 - 1)];
    let [high, low] = u16::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [&[high, low], bytes].concat()
}
