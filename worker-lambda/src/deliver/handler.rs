//! Handlers as destinations: code in the worker, bounded in time, its panics kept in.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use shared::config::StartError;
use tokio::time::timeout;

use super::Delivery;
use crate::handler_context::HandlerContext;
use crate::handlers::{self, AnyHandler};
use crate::outcome::{Attempt, Outcome};

/// A handler.
pub(super) struct HandlerDestination {
    handler: Box<dyn AnyHandler>,
    timeout: Duration,
}

impl HandlerDestination {
    pub(super) fn new(name: &str, tools: &HandlerContext<'_>) -> Result<Self, StartError> {
        Ok(Self { handler: handlers::make(name, tools)?, timeout: tools.timeout })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let handled = async { self.handler.handle(delivery).await };
        let handled = AssertUnwindSafe(handled).catch_unwind();
        let outcome = match timeout(self.timeout, handled).await {
            Ok(Ok(outcome)) => outcome,
            // What a panic says may quote the event.
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
    use crate::handlers::Handler;

    enum Badly {
        Panics,
        Hangs,
    }

    impl Handler for Badly {
        async fn handle(&self, delivery: &Delivery) -> Outcome {
            match self {
                Self::Panics => panic!("it cannot work with {}", delivery.source),
                Self::Hangs => std::future::pending().await,
            }
        }
    }

    async fn outcome(handler: Badly) -> Outcome {
        let timeout = Duration::from_secs(10);
        let destination = HandlerDestination { handler: Box::new(handler), timeout };
        destination.deliver(&delivery()).await.outcome
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_panics_or_never_ends_is_tried_again() {
        assert_eq!(outcome(Badly::Panics).await, Outcome::retry("the handler panicked"));
        assert_eq!(outcome(Badly::Hangs).await, Outcome::retry("timed out"));
    }
}
