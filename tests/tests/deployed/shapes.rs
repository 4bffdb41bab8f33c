//! Every resource that Terraform creates, with the longest and the shortest names, as AWS's service models describe it.

use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::terraform::Terraform;
use catchment_tests::{judge, lambdas, paths, to_stderr};
use serde_json::{Map, Value, json};

/// The longest names that `infra/` takes of a stack, a source or destination, and a queue.
const LONGEST: [usize; 3] = [30, 48, 32];

const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";

fn name(length: usize, of: &str) -> String {
    of.chars().cycle().take(length).collect()
}

/// A domain name of 253 characters, the most that DNS has.
fn domain_name(of: &str) -> String {
    [63, 63, 63, 61].map(|length| name(length, of)).join(".")
}

/// So many ids of one kind, each as long as AWS makes them.
fn ids(kind: &str, number: usize) -> Vec<String> {
    (0..number).map(|n| format!("{kind}-{n:017x}")).collect()
}

/// Every kind of source, queue and destination, with names of these lengths.
fn values([stack, part, queue]: [usize; 3], more: Value) -> Value {
    let sources = ["a", "b", "c"].map(|of| name(part, of));
    let queues = ["q", "f"].map(|of| name(queue, of));
    let destinations = ["h", "l", "s", "e"].map(|of| name(part, of));
    let kinds = [
        json!({ "http": { "url": "https://a.example", "auth": { "type": "bearer" } } }),
        json!({ "lambda": { "arn": "arn:aws:lambda:us-east-1:123456789012:function:erp" } }),
        json!({ "sqs": { "arn": "arn:aws:sqs:us-east-1:123456789012:lake" } }),
        json!({ "eventbridge": { "bus": "default" } }),
    ];
    let destinations: Map<String, Value> = destinations.into_iter().zip(kinds).collect();
    let mut values = json!({
        "name": name(stack, "s"),
        "sources": {
            &sources[0]: { "provider": "docusign", "queue": queues[0] },
            &sources[1]: { "provider": "asana", "enroll": true, "queue": queues[1] },
            &sources[2]: {
                "provider": "custom", "queue": queues[0],
                "scheme": { "path": true, "algorithm": "token", "encoding": "utf8" },
            },
        },
        "queues": { &queues[0]: {}, &queues[1]: { "fifo": true, "ordering_key": "body.id" } },
        "routes": [{ "source": "*", "destinations": destinations.keys().collect::<Vec<_>>() }],
        "destinations": destinations,
    });
    for (name, value) in more.as_object().unwrap() {
        values[name] = value.clone();
    }
    values
}

#[tokio::test]
async fn the_judges_find_each_planted_error() {
    judge::find_planted_errors().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_resource_with_the_longest_and_the_shortest_names_is_as_aws_describes_it() {
    let dir = paths::target().join("test-shapes");
    let emulator = Emulator::start(Kind::MiniStack, &to_stderr).await.unwrap();
    let built = lambdas::build(&dir.join("lambdas"), &to_stderr).await.unwrap();
    let zips = json!({
        "ingest_zip": built.ingest, "worker_zip": built.worker, "architecture": built.architecture,
    });
    let longest = json!({
        "alarm_emails": [format!("{}@example.com", name(52, "a"))],
        "tags": { name(128, "k"): name(256, "v") },
        "event_transition": { "days": 30, "storage_class": "GLACIER_IR" },
        "event_retention_days": 400,
        "domain": {
            "name": domain_name("a"),
            "certificate_arn": CERTIFICATE,
            "mutual_tls": {
                "name": domain_name("b"), "certificate_arn": CERTIFICATE, "truststore_version": name(64, "v"),
                "truststore_uri": format!("s3://{}/{}", name(63, "b"), name(900, "k")),
                "ownership_certificate_arn": CERTIFICATE,
            },
        },
        "kms_key_arn": format!("arn:aws:kms:us-east-1:000000000000:key/mrk-{}", name(32, "1")),
        "vpc": { "subnet_ids": ids("subnet", 16), "security_group_ids": ids("sg", 5) },
        "permissions_boundary_arn": format!("arn:aws:iam::000000000000:policy/{}", name(128, "b")),
        "role_path": format!("/{}/", name(510, "r")),
        "tracing": true,
        "object_lock": { "mode": "COMPLIANCE", "days": 400 },
        "replication": {
            "bucket_arn": "arn:aws:s3:::replicas", "storage_class": "DEEP_ARCHIVE",
            "kms_key_arn": "arn:aws:kms:us-east-1:000000000000:key/replicas",
        },
    });
    let replicas = emulator.clients().s3;
    let replicas = replicas.create_bucket().bucket("replicas").object_lock_enabled_for_bucket(true);
    replicas.send().await.unwrap();
    let stacks = [("longest", LONGEST, longest), ("shortest", [2, 1, 1], json!({}))];
    for (which, lengths, more) in stacks {
        let terraform = Terraform::prepare(&dir.join(which), emulator.endpoint()).await.unwrap();
        let values = terraform.variables("values", &values(lengths, more)).unwrap();
        let zips = terraform.variables("zips", &zips).unwrap();
        terraform.apply(&[values, zips], |_| ()).await.unwrap();
    }
    let found = judge::shapes(&emulator).await.unwrap();
    assert_eq!(found.errors, [""; 0]);
    for operation in [
        "apigatewayv2.CreateApi",
        "apigatewayv2.CreateApiMapping",
        "apigatewayv2.CreateDomainName",
        "cloudwatch.PutMetricAlarm",
        "dynamodb.CreateTable",
        "iam.CreateRole",
        "lambda.CreateEventSourceMapping",
        "lambda.CreateFunction",
        "logs.CreateLogGroup",
        "s3.PutBucketEncryption",
        "s3.PutBucketLifecycleConfiguration",
        "secretsmanager.CreateSecret",
        "sns.CreateTopic",
        "sqs.CreateQueue",
    ] {
        assert!(found.judged.get(operation) >= Some(&2), "{operation}: {:?}", found.judged);
    }
    for operation in ["s3.PutBucketReplication", "s3.PutObjectLockConfiguration"] {
        assert!(found.judged.contains_key(operation), "{operation}: {:?}", found.judged);
    }
}
