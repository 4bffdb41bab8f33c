//! What the constructor of a handler gets: clients, a timeout, and the settings in the configuration.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::config::StartError;
use shared::ports::aws::SdkConfig;

use crate::deliver::client::HttpClient;

/// What the constructor of a handler gets.
pub struct HandlerContext<'t> {
    /// The configuration for clients of AWS services. It limits each call in time, and makes up to three attempts.
    pub aws: &'t SdkConfig,
    /// The client for calls over HTTP. Clones share its connections.
    pub http: &'t HttpClient,
    /// How long one call of [`Handler::handle`](super::Handler::handle) may take.
    pub timeout: Duration,
    /// The handler's settings in the configuration.
    pub settings: Settings<'t>,
}

/// A handler's settings in the configuration: strings by name. A setting that the handler did not ask for when it was
/// created is an error, so that a misspelt name is noticed.
pub struct Settings<'t> {
    /// The path of the handler in the configuration.
    path: String,
    settings: &'t BTreeMap<String, String>,
    asked_for: RefCell<BTreeSet<&'static str>>,
}

impl<'t> Settings<'t> {
    /// The settings of the handler at `path`, such as `destinations.crm.handler`.
    pub fn new(path: String, settings: &'t BTreeMap<String, String>) -> Self {
        Self { path, settings, asked_for: RefCell::default() }
    }

    /// An optional setting.
    pub fn find(&self, name: &'static str) -> Option<&'t str> {
        self.asked_for.borrow_mut().insert(name);
        self.settings.get(name).map(String::as_str)
    }

    /// A required setting. An empty one counts as missing.
    pub fn get(&self, name: &'static str) -> Result<&'t str, StartError> {
        let found = self.find(name).filter(|value| !value.is_empty());
        found.ok_or_else(|| self.invalid(name, "is missing"))
    }

    /// An optional setting that is `true` or `false`. Its default is `false`.
    pub fn flag(&self, name: &'static str) -> Result<bool, StartError> {
        match self.find(name) {
            Some("true") => Ok(true),
            Some("false") | None => Ok(false),
            Some(_) => Err(self.invalid(name, "must be \"true\" or \"false\"")),
        }
    }

    /// The error for a setting whose value is not valid.
    pub fn invalid(&self, name: &str, reason: &str) -> StartError {
        StartError::Invalid(format!("{}.settings.{name}", self.path), reason.to_owned())
    }

    /// The error for a handler that does not exist.
    pub(super) fn no_such_handler(&self, reason: String) -> StartError {
        StartError::Invalid(format!("{}.name", self.path), reason)
    }

    /// An error if a setting was not asked for.
    pub(super) fn check_all_known(&self) -> Result<(), StartError> {
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
