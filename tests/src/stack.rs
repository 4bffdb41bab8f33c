//! All of Catchment on this machine: MiniStack, both Lambdas, `infra/` applied, secrets made up.
//!
//! `cargo dev` and the deployment test both stand on it. Everything is thrown away with the process
//! that started it.

mod deploy;
mod domain;
mod inspect;
mod outputs;
mod parts;
mod secrets;
mod warm;

pub use self::deploy::{Variables, Watch};
pub use self::inspect::{DeadLetter, LedgerEntry, StoredEvent};
pub use self::outputs::Outputs;
pub use self::parts::{Destination, Source};
pub(crate) use self::warm::unchecked_signature;
use crate::clients::Clients;
use crate::emulator::Emulator;
use crate::terraform::Terraform;

/// A running deployment. Dropping it ends all of it.
#[derive(Debug)]
pub struct Stack {
    /// Terraform's outputs.
    pub outputs: Outputs,
    /// The registered senders, each with its secret but those that were to have none.
    pub sources: Vec<Source>,
    /// Where events are delivered.
    pub destinations: Vec<Destination>,
    /// The AWS SDK's clients for it.
    pub clients: Clients,
    /// MiniStack.
    pub emulator: Emulator,
    /// Where it was applied.
    pub terraform: Terraform,
    /// The files of variables that it was applied with.
    pub variables: Vec<std::path::PathBuf>,
}

impl Stack {
    /// A source by its name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// A destination by its name.
    #[must_use]
    pub fn destination(&self, name: &str) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.name == name)
    }
}
