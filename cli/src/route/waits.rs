//! Which queue an event waits in, and behind which others.

use shared::config::{Config, Source};
use shared::event::EventView;
use shared::event::message_group::{group_of, group_of_list};

use crate::Failure;

/// Where an event waits for the worker.
pub struct Waits {
    /// The queue's name.
    pub queue: String,
    /// Whether the event's type chose it.
    pub by_type: bool,
    /// Behind whom.
    pub order: Order,
}

/// Behind which others of its queue an event waits.
pub enum Order {
    /// Nobody can say: the queue is a standard one.
    None,
    /// Those of this message group that came before it.
    Group(String),
    /// None: it is a group of its own, and counted, since it does not have the queue's ordering key,
    /// which this is.
    Alone(String),
}

impl Waits {
    /// Where an event of a type waits, or a list that is to be taken apart.
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
            (None, Some(key)) => Order::Alone(key.as_str().to_owned()),
            (None, None) => Order::None,
        };
        Ok(Self { queue: name.clone(), by_type: by_type.is_some(), order })
    }
}
