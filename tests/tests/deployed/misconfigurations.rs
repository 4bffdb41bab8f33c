//! The files of the module, as checkov judges them.

use catchment_tests::{judge, paths};

#[tokio::test]
async fn the_module_is_public_or_unencrypted_nowhere_but_for_a_stated_reason() {
    let found = judge::misconfigurations(&paths::root().join("infra")).await.unwrap();
    assert!(found.failed.is_empty() && found.unused.is_empty(), "{found:#?}");
    // It has read the module, and it finds what is planted.
    assert!(found.passed > 100, "{found:#?}");
    for planted in [
        "CKV_AWS_20 aws_s3_bucket.public",
        "CKV_AWS_54 aws_s3_bucket_public_access_block.public",
        "CKV_AWS_27 aws_sqs_queue.plain",
        "CKV_AWS_1 aws_iam_policy_document.everything",
    ] {
        assert!(found.planted.iter().any(|it| it == planted), "{planted}: {found:#?}");
    }
}
