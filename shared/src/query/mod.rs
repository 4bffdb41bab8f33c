//! JMESPath over requests, for ids, types, filters and ordering keys in the configuration.
//!
//! An [`expression`] finds a value, a [`filter`] decides whether a route matches, and a [`document`] is their
//! input.

pub mod document;
pub mod expression;
pub mod filter;
