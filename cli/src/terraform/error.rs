//! Why an expression has no value.

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// Terraform would say so too; `try` and `can` catch it.
    #[error("{0}")]
    Failed(String),
    /// It depends on what was wrong already: nothing can be said of it.
    #[error("it depends on what is not known")]
    Unknown,
    /// It needs what the evaluator does not do, which is a bug of ours.
    #[error("{0}, which `catchment check` does not know")]
    Unsupported(String),
}

impl EvalError {
    /// What Terraform would refuse as well.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    /// What is ours to do.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }
}
