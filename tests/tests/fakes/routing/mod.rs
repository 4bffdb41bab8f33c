//! Routing, from the request to the destinations: every example of the documentation exactly as written there, on
//! requests as providers send them; splitting of lists; and metrics.
mod docs;
mod docusign;
mod examples;
mod filters;
mod listeners;
mod lists;
mod metrics;
mod removed_sources;
pub(crate) mod setup;
