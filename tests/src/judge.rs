//! Judges that are not ours: `tests/judges/` on botocore's service models, moto's evaluator of policies and checkov.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::process::Command;

use crate::emulator::Emulator;
use crate::venv::Venv;
use crate::{Result, guard, logs, paths, to_stderr};

/// What `shapes.py` finds in Terraform's calls.
#[derive(Debug, Deserialize)]
pub struct Shapes {
    /// The number of calls of each operation.
    pub judged: BTreeMap<String, u32>,
    /// What AWS would refuse.
    pub errors: Vec<String>,
}

/// What `grants.py` finds in the calls of the Lambdas.
#[derive(Debug, Deserialize)]
pub struct Grants {
    /// The number of calls that needed an action, by role and action.
    pub needed: BTreeMap<String, u32>,
    /// Calls that the policies refuse.
    pub refused: Vec<String>,
    /// What the policies allow beyond the calls; empty if the record is not complete.
    pub beyond: Vec<String>,
    /// Granted actions that no call needed; empty if the record is not complete.
    pub unused: Vec<String>,
}

/// What `misconfigurations.py` finds in a folder of Terraform files.
#[derive(Debug, Deserialize)]
pub struct Misconfigurations {
    /// The number of checks that it passes.
    pub passed: u32,
    /// What it fails and should not.
    pub failed: Vec<String>,
    /// Suppressed findings that are not there.
    pub unused: Vec<String>,
    /// What the planted faults fail.
    pub planted: Vec<String>,
}

/// The lock file with botocore and moto.
const MODELS: &str = "judges";

/// Judges what Terraform sent to an emulator so far.
pub async fn shapes(emulator: &Emulator) -> Result<Shapes> {
    judge("shapes.py", &[path(&record(emulator)?)?]).await
}

/// Judges the policies of the Lambdas on an emulator by their calls so far. `complete` says that they have made all the
/// calls that the policies are for.
pub async fn grants(emulator: &Emulator, complete: bool) -> Result<Grants> {
    let record = record(emulator)?;
    let mut arguments = vec![path(&record)?, emulator.endpoint()];
    arguments.extend(complete.then_some("--complete"));
    judge("grants.py", &arguments).await
}

fn record(emulator: &Emulator) -> Result<PathBuf> {
    emulator.calls().ok_or_else(|| "this emulator records no calls".into())
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}

/// Judges a folder of Terraform files by checkov.
pub async fn misconfigurations(folder: &Path) -> Result<Misconfigurations> {
    let printed = run("checkov", "misconfigurations.py", &[path(folder)?]).await?;
    Ok(serde_json::from_slice(&printed)?)
}

/// Has the judges judge calls and policies with an error in each: `planted.py`.
pub async fn find_planted_errors() -> Result<()> {
    run(MODELS, "planted.py", &[]).await.map(drop)
}

async fn judge<T: DeserializeOwned>(script: &str, arguments: &[&str]) -> Result<T> {
    Ok(serde_json::from_slice(&run(MODELS, script, arguments).await?)?)
}

/// What a script prints, with the packages of a lock file.
async fn run(packages: &str, script: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let venv = Venv::ready(packages, &to_stderr).await?;
    let mut command = Command::from(guard::command(venv.python())?);
    command.arg(paths::judges().join(script)).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    let output =
        guard::output(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?).await?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = logs::last_lines(&String::from_utf8_lossy(&output.stderr), 20);
    Err(format!("{script} failed:\n{said}").into())
}
