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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::ports::aws::SdkConfig;

    use super::*;
    use crate::deliver::client::HttpClient;
    use crate::deliver::envelope::tests::delivery;
    use crate::deliver::{Delivery, Settings};
    use crate::outcome::Outcome;

    /// Rejects every event with a configured reason.
    struct Reject(String);

    impl Reject {
        fn new(context: &HandlerContext<'_>) -> Result<Self, StartError> {
            Ok(Self(context.settings.get("reason")?.to_owned()))
        }
    }

    impl Handler for Reject {
        async fn handle(&self, _: &Delivery) -> Outcome {
            Outcome::reject(&*self.0)
        }
    }

    /// Creates the handler of this name from a registry that has `reject`.
    fn create(name: &str, settings: &[(&str, &str)]) -> Result<Box<dyn DynHandler>, String> {
        let pairs = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = pairs.collect();
        let context = HandlerContext {
            aws: &SdkConfig::builder().build(),
            http: &HttpClient::new().unwrap(),
            timeout: Duration::from_secs(1),
            settings: Settings::new("destinations.crm.handler".to_owned(), &settings),
        };
        let registry = HandlerRegistry::default().with("reject", Reject::new);
        registry.create(name, &context).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_handler_is_created_by_its_name_with_its_settings() {
        let handler = create("reject", &[("reason", "not wanted")]).ok().unwrap();
        assert_eq!(handler.handle(&delivery()).await, Outcome::reject("not wanted"));
    }

    #[test]
    fn a_mistake_in_the_configuration_is_an_error_with_its_path() {
        for (name, settings, path, reason) in [
            ("accept", &[][..], "name", "there is no handler `accept`; there are: reject"),
            ("reject", &[], "settings.reason", "is missing"),
            (
                "reject",
                &[("reason", "x"), ("raeson", "x")],
                "settings.raeson",
                "this handler has no such setting; it has: reason",
            ),
        ] {
            let error = create(name, settings).err().unwrap();
            let path = format!("destinations.crm.handler.{path}");
            assert_eq!(error, format!("the configuration {path} is not valid: {reason}"));
        }
    }
}
