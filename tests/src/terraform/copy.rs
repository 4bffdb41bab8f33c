//! The copy of the module, and of the configurations that call it, that Terraform works in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::Result;

/// Takes precedence over any backend that a configuration names: the state stays beside it.
const BACKEND: (&str, &str) =
    ("local_backend_override.tf", "terraform {\n  backend \"local\" {}\n}\n");
/// Says to the module that the stack is on an emulator, so that private addresses need no VPC.
const EMULATED: (&str, &str) = ("local_stack_override.tf", "locals {\n  emulated = true\n}\n");

/// The folders that are copied: Terraform writes into some, and the module's path from others counts.
const COPIED: [&str; 2] = ["infra", "examples"];

/// Makes `{stack}/infra` and `{stack}/examples` copies of those in `{root}`, and all else but `target` in `{stack}` a link to
/// `{root}`.
/// Of an earlier copy only what `terraform init` installed is kept. Returns the folder that Terraform works in, such as
/// `infra`, with `files` added: names and contents.
pub(super) fn configuration(
    root: &Path,
    stack: &Path,
    folder: &str,
    files: &[(&str, &str)],
) -> Result<PathBuf> {
    fs::create_dir_all(stack)?;
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let (name, link) = (entry.file_name(), stack.join(entry.file_name()));
        let is_own = COPIED.iter().chain(&["target"]).any(|own| name == *own);
        if !is_own && !is_hidden(&entry.path()) && !link.is_symlink() {
            symlink(entry.path(), link)?;
        }
    }
    for copied in COPIED.iter().filter(|name| root.join(name).exists()) {
        clear(&stack.join(copied))?;
        copy_files(&root.join(copied), &stack.join(copied))?;
    }
    let copy = stack.join(folder);
    fs::create_dir_all(&copy)?;
    for (name, text) in files.iter().chain([&BACKEND]) {
        fs::write(copy.join(name), text)?;
    }
    fs::write(stack.join("infra").join(EMULATED.0), EMULATED.1)?;
    Ok(fs::canonicalize(copy)?)
}

fn clear(copy: &Path) -> Result<()> {
    fs::create_dir_all(copy)?;
    for entry in fs::read_dir(copy)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() && !is_hidden(&path) {
            fs::remove_dir_all(path)?;
        } else if entry.file_type()?.is_file() && entry.file_name() != ".terraform.lock.hcl" {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        let Some(name) = path.file_name() else { continue };
        if kind.is_dir() && !is_hidden(&path) {
            copy_files(&path, &to.join(name))?;
        } else if kind.is_file() && belongs_to_module(&path) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Not the values, states and plans of some deployment.
fn belongs_to_module(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let private = [".tfvars", ".tfvars.json", ".tfstate", ".tfstate.backup", ".tfplan"];
    !is_hidden(path) && !private.iter().any(|suffix| name.ends_with(suffix))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_module_and_leaves_what_belongs_to_a_deployment() {
        let dir = crate::paths::target().join(format!("test-copy-{}", std::process::id()));
        let (root, stack) = (dir.join("root"), dir.join("stack"));
        fs::create_dir_all(root.join("infra/templates")).unwrap();
        fs::create_dir_all(root.join("infra/.terraform")).unwrap();
        fs::create_dir_all(root.join("shared/providers")).unwrap();
        let files = ["main.tf", "templates/a.json", "terraform.tfvars", "terraform.tfstate"];
        for file in files.into_iter().chain([".terraform.lock.hcl", ".terraform/x"]) {
            fs::write(root.join("infra").join(file), file).unwrap();
        }
        fs::write(root.join("shared/providers/stripe.json"), "{}").unwrap();

        let copy = configuration(&root, &stack, "infra", &[]).unwrap();
        fs::write(copy.join("terraform.tfstate"), "old").unwrap();
        fs::write(copy.join("gone.tf"), "old").unwrap();
        fs::create_dir_all(copy.join(".terraform/providers")).unwrap();
        fs::write(copy.join(".terraform.lock.hcl"), "kept").unwrap();
        let copy = configuration(&root, &stack, "infra", &[]).unwrap();

        let mut names: Vec<_> = fs::read_dir(&copy)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let own = [BACKEND.0, EMULATED.0];
        let expected =
            [".terraform", ".terraform.lock.hcl", own[0], own[1], "main.tf", "templates"];
        assert_eq!(names, expected);
        assert_eq!(fs::read_to_string(copy.join(".terraform.lock.hcl")).unwrap(), "kept");
        assert!(copy.join(".terraform/providers").exists());
        assert_eq!(fs::read_to_string(copy.join("templates/a.json")).unwrap(), "templates/a.json");
        assert!(copy.join("../shared/providers/stripe.json").exists());
        fs::remove_dir_all(dir).unwrap();
    }
}
