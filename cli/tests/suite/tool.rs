//! Runs the tool, by its library or its binary.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use catchment::Streams;
use serde_json::Value;

/// The exit status and the output of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Output {
    /// The standard output and the standard error.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// The JSON object on the standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The hints of a refusal.
    pub(crate) fn hints(&self) -> String {
        let json = self.json();
        let hints = json["refusal"]["hints"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        hints.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Runs the library.
pub(crate) fn run(arguments: &[&str]) -> Output {
    run_with_input(arguments, b"")
}

/// Runs the library with something on the standard input.
pub(crate) fn run_with_input(arguments: &[&str], mut input: &[u8]) -> Output {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams { input: &mut input, out: &mut out, err: &mut err };
    let arguments = std::iter::once("catchment").chain(arguments.iter().copied());
    let status = catchment::run(arguments.map(Into::into), streams) as i32;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Output { status, out: text(out), err: text(err) }
}

/// Runs the binary.
pub(crate) fn run_binary(arguments: &[&str]) -> Output {
    let done = Command::new(env!("CARGO_BIN_EXE_catchment")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Output { status: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// A temporary file, which is removed when this is dropped.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn of(content: impl AsRef<[u8]>) -> Self {
        Self::with_suffix("", content)
    }

    /// A file whose name ends in a suffix, such as `.tfvars`.
    pub(crate) fn with_suffix(suffix: &str, content: impl AsRef<[u8]>) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("catchment-{}-{number}{suffix}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
