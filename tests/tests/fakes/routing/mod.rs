//! Routing, from the request to the destinations: every example in the documentation, as it is written
//! there, on requests as providers send them; lists taken apart; and what is counted.
mod docs;
mod docusign;
mod examples;
mod filters;
mod listeners;
mod lists;
mod metrics;
mod setup;
