//! LocalStack and MiniStack: installed, started on a free port of this machine only, and ended with the process that
//! started them.

mod recipe;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin};
use std::time::Duration;
use std::{env, mem};

use tokio::sync::OnceCell;

pub use self::recipe::Kind;
use self::recipe::Recipe;
use crate::clients::{self, Clients};
use crate::logs::{RunDir, last_lines};
use crate::venv::Venv;
use crate::{Progress, Result, guard, to_stderr, wait};

/// How long an emulator may take to answer, on a busy machine that has just installed it.
const START_WITHIN: Duration = Duration::from_secs(90);

/// All an emulator sees of the environment: nothing of the user's AWS, Python or proxy settings.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "LC_ALL"];

/// An emulator. Dropping it ends it and everything that it started.
#[derive(Debug)]
pub struct Emulator {
    kind: Kind,
    endpoint: String,
    /// Nothing where it runs elsewhere.
    started: Option<Started>,
}

#[derive(Debug)]
struct Started {
    guard: Child,
    stdin: Option<ChildStdin>,
    run: RunDir,
}

impl Emulator {
    /// Installs it where it is not installed yet, starts it, and returns when it answers.
    pub async fn start(kind: Kind, progress: Progress<'_>) -> Result<Self> {
        let venv = Venv::ready(kind.name(), progress).await?;
        let port = free_port()?;
        let run = RunDir::create(kind.name(), port)?;
        let recipe = kind.recipe(port, &run.data());
        let started = Some(Started::spawn(&venv, &recipe, run)?);
        let mut emulator = Self { kind, endpoint: format!("http://127.0.0.1:{port}"), started };
        emulator.ready(recipe.ready).await?;
        Ok(emulator)
    }

    /// The one at `AWS_ENDPOINT_URL` where that is set, whatever it is; else one that is started.
    pub async fn find(kind: Kind, progress: Progress<'_>) -> Result<Self> {
        match env::var("AWS_ENDPOINT_URL") {
            Ok(endpoint) if !endpoint.is_empty() => {
                progress(&format!("using {endpoint} in place of {kind:?}"));
                let endpoint = endpoint.trim_end_matches('/').to_owned();
                Ok(Self { kind, endpoint, started: None })
            }
            _ => Self::start(kind, progress).await,
        }
    }

    /// The one that all tests of this process share, [found](Self::find) by the first.
    pub async fn shared(kind: Kind) -> Result<&'static Self> {
        static LOCALSTACK: OnceCell<Emulator> = OnceCell::const_new();
        static MINISTACK: OnceCell<Emulator> = OnceCell::const_new();
        let shared = match kind {
            Kind::LocalStack => &LOCALSTACK,
            Kind::MiniStack => &MINISTACK,
        };
        shared.get_or_try_init(|| Self::find(kind, &to_stderr)).await
    }

    async fn ready(&mut self, path: &str) -> Result<()> {
        let (http, url) = (clients::http()?, format!("{}{path}", self.endpoint));
        let answered = wait::until("an answer", START_WITHIN, async || {
            if self.has_ended() {
                return Some(false);
            }
            let answer = http.get(&url).timeout(Duration::from_secs(5)).send().await;
            answer.is_ok_and(|answer| answer.status().is_success()).then_some(true)
        });
        match answered.await {
            Ok(true) => Ok(()),
            _ => Err(format!("{:?} did not start:\n{}", self.kind, self.log_tail(20)).into()),
        }
    }

    /// The URL of every service, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The AWS SDK's clients for it.
    #[must_use]
    pub fn clients(&self) -> Clients {
        Clients::of(&self.endpoint)
    }

    /// Its log file, if it was started here.
    #[must_use]
    pub fn log(&self) -> Option<PathBuf> {
        self.started.as_ref().map(|started| started.run.log())
    }

    /// The record of the calls of Lambdas and of Terraform, if it is a MiniStack that was started here: one JSON object a
    /// line.
    #[must_use]
    pub fn calls(&self) -> Option<PathBuf> {
        let started = self.started.as_ref().filter(|_| self.kind == Kind::MiniStack)?;
        Some(started.run.data().join(recipe::CALLS))
    }

    /// The last `lines` of its log, which has what the Lambdas wrote too.
    #[must_use]
    pub fn log_tail(&self, lines: usize) -> String {
        let log = self.log().and_then(|path| fs::read(path).ok()).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&log), lines)
    }

    /// Ends it and returns when it has gone. Dropping it does not wait.
    pub async fn stop(mut self) -> Result<()> {
        let Some(started) = &mut self.started else { return Ok(()) };
        drop(mem::take(&mut started.stdin));
        let gone = async || self.has_ended().then_some(());
        wait::until("the emulator's end", Duration::from_secs(5), gone).await
    }

    fn has_ended(&mut self) -> bool {
        self.started.as_mut().is_some_and(|started| !matches!(started.guard.try_wait(), Ok(None)))
    }
}

impl Started {
    fn spawn(venv: &Venv, recipe: &Recipe, run: RunDir) -> Result<Self> {
        let log = File::create(run.log())?;
        let inherited = PASSED_ON.iter().filter_map(|name| Some((name, env::var_os(name)?)));
        let mut guard = guard::command(venv.python())?
            .args(&recipe.arguments)
            .current_dir(run.data())
            .env_clear()
            .envs(inherited)
            .envs(recipe.environment.iter().map(|(name, value)| (name, value)))
            .env("PYTHONUNBUFFERED", "1")
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let stdin = guard.stdin.take();
        Ok(Self { guard, stdin, run })
    }
}

/// A port that was free a moment ago. An emulator that finds it taken ends at once and says so.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
