//! The modules of this crate import downwards only: every `crate::…` path outside tests is in the table.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every module at the top of `src/`, and the modules that it may import. `lib.rs` documents the same table.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("webhook", &[]),
    ("telemetry", &[]),
    ("query", &["webhook"]),
    ("provider", &["query", "webhook"]),
    ("event", &["query", "webhook"]),
    ("config", &["event", "provider", "query", "webhook"]),
    ("ports", &["config", "event", "webhook"]),
];

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => source_files(&path, files),
            false => files.push(path),
        }
    }
}

/// The modules that a file names by `crate::`, outside its tests.
fn imports(text: &str) -> BTreeSet<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    paths
        .map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[test]
fn imports_run_downwards_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&src, &mut files);
    let mut upwards = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap();
        if module == "lib.rs" || file.file_name().unwrap() == "tests.rs" {
            continue;
        }
        let row = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let (_, allowed) = row.unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = fs::read_to_string(&file).unwrap();
        for import in imports(&text) {
            if import != module && !allowed.contains(&import) {
                upwards.push(format!("{} imports {import}", inside.display()));
            }
        }
    }
    assert!(upwards.is_empty(), "{}", upwards.join("\n"));
}

#[test]
fn imports_are_found_in_use_items_and_in_paths_but_not_in_tests() {
    let text = "use crate::query::filter::Filter;\n// crate::config\nfn f() -> crate::event::Event {}\n\
                #[cfg(test)]\nuse crate::ports;";
    assert_eq!(imports(text), BTreeSet::from(["event", "query"]));
}
