//! The arm64 packages of a release, on a machine of any architecture: QEMU runs them under AWS's runtime interface
//! emulator. They take minutes to build, so that these tests need the feature `arm64`. docs/contributing/release.md
//! has the command.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use catchment_tests::paths;
use catchment_tests::receiver::Receiver;
use catchment_tests::rie::Rie;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::runtime::{batch, crm, deployed, webhook};

/// QEMU as Debian and Ubuntu install it, with the C library for it.
const QEMU: &str = "qemu-aarch64-static -L /usr/aarch64-linux-gnu";

/// `e_machine` of an ELF file for arm64.
const AARCH64: [u8; 2] = [0xb7, 0];

/// Unpacks a package of `dist/`, and has QEMU run it.
async fn start(name: &str, environment: &[(&str, &str)]) -> Rie {
    let archive = paths::root().join("dist").join(format!("{name}-arm64.zip"));
    let archive = File::open(&archive)
        .expect("`.ci/release ingest-lambda-arm64.zip worker-lambda-arm64.zip` has been run");
    let mut bootstrap = Vec::new();
    let mut archive = ZipArchive::new(archive).unwrap();
    archive.by_name("bootstrap").unwrap().read_to_end(&mut bootstrap).unwrap();
    assert_eq!(bootstrap[18..20], AARCH64);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("arm64-{name}"));
    fs::create_dir_all(&dir).unwrap();
    let binary = executable(dir.join("bootstrap"), &bootstrap);
    let run = format!("#!/bin/sh\nexec {QEMU} '{}'\n", binary.display());
    let program = executable(dir.join("run"), run.as_bytes());
    Rie::start(&dir.join("rie"), &program, environment).await.unwrap()
}

fn executable(path: PathBuf, content: &[u8]) -> PathBuf {
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

/// Sends the health event and two other ones, of which only the first has the init.
async fn answers(rie: &Rie, events: &[Value; 2], is_good: impl Fn(&Value) -> bool) {
    let health = json!({ "catchment": "health" });
    let healthy = rie.invoke(&health).await.unwrap();
    assert!(healthy.get("errorType").is_none(), "{healthy}:\n{}", rie.log().unwrap());
    for event in events {
        let answer = rie.invoke(event).await.unwrap();
        assert!(is_good(&answer), "{answer}:\n{}", rie.log().unwrap());
    }
    rie.logged("REPORT RequestId", 3).await.unwrap();
    let reports = rie.reports().unwrap();
    let with_init: Vec<_> = reports.iter().map(|report| report.init.is_some()).collect();
    assert_eq!(with_init, [true, false, false], "{reports:?}");
    catchment_tests::to_stderr(&format!("{reports:?}"));
}

#[tokio::test]
async fn the_arm64_ingest_package_starts_is_healthy_and_stores_webhooks() {
    let deployed = deployed(json!({})).await;
    let rie = start("ingest-lambda", &deployed.environment()).await;
    answers(&rie, &["1", "2"].map(webhook), |answer| answer["statusCode"] == 200).await;
    let stored = deployed.resources.keys().await;
    assert_eq!(stored.iter().filter(|key| key.starts_with("events/")).count(), 2);
}

#[tokio::test]
async fn the_arm64_worker_package_starts_is_healthy_and_delivers() {
    let receiver = Receiver::start().await.unwrap();
    let deployed = deployed(crm(&receiver)).await;
    let events = [batch(&deployed.resources, "1").await, batch(&deployed.resources, "2").await];
    let rie = start("worker-lambda", &deployed.environment()).await;
    let all_done = |answer: &Value| *answer == json!({ "batchItemFailures": [] });
    answers(&rie, &events, all_done).await;
    assert_eq!(receiver.received().len(), 2);
}
