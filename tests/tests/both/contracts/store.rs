//! The archive.

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumMode, ObjectLockMode, VersioningConfiguration,
};
use catchment_tests::aws_targets::unique;
use catchment_tests::clients::{self, Clients};
use catchment_tests::emulator::Kind::{self, LocalStack, MiniStack};
use catchment_tests::fakes::MemoryStore;
use jiff::Timestamp;
use shared::config::{LockMode, Retention};
use shared::ports::store::{BodyStore, EventStore, GetError, S3Store, StoredBody};

use crate::both::contracts::{clients, hold};

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!($name, $test, $subject, [
            an_object_is_read_byte_for_byte_as_it_was_put,
            five_megabytes_are_kept_whole,
            keys_of_any_characters_are_kept_apart,
            a_missing_object_is_missing_and_not_out_of_reach,
            a_second_put_replaces_the_whole_object,
            a_body_is_put_once,
            $($more),*
        ]);
    };
}

every!(fake, tokio::test, super::MemoryStore::default(), []);
every!(localstack, tokio::test, super::s3(super::LocalStack).await, []);
every!(ministack, tokio::test, super::s3(super::MiniStack).await, []);
hold!(
    buckets,
    tokio::test,
    [super::LocalStack, super::MiniStack],
    [
        a_missing_bucket_is_out_of_reach,
        a_link_is_read_by_a_plain_get_and_lasts_half_a_day,
        a_body_is_read_at_its_link_with_its_type_and_has_one_version,
        an_object_gets_its_retention_and_a_checksum_with_it
    ]
);

/// A new bucket.
async fn s3(kind: Kind) -> S3Store {
    let (Clients { s3, .. }, bucket) = (clients(kind).await, unique("contract"));
    s3.create_bucket().bucket(&bucket).send().await.unwrap();
    S3Store::new(s3, bucket)
}

const KEY: &str = "events/source=shop/date=2026-11-22/hour=09/019ab0.json";

async fn an_object_is_read_byte_for_byte_as_it_was_put(store: &impl EventStore) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let objects = ["".as_bytes(), b"{\"a\":\"\xc3\xbc\"}\r\n", b"\xef\xbb\xbf", &every_byte];
    for (n, object) in objects.into_iter().enumerate() {
        let key = format!("{KEY}{n}");
        store.put(&key, object.to_vec(), None).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), object);
    }
}

async fn five_megabytes_are_kept_whole(store: &impl EventStore) {
    let object: Vec<u8> = (0..5 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    store.put(KEY, object.clone(), None).await.unwrap();
    assert!(store.get(KEY).await.unwrap() == object, "the object differs");
}

async fn keys_of_any_characters_are_kept_apart(store: &impl EventStore) {
    let odd = [
        "a b",
        "a+b",
        "a%20b",
        "a%2Bb",
        "a/b",
        "a//b",
        "a%2Fb",
        "a?b#c",
        "a&b=c;d",
        "ü",
        "u\u{308}",
        "€ 😀",
        "A",
        "a",
        "'\"<>",
        "a=b",
        "~!*()@,:$",
        "%",
        "%zz",
    ];
    for key in odd {
        store.put(&format!("{KEY}/{key}"), key.as_bytes().to_vec(), None).await.unwrap();
    }
    for key in odd {
        let got = store.get(&format!("{KEY}/{key}")).await;
        assert_eq!(String::from_utf8(got.expect(key)).unwrap(), key);
    }
}

async fn a_missing_object_is_missing_and_not_out_of_reach(store: &impl EventStore) {
    assert!(matches!(store.get(KEY).await, Err(GetError::Missing)));
    store.put(KEY, b"{}".to_vec(), None).await.unwrap();
    for beside in [&format!("{KEY}x"), "events/source=shop", "events/source=shop/"] {
        assert!(matches!(store.get(beside).await, Err(GetError::Missing)), "{beside}");
    }
}

async fn a_second_put_replaces_the_whole_object(store: &impl EventStore) {
    store.put(KEY, b"the longer of the two".to_vec(), None).await.unwrap();
    store.put(KEY, b"shorter".to_vec(), None).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), b"shorter");
}

/// A retry puts the same bytes again.
async fn a_body_is_put_once(store: &(impl EventStore + BodyStore)) {
    let key = KEY.replace("events/", "bodies/");
    for body in ["the first", "another"] {
        let bytes = &body.to_owned().into();
        let body = StoredBody { bytes, content_type: None, content_encoding: None };
        store.put_body(&key, body).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), b"the first");
    }
}

