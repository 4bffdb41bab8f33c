//! Keys, networks and the protection of what is stored. Most of it is for Terraform alone.

use std::time::Duration;

use shared::config::{Kind, LockMode};

use crate::routing::docs::config;

#[test]
fn stored_events_get_the_retention_of_the_example() {
    let lock = config("object-lock").object_lock.unwrap();
    assert_eq!((lock.mode, lock.days), (LockMode::Governance, 365));
    let received = "2026-11-29T10:00:00Z".parse().unwrap();
    let kept = lock.retention(received).until.duration_since(received);
    assert_eq!(kept.unsigned_abs(), Duration::from_secs(365 * 24 * 3600));
}

#[test]
fn no_other_example_locks_events_and_those_for_terraform_alone_are_valid() {
    for name in ["deletion-protection", "kms-key", "replication", "vpc"] {
        assert!(config(name).object_lock.is_none(), "{name}");
    }
}

#[test]
fn only_the_destination_that_says_so_is_reached_at_a_private_address() {
    let destinations = config("vpc").destinations;
    let is_private = |name: &str| match &destinations[name].kind {
        Kind::Http(http) => http.allow_private,
        _ => panic!("{name} is not HTTP"),
    };
    assert_eq!(["erp", "crm"].map(is_private), [true, false]);
}
