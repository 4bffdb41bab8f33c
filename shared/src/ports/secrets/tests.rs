use std::sync::Mutex;

use super::*;

const ARN: &str = "arn:s";
const DAY: u32 = 86_400;

/// A store whose versions and failures are set by a test.
#[derive(Default)]
struct Store(Mutex<State>);

#[derive(Default)]
struct State {
    current: Option<Version>,
    previous: Option<Version>,
    down: bool,
    slow: bool,
    calls: u32,
    interference: Option<String>,
}

impl SecretStore for Store {
    async fn version(&self, _: &str, stage: Stage) -> Result<Option<Version>, SecretStoreError> {
        if self.0.lock().unwrap().slow {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let mut state = self.0.lock().unwrap();
        state.calls += 1;
        if state.down {
            return Err(SecretStoreError("down".into()));
        }
        Ok(match stage {
            Stage::Current => state.current.clone(),
            Stage::Previous => state.previous.clone(),
        })
    }

    async fn put(&self, _: &str, value: String) -> Result<(), SecretStoreError> {
        let mut state = self.0.lock().unwrap();
        state.previous = state.current.take();
        // Another enrolment may have overwritten the value.
        let value = state.interference.take().unwrap_or(value);
        state.current = Some(Version { value, created: at(0) });
        Ok(())
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn version(value: &str, second: i64) -> Option<Version> {
    Some(Version { value: value.into(), created: at(second) })
}

fn secrets(current: Option<Version>, previous: Option<Version>) -> Secrets<Store> {
    let state = State { current, previous, ..State::default() };
    Secrets::new(Store(Mutex::new(state)))
}

async fn texts(secrets: &Secrets<Store>, second: i64) -> Vec<String> {
    secrets.active(ARN, DAY, at(second)).await.unwrap().texts().to_vec()
}

#[tokio::test]
async fn the_previous_version_is_active_for_the_overlap() {
    let secrets = secrets(version("new", 1000), version("old", 0));
    assert_eq!(texts(&secrets, 1000 + 86_399).await, ["new", "old"]);
    let later = 1000 + 86_400 + 300;
    assert_eq!(texts(&secrets, later).await, ["new"]);
}

#[tokio::test]
async fn an_unusable_previous_version_is_ignored() {
    for mistake in ["", "[oops", "[]"] {
        let secrets = secrets(version("new", 1000), version(mistake, 0));
        assert_eq!(texts(&secrets, 1001).await.first().unwrap(), "new");
    }
}

#[tokio::test]
async fn a_list_has_several_active_secrets() {
    let secrets = secrets(version(r#"["a","b"]"#, 0), None);
    assert_eq!(texts(&secrets, 5).await, ["a", "b"]);
}

#[tokio::test]
async fn a_secret_is_fetched_once_in_its_lifetime() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    for second in [0, 10, 299] {
        texts(&secrets, start + second).await;
    }
    assert_eq!(secrets.store.0.lock().unwrap().calls, 1);
    texts(&secrets, start + 300).await;
    assert_eq!(secrets.store.0.lock().unwrap().calls, 2);
}

#[tokio::test]
async fn a_mismatch_refreshes_secrets_at_most_every_30_seconds() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    texts(&secrets, start).await;
    secrets.store.0.lock().unwrap().current = version("b", start);
    let refreshed = |second| secrets.refreshed(ARN, 0, at(start + second));
    assert!(refreshed(29).await.unwrap().is_none());
    assert_eq!(refreshed(30).await.unwrap().unwrap().texts(), ["b"]);
    let calls = secrets.store.0.lock().unwrap().calls;
    assert!(refreshed(31).await.unwrap().is_none());
    assert_eq!(secrets.store.0.lock().unwrap().calls, calls);
}

#[tokio::test]
async fn refreshing_fails_while_the_store_fails() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    texts(&secrets, start).await;
    secrets.store.0.lock().unwrap().down = true;
    for second in [30, 31, 300, 301] {
        texts(&secrets, start + second).await;
        let refreshed = secrets.refreshed(ARN, 0, at(start + second)).await;
        assert!(matches!(refreshed, Err(SecretsError::Store(_))), "after {second} s");
    }
}

#[tokio::test]
async fn a_missing_value_and_a_failing_store_are_different_errors() {
    let secrets = secrets(None, None);
    let error = secrets.active(ARN, DAY, at(0)).await.unwrap_err();
    assert!(matches!(error, SecretsError::NotSet(_)));
    secrets.store.0.lock().unwrap().down = true;
    let error = secrets.active(ARN, DAY, at(5)).await.unwrap_err();
    assert!(matches!(error, SecretsError::Store(_)));
}

#[tokio::test]
async fn cached_secrets_are_used_for_an_hour_while_the_store_fails() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    texts(&secrets, start).await;
    secrets.store.0.lock().unwrap().down = true;
    assert_eq!(texts(&secrets, start + 3599).await, ["a"]);
    assert!(secrets.active(ARN, DAY, at(start + 3600)).await.is_err());
}

#[tokio::test]
async fn a_failing_store_is_not_called_for_every_request() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    texts(&secrets, start).await;
    secrets.store.0.lock().unwrap().down = true;
    for second in 300..330 {
        assert_eq!(texts(&secrets, start + second).await, ["a"]);
        let _ = secrets.refreshed(ARN, 0, at(start + second)).await;
    }
    assert_eq!(secrets.store.0.lock().unwrap().calls, 2, "the first fetch, and one that failed");
}