/// In a bucket with versions, as that of a stack is.
async fn a_body_is_read_at_its_link_with_its_type_and_has_one_version(kinds: &[Kind]) {
    for &kind in kinds {
        let (Clients { s3, .. }, bucket) = (clients(kind).await, unique("contract"));
        s3.create_bucket().bucket(&bucket).send().await.unwrap();
        let versioning = VersioningConfiguration::builder();
        let versioning = versioning.status(BucketVersioningStatus::Enabled).build();
        let put = s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(versioning);
        put.send().await.unwrap();
        let (store, key) = (S3Store::new(s3.clone(), bucket.clone()), "bodies/source=shop/1");
        let bytes = &vec![0x1f, 0x8b, 0xff].into();
        for _attempt in 0..3 {
            let (content_type, content_encoding) = (Some("text/csv; charset=x"), Some("gzip"));
            let body = StoredBody { bytes, content_type, content_encoding };
            store.put_body(key, body).await.unwrap();
        }
        let link = store.presign(key).await.unwrap();
        let got = clients::http().unwrap().get(&link).send().await.unwrap();
        assert_eq!(got.headers()["content-type"], "text/csv; charset=x", "{kind:?}");
        assert_eq!(got.headers()["content-encoding"], "gzip", "{kind:?}");
        assert!(got.bytes().await.unwrap() == *bytes, "{kind:?}");
        let versions = s3.list_object_versions().bucket(&bucket).send().await.unwrap();
        assert_eq!(versions.versions().len(), 1, "{kind:?}");
    }
}

/// S3 refuses a retention without a checksum, also if the environment asks the SDK to send none that is not required.
async fn an_object_gets_its_retention_and_a_checksum_with_it(kinds: &[Kind]) {
    for &kind in kinds {
        let (Clients { s3, .. }, bucket) = (clients(kind).await, unique("contract"));
        let create = s3.create_bucket().bucket(&bucket).object_lock_enabled_for_bucket(true);
        create.send().await.unwrap();
        let config = s3.config().to_builder();
        let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        let store = S3Store::new(aws_sdk_s3::Client::from_conf(config.build()), bucket.clone());
        let until: Timestamp = "2126-11-29T10:00:00.7Z".parse().unwrap();
        for (key, mode, expected) in [
            ("events/1", LockMode::Governance, ObjectLockMode::Governance),
            ("events/2", LockMode::Compliance, ObjectLockMode::Compliance),
        ] {
            store.put(key, b"{}".to_vec(), Some(Retention { mode, until })).await.unwrap();
            let head = s3.head_object().bucket(&bucket).key(key);
            let head = head.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
            assert_eq!(head.object_lock_mode(), Some(&expected), "{kind:?}");
            let kept = head.object_lock_retain_until_date().unwrap().secs();
            assert_eq!(kept, until.as_second(), "{kind:?}");
            // LocalStack does not hand a checksum out.
            assert!(kind == LocalStack || head.checksum_crc32().is_some(), "{kind:?}");
        }
        store.put("events/3", b"{}".to_vec(), None).await.unwrap();
        let head = s3.head_object().bucket(&bucket).key("events/3").send().await.unwrap();
        assert_eq!(head.object_lock_mode(), None, "{kind:?}");
    }
}

/// A missing bucket may be there again soon, so no event in it counts as gone. A fake has no bucket.
async fn a_missing_bucket_is_out_of_reach(kinds: &[Kind]) {
    for &kind in kinds {
        let store = S3Store::new(clients(kind).await.s3, unique("no-such"));
        assert!(store.put(KEY, b"{}".to_vec(), None).await.is_err(), "{kind:?}");
        let got = store.get(KEY).await;
        assert!(matches!(got, Err(GetError::Unavailable(_))), "{kind:?}: {got:?}");
    }
}

/// Anyone who has the URL needs no credentials, and no header either. A fake's leads nowhere.
async fn a_link_is_read_by_a_plain_get_and_lasts_half_a_day(kinds: &[Kind]) {
    for &kind in kinds {
        let store = s3(kind).await;
        let key = format!("{KEY} with a space+ü");
        store.put(&key, b"{\"a\":1}".to_vec(), None).await.unwrap();
        let link = store.presign(&key).await.unwrap();
        let got = clients::http().unwrap().get(&link).send().await.unwrap();
        assert_eq!(got.status(), 200, "{kind:?}");
        assert_eq!(got.bytes().await.unwrap(), "{\"a\":1}");
        for part in ["X-Amz-Expires=43200&", "X-Amz-SignedHeaders=host&", "X-Amz-Signature="] {
            assert!(link.contains(part), "{link}");
        }
        assert!(link.contains(store.bucket()), "{link}");
    }
}
