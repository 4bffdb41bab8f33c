//! `catchment check` on keys, roles, networks and the protection of what is stored.

use serde_json::Value;

use crate::tool::{File, run};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/mine";

/// The mistakes in a configuration with these settings, without the name of its file.
fn mistakes(settings: &str) -> Vec<String> {
    let text =
        format!("name = \"it\"\nsources = {{ code = {{ provider = \"gitlab\" }} }}\n{settings}\n");
    let found = run(&["check", "--json", File::with_suffix(".tfvars", text).path()]).json();
    let text = |it: &Value| {
        let part = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{}: {}", part("path"), part("text"))
    };
    found["mistakes"].as_array().unwrap().iter().map(text).collect()
}

fn private(more: &str) -> String {
    format!(
        "destinations = {{ erp = {{ http = {{ url = \"http://10.0.0.1\", allow_private = true }} }} }}\n{more}"
    )
}

#[test]
fn options_that_are_valid_are_not_reported() {
    for settings in [
        r#"vpc = { subnet_ids = ["subnet-0a1b2c"], security_group_ids = ["sg-0a1b2c"] }"#.to_owned(),
        r#"object_lock = { mode = "COMPLIANCE", days = 36500 }"#.to_owned(),
        "object_lock = { mode = \"GOVERNANCE\", days = 365 }\nevent_retention_days = 365".to_owned(),
        r#"replication = { bucket_arn = "arn:aws:s3:::replicas", storage_class = "DEEP_ARCHIVE" }"#
            .to_owned(),
        format!(
            "kms_key_arn = \"{KEY}\"\nreplication = {{ bucket_arn = \"arn:aws:s3:::replicas\", kms_key_arn = \"{KEY}\" }}"
        ),
        r#"permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess""#.to_owned(),
        "role_path = \"/a/b/\"\ntracing = true\npoint_in_time_recovery = false\ndeletion_protection = false"
            .to_owned(),
        private(r#"vpc = { subnet_ids = ["subnet-0a1"], security_group_ids = ["sg-0a1"] }"#),
        private(r#"environment = { AWS_ENDPOINT_URL = "http://127.0.0.1:4566" }"#),
    ] {
        assert_eq!(mistakes(&settings), Vec::<String>::new(), "{settings}");
    }
}

#[test]
fn an_option_that_aws_would_refuse_is_reported_at_its_attribute() {
    let must_be_key =
        "but must be a key's ARN, not that of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID.";
    for (settings, expected) in [
        (
            "kms_key_arn = \"alias/mine\"",
            format!("kms_key_arn: is \"alias/mine\", {must_be_key}"),
        ),
        (
            "vpc = { subnet_ids = [\"vpc-1\"], security_group_ids = [\"sg-1\"] }",
            "vpc.subnet_ids: must be 1 to 16 IDs of subnets, subnet-….".to_owned(),
        ),
        (
            "vpc = { subnet_ids = [\"subnet-1\"], security_group_ids = [] }",
            "vpc.security_group_ids: must be 1 to 5 IDs of security groups, sg-….".to_owned(),
        ),
        (
            "permissions_boundary_arn = \"arn:aws:iam::123456789012:role/a\"",
            "permissions_boundary_arn: is \"arn:aws:iam::123456789012:role/a\", but must be the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME.".to_owned(),
        ),
        (
            "role_path = \"//\"",
            "role_path: is \"//\", but must be / or begin and end with it, such as /catchment/, with at most 512 printable characters and no empty part.".to_owned(),
        ),
        (
            "object_lock = { mode = \"LEGAL\", days = 1 }",
            "object_lock.mode: is \"LEGAL\", but must be one of: GOVERNANCE, COMPLIANCE.".to_owned(),
        ),
        (
            "object_lock = { mode = \"GOVERNANCE\", days = 1.5 }",
            "object_lock.days: is 1.5, but must be a whole number from 1 to 36500.".to_owned(),
        ),
        (
            "replication = { bucket_arn = \"replicas\" }",
            "replication.bucket_arn: is \"replicas\", but must be the ARN of a bucket: arn:aws:s3:::NAME.".to_owned(),
        ),
        (
            "replication = { bucket_arn = \"arn:aws:s3:::replicas\", storage_class = \"REDUCED\" }",
            "replication.storage_class: is \"REDUCED\", but must be one of: STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE.".to_owned(),
        ),
        (
            "kms_key_arn = \"arn:aws:kms:eu-west-1:123456789012:key/mine\"\nreplication = { bucket_arn = \"arn:aws:s3:::replicas\", kms_key_arn = \"mine\" }",
            format!("replication.kms_key_arn: is \"mine\", {must_be_key}"),
        ),
    ] {
        assert_eq!(mistakes(settings), [expected], "{settings}");
    }
}

#[test]
fn options_that_contradict_each_other_are_reported() {
    for (settings, expected) in [
        (
            "object_lock = { mode = \"GOVERNANCE\", days = 91 }\nevent_retention_days = 90",
            "object_lock.days: is 91, but must be at most event_retention_days (90): an event cannot expire before its retention ends.",
        ),
        (
            "object_lock = { mode = \"GOVERNANCE\", days = 1 }\nforce_destroy = true",
            "object_lock: must be null if force_destroy is true: the events of a bucket with Object Lock cannot be deleted with it. Remove force_destroy. docs/operate/move.md says what to do with the bucket when a stack is destroyed.",
        ),
        (
            "kms_key_arn = \"arn:aws:kms:eu-west-1:123456789012:key/mine\"\nreplication = { bucket_arn = \"arn:aws:s3:::replicas\" }",
            "replication.kms_key_arn: is required if kms_key_arn is set: S3 encrypts the replicas with a key in the region of their bucket.",
        ),
        (
            "replication = { bucket_arn = \"arn:aws:s3:::replicas\", kms_key_arn = \"arn:aws:kms:eu-west-1:123456789012:key/mine\" }",
            "replication.kms_key_arn: is set, but S3 uses it only for events that a key of your own encrypts: set kms_key_arn, or remove it.",
        ),
    ] {
        assert_eq!(mistakes(settings), [expected], "{settings}");
    }
    let expected = "destinations.erp.http.allow_private: is true, but the worker reaches private addresses only in a VPC: set vpc, or remove allow_private. An emulator needs no VPC: set environment.AWS_ENDPOINT_URL to it.";
    assert_eq!(mistakes(&private("")), [expected]);
    assert_eq!(mistakes(&private("environment = { A = \"b\" }")), [expected]);
}
