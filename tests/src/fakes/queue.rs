mod limits;
mod message;
mod next;
mod sent;
mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::ports::queue::{MAX_VISIBILITY_TIMEOUT, Message, MessageQueue, QueueError, ReachQueue};
use tokio::time::Instant;

pub use self::message::{Received, Settings};
use self::state::State;
use super::{Fault, Faults, lock};

/// What SQS hides a message for at most, counted from when it was received.
const HIDDEN_AT_MOST: Duration = Duration::from_secs(12 * 3600);

/// SQS queues in memory, by their URLs: FIFO queues where these end in `.fifo`, set up as ours are. Time
/// is tokio's, so that a test may pause it. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue {
    state: Arc<Mutex<State>>,
    /// How it fails.
    pub faults: Arc<Faults>,
}

impl MemoryQueue {
    /// Creates a queue. Its dead-letter queue must be of its kind, as SQS has it.
    pub fn create(&self, url: &str, settings: Settings) {
        lock(&self.state).create(url, settings);
    }

    /// Receives up to ten messages. One received too often goes to its dead-letter queue instead.
    pub fn receive(&self, url: &str) -> Vec<Received> {
        lock(&self.state).receive(url, Instant::now())
    }

    /// Deletes a received message.
    pub fn delete(&self, url: &str, receipt: &str) {
        let now = Instant::now();
        if let Some(queue) = lock(&self.state).queues.get_mut(url) {
            let is_fifo = queue.is_fifo;
            queue.messages.retain(|message| !message.is_meant(receipt, is_fifo, now));
        }
    }

    /// How many messages a queue holds, hidden ones included.
    pub fn depth(&self, url: &str) -> usize {
        lock(&self.state).queues.get(url).map_or(0, |queue| queue.messages.len())
    }

    /// Makes all messages of a queue so much older, as the passing of time would.
    pub fn age(&self, url: &str, time: Duration) {
        if let Some(queue) = lock(&self.state).queues.get_mut(url) {
            queue.messages.iter_mut().for_each(|message| message.age(time));
        }
    }
}

impl ReachQueue for MemoryQueue {
    async fn reach(&self, url: &str) -> Result<(), QueueError> {
        if self.faults.next().await != Fault::None {
            return Err(QueueError("fault".to_owned()));
        }
        lock(&self.state).queue(url).map(drop)
    }
}

impl MessageQueue for MemoryQueue {
    async fn send(&self, url: &str, message: Message) -> Result<(), QueueError> {
        let fault = self.faults.next().await;
        if fault == Fault::Fails {
            return Err(QueueError("fault".to_owned()));
        }
        lock(&self.state).accept(url, message)?;
        if fault == Fault::None { Ok(()) } else { Err(QueueError("fault".to_owned())) }
    }

    async fn send_all(&self, url: &str, messages: Vec<Message>) -> Result<(), QueueError> {
        for message in messages {
            self.send(url, message).await?;
        }
        Ok(())
    }

    async fn change_visibility(
        &self,
        url: &str,
        receipt: &str,
        time: Duration,
    ) -> Result<(), QueueError> {
        if self.faults.next().await != Fault::None {
            return Err(QueueError("fault".to_owned()));
        }
        let now = Instant::now();
        let mut state = lock(&self.state);
        let queue = state.queue(url)?;
        let is_fifo = queue.is_fifo;
        let message = queue.messages.iter_mut().find(|it| it.is_meant(receipt, is_fifo, now));
        let message = message.ok_or_else(|| QueueError("no such receipt".to_owned()))?;
        let visible = now + Duration::from_secs(time.min(MAX_VISIBILITY_TIMEOUT).as_secs());
        if visible > message.received + HIDDEN_AT_MOST {
            return Err(QueueError("hidden for more than 12 h since it was received".to_owned()));
        }
        message.visible = visible;
        Ok(())
    }
}
