use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::queue::{Attributes, LONGEST_HIDE, MessageQueue, QueueError};
use tokio::time::Instant;

use super::{Fault, Faults, lock};

/// What SQS takes at most, attributes included, in bytes.
const LARGEST_MESSAGE: usize = 1024 * 1024;
/// What SQS hides a message for at most, counted from when it was received.
const HIDDEN_AT_MOST: Duration = Duration::from_secs(12 * 3600);

/// SQS standard queues in memory, by their URLs. Time is tokio's, so that a test may pause it.
/// Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue {
    state: Arc<Mutex<State>>,
    /// How it fails.
    pub faults: Arc<Faults>,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    /// Message ids and receipts are made of it.
    counter: u64,
}

#[derive(Debug)]
struct Queue {
    settings: Settings,
    messages: Vec<Message>,
}

/// How a queue is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For how long a received message is hidden.
    pub visibility: Duration,
    /// The redrive policy: after how many receives, and to which queue's URL.
    pub redrive: Option<(u32, String)>,
}

#[derive(Clone, Debug)]
struct Message {
    id: String,
    body: String,
    attributes: Attributes,
    receives: u32,
    receipt: Option<String>,
    received: Instant,
    visible: Instant,
}

/// A received message.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// By which it is hidden or deleted; only that of the last receive is good.
    pub receipt: String,
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
}

impl MemoryQueue {
    /// Creates a queue.
    pub fn create(&self, url: &str, settings: Settings) {
        let queue = Queue { settings, messages: Vec::new() };
        lock(&self.state).queues.insert(url.to_owned(), queue);
    }

    /// Receives up to ten visible messages. One received too often goes to its dead-letter queue
    /// instead.
    pub fn receive(&self, url: &str) -> Vec<Received> {
        let now = Instant::now();
        let mut state = lock(&self.state);
        state.redrive(url, now);
        let State { queues, counter } = &mut *state;
        let Some(queue) = queues.get_mut(url) else { return Vec::new() };
        let visibility = queue.settings.visibility;
        let visible = queue.messages.iter_mut().filter(|message| message.visible <= now);
        visible.take(10).map(|message| message.receive(counter, now, visibility)).collect()
    }

    /// Deletes a received message.
    pub fn delete(&self, url: &str, receipt: &str) {
        if let Some(queue) = lock(&self.state).queues.get_mut(url) {
            queue.messages.retain(|message| message.receipt.as_deref() != Some(receipt));
        }
    }

    /// How many messages a queue holds, hidden ones included.
    pub fn depth(&self, url: &str) -> usize {
        lock(&self.state).queues.get(url).map_or(0, |queue| queue.messages.len())
    }

    fn queue<'s>(
        state: &'s mut MutexGuard<'_, State>,
        url: &str,
    ) -> Result<(&'s mut Queue, &'s mut u64), QueueError> {
        let State { queues, counter } = &mut **state;
        let queue = queues.get_mut(url).ok_or_else(|| QueueError("no such queue".to_owned()))?;
        Ok((queue, counter))
    }
}

impl State {
    fn redrive(&mut self, url: &str, now: Instant) {
        let Some(queue) = self.queues.get_mut(url) else { return };
        let Some((most, dead_letters)) = queue.settings.redrive.clone() else { return };
        let spent = |message: &mut Message| message.visible <= now && message.receives >= most;
        let moved: Vec<_> = queue.messages.extract_if(.., spent).collect();
        if let Some(dead_letters) = self.queues.get_mut(&dead_letters) {
            dead_letters.messages.extend(moved);
        }
    }
}

impl Message {
    fn receive(&mut self, counter: &mut u64, now: Instant, visibility: Duration) -> Received {
        *counter += 1;
        let receipt = format!("receipt-{counter}");
        self.receives += 1;
        self.receipt = Some(receipt.clone());
        self.received = now;
        self.visible = now + visibility;
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let (id, body) = (self.id.clone(), self.body.clone());
        Received { id, receipt, body, attributes: attributes.collect() }
    }
}

impl MessageQueue for MemoryQueue {
    async fn send(&self, url: &str, message: shared::queue::Message) -> Result<(), QueueError> {
        let shared::queue::Message { body, attributes, .. } = message;
        let fault = self.faults.next().await;
        if fault == Fault::Fails {
            return Err(QueueError("fault".to_owned()));
        }
        check(&body, &attributes)?;
        let mut state = lock(&self.state);
        let (queue, counter) = Self::queue(&mut state, url)?;
        *counter += 1;
        let (id, now) = (format!("message-{counter}"), Instant::now());
        let (receives, receipt, received, visible) = (0, None, now, now);
        queue.messages.push(Message { id, body, attributes, receives, receipt, received, visible });
        if fault == Fault::None { Ok(()) } else { Err(QueueError("fault".to_owned())) }
    }

    async fn send_all(
        &self,
        url: &str,
        messages: Vec<shared::queue::Message>,
    ) -> Result<(), QueueError> {
        for message in messages {
            self.send(url, message).await?;
        }
        Ok(())
    }

    async fn hide(&self, url: &str, receipt: &str, time: Duration) -> Result<(), QueueError> {
        if self.faults.next().await != Fault::None {
            return Err(QueueError("fault".to_owned()));
        }
        let mut state = lock(&self.state);
        let (queue, _) = Self::queue(&mut state, url)?;
        let mut messages = queue.messages.iter_mut();
        let message = messages.find(|message| message.receipt.as_deref() == Some(receipt));
        let message = message.ok_or_else(|| QueueError("no such receipt".to_owned()))?;
        let visible = Instant::now() + Duration::from_secs(time.min(LONGEST_HIDE).as_secs());
        if visible > message.received + HIDDEN_AT_MOST {
            return Err(QueueError("hidden for more than 12 h since it was received".to_owned()));
        }
        message.visible = visible;
        Ok(())
    }
}

/// SQS's limits: size, the characters that XML allows, no empty body and no empty attribute.
fn check(body: &str, attributes: &Attributes) -> Result<(), QueueError> {
    let values = || attributes.values().map(String::as_str);
    let attribute = |(name, value): (&&str, &String)| name.len() + "String".len() + value.len();
    let size = body.len() + attributes.iter().map(attribute).sum::<usize>();
    let empty = body.is_empty() || values().any(str::is_empty);
    let illegal = |c: char| {
        (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if size > LARGEST_MESSAGE {
        return Err(QueueError(format!("{size} bytes are more than {LARGEST_MESSAGE}")));
    }
    if empty || body.contains(illegal) || values().any(|value| value.contains(illegal)) {
        return Err(QueueError("empty, or a character that XML does not allow".to_owned()));
    }
    Ok(())
}
