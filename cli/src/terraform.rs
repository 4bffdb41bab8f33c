//! Reads and evaluates the Terraform module in `infra/` without Terraform.
//!
//! The module's types, validations and locals are the only place that says what a configuration must be, so
//! `catchment check` evaluates them. The evaluator covers the part of the language that the module uses; a test
//! evaluates the whole module and fails if something is not supported.
//!
//! Imports run downwards: [`module`] and [`evaluation`] use [`types`], which uses [`literal`], which uses the
//! evaluator in [`evaluate`]. The evaluator looks names up through [`evaluate::Names`].

pub mod evaluate;
pub mod evaluation;
mod files;
mod functions;
pub mod json;
pub mod literal;
pub mod module;
pub mod types;
pub mod value;

pub use self::evaluation::Evaluation;
pub use self::module::Module;
pub use self::value::{EvalError, Value};
