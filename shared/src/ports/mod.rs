//! The ports to AWS services, and their implementations.
//!
//! A port is a trait of two or three methods without types of the AWS SDK, so that tests can replace it by a
//! fake. The implementations are behind the feature `aws`: without it, the crate builds in seconds, because
//! the SDK is left out.

#[cfg(feature = "aws")]
pub mod aws;
pub mod config_object;
pub mod health;
pub mod queue;
pub mod secrets;
pub mod store;
