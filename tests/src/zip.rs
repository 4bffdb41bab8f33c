//! A built binary as the zip that Lambda takes: one executable file named `bootstrap`.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::Result;

/// Zips `binary` as `bootstrap` into `archive`. The same binary gives the same bytes, so that
/// Terraform sees no change where there is none.
pub fn bootstrap(binary: &Path, archive: &Path) -> Result<()> {
    let stripped = archive.with_extension("stripped");
    let program = if strip(binary, &stripped) { stripped.as_path() } else { binary };
    let contents = fs::read(program)?;
    let unfinished = archive.with_extension("unfinished");
    let mut zip = ZipWriter::new(File::create(&unfinished)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1)) // Half a second in place of ten.
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(&contents)?;
    zip.finish()?.sync_all()?;
    if stripped.exists() {
        fs::remove_file(stripped)?;
    }
    Ok(fs::rename(unfinished, archive)?)
}

/// Leaves out the symbols, which are most of a development build. Where there is no `strip`, the
/// zip is just larger.
fn strip(binary: &Path, into: &Path) -> bool {
    let mut strip = Command::new("strip");
    strip.arg("-o").args([into, binary]).stdout(Stdio::null()).stderr(Stdio::null());
    strip.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::paths;

    #[test]
    fn holds_one_executable_that_still_runs_and_is_the_same_each_time() {
        let dir = paths::target().join(format!("test-zip-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (first, second) = (dir.join("first.zip"), dir.join("second.zip"));
        let binary = std::env::current_exe().unwrap();
        bootstrap(&binary, &first).unwrap();
        bootstrap(&binary, &second).unwrap();
        assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());

        let mut zip = ::zip::ZipArchive::new(File::open(&first).unwrap()).unwrap();
        assert_eq!(zip.len(), 1);
        let mut entry = zip.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o755);
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        let unpacked = dir.join("bootstrap");
        fs::write(&unpacked, contents).unwrap();
        fs::set_permissions(&unpacked, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let listed = Command::new(&unpacked).arg("--list").output().unwrap();
        assert!(String::from_utf8(listed.stdout).unwrap().contains("holds_one_executable"));
        fs::remove_dir_all(dir).unwrap();
    }
}
