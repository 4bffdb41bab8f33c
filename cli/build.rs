//! Compiles the files of the Terraform module into the binary: `catchment check` evaluates the same files as
//! Terraform, and needs no checkout of the repository to do so.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders in the repository, each with the extension of the files that are compiled in.
const FOLDERS: [(&str, &str); 2] = [("infra", "tf"), ("worker-lambda/src/handlers", "rs")];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let mut table = String::from("&[\n");
    for (folder, extension) in FOLDERS {
        let path = root.join(folder);
        println!("cargo:rerun-if-changed={}", path.display());
        for name in names(&path, extension)? {
            let file = fs::canonicalize(path.join(&name))?;
            table += &format!("    ({:?}, include_str!({file:?})),\n", format!("{folder}/{name}"));
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), table + "]\n")
}

/// The sorted names of a folder's files with an extension; none if there is no such folder.
fn names(folder: &Path, extension: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if let (Some(name), true) =
            (path.file_name(), path.extension().is_some_and(|it| it == extension))
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
