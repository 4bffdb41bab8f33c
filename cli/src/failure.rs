//! Why a command could not do its work.

use std::io;

/// Why a command could not do its work. None of its messages has a secret or a body in it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments, or the files that they name, are of no use.
    #[error("{0}")]
    Unusable(String),
    /// The findings cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// Arguments of no use, with the reason.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable(reason.into())
    }
}
