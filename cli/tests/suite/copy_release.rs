//! `infra/copy-release`: what it uploads, what it prints to configure, and what it refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use hex::encode;
use sha2::{Digest, Sha256};

use crate::listener::Listener;
use crate::tool::{File, Output, run};

/// In place of the AWS CLI: it notes what it is called with, and where the hash of the file is that it uploads.
const AWS: &str = "#!/bin/sh\necho \"$@\" >>\"$(dirname \"$0\")/calls\"\n";

const ERROR_PAGE: &str = "<html><body>Not here, but 200</body></html>";

/// A release in a folder, and a place to run the script.
struct Release(PathBuf);

impl Release {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("release-{}-{number}", std::process::id()));
        fs::create_dir_all(dir.join("bin")).unwrap();
        fs::write(dir.join("bin/aws"), AWS).unwrap();
        fs::set_permissions(dir.join("bin/aws"), PermissionsExt::from_mode(0o755)).unwrap();
        let mut sums = String::new();
        for file in ["ingest-lambda-arm64.zip", "worker-lambda-arm64.zip"] {
            fs::write(dir.join(file), file).unwrap();
            sums += &format!("{}  {file}\n", sha256(file));
        }
        fs::write(dir.join("SHA256SUMS"), sums).unwrap();
        Self(dir)
    }

    /// Runs the script, by the shell that its first line names.
    fn copy(&self, from: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/copy-release");
        let path = std::env::var("PATH").unwrap();
        let done = Command::new(script)
            .args([from, "1.2.3", "releases"])
            .env("PATH", format!("{}:{path}", self.0.join("bin").display()))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Output {
            status: done.status.code().unwrap(),
            out: text(done.stdout),
            err: text(done.stderr),
        }
    }

    fn folder(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// What the AWS CLI was called with.
    fn uploads(&self) -> String {
        fs::read_to_string(self.0.join("bin/calls")).unwrap_or_default()
    }

    /// It refuses, says why, and uploads neither zip.
    fn refuses(&self, from: &str, why: &str) {
        let output = self.copy(from);
        assert_eq!((output.status, output.out.as_str()), (1, ""), "{output:?}");
        assert!(output.err.contains(why), "{output:?}");
        assert_eq!(self.uploads(), "");
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn sha256(text: &str) -> String {
    encode(Sha256::digest(text))
}

#[test]
fn it_uploads_both_zips_with_their_hash_and_prints_a_valid_configuration() {
    let release = Release::new();
    let output = release.copy(release.folder());
    assert_eq!(output.status, 0, "{output:?}");
    let uploads = release.uploads();
    let uploads: Vec<_> = uploads.lines().collect();
    assert_eq!(uploads.len(), 2, "{uploads:?}");
    for (upload, name) in uploads.iter().zip(["ingest", "worker"]) {
        let key = format!("--bucket releases --key catchment/1.2.3/{name}-lambda-arm64.zip ");
        assert!(upload.starts_with("s3api put-object ") && upload.contains(&key), "{upload}");
        assert!(upload.ends_with(" --checksum-algorithm SHA256"), "{upload}");
        let hash = sha256(&format!("{name}-lambda-arm64.zip"));
        assert!(output.out.contains(&format!("{name} = \"{hash}\"")), "{output:?}");
    }

    let rest = "name = \"test\"\nsources = { shop = { provider = \"stripe\" } }\n";
    let file = File::with_suffix(".tfvars", format!("{rest}{}", output.out));
    let checked = run(&["check", file.path()]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

#[test]
fn a_saved_error_page_is_not_copied_as_a_zip() {
    for file in ["ingest-lambda-arm64.zip", "worker-lambda-arm64.zip"] {
        let release = Release::new();
        fs::write(release.0.join(file), ERROR_PAGE).unwrap();
        let hash = sha256(ERROR_PAGE);
        release.refuses(release.folder(), &format!("{file} has the SHA-256 {hash}"));
    }
}

#[test]
fn an_error_page_is_not_a_list_of_hashes() {
    let release = Release::new();
    let server = Listener::answering(200, ERROR_PAGE);
    release.refuses(&server.url, "has no hash of ingest-lambda-arm64.zip: <html>");
}

#[test]
fn what_the_server_refuses_is_not_copied() {
    let release = Release::new();
    let server = Listener::answering(404, "gone");
    release.refuses(&server.url, "no SHA256SUMS at http://127.0.0.1:");
}

#[test]
fn a_zip_that_the_list_does_not_have_is_not_copied() {
    let release = Release::new();
    let sums = fs::read_to_string(release.0.join("SHA256SUMS")).unwrap();
    let first = sums.lines().next().unwrap();
    fs::write(release.0.join("SHA256SUMS"), format!("{first}\n")).unwrap();
    release.refuses(release.folder(), "has no hash of worker-lambda-arm64.zip");
}
