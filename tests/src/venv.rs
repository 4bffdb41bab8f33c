//! Virtual environments with exactly the packages of a lock file, made once and kept under
//! `target/emulators/`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::python::Python;
use crate::{Progress, Result, guard, logs, paths};

/// A virtual environment that is ready for use.
#[derive(Debug, Clone)]
pub struct Venv {
    dir: PathBuf,
}

impl Venv {
    /// The environment for `tests/emulators/{name}.lock`, installed by pip where it is not there
    /// yet. Another process that wants the same one waits.
    pub async fn ready(name: &str, progress: Progress<'_>) -> Result<Self> {
        let python = Python::find()?;
        let lock = paths::emulators().join(format!("{name}.lock"));
        let all = paths::target().join("emulators");
        let venv = Self { dir: all.join(format!("{name}-{}", fingerprint(&lock, python)?)) };
        if venv.python().exists() {
            return Ok(venv);
        }
        fs::create_dir_all(&all)?;
        let _turn = take_turn(all.join(format!("{name}.lock"))).await?;
        if !venv.python().exists() {
            progress(&format!("installing {name} from PyPI (once; it takes a minute or two) …"));
            venv.install(python, &lock).await?;
        }
        Ok(venv)
    }

    /// The environment's interpreter.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.dir.join("bin/python")
    }

    /// Where its packages are.
    pub fn packages(&self) -> Result<PathBuf> {
        let found = fs::read_dir(self.dir.join("lib"))?.next();
        Ok(found.ok_or("an environment without a library")??.path().join("site-packages"))
    }

    /// Builds beside and renames, so that what is there is complete. Scripts in `bin/` then name
    /// the wrong directory; modules are run by `python -m`.
    async fn install(&self, python: &Python, lock: &Path) -> Result<()> {
        let building = self.dir.with_extension("building");
        remove_if_there(&building)?;
        remove_if_there(&self.dir)?;
        let mut venv = Command::from(guard::command(python.executable())?);
        run(venv.args(["-m", "venv"]).arg(&building), "python -m venv").await?;
        let mut pip = Command::from(guard::command(building.join("bin/python"))?);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--no-deps", "--require-hashes", "--requirement"])
            .arg(lock);
        run(&mut pip, "pip install").await?;
        Ok(fs::rename(building, &self.dir)?)
    }
}

/// Names what the environment is made of: another lock file or another Python, another environment.
fn fingerprint(lock: &Path, python: &Python) -> Result<String> {
    let hash = Sha256::new()
        .chain_update(fs::read(lock).map_err(|error| format!("{}: {error}", lock.display()))?)
        .chain_update(python.executable().as_os_str().as_encoded_bytes())
        .chain_update(python.version())
        .finalize();
    Ok(hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

async fn take_turn(path: PathBuf) -> Result<File> {
    let file = File::create(path)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await?;
    Ok(locked?)
}

fn remove_if_there(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
}

async fn run(command: &mut Command, what: &str) -> Result<()> {
    // What the user's shell says about Python and pip in general must not reach this environment.
    for name in ["PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"] {
        command.env_remove(name);
    }
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let output = guard::output(child).await?;
    if output.status.success() {
        return Ok(());
    }
    let said = logs::last_lines(&String::from_utf8_lossy(&output.stderr), 8);
    Err(format!("{what} failed; is PyPI reachable from here?\n{said}").into())
}
