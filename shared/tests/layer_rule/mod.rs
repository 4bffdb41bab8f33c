//! Finds imports that run upwards between the modules of a crate. The layer tests of several crates include this file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The imports of the crate in `src` that its table does not allow. The table has every module at the top of `src`, and
/// the modules that it may import. Tests, comments, `lib.rs` and `main.rs` may name any module.
pub(crate) fn upward_imports(src: &Path, may_import: &[(&str, &[&str])]) -> Vec<String> {
    let mut files = Vec::new();
    source_files(src, &mut files);
    let mut upwards = Vec::new();
    for file in files {
        let inside = file.strip_prefix(src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap();
        let module = module.strip_suffix(".rs").unwrap_or(module);
        if ["lib", "main"].contains(&module) || file.file_name().unwrap() == "tests.rs" {
            continue;
        }
        let row = may_import.iter().find(|(name, _)| *name == module);
        let (_, allowed) = row.unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = fs::read_to_string(&file).unwrap();
        for import in imports(&text) {
            if import != module && !allowed.contains(&import) {
                upwards.push(format!("{} imports {import}", inside.display()));
            }
        }
    }
    upwards
}

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
fn an_import_is_found_wherever_it_stands() {
    let text = "use crate::query::filter::Filter;\n// crate::config\nfn f() -> crate::event::Event {}\n\
                #[cfg(test)]\nuse crate::ports;";
    assert_eq!(imports(text), BTreeSet::from(["event", "query"]));
}
