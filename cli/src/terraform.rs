//! The Terraform module in `infra/`, read and evaluated without Terraform: its types, validations and
//! locals are where it is written what a configuration must be, and nowhere else.
//!
//! What is evaluated is what the module uses of the language; a test evaluates all of it, and fails
//! on what is not known here.

pub mod error;
pub mod evaluate;
mod files;
mod functions;
pub mod json;
pub mod literal;
pub mod module;
pub mod types;
pub mod value;

pub use self::error::EvalError;
pub use self::evaluate::Evaluation;
pub use self::module::Module;
pub use self::value::Value;
