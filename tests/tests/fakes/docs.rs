//! The documentation as a whole: its links lead somewhere, its book lists every page, and the log messages
//! that it names exist.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

const SUMMARY: &str = "docs/SUMMARY.md";

/// A page of Markdown.
struct Page {
    text: String,
    /// The anchors of its headings.
    anchors: BTreeSet<String>,
    /// Where its links lead, as they are written.
    links: Vec<String>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All files below a folder with this extension, as paths relative to the root. Hidden folders and
/// `target` are skipped.
pub(crate) fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        let name = name.to_str().unwrap();
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') && name != "target" {
                files(&path, extension, found);
            }
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
}

fn pages() -> BTreeMap<PathBuf, Page> {
    let mut found = Vec::new();
    files(Path::new(""), "md", &mut found);
    let page = |path: PathBuf| {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        (path, Page::parse(text))
    };
    found.into_iter().map(page).collect()
}

impl Page {
    fn parse(text: String) -> Self {
        let (mut anchors, mut links) = (BTreeSet::new(), Vec::new());
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let numbered = (1..).map(|number| format!("{anchor}-{number}"));
                    let mut free = [anchor.clone()].into_iter().chain(numbered);
                    anchors.insert(free.find(|it| !anchors.contains(it)).unwrap());
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push(dest_url.into_string());
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        Self { text, anchors, links }
    }
}

/// The anchor that GitHub and mdBook give to a heading.
fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Why a link of a page leads nowhere.
fn broken(pages: &BTreeMap<PathBuf, Page>, page: &Path, link: &str) -> Option<&'static str> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        // GitHub's own pages, such as `../../security/advisories/new`, are outside of the repository.
        path => normalized(&page.parent().unwrap_or(Path::new("")).join(path))?,
    };
    if !root().join(&target).is_file() {
        return Some("no such file");
    }
    let is_in_book = |path: &Path| path.starts_with("docs");
    if is_in_book(page) && !is_in_book(&target) {
        return Some("outside of the book, where this link leads nowhere");
    }
    let anchors = pages.get(&target).map(|page| &page.anchors);
    let exists = anchor.is_empty() || anchors.is_some_and(|anchors| anchors.contains(anchor));
    (!exists).then_some("no such heading")
}

/// The path without `..`; none if it leaves the repository.
fn normalized(path: &Path) -> Option<PathBuf> {
    let mut normalized = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if normalized.pop() => {}
            Component::ParentDir => return None,
            Component::CurDir => {}
            other => normalized.push(other),
        }
    }
    Some(normalized)
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    assert!(pages.contains_key(Path::new("README.md")), "the pages are found");
    let mut broken_links = Vec::new();
    for (path, page) in &pages {
        for link in &page.links {
            if let Some(reason) = broken(&pages, path, link) {
                broken_links.push(format!("{}: {link}: {reason}", path.display()));
            }
        }
    }
    assert!(broken_links.is_empty(), "{broken_links:#?}");
}

#[test]
fn the_summary_lists_every_page_once() {
    let pages = pages();
    let mut listed: Vec<_> = pages[Path::new(SUMMARY)].links.iter().map(PathBuf::from).collect();
    listed.sort();
    let in_book = pages.keys().filter_map(|path| path.strip_prefix("docs").ok());
    let all: Vec<_> = in_book.filter(|path| *path != Path::new("SUMMARY.md")).collect();
    assert_eq!(listed, all);
}

/// An example of a query must not look for a message that no Lambda logs.
#[test]
fn every_log_message_that_the_documentation_names_is_logged() {
    let mut sources = Vec::new();
    for folder in ["ingest-lambda/src", "worker-lambda/src", "shared/src"] {
        files(Path::new(folder), "rs", &mut sources);
    }
    files(Path::new("infra/tests"), "hcl", &mut sources);
    let code: String =
        sources.iter().map(|path| fs::read_to_string(root().join(path)).unwrap()).collect();
    let mut unknown = Vec::new();
    for (path, page) in pages() {
        unknown.extend(
            messages(&path, &page.text)
                .into_iter()
                .filter(|message| !code.contains(message))
                .map(|message| format!("{}: {message}", path.display())),
        );
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// The messages in the queries of a page, and in the tables of log lines.
fn messages<'p>(path: &Path, text: &'p str) -> Vec<&'p str> {
    let quoted = |rest: &'p str| rest.split(['"', '\\']).find(|it| !it.trim().is_empty());
    let queried = text.split("fields.message = ").skip(1).filter_map(quoted);
    let lists = text.split("fields.message in [").skip(1);
    let in_lists = lists.flat_map(|rest| rest.split(']').next().unwrap_or("").split(", "));
    let in_lists = in_lists.map(|it| it.trim_matches('"'));
    let listed = text.split("# Log lines").nth(1).unwrap_or_default().lines();
    let listed = listed.filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let is_listed = path.ends_with("metrics.md");
    let listed = listed.filter(|it| is_listed && !it.starts_with('/') && *it != "fields.message");
    queried.chain(in_lists).chain(listed).collect()
}

