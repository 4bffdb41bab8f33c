use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use worker_lambda::deliver::{Deliver, Delivery};
use worker_lambda::outcome::{Attempt, Outcome};

use super::lock;

/// Destinations in memory: they record what they get, and answer as configured. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryDestinations {
    deliveries: Arc<Mutex<Vec<(String, Delivery)>>>,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    at_once: Arc<Mutex<AtOnce>>,
}

/// How a destination answers from now on.
#[derive(Clone)]
enum Answer {
    Attempt(Attempt),
    Panic,
    After(Duration),
    By(Arc<dyn Fn(&Delivery) -> Outcome + Send + Sync>),
}

#[derive(Debug, Default)]
struct AtOnce {
    bytes: usize,
    most_bytes: usize,
}

impl MemoryDestinations {
    /// All that was delivered, in order: the destination's name and what it got.
    pub fn deliveries(&self) -> Vec<(String, Delivery)> {
        lock(&self.deliveries).clone()
    }

    /// The bodies that a destination got, as text in alphabetical order.
    pub fn sorted_bodies(&self, destination: &str) -> Vec<String> {
        let deliveries = self.deliveries().into_iter().filter(|(name, _)| name == destination);
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        let mut bodies: Vec<_> = deliveries.map(|(_, it)| text(&it.body)).collect();
        bodies.sort();
        bodies
    }

    /// The names of the destinations that were tried, in order.
    pub fn tried(&self) -> Vec<String> {
        lock(&self.deliveries).iter().map(|(name, _)| name.clone()).collect()
    }

    /// How a destination answers from now on.
    pub fn answer(&self, destination: &str, tried: impl Into<Attempt>) {
        self.set(destination, Answer::Attempt(tried.into()));
    }

    /// A destination whose code panics.
    pub fn panic(&self, destination: &str) {
        self.set(destination, Answer::Panic);
    }

    /// A destination that takes its time.
    pub fn delay(&self, destination: &str, time: Duration) {
        self.set(destination, Answer::After(time));
    }

    /// A destination whose answer depends on what it gets.
    pub fn answer_by(
        &self,
        destination: &str,
        answer: impl Fn(&Delivery) -> Outcome + Send + Sync + 'static,
    ) {
        self.set(destination, Answer::By(Arc::new(answer)));
    }

    /// The most bytes that were being delivered at once.
    pub fn most_bytes_at_once(&self) -> usize {
        lock(&self.at_once).most_bytes
    }

    fn set(&self, destination: &str, answer: Answer) {
        lock(&self.answers).insert(destination.to_owned(), answer);
    }

    fn enter(&self, bytes: usize) {
        let mut at_once = lock(&self.at_once);
        at_once.bytes += bytes;
        at_once.most_bytes = at_once.most_bytes.max(at_once.bytes);
    }

    fn leave(&self, bytes: usize) {
        lock(&self.at_once).bytes -= bytes;
    }
}

impl Deliver for MemoryDestinations {
    #[expect(clippy::panic, reason = "a destination that panics is what it stands for")]
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Attempt {
        lock(&self.deliveries).push((destination.to_owned(), delivery.clone()));
        self.enter(delivery.body.len());
        let answer = lock(&self.answers).get(destination).cloned();
        let tried = match answer {
            None => Outcome::Delivered.into(),
            Some(Answer::Attempt(tried)) => tried,
            Some(Answer::Panic) => panic!("a destination's code panicked, as it was told to"),
            Some(Answer::By(answer)) => answer(delivery).into(),
            Some(Answer::After(time)) => {
                tokio::time::sleep(time).await;
                Outcome::Delivered.into()
            }
        };
        self.leave(delivery.body.len());
        tried
    }
}
