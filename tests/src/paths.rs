//! Where things are in this checkout.

use std::path::PathBuf;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().map(PathBuf::from).unwrap_or(tests)
}

/// `target/` at the root, whatever `CARGO_TARGET_DIR` says: what the local stack writes lies there.
#[must_use]
pub fn target() -> PathBuf {
    root().join("target")
}

/// The lock files and helper scripts in `tests/emulators/`.
#[must_use]
pub fn emulators() -> PathBuf {
    root().join("tests/emulators")
}

/// The scripts in `tests/judges/`.
#[must_use]
pub fn judges() -> PathBuf {
    root().join("tests/judges")
}
