//! The handlers that a configuration may name.

use std::collections::BTreeMap;

use shared::config::StartError;

use super::{DynHandler, Handler, HandlerContext};

type Constructor = Box<dyn Fn(&HandlerContext<'_>) -> Result<Box<dyn DynHandler>, StartError>>;

/// The handlers that a configuration may name, by name. `handlers.rs` has the one of the worker.
#[derive(Default)]
pub struct HandlerRegistry(BTreeMap<&'static str, Constructor>);

impl HandlerRegistry {
    /// Adds a handler: its name in the configuration, and its constructor. The constructor reads the settings, and must
    /// ask for every setting that the handler knows.
    #[must_use]
    pub fn with<H: Handler + 'static>(
        mut self,
        name: &'static str,
        new: fn(&HandlerContext<'_>) -> Result<H, StartError>,
    ) -> Self {
        self.0.insert(name, Box::new(move |context| Ok(Box::new(new(context)?))));
        self
    }

    /// The names of all handlers, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Creates the handler of this name. A setting that it does not ask for is an error.
    pub(super) fn create(
        &self,
        name: &str,
        context: &HandlerContext<'_>,
    ) -> Result<Box<dyn DynHandler>, StartError> {
        let Some(new) = self.0.get(name) else {
            let known: Vec<_> = self.names().collect();
            let reason = format!("there is no handler `{name}`; there are: {}", known.join(", "));
            return Err(context.settings.no_such_handler(reason));
        };
        let handler = new(context)?;
        context.settings.check_all_known()?;
        Ok(handler)
    }
}
