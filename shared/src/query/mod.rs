//! What configuration asks of a request: JMESPath over one document of it.
//!
//! [`expression`] finds ids and types, [`filter`] decides whether a route matches, and [`document`] is what
//! both look into.

pub mod document;
pub mod expression;
pub mod filter;
