use super::*;
use crate::keys::Keys;
use crate::keys::tests::fake_hosts::{FakeHosts, Response};
use crate::keys::tests::pki::{Pki, Template, pem_file};
use crate::keys::tests::{TOPIC, later, refused, sns, unavailable};

const DAY: i64 = 24 * 3600;

/// SNS publishes a certificate with each of these names.
fn published(pki: &Pki, names: impl Iterator<Item = usize>) -> Keys<FakeHosts> {
    let leaf = pki.issue(&Template::of("sns.amazonaws.com"));
    let hosts = FakeHosts::default();
    for name in names {
        hosts.set(&named(name), pem_file(&[&leaf, &pki.issuer()]));
    }
    pki.keys(hosts)
}

fn named(name: usize) -> String {
    format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{name}.pem")
}

async fn get(keys: &Keys<FakeHosts>, name: usize, at: i64) -> Result<String, KeyError> {
    keys.get_key(&sns(&named(name), TOPIC), later(at)).await
}

#[tokio::test]
async fn a_certificate_is_fetched_once_a_day() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    for at in [0, 1, DAY - 1] {
        get(&keys, 0, at).await.unwrap();
    }
    assert_eq!(keys.calls().len(), 1);
    get(&keys, 0, DAY).await.unwrap();
    assert_eq!(keys.calls().len(), 2);
}

#[tokio::test]
async fn a_certificate_is_not_cached_after_its_end() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let request = sns(&named(0), TOPIC);
    let before = end - SignedDuration::from_secs(1);
    keys.get_key(&request, before).await.unwrap();
    let after = end + SignedDuration::from_secs(1);
    assert_eq!(refused(keys.get_key(&request, after).await), "the certificate has expired");
}

#[tokio::test]
async fn a_failure_is_cached_for_ten_seconds() {
    let pki = Pki::new();
    let keys = published(&pki, 0..0);
    for at in [0, 1, 9] {
        unavailable(get(&keys, 0, at).await);
    }
    assert_eq!(keys.calls().len(), 1);
    keys.hosts().set(&named(0), published(&pki, 0..1).hosts().response_of(&named(0)));
    get(&keys, 0, 10).await.unwrap();
}

#[tokio::test]
async fn forged_names_cause_at_most_ten_calls_in_ten_seconds() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    get(&keys, 0, 0).await.unwrap();
    for forged in 1..100 {
        unavailable(get(&keys, forged, 0).await);
    }
    assert_eq!(keys.calls().len(), 10);
    get(&keys, 0, 1).await.unwrap();
    let busy = unavailable(get(&keys, 100, 9).await);
    assert!(busy.starts_with("too many"), "{busy}");
    unavailable(get(&keys, 100, 10).await);
    assert_eq!(keys.calls().len(), 11, "a refusal by the rate limit is not cached as a failure");
}

#[tokio::test]
async fn forged_names_for_one_source_do_not_use_up_the_calls_of_another() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    for forged in 1..100 {
        unavailable(get(&keys, forged, 0).await);
    }
    unavailable(get(&keys, 0, 0).await);
    keys.find_for("other", &sns(&named(0), TOPIC), later(0)).await.unwrap();
}

#[tokio::test]
async fn a_name_that_verified_before_is_fetched_again_whatever_forged_names_there_are() {
    let pki = Pki::new();
    let keys = published(&pki, 0..2);
    let found = keys.find_for("s", &sns(&named(0), TOPIC), later(0)).await.unwrap();
    keys.mark_verified("s", &found);
    get(&keys, 1, 0).await.unwrap();
    for forged in 2..100 {
        unavailable(get(&keys, forged, DAY).await);
    }
    unavailable(get(&keys, 1, DAY).await);
    get(&keys, 0, DAY).await.unwrap();
}

#[tokio::test]
async fn forged_names_do_not_push_a_verified_names_failure_out_of_the_negative_cache() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    let found = keys.find_for("s", &sns(&named(0), TOPIC), later(0)).await.unwrap();
    keys.mark_verified("s", &found);
    keys.hosts().set(&named(0), Response::Status(503, ""));
    for at in 0..2 {
        unavailable(get(&keys, 0, DAY).await);
        for forged in 1..30 {
            unavailable(get(&keys, 100 * at + forged, DAY).await);
        }
    }
    let calls = keys.calls().into_iter().filter(|call| *call == named(0));
    assert_eq!(calls.count(), 2, "one that succeeded, and one that failed");
}

#[tokio::test]
async fn forged_names_do_not_push_keys_out_of_the_cache() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    get(&keys, 0, 0).await.unwrap();
    for forged in 1..200 {
        unavailable(get(&keys, forged, 10 * i64::try_from(forged).unwrap()).await);
    }
    let asked = keys.calls().len();
    get(&keys, 0, 3000).await.unwrap();
    assert_eq!(keys.calls().len(), asked);
}

#[tokio::test]
async fn the_oldest_key_makes_room_for_a_new_one() {
    let pki = Pki::new();
    let keys = published(&pki, 0..49);
    for name in 0..49 {
        get(&keys, name, 10 * i64::try_from(name).unwrap()).await.unwrap();
    }
    get(&keys, 1, 1000).await.unwrap();
    assert_eq!(keys.calls().len(), 49);
    get(&keys, 0, 1000).await.unwrap();
    assert_eq!(keys.calls().len(), 50);
}
