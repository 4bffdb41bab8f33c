//! A destination that is a handler. It limits the handler in time, and catches its panics.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use shared::config::StartError;
use tokio::time::timeout;

use super::{DynHandler, HandlerContext, HandlerRegistry};
use crate::deliver::Delivery;
use crate::outcome::{Attempt, Outcome};

/// A destination that is a handler.
pub(in crate::deliver) struct HandlerDestination {
    handler: Box<dyn DynHandler>,
    timeout: Duration,
}

impl HandlerDestination {
    pub(in crate::deliver) fn new(
        name: &str,
        registry: &HandlerRegistry,
        context: &HandlerContext<'_>,
    ) -> Result<Self, StartError> {
        Ok(Self { handler: registry.create(name, context)?, timeout: context.timeout })
    }

    pub(in crate::deliver) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(in crate::deliver) async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let handled = async { self.handler.handle(delivery).await };
        let handled = AssertUnwindSafe(handled).catch_unwind();
        let outcome = match timeout(self.timeout, handled).await {
            Ok(Ok(outcome)) => outcome,
            // The panic's message is not logged: it may quote the event.
            Ok(Err(_panic)) => Outcome::retry("the handler panicked"),
            Err(_elapsed) => Outcome::retry("timed out"),
        };
        outcome.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::envelope::tests::delivery;
    use crate::deliver::handler::Handler;

    enum Faulty {
        Panics,
        Hangs,
    }

    impl Handler for Faulty {
        async fn handle(&self, delivery: &Delivery) -> Outcome {
            match self {
                Self::Panics => panic!("it cannot work with {}", delivery.source),
                Self::Hangs => std::future::pending().await,
            }
        }
    }

    async fn outcome(handler: Faulty) -> Outcome {
        let timeout = Duration::from_secs(10);
        let destination = HandlerDestination { handler: Box::new(handler), timeout };
        destination.deliver(&delivery()).await.outcome
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_panics_or_exceeds_its_timeout_is_retried() {
        assert_eq!(outcome(Faulty::Panics).await, Outcome::retry("the handler panicked"));
        assert_eq!(outcome(Faulty::Hangs).await, Outcome::retry("timed out"));
    }
}
