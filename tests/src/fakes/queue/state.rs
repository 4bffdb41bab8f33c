use std::collections::BTreeMap;

use shared::ports::queue::{Message, QueueError};
use tokio::time::Instant;

use super::limits;
use super::message::{Received, Settings, Stored};
use super::next::next;
use super::sent::Sent;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) queues: BTreeMap<String, Queue>,
    /// Message ids and receipts are made of it.
    counter: u64,
}

#[derive(Debug)]
pub(super) struct Queue {
    settings: Settings,
    pub(super) is_fifo: bool,
    /// In the order of sending.
    pub(super) messages: Vec<Stored>,
    sent: Sent,
}

impl State {
    pub(super) fn create(&mut self, url: &str, settings: Settings) {
        let dead_letters = settings.redrive.as_ref().map(|(_, url)| is_fifo(url));
        let is_fifo = is_fifo(url);
        assert!(dead_letters.is_none_or(|it| it == is_fifo), "a dead-letter queue of another kind");
        let queue = Queue { settings, is_fifo, messages: Vec::new(), sent: Sent::default() };
        self.queues.insert(url.to_owned(), queue);
    }

    pub(super) fn queue(&mut self, url: &str) -> Result<&mut Queue, QueueError> {
        self.queues.get_mut(url).ok_or_else(|| QueueError("no such queue".to_owned()))
    }

    pub(super) fn accept(&mut self, url: &str, message: Message) -> Result<(), QueueError> {
        self.counter += 1;
        let (id, now) = (format!("message-{}", self.counter), Instant::now());
        let queue = self.queue(url)?;
        limits::check(&message, queue.is_fifo)?;
        if message.fifo.as_ref().is_none_or(|order| queue.sent.is_new(order, now)) {
            queue.messages.push(Stored::new(id, message, now));
        }
        Ok(())
    }

    pub(super) fn receive(&mut self, url: &str, now: Instant) -> Vec<Received> {
        self.redrive(url, now);
        let Self { queues, counter } = self;
        let Some(queue) = queues.get_mut(url) else { return Vec::new() };
        let next = next(&queue.messages, now);
        let receive = |place: usize| {
            *counter += 1;
            let receipt = format!("receipt-{counter}");
            queue.messages[place].receive(receipt, now, queue.settings.visibility)
        };
        next.into_iter().take(10).map(receive).collect()
    }

    /// Moves what would be received once too often.
    fn redrive(&mut self, url: &str, now: Instant) {
        let Some(queue) = self.queues.get_mut(url) else { return };
        let Some((most, dead_letters)) = queue.settings.redrive.clone() else { return };
        let next = next(&queue.messages, now);
        let is_spent = |place: &usize| queue.messages[*place].receives >= most;
        let mut spent: Vec<_> = next.into_iter().filter(is_spent).collect();
        // In the order of sending, and the later ones taken out first, so that the places hold.
        spent.sort_unstable();
        let moved: Vec<_> = spent.iter().rev().map(|at| queue.messages.remove(*at)).collect();
        if let Some(dead_letters) = self.queues.get_mut(&dead_letters) {
            dead_letters.messages.extend(moved.into_iter().rev());
        }
    }
}

/// SQS knows a FIFO queue by its name.
fn is_fifo(url: &str) -> bool {
    url.ends_with(".fifo")
}
