//! S3 Object Lock: the retention that stored events get.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// The retention that every stored event gets. Ingest sets it on each event, because a default of the bucket would lock
/// the configuration, too.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectLock {
    /// Who may end the retention before its time.
    pub mode: LockMode,
    /// Days from the receipt of an event to the end of its retention.
    pub days: u16,
}

/// Who may end the retention of an object before its time.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum LockMode {
    /// Principals with `s3:BypassGovernanceRetention`.
    Governance,
    /// Nobody, not even the root user of the account.
    Compliance,
}

/// The retention of one object: until then, nobody can delete or overwrite it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Who may end it before its time.
    pub mode: LockMode,
    /// When it ends.
    pub until: Timestamp,
}

impl ObjectLock {
    /// The retention of an event that was received at this time.
    pub fn retention(self, received_at: Timestamp) -> Retention {
        let days = SignedDuration::from_hours(24 * i64::from(self.days));
        Retention {
            mode: self.mode,
            until: received_at.saturating_add(days).unwrap_or(Timestamp::MAX),
        }
    }
}
