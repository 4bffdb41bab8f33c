//! What other programs read of a running `cargo dev`: three files under `target/dev/`.

use std::fs::{self, File};
use std::path::PathBuf;

use catchment_tests::stack::Stack;
use catchment_tests::{Result, paths};
use serde::Serialize;

const NAMES: [&str; 3] = ["sources.json", "destinations.json", "outputs.json"];

/// `target/dev/`, ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
    _ours: File,
}

impl Files {
    /// Takes the directory, and removes what an earlier run left there: a stale file is never seen.
    pub(crate) fn take() -> Result<Self> {
        let dir = paths::target().join("dev");
        fs::create_dir_all(&dir)?;
        let ours = File::create(dir.join(".lock"))?;
        if ours.try_lock().is_err() {
            return Err("another cargo dev runs in this checkout: stop it first".into());
        }
        let files = Self { dir, _ours: ours };
        files.remove()?;
        Ok(files)
    }

    /// A directory for what lies around on the way.
    pub(crate) fn workshop(&self) -> PathBuf {
        self.dir.join("stack")
    }

    /// Writes the files, each at once and whole, `outputs.json` last.
    pub(crate) fn write(&self, stack: &Stack) -> Result<()> {
        let [sources, destinations, outputs] = NAMES;
        self.put(sources, &stack.sources)?;
        self.put(destinations, &stack.destinations)?;
        self.put(outputs, &stack.outputs.json)
    }

    /// Removes them.
    pub(crate) fn remove(&self) -> Result<()> {
        // What was written last goes first.
        for name in NAMES.into_iter().rev() {
            let path = self.dir.join(name);
            if path.exists() {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Removes them when what is returned is dropped: what they tell of is gone then.
    pub(crate) fn while_serving(&self) -> impl Drop {
        struct Serving<'f>(&'f Files);
        impl Drop for Serving<'_> {
            fn drop(&mut self) {
                let _ = self.0.remove();
            }
        }
        Serving(self)
    }

    fn put(&self, name: &str, content: &impl Serialize) -> Result<()> {
        let unfinished = self.dir.join(format!(".{name}"));
        fs::write(&unfinished, serde_json::to_vec_pretty(content)?)?;
        Ok(fs::rename(unfinished, self.dir.join(name))?)
    }
}
