//! Events, and how they are identified, ordered, routed and split.
//!
//! - [`Event`]: the stored form of one verified request.
//! - [`dedupe`]: what makes two requests the same event (idempotency), and the ledger key made of it.
//! - [`mod@reference`]: the queue message that points at a stored event.
//! - [`message_group`]: which events of a FIFO queue are kept in order.
//! - [`route`]: which destinations an event goes to.
//! - [`split`]: lists whose items are events of their own.

pub mod dedupe;
pub mod message_group;
pub mod reference;
pub mod route;
pub mod split;
mod stored;
mod view;

use jmespath::Rcvar;

pub use self::stored::{BrokenEvent, Event, EventId, Identity, Verification};
pub use self::view::EventView;
use crate::query::expression::Expression;

/// The longest event type, in characters. Types are part of queue messages and headers, which have limited
/// sizes.
const MAX_TYPE_LENGTH: usize = 256;

/// An event's type: the values of a provider's expressions, joined by dots. Control characters are removed,
/// because queue messages and headers do not allow them. `None` if no expression finds a value.
pub fn event_type(expressions: &[Expression], document: &Rcvar) -> Option<String> {
    let parts: Vec<_> = expressions.iter().filter_map(|part| part.find_text(document)).collect();
    let printable = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let joined: String = parts.join(".").chars().filter(printable).take(MAX_TYPE_LENGTH).collect();
    (!joined.is_empty()).then_some(joined)
}
