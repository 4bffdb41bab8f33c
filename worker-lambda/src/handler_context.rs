//! What a handler is made with.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::config::StartError;
use shared::ports::aws::SdkConfig;

use crate::deliver::client::HttpClient;

/// What a handler is made with, by its constructor.
pub struct HandlerContext<'t> {
    /// For the clients of AWS's services. Each call is bounded in time, and tried three times.
    pub aws: &'t SdkConfig,
    /// For calls by HTTP.
    pub http: &'t HttpClient,
    /// How long one delivery may take; after that the handler is stopped where it waits.
    pub timeout: Duration,
    /// What the configuration says.
    pub settings: Settings<'t>,
}

/// A handler's settings in the configuration. What it does not ask for, it does not know: a setting
/// that is misspelt is an error.
pub struct Settings<'t> {
    /// Where they are in the configuration.
    path: String,
    settings: &'t BTreeMap<String, String>,
    asked_for: RefCell<BTreeSet<&'static str>>,
}

impl<'t> Settings<'t> {
    /// The settings of the handler at `path`, `destinations.here.handler`.
    pub fn new(path: String, settings: &'t BTreeMap<String, String>) -> Self {
        Self { path, settings, asked_for: RefCell::default() }
    }

    /// A setting that there may be.
    pub fn find(&self, name: &'static str) -> Option<&'t str> {
        self.asked_for.borrow_mut().insert(name);
        self.settings.get(name).map(String::as_str)
    }

    /// A setting that there must be.
    pub fn get(&self, name: &'static str) -> Result<&'t str, StartError> {
        let found = self.find(name).filter(|value| !value.is_empty());
        found.ok_or_else(|| self.invalid(name, "is missing"))
    }

    /// A setting that is `true` or `false`, which it is where it is missing.
    pub fn flag(&self, name: &'static str) -> Result<bool, StartError> {
        match self.find(name) {
            Some("true") => Ok(true),
            Some("false") | None => Ok(false),
            Some(_) => Err(self.invalid(name, "must be \"true\" or \"false\"")),
        }
    }

    /// The error that a setting is not as it must be.
    pub fn invalid(&self, name: &str, reason: &str) -> StartError {
        StartError::Invalid(format!("{}.settings.{name}", self.path), reason.to_owned())
    }

    /// The error that there is no handler of a name.
    pub(crate) fn no_such_handler(&self, reason: String) -> StartError {
        StartError::Invalid(format!("{}.name", self.path), reason)
    }

    /// That every setting was asked for.
    pub(crate) fn all_known(&self) -> Result<(), StartError> {
        let known = self.asked_for.borrow();
        match self.settings.keys().find(|name| !known.contains(&name[..])) {
            None => Ok(()),
            Some(unknown) => {
                let known: Vec<_> = known.iter().copied().collect();
                let reason =
                    format!("this handler has no such setting; it has: {}", known.join(", "));
                Err(self.invalid(unknown, &reason))
            }
        }
    }
}
