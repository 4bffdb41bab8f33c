//! Finds the Python that the emulators and the process guard run on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::Result;

/// Names to look for, the plain one first: it is what the user expects to be used. Not newer than
/// 3.13, for which LocalStack's dependencies have no wheels.
const NAMES: [&str; 5] = ["python3", "python3.13", "python3.12", "python3.11", "python"];

/// Says who it is, and nothing where it is too old, too new or without venv and pip.
const PROBE: &str = "\
import sys, venv, ensurepip
if (3, 11) <= sys.version_info < (3, 14):
    print(sys.executable)
    print(sys.version)
";

const MISSING: &str = "Python 3.11, 3.12 or 3.13 with venv is needed to run the emulators: install \
    it (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13)";

/// A Python interpreter that can make virtual environments.
#[derive(Debug, Clone)]
pub struct Python {
    executable: PathBuf,
    version: String,
}

impl Python {
    /// The first suitable interpreter on the `PATH`, looked for once in each process.
    pub fn find() -> Result<&'static Self> {
        static FOUND: OnceLock<Option<Python>> = OnceLock::new();
        let found = FOUND.get_or_init(|| NAMES.into_iter().find_map(Self::probe));
        found.as_ref().ok_or_else(|| MISSING.into())
    }

    fn probe(name: &str) -> Option<Self> {
        let output = Command::new(name).args(["-c", PROBE]).stdin(Stdio::null()).output().ok()?;
        let answer = String::from_utf8(output.stdout).ok()?;
        let (executable, version) = answer.split_once('\n')?;
        Some(Self { executable: executable.into(), version: version.trim().to_owned() })
    }

    /// The interpreter itself, not a shim in front of it.
    #[must_use]
    pub fn executable(&self) -> &Path {
        &self.executable
    }

    /// The full version, with its build.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}
