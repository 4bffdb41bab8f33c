//! How the receiver answers.

use serde::Deserialize;

/// An answer to give, and to what. `POST /behave` takes the same as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The status to answer.
    pub status: u16,
    /// For how many deliveries; until told otherwise where it is left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// Only deliveries to this path, without a query; to every path where it is left out.
    #[serde(default)]
    pub path: Option<String>,
    /// The value of a `Retry-After` header.
    #[serde(default)]
    pub retry_after: Option<String>,
    /// How long to wait before answering.
    #[serde(default)]
    pub delay_ms: u64,
}

impl Behaviour {
    /// Answers `status` to every delivery until told otherwise.
    #[must_use]
    pub fn always(status: u16) -> Self {
        Self { status, times: None, path: None, retry_after: None, delay_ms: 0 }
    }

    /// Answers `status` to the next `times` deliveries.
    #[must_use]
    pub fn next(times: u32, status: u16) -> Self {
        Self { times: Some(times), ..Self::always(status) }
    }

    /// The same for this path only.
    #[must_use]
    pub fn at(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Whether nothing said before can apply any more.
    fn is_final(&self) -> bool {
        self.times.is_none() && self.path.is_none()
    }

    fn fits(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|only| only == path)
    }
}

/// Adds one, which from now on goes before all others.
pub(super) fn put(behaviours: &mut Vec<Behaviour>, latest: Behaviour) {
    if latest.is_final() {
        behaviours.clear();
    }
    behaviours.push(latest);
}

/// The latest behaviour that fits, one time of it used up; 200 where there is none.
pub(super) fn take(behaviours: &mut Vec<Behaviour>, path: &str) -> Behaviour {
    behaviours.retain(|behaviour| behaviour.times != Some(0));
    let Some(latest) = behaviours.iter_mut().rev().find(|behaviour| behaviour.fits(path)) else {
        return Behaviour::always(200);
    };
    latest.times = latest.times.map(|left| left.saturating_sub(1));
    latest.clone()
}
