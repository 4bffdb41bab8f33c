//! The seeds: every vector, as a request of its own and as one to be spoilt.

use std::path::Path;

use crate::fresh;
use crate::senders::SENDERS;

/// The modes, the first byte of an input.
pub(crate) const FRESH: u8 = 0;
const SPOILT: u8 = 1;

/// Writes them to the folder that `SEEDS` names, before libFuzzer reads it.
pub(crate) fn write() {
    let Some(folder) = std::env::var_os("SEEDS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (position, sender) in (0..).zip(SENDERS.iter()) {
        let seed = |mode: u8, seed: &[u8]| {
            let file = Path::new(&folder).join(format!("{}-{position}-{mode}", sender.name));
            std::fs::write(file, [&[mode], seed].concat()).unwrap();
        };
        seed(FRESH, &fresh::seed(position, sender));
        seed(SPOILT, &u16::to_le_bytes(position));
    }
}
