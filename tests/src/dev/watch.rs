//! A user's own file, watched while it is served: each saved change is checked, and applied to the running stack.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use catchment_tests::Result;
use catchment_tests::stack::Stack;
use shared::config::Config;
use tokio::time::sleep;

use crate::files::Files;
use crate::screen::Screen;
use crate::{built_in, check, how_to};

const EVERY: Duration = Duration::from_millis(500);

/// A file, and the state in which it was read last.
#[derive(Debug)]
pub(crate) struct Watched {
    path: PathBuf,
    read: Stamp,
}

/// By which a change of a file is seen; `None` while there is no file, as when an editor replaces it.
type Stamp = Option<(SystemTime, u64)>;

impl Watched {
    /// A file as it is now.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), read: stamp(path) }
    }

    /// Whether the file was saved since it was read last, and is written no more: `before` is its state at the last
    /// look.
    fn is_changed(&mut self, before: &mut Stamp) -> bool {
        let now = stamp(&self.path);
        let is_still = now.is_some() && now == *before;
        *before = now;
        let is_changed = is_still && now != self.read;
        if is_changed {
            self.read = now;
        }
        is_changed
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Applies each change of the file to the stack, for ever. A mistake is shown, and changes nothing.
pub(crate) async fn apply_changes(
    screen: &Screen,
    stack: &mut Stack,
    files: &Files,
    mut file: Watched,
) -> Result<()> {
    let mut before = file.read;
    loop {
        sleep(EVERY).await;
        if !file.is_changed(&mut before) {
            continue;
        }
        let name = file.path.display().to_string();
        screen.line(&format!("\n{name} was saved."));
        match apply(screen, stack, files, &file.path).await {
            Ok(()) => {
                screen.line(&format!(
                    "{name} is applied. What was stored and queued before is there."
                ));
                how_to::urls(screen, &stack.sources);
            }
            Err(error) => {
                screen.abandon();
                screen.line(&format!("{error}\nCorrect {name} and save it again."));
            }
        }
    }
}

async fn apply(screen: &Screen, stack: &mut Stack, files: &Files, file: &Path) -> Result<()> {
    let unchanged = |error| format!("{error}\nThe configuration of before keeps running.");
    let checked = check::sound(&files.workshop(), &built_in::defaults(), file);
    let config = checked.map_err(|error| unchanged(error.to_string()))?;
    refuse_loss(stack, &config).await.map_err(|error| unchanged(error.to_string()))?;
    stack.apply_again(screen).await?;
    files.write(stack)
}

/// Refuses a change that would delete what the stack holds: a new name, or a queue removed that is not empty.
async fn refuse_loss(stack: &Stack, config: &Config) -> Result<()> {
    let outputs = &stack.outputs;
    if outputs.worker_function != format!("{}-worker", config.name) {
        return Err(
            "a new `name` is a new deployment: stop this one, and start it with that name".into()
        );
    }
    for name in deleted_queues(&outputs.queue_urls, config) {
        for url in [&outputs.queue_urls, &outputs.dead_letter_queue_urls]
            .map(|urls| urls.get(name))
            .into_iter()
            .flatten()
        {
            let (visible, hidden) = stack.depth(url).await?;
            if visible + hidden > 0 {
                let queue = url.rsplit('/').next().unwrap_or_default();
                let messages = visible + hidden;
                return Err(format!(
                    "this would delete the queue {queue} with what is in it: {messages}. Let it run empty first"
                )
                .into());
            }
        }
    }
    Ok(())
}

/// The queues that a configuration no longer has, or has in the other kind, which replaces them.
fn deleted_queues<'q>(urls: &'q BTreeMap<String, String>, config: &Config) -> Vec<&'q str> {
    let stays = |(name, url): &(&String, &String)| {
        let queue = config.queues.get(*name);
        queue.is_some_and(|queue| queue.ordering_key.is_some() == url.ends_with(".fifo"))
    };
    urls.iter().filter(|queue| !stays(queue)).map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use catchment_tests::harness;

    use super::*;

    #[test]
    fn a_queue_that_is_removed_or_changes_its_kind_is_deleted() {
        let config: Config = serde_json::from_value(harness::config()).unwrap();
        let (kept, _) = config.queues.first_key_value().unwrap();
        let url = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        let urls = BTreeMap::from([url(kept, "http://a/q"), url("gone", "http://a/gone")]);
        assert_eq!(deleted_queues(&urls, &config), ["gone"]);
        let urls = BTreeMap::from([url(kept, "http://a/q.fifo")]);
        assert_eq!(deleted_queues(&urls, &config), [kept]);
    }

    #[test]
    fn a_file_is_changed_once_it_was_saved_and_is_still() {
        let dir =
            catchment_tests::paths::target().join(format!("test-watch-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("my.tfvars");
        fs::write(&path, "a").unwrap();
        let mut file = Watched::new(&path);
        let mut before = file.read;
        assert!(!file.is_changed(&mut before));
        fs::write(&path, "ab").unwrap();
        assert!(!file.is_changed(&mut before), "it may be written further");
        assert!(file.is_changed(&mut before));
        assert!(!file.is_changed(&mut before), "only once");
        fs::remove_file(&path).unwrap();
        assert!(!file.is_changed(&mut before), "an editor replaces it");
        assert!(!file.is_changed(&mut before));
        fs::write(&path, "abc").unwrap();
        assert!(!file.is_changed(&mut before));
        assert!(file.is_changed(&mut before));
        fs::remove_dir_all(dir).unwrap();
    }
}
