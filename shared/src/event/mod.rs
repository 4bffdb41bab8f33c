//! An event and what identifies, orders and routes it.
//!
//! - [`Event`]: the stored form of one verified request.
//! - [`dedupe`]: what makes two requests the same event (idempotency), and the ledger key made of it.
//! - [`mod@reference`]: the queue message that points at a stored event.
//! - [`message_group`]: which events of a FIFO queue are kept in order.
//! - [`route`]: which destinations an event goes to.
//! - [`split`]: lists whose items are events of their own.

pub mod dedupe;
mod event_type;
pub mod message_group;
pub mod reference;
pub mod route;
pub mod split;
mod stored;
mod view;

pub use self::event_type::event_type;
pub use self::stored::{BrokenEvent, Event, EventId, Identity, Verification};
pub use self::view::EventView;
