//! Builds both Lambdas for this machine and zips them, as the local stack runs them.

use std::collections::BTreeMap;
use std::env::{self, consts};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use crate::{Progress, Result, guard, paths, zip};

/// The binaries, each of its own package of the same name.
const NAMES: [&str; 2] = ["ingest-lambda", "worker-lambda"];

/// The zipped Lambdas.
#[derive(Debug, Clone)]
pub struct Lambdas {
    /// The zip of `ingest-lambda`.
    pub ingest: PathBuf,
    /// The zip of `worker-lambda`.
    pub worker: PathBuf,
    /// This machine's architecture, as Lambda and Terraform call it.
    pub architecture: &'static str,
}

/// Builds both with the dev profile and puts `{name}.zip` for each into `dir`.
pub async fn build(dir: &Path, progress: Progress<'_>) -> Result<Lambdas> {
    progress("building both Lambdas …");
    let built = binaries().await?;
    fs::create_dir_all(dir)?;
    let mut zips = Vec::new();
    for name in NAMES {
        let binary = built.get(name).ok_or_else(|| format!("cargo built no {name}"))?.clone();
        let archive = dir.join(name).with_extension("zip");
        zips.push(archive.clone());
        tokio::task::spawn_blocking(move || zip::bootstrap(&binary, &archive)).await??;
    }
    let architecture = if consts::ARCH == "aarch64" { "arm64" } else { consts::ARCH };
    let [ingest, worker] = <[PathBuf; 2]>::try_from(zips).map_err(|_| "two Lambdas are zipped")?;
    Ok(Lambdas { ingest, worker, architecture })
}

/// What `cargo build --message-format=json` says for each artifact.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds both with the dev profile, with the compiler's errors on our standard error, and says where
/// each binary is, by its package's name.
pub async fn binaries() -> Result<BTreeMap<String, PathBuf>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::from(guard::command(cargo)?);
    command.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    // This package is selected for its features only: cargo then takes the dependencies as they
    // are built for `cargo dev`, in place of building them again with fewer features.
    command.args(["--package", env!("CARGO_PKG_NAME")]);
    for name in NAMES {
        command.args(["--package", name, "--bin", name]);
    }
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_this_package) {
            command.env_remove(name);
        }
    }
    let child = command.current_dir(paths::root()).stdout(Stdio::piped()).spawn()?;
    let output = guard::output(child).await?;
    if !output.status.success() {
        return Err("cargo could not build the Lambdas; its messages are above".into());
    }
    let said = String::from_utf8(output.stdout)?;
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    Ok(messages.filter_map(|message| Some((message.target?.name, message.executable?))).collect())
}

/// Whether cargo set the variable for the process it ran us as. Build scripts that look at such
/// variables, as ring's does, would take the change for a reason to rebuild.
fn is_of_this_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_BIN_")
        || variable.starts_with("CARGO_MANIFEST_")
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR"]
            .contains(&variable)
}
