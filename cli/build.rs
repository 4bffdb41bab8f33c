//! Puts what the Terraform module is made of into the binary: `catchment check` evaluates the same
//! files that Terraform does, wherever the binary lies.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders and the endings of what is taken from them, by their paths in the repository.
const FOLDERS: [(&str, &str); 2] = [("infra", "tf"), ("worker-lambda/src/handlers", "rs")];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let mut table = String::from("&[\n");
    for (folder, ending) in FOLDERS {
        let path = root.join(folder);
        println!("cargo:rerun-if-changed={}", path.display());
        for name in names(&path, ending)? {
            let file = fs::canonicalize(path.join(&name))?;
            table += &format!("    ({:?}, include_str!({file:?})),\n", format!("{folder}/{name}"));
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), table + "]\n")
}

/// The names of a folder's files of one kind, in their order; none where there is no folder.
fn names(folder: &Path, ending: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if let (Some(name), true) =
            (path.file_name(), path.extension().is_some_and(|it| it == ending))
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