/// In CloudWatch Logs Insights, a field of ours has its full path: `event_id` alone is a field that no line has,
/// so that a query for it finds nothing and does not fail.
#[test]
fn every_query_of_the_documentation_names_our_fields_by_their_full_paths() {
    let ours = [
        "event_id",
        "event_type",
        "source",
        "destination",
        "outcome",
        "message",
        "attempt",
        "s3_key",
        "took_ms",
    ];
    let (mut short, mut queries) = (Vec::new(), 0);
    for (path, page) in pages() {
        for query in insights_queries(&page.text) {
            queries += 1;
            let texts_removed: String = query.split('"').step_by(2).collect();
            let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@');
            let names = texts_removed.split(|c| !name(c)).filter(|word| ours.contains(word));
            short.extend(names.map(|name| format!("{}: {name}", path.display())));
        }
    }
    assert!(queries > 20, "the queries are found: {queries}");
    assert!(short.is_empty(), "{short:#?}");
}

/// From each `filter`, the first command of our queries, to the end of the query.
fn insights_queries(text: &str) -> Vec<&str> {
    let after_quote = ["'filter ", "\"filter "].into_iter().flat_map(|start| {
        let end = &start[..1];
        text.split(start).skip(1).filter_map(move |rest| match end {
            // A quote within the query is escaped.
            "\"" => rest.split("\"\n").next(),
            _ => rest.split(end).next(),
        })
    });
    let alone = text.split("```text\nfilter ").skip(1).filter_map(|rest| rest.split("```").next());
    after_quote.chain(alone).collect()
}

/// A reader who follows README.md from the top stays in the root. What its commands name is there, but for what the
/// reader makes.
#[test]
fn the_commands_of_the_readme_work_in_the_root() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```sh").skip(1).filter_map(|rest| rest.split("```").next());
    let commands: Vec<_> = blocks.flat_map(str::lines).map(str::trim).collect();
    assert!(commands.iter().any(|command| command.starts_with("terraform -chdir=infra apply")));
    for command in commands {
        assert!(!command.starts_with("cd "), "{command}");
        let command = command.split(" # ").next().unwrap();
        for word in command.split([' ', '=']).filter(|word| word.contains('/')) {
            // `target/` comes with `cargo dev`, and `my.tfvars` is the reader's own.
            let is_made = word.contains("://") || word.starts_with("target/");
            let path = word.strip_suffix("my.tfvars").unwrap_or(word);
            assert!(is_made || root().join(path).exists(), "{command}: {word}");
        }
    }
}

#[test]
fn git_ignores_the_files_of_secrets_that_the_documentation_names() {
    for file in ["secret.txt", "infra/secret.txt", "infra/my.tfvars", "target/dev/secret.txt"] {
        let mut git = Command::new("git");
        git.current_dir(root()).args(["check-ignore", "--no-index", "--quiet", file]);
        match git.status() {
            Ok(status) if status.code() == Some(128) => return, // not a checkout
            Ok(status) => assert!(status.success(), "git does not ignore {file}"),
            Err(_) => return, // no git
        }
    }
}

/// The test that `tests/README.md` offers to copy, without its remarks, is one of the worker's tests.
#[test]
fn the_test_to_copy_is_a_test() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let readme = read("tests/README.md");
    let block = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let code: String = block
        .lines()
        .map(|line| line.split(" //").next().unwrap().trim_end().to_owned() + "\n")
        .collect();
    assert!(read("tests/tests/fakes/worker.rs").contains(&code), "{code}");
}

/// Pages for contributors name tests as what guards an invariant, or as a model.
#[test]
fn every_test_that_a_page_for_contributors_names_exists() {
    let mut sources = Vec::new();
    for folder in ["tests", "shared", "ingest-lambda", "worker-lambda", "cli"] {
        files(Path::new(folder), "rs", &mut sources);
    }
    files(Path::new("infra/tests"), "hcl", &mut sources);
    let code: String =
        sources.iter().map(|path| fs::read_to_string(root().join(path)).unwrap()).collect();
    let words: BTreeSet<_> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut missing = Vec::new();
    for (path, page) in pages() {
        if !path.starts_with("docs/contributing") && path != Path::new("tests/README.md") {
            continue;
        }
        for name in page.text.split('`').skip(1).step_by(2) {
            let is_test = name.matches('_').count() > 2
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let is_file = name.ends_with(".rs") && name.starts_with("tests/");
            let exists = if is_file { root().join(name).is_file() } else { words.contains(name) };
            if (is_test || is_file) && !exists {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Where there is mdBook, it makes the book.
#[test]
fn the_book_can_be_built() {
    let mdbook = || {
        let mut command = Command::new("mdbook");
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    if mdbook().arg("--version").status().is_err() {
        return;
    }
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let built = mdbook().arg("build").arg(root().join("docs")).arg("--dest-dir").arg(to).output();
    let built = built.unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success() && !said.contains("WARN"), "{said}");
}
