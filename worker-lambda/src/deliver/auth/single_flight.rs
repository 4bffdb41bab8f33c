//! Lets several tasks share one piece of work.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Work that several tasks need at the same time is done by one of them. The others wait, and get its result, also if it
/// is a failure: each of them would otherwise wait for a failing service in turn. If the task that works is cancelled, the
/// next one works.
pub(super) struct SingleFlight<T> {
    /// How often the work has ended.
    ended: AtomicU64,
    last: Mutex<Option<T>>,
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { ended: AtomicU64::new(0), last: Mutex::new(None) }
    }
}

impl<T: Clone> SingleFlight<T> {
    /// The result of `work`, or of the work of another task that ended while this one waited for it.
    pub(super) async fn run(&self, work: impl Future<Output = T>) -> T {
        let seen = self.ended.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if self.ended.load(Ordering::SeqCst) != seen
            && let Some(result) = &*last
        {
            return result.clone();
        }
        let result = work.await;
        *last = Some(result.clone());
        self.ended.fetch_add(1, Ordering::SeqCst);
        result
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn tasks_at_the_same_time_share_one_result_and_later_ones_do_not() {
        let (flight, runs) = (SingleFlight::default(), AtomicU64::new(0));
        let run = || {
            flight.run(async {
                yield_now().await;
                runs.fetch_add(1, Ordering::SeqCst)
            })
        };
        assert_eq!(join_all((0..5).map(|_| run())).await, [0; 5]);
        assert_eq!(run().await, 1);
    }

    #[tokio::test]
    async fn the_next_task_works_if_the_first_is_cancelled() {
        let flight = SingleFlight::default();
        let mut first = Box::pin(flight.run(std::future::pending::<u8>()));
        assert!(futures_util::poll!(&mut first).is_pending());
        let second = flight.run(std::future::ready(2));
        drop(first);
        assert_eq!(second.await, 2);
    }
}
