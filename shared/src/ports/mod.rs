//! The narrow ports to AWS, with their real implementations.
//!
//! A port has two or three methods and no type of the SDK, so that a fake that behaves can stand in for it
//! in tests. What needs the AWS SDK is behind the feature `aws`: the verifier, the configuration and the
//! fakes build in seconds without it.

#[cfg(feature = "aws")]
pub mod aws;
pub mod config_object;
pub mod queue;
pub mod secrets;
pub mod store;
