//! Applies `infra/`, or a configuration that calls it, to an emulator.
//!
//! Terraform runs in a copy of the module under `target/`, whose siblings are linked, so that
//! relative paths hold. So nothing is written into `infra/`, and what belongs to a user's real
//! deployment there (`terraform.tfvars`, a backend, a state, a lock file whose checksums are of
//! other platforms) has no part in the local stack.

mod copy;
mod messages;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

pub use self::messages::Applied;
use self::messages::Apply;
use crate::clients::{CREDENTIALS, REGION};
use crate::{Result, guard, paths};

const MISSING: &str =
    "Terraform 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install";

/// Terraform's working directory for one emulator.
#[derive(Debug)]
pub struct Terraform {
    dir: PathBuf,
    endpoint: String,
}

impl Terraform {
    /// Copies `infra/` to `stack`, without the state of an earlier run, and initialises it.
    /// Providers are downloaded once and shared by all stacks of this checkout.
    pub async fn prepare(stack: &Path, endpoint: &str) -> Result<Self> {
        Self::prepare_in(stack, "infra", &[], endpoint).await
    }

    /// The same for a configuration that calls the module, in `folder` beside `infra/`, such as `examples/one-source`.
    /// `files` are added to the folder: names and contents.
    pub async fn prepare_in(
        stack: &Path,
        folder: &str,
        files: &[(&str, &str)],
        endpoint: &str,
    ) -> Result<Self> {
        let dir = copy::configuration(&paths::root(), stack, folder, files)?;
        let terraform = Self { dir, endpoint: endpoint.to_owned() };
        terraform.check_version().await?;
        terraform.run("init", &["-input=false", "-no-color"]).await?;
        Ok(terraform)
    }

    /// Writes `values` as a file of variables for [`apply`](Self::apply).
    pub fn variables(&self, name: &str, values: &Value) -> Result<PathBuf> {
        let path = self.dir.join(name).with_extension("tfvars.json");
        fs::write(&path, serde_json::to_vec_pretty(values)?)?;
        Ok(path)
    }

    /// Applies the module; of two files that set the same variable, the later wins. `applied` is
    /// called for each resource as it is done. Dropping the future ends Terraform.
    pub async fn apply(
        &self,
        variables: &[PathBuf],
        mut applied: impl FnMut(&Applied),
    ) -> Result<()> {
        let mut command = self.command("apply")?;
        command.args(["-json", "-auto-approve", "-input=false", "-parallelism=30"]);
        for file in variables {
            command.arg(format!("-var-file={}", fs::canonicalize(file)?.display()));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let _held = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(mut stderr)) = (stdout, stderr) else {
            return Err("terraform apply has no output".into());
        };
        let mut complaints = String::new();
        let mut apply = Apply::default();
        let read_steps = async {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await? {
                if let Some(step) = apply.read(&line) {
                    applied(&step);
                }
            }
            std::io::Result::Ok(())
        };
        let (steps, complained) = tokio::join!(read_steps, stderr.read_to_string(&mut complaints));
        steps.and(complained)?;
        if child.wait().await?.success() {
            return Ok(());
        }
        Err(format!("terraform apply failed:\n{}{complaints}", apply.errors()).into())
    }

    /// Plans: the addresses of what an apply would change.
    pub async fn drift(&self, variables: &[PathBuf]) -> Result<Vec<String>> {
        let files = variables.iter().map(|file| format!("-var-file={}", file.display()));
        let mut arguments = vec!["-json".to_owned(), "-input=false".to_owned()];
        arguments.extend(files);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let said = self.run("plan", &arguments).await?;
        Ok(said.lines().filter_map(messages::planned_change).collect())
    }

    /// What `terraform output -json` says.
    pub async fn outputs(&self) -> Result<Map<String, Value>> {
        let said = self.run("output", &["-json", "-no-color"]).await?;
        Ok(serde_json::from_str(&said)?)
    }

    /// The working directory, for a look at the state.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    async fn check_version(&self) -> Result<()> {
        let said = self.run("version", &["-json"]).await.map_err(|_| MISSING)?;
        let version: Value = serde_json::from_str(&said)?;
        let version = version["terraform_version"].as_str().unwrap_or_default();
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) if (major, minor) >= (1, 11) => Ok(()),
            _ => Err(format!("{MISSING}; this is {version}").into()),
        }
    }

    async fn run(&self, what: &str, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(what)?;
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = guard::output(command.spawn()?).await?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let said = if output.stderr.is_empty() { output.stdout } else { output.stderr };
        let said = String::from_utf8_lossy(&said);
        Err(format!("terraform {what} failed:\n{}", said.trim()).into())
    }

    /// The environment holds all of the emulator, so that `infra/` need not know of it, and nothing
    /// of the user's own AWS accounts and Terraform settings but the CLI's configuration.
    fn command(&self, what: &str) -> Result<Command> {
        let mut command = Command::from(guard::command("terraform")?);
        for (name, _) in env::vars_os() {
            if is_of_another_stack(&name) {
                command.env_remove(name);
            }
        }
        let (id, secret) = CREDENTIALS;
        command
            .current_dir(&self.dir)
            .arg(what)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_REGION", REGION)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1");
        if env::var_os("TF_PLUGIN_CACHE_DIR").is_none() {
            let cache = paths::target().join("terraform-plugins");
            fs::create_dir_all(&cache)?;
            // Without a lock file, Terraform would not take providers from the cache.
            command.env("TF_PLUGIN_CACHE_DIR", cache);
            command.env("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "true");
        }
        Ok(command)
    }
}

fn is_of_another_stack(variable: &OsStr) -> bool {
    let Some(name) = variable.to_str() else { return false };
    let of_aws = name.starts_with("AWS_") && name != "AWS_CA_BUNDLE";
    of_aws
        || ["TF_VAR_", "TF_CLI_ARGS"].iter().any(|prefix| name.starts_with(prefix))
        || ["TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG"].contains(&name)
}
