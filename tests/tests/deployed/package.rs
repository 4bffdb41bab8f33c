//! A release in a bucket: a stack runs it, and refuses every other file.

use std::fs;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::terraform::Terraform;
use catchment_tests::{lambdas, paths, to_stderr};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const BUCKET: &str = "releases";

/// What a server answers with 200 in place of a zip, and a download saves under the zip's name.
const ERROR_PAGE: &[u8] = b"<html><body>Not Found</body></html>";

fn sha256_in_base64(zip: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(zip))
}

fn sha256_in_hex(zip: &[u8]) -> String {
    Sha256::digest(zip).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bucket of a user, as docs/guide/deploy.md makes it.
async fn create_bucket(clients: &Clients) {
    clients.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let enabled =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let put = clients.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled);
    put.send().await.unwrap();
}

async fn upload(clients: &Clients, key: &str, content: &[u8]) {
    let put = clients.s3.put_object().bucket(BUCKET).key(format!("catchment/{key}"));
    let put = put.checksum_sha256(sha256_in_base64(content));
    put.body(ByteStream::from(content.to_vec())).send().await.unwrap();
}

/// The hashes of the code behind the aliases: ingest's, then the worker's.
async fn live(clients: &Clients) -> [String; 2] {
    let mut hashes = Vec::new();
    for name in ["package-ingest", "package-worker"] {
        let get = clients.lambda.get_function_configuration().function_name(name);
        hashes.push(get.qualifier("live").send().await.unwrap().code_sha256.unwrap());
    }
    hashes.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_runs_the_release_in_a_bucket_and_no_error_page_in_its_place() {
    let dir = paths::target().join("test-package");
    let emulator = Emulator::start(Kind::MiniStack, &to_stderr).await.unwrap();
    let clients = emulator.clients();
    let built = lambdas::build(&dir.join("lambdas"), &to_stderr).await.unwrap();
    let (ingest, worker) = (fs::read(&built.ingest).unwrap(), fs::read(&built.worker).unwrap());
    create_bucket(&clients).await;
    let architecture = built.architecture;
    for (version, ingest, worker) in
        [("1.0.0", &ingest[..], &worker[..]), ("1.0.1", &ingest[..], ERROR_PAGE)]
    {
        upload(&clients, &format!("{version}/ingest-lambda-{architecture}.zip"), ingest).await;
        upload(&clients, &format!("{version}/worker-lambda-{architecture}.zip"), worker).await;
    }
    let sha256 = json!({ "ingest": sha256_in_hex(&ingest), "worker": sha256_in_hex(&worker) });
    let values = |version: &str| -> Value {
        json!({
            "name": "package", "architecture": architecture,
            "sources": { "shop": { "provider": "stripe" } },
            "package": { "version": version, "bucket": BUCKET, "sha256": sha256 },
        })
    };
    let terraform = Terraform::prepare(&dir.join("stack"), emulator.endpoint()).await.unwrap();

    let released = terraform.variables("released", &values("1.0.0")).unwrap();
    terraform.apply(&[released], |_| ()).await.unwrap();
    let code = [sha256_in_base64(&ingest), sha256_in_base64(&worker)];
    assert_eq!(live(&clients).await, code);

    let saved = terraform.variables("saved", &values("1.0.1")).unwrap();
    let error = terraform.apply(&[saved], |_| ()).await.unwrap_err().to_string();
    let page = format!("worker-lambda-{architecture}.zip has the SHA-256");
    assert!(error.contains(&page) && error.contains("error page"), "{error}");
    assert_eq!(live(&clients).await, code, "nothing has changed");
}
