//! Versions of secrets.

use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind::{self, LocalStack, MiniStack};
use catchment_tests::fakes::MemorySecrets;
use jiff::Timestamp;
use shared::ports::secrets::Stage::{Current, Previous};
use shared::ports::secrets::{SecretStore, SecretsManager, Stage};

use crate::both::contracts::{clients, hold};

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!($name, $test, $subject, [
            a_secret_without_a_value_has_no_version,
            the_first_value_is_current_and_nothing_is_previous,
            what_was_current_becomes_previous,
            a_value_is_kept_to_the_character,
            a_value_is_dated,
            a_value_that_is_put_is_current,
            $($more),*
        ]);
    };
}

every!(fake, tokio::test, super::Fake::default(), []);
every!(localstack, tokio::test, super::Manager::new(super::LocalStack).await, []);
every!(ministack, tokio::test, super::Manager::new(super::MiniStack).await, []);

/// A store, and what an operator does with it.
trait Subject {
    fn store(&self) -> &impl SecretStore;
    /// A secret without a value, by its ARN.
    async fn create(&self) -> String;
    async fn set(&self, arn: &str, value: &str);
}

#[derive(Default)]
struct Fake(MemorySecrets);

impl Subject for Fake {
    fn store(&self) -> &impl SecretStore {
        &self.0
    }

    async fn create(&self) -> String {
        unique("arn:secret")
    }

    async fn set(&self, arn: &str, value: &str) {
        self.0.set(arn, value, Timestamp::now());
    }
}

struct Manager {
    client: aws_sdk_secretsmanager::Client,
    store: SecretsManager,
}

impl Manager {
    async fn new(kind: Kind) -> Self {
        let Clients { secrets, .. } = clients(kind).await;
        Self { store: SecretsManager::new(secrets.clone()), client: secrets }
    }
}

impl Subject for Manager {
    fn store(&self) -> &impl SecretStore {
        &self.store
    }

    /// As Terraform does it.
    async fn create(&self) -> String {
        let created = self.client.create_secret().name(unique("contract/source")).send().await;
        created.unwrap().arn.unwrap()
    }

    async fn set(&self, arn: &str, value: &str) {
        let put = self.client.put_secret_value().secret_id(arn).secret_string(value);
        put.send().await.unwrap();
    }
}

async fn value(subject: &impl Subject, arn: &str, stage: Stage) -> Option<String> {
    subject.store().version(arn, stage).await.unwrap().map(|version| version.value)
}

async fn a_secret_without_a_value_has_no_version(subject: &impl Subject) {
    let arn = subject.create().await;
    assert_eq!(value(subject, &arn, Current).await, None);
    assert_eq!(value(subject, &arn, Previous).await, None);
}

async fn the_first_value_is_current_and_nothing_is_previous(subject: &impl Subject) {
    let arn = subject.create().await;
    subject.set(&arn, "one").await;
    assert_eq!(value(subject, &arn, Current).await.as_deref(), Some("one"));
    assert_eq!(value(subject, &arn, Previous).await, None);
}

async fn what_was_current_becomes_previous(subject: &impl Subject) {
    let (arn, other) = (subject.create().await, subject.create().await);
    subject.set(&other, "another's").await;
    for (set, current, previous) in [("one", "one", None), ("two", "two", Some("one"))] {
        subject.set(&arn, set).await;
        assert_eq!(value(subject, &arn, Current).await.as_deref(), Some(current));
        assert_eq!(value(subject, &arn, Previous).await.as_deref(), previous);
    }
    subject.set(&arn, "three").await;
    assert_eq!(value(subject, &arn, Current).await.as_deref(), Some("three"));
    assert_eq!(value(subject, &arn, Previous).await.as_deref(), Some("two"));
}

async fn a_value_is_kept_to_the_character(subject: &impl Subject) {
    let arn = subject.create().await;
    for text in
        ["whsec_a+/=", "[\"one\",\"two\"]", "line end\n", " ü€😀\t\"\\ ", &"x".repeat(65_536)]
    {
        subject.set(&arn, text).await;
        assert_eq!(value(subject, &arn, Current).await.as_deref(), Some(text));
    }
}

/// The previous value counts for a while after the current one was set.
async fn a_value_is_dated(subject: &impl Subject) {
    let arn = subject.create().await;
    let before = Timestamp::now().as_second();
    subject.set(&arn, "one").await;
    let version = subject.store().version(&arn, Current).await.unwrap().unwrap();
    let after = Timestamp::now().as_second();
    assert!((before..=after).contains(&version.created.as_second()), "{}", version.created);
}

/// As an enrolment does it.
async fn a_value_that_is_put_is_current(subject: &impl Subject) {
    let arn = subject.create().await;
    for put in ["one", "two"] {
        subject.store().put(&arn, put.to_owned()).await.unwrap();
        assert_eq!(value(subject, &arn, Current).await.as_deref(), Some(put));
    }
}
