//! What is kept, for how long, and how often is asked.

use std::time::Duration;

use super::pki::file;
use super::*;

const DAY: i64 = 24 * 3600;

/// SNS publishes a certificate under each of these names.
fn published(pki: &Pki, names: impl Iterator<Item = usize>) -> Keys<Fake> {
    let leaf = pki.issue(&Wanted::of("sns.amazonaws.com"));
    let fake = Fake::default();
    for name in names {
        fake.set(&named(name), file(&[&leaf, &pki.issuer()]));
    }
    pki.keys(fake)
}

fn named(name: usize) -> String {
    format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{name}.pem")
}

async fn get(keys: &Keys<Fake>, name: usize, at: i64) -> Result<String, KeyError> {
    keys.get_key(&sns(&named(name), TOPIC), later(at)).await
}

#[tokio::test]
async fn a_key_is_fetched_once_a_day() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    for at in [0, 1, DAY - 1] {
        get(&keys, 0, at).await.unwrap();
    }
    assert_eq!(keys.fetch.calls().len(), 1);
    get(&keys, 0, DAY).await.unwrap();
    assert_eq!(keys.fetch.calls().len(), 2);
}

#[tokio::test]
async fn a_key_is_not_kept_beyond_its_certificate() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let request = sns(&named(0), TOPIC);
    let before = end - SignedDuration::from_secs(1);
    keys.get_key(&request, before).await.unwrap();
    let after = end + SignedDuration::from_secs(1);
    assert_eq!(refused(keys.get_key(&request, after).await), "its certificate has expired");
}

#[tokio::test]
async fn a_failure_is_remembered_for_a_while() {
    let pki = Pki::new();
    let keys = published(&pki, 0..0);
    for at in [0, 1, 9] {
        unavailable(get(&keys, 0, at).await);
    }
    assert_eq!(keys.fetch.calls().len(), 1);
    keys.fetch.set(&named(0), published(&pki, 0..1).fetch.taken(&named(0)));
    get(&keys, 0, 10).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_forged_keys_is_no_flood_of_calls() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    get(&keys, 0, 0).await.unwrap();
    for forged in 1..100 {
        unavailable(get(&keys, forged, 0).await);
    }
    assert_eq!(keys.fetch.calls().len(), 10);
    get(&keys, 0, 1).await.unwrap();
    let busy = unavailable(get(&keys, 100, 9).await);
    assert!(busy.starts_with("too many"), "{busy}");
    unavailable(get(&keys, 100, 10).await);
    assert_eq!(keys.fetch.calls().len(), 11, "what was not asked for has not failed");
}

#[tokio::test]
async fn forged_keys_do_not_push_out_those_in_hand() {
    let pki = Pki::new();
    let keys = published(&pki, 0..1);
    get(&keys, 0, 0).await.unwrap();
    for forged in 1..200 {
        unavailable(get(&keys, forged, 10 * i64::try_from(forged).unwrap()).await);
    }
    let asked = keys.fetch.calls().len();
    get(&keys, 0, 3000).await.unwrap();
    assert_eq!(keys.fetch.calls().len(), asked);
}

#[tokio::test]
async fn the_oldest_key_makes_room() {
    let pki = Pki::new();
    let keys = published(&pki, 0..49);
    for name in 0..49 {
        get(&keys, name, 10 * i64::try_from(name).unwrap()).await.unwrap();
    }
    get(&keys, 1, 1000).await.unwrap();
    assert_eq!(keys.fetch.calls().len(), 49);
    get(&keys, 0, 1000).await.unwrap();
    assert_eq!(keys.fetch.calls().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_is_given_up() {
    let pki = Pki::new();
    let keys = pki.keys(Fake::new([(SNS, Answer::Never)]));
    let start = tokio::time::Instant::now();
    let request = sns(SNS, TOPIC);
    let key = tokio::time::timeout(Duration::from_secs(60), keys.get_key(&request, now())).await;
    let reason = unavailable(key.unwrap());
    assert_eq!(reason, "sns.us-east-1.amazonaws.com: timed out");
    assert_eq!(start.elapsed().as_secs(), 2);
}
