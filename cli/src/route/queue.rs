//! The queue in which an event waits for the worker.

use shared::config::{Config, Source};
use shared::event::EventView;
use shared::event::message_group::{group_of, group_of_list};

use crate::Failure;

/// The place of an event in a queue.
pub struct QueuePlacement {
    /// The queue's name.
    pub queue: String,
    /// Whether `queue_by_type` chose it, by the event's type.
    pub by_type: bool,
    /// Which other events of the queue come before it.
    pub order: Order,
}

/// The order of an event in its queue.
pub enum Order {
    /// No order: it is a standard queue.
    Standard,
    /// After the earlier events of this message group.
    Group(String),
    /// In a message group of its own, because the event does not have the value of the queue's ordering key. The field
    /// is that key. Such events are counted in the metric `Unordered`.
    OwnGroup(String),
}

impl QueuePlacement {
    /// The place of an event, or of a list that will be split, if `is_list`.
    pub(super) fn of(
        config: &Config,
        source: &Source,
        event: &EventView<'_>,
        event_type: Option<&str>,
        is_list: bool,
    ) -> Result<Self, Failure> {
        let by_type = event_type.and_then(|it| source.queue_by_type.get(it));
        let name = by_type.unwrap_or(&source.queue);
        let queue = config.queues.get(name);
        let queue =
            queue.ok_or_else(|| Failure::unusable(format!("there is no queue `{name}`")))?;
        let key = queue.ordering_key.as_ref();
        let group = if is_list { group_of_list(key, event) } else { group_of(key, event) };
        let order = match (group, &queue.ordering_key) {
            (Some(group), _) => Order::Group(group),
            (None, Some(key)) => Order::OwnGroup(key.as_str().to_owned()),
            (None, None) => Order::Standard,
        };
        Ok(Self { queue: name.clone(), by_type: by_type.is_some(), order })
    }
}
