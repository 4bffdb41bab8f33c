//! The files that the module reads, compiled in under their paths in the repository: the module's own, the handlers'
//! sources and the provider files.

use shared::provider;

use super::value::EvalError;

/// The module's folder, which `path.module` stands for.
pub(super) const MODULE: &str = "infra";

/// The folder of the provider files, which `shared` compiles in.
const PROVIDERS: &str = "shared/providers";

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The names and texts of the module's own files.
pub(super) fn module() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(MODULE)?.strip_prefix('/')?, *text)))
}

/// The names of a folder's files that end in a suffix, sorted.
pub(super) fn names(folder: &str, suffix: &str) -> Vec<String> {
    let folder = normal(folder);
    if folder == PROVIDERS {
        return provider::names().iter().map(|name| format!("{name}.json")).collect();
    }
    let name = |path: &str| Some(path.strip_prefix(&*folder)?.strip_prefix('/')?.to_owned());
    let names = FILES.iter().filter_map(|(path, _)| name(path));
    names.filter(|name| !name.contains('/') && name.ends_with(suffix)).collect()
}

/// A file's text. Fails for a file that is not compiled in.
pub(super) fn text(path: &str) -> Result<&'static str, EvalError> {
    let path = normal(path);
    let missing = || EvalError::failed(format!("there is no file {path}"));
    if let Some(name) = path.strip_prefix(PROVIDERS) {
        let name = name.strip_prefix('/').and_then(|name| name.strip_suffix(".json"));
        return provider::file(name.unwrap_or_default()).map_err(|_| missing());
    }
    let file = FILES.iter().find(|(file, _)| *file == path);
    file.map(|(_, text)| *text).ok_or_else(missing)
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
