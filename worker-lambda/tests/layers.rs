//! The modules of this crate import downwards only: every `crate::…` path outside tests is in the table.
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "../../shared/tests/layer_rule/mod.rs"]
mod layer_rule;

use std::path::Path;

use self::layer_rule::upward_imports;

/// Every module at the top of `src/`, and the modules that it may import. `lib.rs` documents the same table.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("backoff", &[]),
    ("outcome", &[]),
    ("record", &[]),
    ("admission", &["outcome"]),
    ("deliver", &["outcome"]),
    ("handlers", &["deliver", "outcome"]),
    ("ledger", &["admission", "outcome"]),
    ("ports", &["deliver", "ledger"]),
    ("health", &["ledger"]),
    ("process", &["admission", "backoff", "deliver", "ledger", "outcome", "ports", "record"]),
    ("batch", &["ports", "process", "record"]),
];

#[test]
fn imports_run_downwards_only() {
    let upwards = upward_imports(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), MAY_IMPORT);
    assert!(upwards.is_empty(), "{}", upwards.join("\n"));
}
