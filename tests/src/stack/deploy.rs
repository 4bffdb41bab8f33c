//! From nothing to a stack that answers.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Outputs, Stack, domain, parts, secrets, warm};
use crate::emulator::{Emulator, Kind};
use crate::lambdas::{self, Lambdas};
use crate::terraform::Terraform;
use crate::{Result, clients};

/// Is told what is being done. A stage ends when the next one begins.
pub trait Watch: Send + Sync {
    /// A stage begins.
    fn begins(&self, stage: &str);
    /// So many resources of so many are there.
    fn applied(&self, done: u64, of: u64);
    /// Something to know about the running stage.
    fn note(&self, line: &str);
    /// Everything is there.
    fn ends(&self);
}

/// What to deploy.
#[derive(Debug)]
pub struct Variables<'v> {
    /// Values that apply where the file does not set the same variable.
    pub values: Value,
    /// A user's own file.
    pub file: Option<&'v Path>,
    /// Sources that are to be left without a secret.
    pub without_secret: &'v [&'v str],
}

impl Stack {
    /// Builds, starts and applies everything, and returns when the first webhook would succeed.
    /// `dir` is for what lies around on the way; nobody else may use it meanwhile.
    pub async fn start(dir: &Path, wanted: &Variables<'_>, watch: &dyn Watch) -> Result<Self> {
        let note = |line: &str| watch.note(line);
        watch.begins("build both Lambdas");
        let lambdas = lambdas::build(&dir.join("lambdas"), &|_| ()).await?;

        watch.begins("start MiniStack");
        let emulator = Emulator::start(Kind::MiniStack, &note).await?;
        let (endpoint, clients) = (emulator.endpoint().to_owned(), emulator.clients());

        watch.begins("terraform init");
        let terraform = Terraform::prepare(&dir.join("module"), &endpoint).await?;
        let variables = variables(&terraform, wanted, &lambdas)?;

        watch.begins("terraform apply");
        let applied = |step: &crate::terraform::Applied| watch.applied(step.done, step.of);
        terraform.apply(&variables, applied).await?;
        let outputs = Outputs::new(terraform.outputs().await?, &endpoint)?;

        let (sources, destinations) = (Vec::new(), Vec::new());
        let mut stack =
            Self { outputs, sources, destinations, clients, emulator, terraform, variables };
        stack.set_up(wanted.without_secret, watch).await?;
        Ok(stack)
    }

    /// Applies its files of variables again, because one of them has changed. What is stored, queued and noted in the
    /// ledger stays. So do the secrets of sources, unless a source has another provider now.
    pub async fn apply_again(&mut self, watch: &dyn Watch) -> Result<()> {
        watch.begins("terraform apply");
        if let Some((_domain, others)) = self.variables.split_last() {
            domain::write(&self.terraform, others)?;
        }
        let applied = |step: &crate::terraform::Applied| watch.applied(step.done, step.of);
        self.terraform.apply(&self.variables, applied).await?;
        self.outputs = Outputs::new(self.terraform.outputs().await?, &self.outputs.endpoint)?;
        self.set_up(&[], watch).await
    }

    /// What Terraform leaves to an operator: the secrets. Then both Lambdas are started.
    async fn set_up(&mut self, without_secret: &[&str], watch: &dyn Watch) -> Result<()> {
        watch.begins("set the secrets");
        let (outputs, clients) = (&self.outputs, &self.clients);
        let config = outputs.config(clients).await?;
        let known = std::mem::take(&mut self.sources);
        self.sources = parts::sources(&config, outputs, &known)?;
        for source in self.sources.iter().filter(|s| !without_secret.contains(&&*s.name)) {
            let is_set = known
                .iter()
                .any(|it| (&it.secret, &it.secret_arn) == (&source.secret, &source.secret_arn));
            if let Some(arn) = source.secret_arn.as_ref().filter(|_| !is_set) {
                secrets::set(clients, arn, &source.secret).await?;
            }
        }
        self.destinations = parts::destinations(clients, &config).await?;

        watch.begins("start both Lambdas");
        let http = clients::http()?;
        warm::ingest(&http, &self.sources).await?;
        warm::worker(&http, outputs).await?;
        watch.ends();
        Ok(())
    }
}

/// What is to hold comes first, then the user's file, then what this machine prescribes: of two that
/// set the same variable, Terraform takes the later.
fn variables(
    terraform: &Terraform,
    wanted: &Variables<'_>,
    lambdas: &Lambdas,
) -> Result<Vec<PathBuf>> {
    let machine = json!({
        "architecture": lambdas.architecture,
        "ingest_zip": std::path::absolute(&lambdas.ingest)?,
        "worker_zip": std::path::absolute(&lambdas.worker)?,
    });
    let mut files = vec![terraform.variables("wanted", &wanted.values)?];
    files.extend(wanted.file.map(std::path::absolute).transpose()?);
    files.push(terraform.variables("machine", &machine)?);
    files.push(domain::write(terraform, &files)?);
    Ok(files)
}