#[tokio::test(start_paused = true)]
async fn cached_secrets_are_returned_soon_while_the_store_is_slow() {
    let secrets = secrets(version("a", 0), None);
    let start = i64::from(DAY);
    texts(&secrets, start).await;
    secrets.store.0.lock().unwrap().slow = true;
    let asked = tokio::time::Instant::now();
    assert_eq!(texts(&secrets, start + 300).await, ["a"]);
    assert!(asked.elapsed() <= REFRESH_TIMEOUT, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let secrets = secrets(version("hunter2", 0), None);
    let active = secrets.active(ARN, DAY, at(5)).await.unwrap();
    assert!(!format!("{active:?} {:?}", secrets.cache).contains("hunter2"));
}

#[tokio::test]
async fn an_enrolled_secret_is_the_newest_active_one() {
    let secrets = secrets(version("one", 0), None);
    secrets.enroll(ARN, "two", at(1)).await.unwrap();
    secrets.enroll(ARN, "two", at(2)).await.unwrap();
    assert_eq!(secrets.active(ARN, 0, at(3)).await.unwrap().texts(), ["two", "one"]);
}

#[tokio::test]
async fn a_secret_can_be_enrolled_if_there_is_no_value_yet() {
    let secrets = secrets(None, None);
    secrets.enroll(ARN, "one", at(1)).await.unwrap();
    assert_eq!(secrets.active(ARN, 0, at(2)).await.unwrap().texts(), ["one"]);
}

#[tokio::test]
async fn an_enrolment_that_was_overwritten_is_repeated() {
    let secrets = secrets(version("one", 0), None);
    secrets.store.0.lock().unwrap().interference = Some(r#"["other","one"]"#.into());
    secrets.enroll(ARN, "two", at(1)).await.unwrap();
    assert_eq!(secrets.active(ARN, 0, at(2)).await.unwrap().texts(), ["two", "other", "one"]);
}

#[tokio::test]
async fn enrolment_fails_if_there_are_too_many_secrets() {
    let full =
        serde_json::json!((0..secret::MAX_SECRETS).map(|n| n.to_string()).collect::<Vec<_>>());
    let secrets = secrets(version(&full.to_string(), 0), None);
    let error = secrets.enroll(ARN, "one more", at(1)).await.unwrap_err();
    assert!(matches!(error, SecretsError::Full(_)));
}

#[tokio::test]
async fn a_missing_or_unusable_value_is_fetched_again_after_five_seconds() {
    for unusable in [None, version("[]", 0)] {
        let secrets = secrets(unusable, None);
        for _ in 0..9 {
            secrets.active(ARN, 0, at(0)).await.unwrap_err();
        }
        assert_eq!(secrets.store.0.lock().unwrap().calls, 1);
        secrets.store.0.lock().unwrap().current = version("one", 1);
        assert!(secrets.active(ARN, 0, at(4)).await.is_err());
        assert_eq!(secrets.active(ARN, 0, at(5)).await.unwrap().texts(), ["one"]);
    }
}
