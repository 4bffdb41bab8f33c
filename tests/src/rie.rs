//! AWS's own Lambda runtime interface emulator (RIE): it starts a bootstrap as Lambda does, invokes it, and starts it
//! again after a crash or a timeout. The wheel of the AWS SAM CLI contains it, for Linux only.

use std::env::consts;
use std::fs::{self, File, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

use crate::clients::{self, CREDENTIALS, REGION};
use crate::venv::Venv;
use crate::{Result, guard, to_stderr, wait};

/// How long anything may take on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);

/// The timeout of each function. The worker begins no delivery in the last nine seconds of an invocation.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// A bootstrap under RIE. Dropping it ends both.
#[derive(Debug)]
pub struct Rie {
    _process: Child,
    dir: PathBuf,
    url: String,
}

/// An invocation, as the REPORT line of the log has it.
#[derive(Debug)]
pub struct Report {
    /// In milliseconds, if the environment was new.
    pub init: Option<f64>,
    /// In milliseconds.
    pub duration: f64,
}

impl Rie {
    /// Has RIE wait for the first invocation, at which it runs `program`. `dir` is for this run alone.
    pub async fn start(dir: &Path, program: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let venv = Venv::ready("rie", &to_stderr).await?;
        if dir.exists() {
            fs::remove_dir_all(dir)?;
        }
        fs::create_dir_all(dir)?;
        let (invocations, runtime_api) = (free_address()?, free_address()?);
        let log = File::create(dir.join("log"))?;
        let (id, secret) = CREDENTIALS;
        let process = guard::command(venv.packages()?.join(binary()))?
            .args(["--runtime-interface-emulator-address", &invocations])
            .args(["--runtime-api-address", &runtime_api])
            .arg(bootstrap(dir, program)?)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_REGION", REGION)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", TIMEOUT.as_secs().to_string())
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
            .envs(environment.iter().copied())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let url = format!("http://{invocations}/2015-03-31/functions/function/invocations");
        let rie = Self { _process: process, dir: dir.to_owned(), url };
        let listens = async || TcpStream::connect(&invocations).ok().map(drop);
        wait::until("RIE to listen", WITHIN, listens).await?;
        Ok(rie)
    }

    /// Invokes the function, and returns the answer: that of the function, an object with `errorType`, or a string that
    /// says that it timed out.
    pub async fn invoke(&self, event: &Value) -> Result<Value> {
        let answer = clients::http()?.post(&self.url).body(event.to_string()).send().await?;
        let text = answer.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The process id of the bootstrap that was started last.
    pub fn pid(&self) -> Result<String> {
        Ok(fs::read_to_string(self.dir.join("pid"))?.trim().to_owned())
    }

    /// Sends the bootstrap a signal: `STOP`, and it hangs; `KILL`, and it has crashed.
    pub fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args(["-s", name, &self.pid()?]).status()?;
        if sent.success() { Ok(()) } else { Err(format!("no {name} to the bootstrap").into()) }
    }

    /// All that RIE and the bootstrap wrote so far.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.dir.join("log"))?).into_owned())
    }

    /// Waits until the log has so many lines with a text. RIE may answer before it logs.
    pub async fn logged(&self, text: &str, times: usize) -> Result<()> {
        let what = format!("{times} lines with {text:?}");
        let found = async || (self.log().ok()?.matches(text).count() >= times).then_some(());
        let waited = wait::until(&what, WITHIN, found).await;
        Ok(waited.map_err(|error| format!("{error}:\n{}", self.log().unwrap_or_default()))?)
    }

    /// The invocations that have ended, in their order. A crashed one has no line.
    pub fn reports(&self) -> Result<Vec<Report>> {
        let log = self.log()?;
        let lines = log.lines().filter(|line| line.starts_with("REPORT RequestId"));
        lines.map(|line| report(line).ok_or_else(|| format!("no report: {line}").into())).collect()
    }
}

/// REPORT RequestId: ID, Init Duration: 0.05 ms, Duration: 272.68 ms, Billed Duration: …; all separated by tabs.
fn report(line: &str) -> Option<Report> {
    let value = |name: &str| -> Option<f64> {
        let field = line.split('\t').find_map(|field| field.trim().strip_prefix(name))?;
        field.strip_suffix(" ms")?.trim().parse().ok()
    };
    Some(Report { init: value("Init Duration: "), duration: value("Duration: ")? })
}

/// The bootstrap that RIE runs: it notes its process id and becomes the program.
fn bootstrap(dir: &Path, program: &Path) -> Result<PathBuf> {
    let quoted = |path: &Path| format!("'{}'", path.display());
    let path = dir.join("bootstrap");
    let (pid, program) = (quoted(&dir.join("pid")), quoted(program));
    fs::write(&path, format!("#!/bin/sh\necho $$ >{pid}\nexec {program}\n"))?;
    fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    Ok(path)
}

/// RIE for this machine, in the wheel.
fn binary() -> PathBuf {
    let architecture = if consts::ARCH == "aarch64" { "arm64" } else { consts::ARCH };
    Path::new("samcli/local/rapid").join(format!("aws-lambda-rie-{architecture}"))
}

/// An address that was free a moment ago.
fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_duration_of_the_init_if_there_was_one() {
        let warm = "REPORT RequestId: 1\tDuration: 13.76 ms\tBilled Duration: 14 ms\t";
        let cold = "REPORT RequestId: 1\tInit Duration: 0.05 ms\tDuration: 2.5 ms\tMemory: 1 MB\t";
        let read = |line| report(line).map(|report| (report.init, report.duration));
        assert_eq!(read(warm), Some((None, 13.76)));
        assert_eq!(read(cold), Some((Some(0.05), 2.5)));
        assert_eq!(read("REPORT RequestId: 1"), None);
    }
}
