//! Handlers: destinations that are code in the worker itself.
//!
//! To add one, write `handlers/{name}.rs` with a type that is a [`Handler`], declare the module here,
//! and add a line to `HANDLERS`. Terraform takes `handler = { name = "{name}" }` by the file's name;
//! `handlers/envelope_status.rs` and `handlers/create_contact.rs` show how.

mod create_contact;
mod envelope_status;

use std::future::Future;
use std::pin::Pin;

use shared::config::StartError;

use self::create_contact::CreateContact;
use self::envelope_status::EnvelopeStatus;
use crate::deliver::Delivery;
use crate::handler_context::HandlerContext;
use crate::outcome::Outcome;

/// All handlers, by the names of their files.
const HANDLERS: &[(&str, Make)] = &[
    ("create_contact", |tools| boxed(CreateContact::new(tools))),
    ("envelope_status", |tools| boxed(EnvelopeStatus::new(tools))),
];

/// Processes events. There is one of it for each destination that names it, for many events at once.
pub trait Handler: Send + Sync {
    /// Processes one event, which may come again: after `Retry`, and where the worker crashed before
    /// it could note the outcome. `delivery.webhook_id` is then the same. No reason may quote the
    /// event, nor may what a panic says: both are logged.
    fn handle(&self, delivery: &Delivery) -> impl Future<Output = Outcome> + Send;
}

/// A handler of any type: what `async fn` in a trait does not allow by itself.
pub(crate) trait AnyHandler: Send + Sync {
    fn handle<'h>(&'h self, delivery: &'h Delivery) -> Handled<'h>;
}

/// A handler at work.
type Handled<'h> = Pin<Box<dyn Future<Output = Outcome> + Send + 'h>>;

impl<H: Handler> AnyHandler for H {
    fn handle<'h>(&'h self, delivery: &'h Delivery) -> Handled<'h> {
        Box::pin(Handler::handle(self, delivery))
    }
}

type Make = fn(&HandlerContext<'_>) -> Result<Box<dyn AnyHandler>, StartError>;

fn boxed<H: Handler + 'static>(
    handler: Result<H, StartError>,
) -> Result<Box<dyn AnyHandler>, StartError> {
    Ok(Box::new(handler?))
}

fn names() -> impl Iterator<Item = &'static str> {
    HANDLERS.iter().map(|(name, _)| *name)
}

/// The handler of a name, made with its tools.
pub(crate) fn make(
    name: &str,
    tools: &HandlerContext<'_>,
) -> Result<Box<dyn AnyHandler>, StartError> {
    let Some((_, make)) = HANDLERS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = names().collect();
        let reason = format!("there is no handler `{name}`; there are: {}", known.join(", "));
        return Err(tools.settings.no_such_handler(reason));
    };
    let handler = make(tools)?;
    tools.settings.all_known()?;
    Ok(handler)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Terraform takes the names of the files for the names of the handlers.
    #[test]
    fn each_file_is_a_handler_of_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/handlers");
        let names = fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            assert_eq!(path.extension().unwrap(), "rs", "only handlers are in the folder");
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, super::names().collect::<Vec<_>>());
    }
}
