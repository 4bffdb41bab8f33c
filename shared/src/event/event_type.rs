//! The type of an event, made from a provider's expressions.

use jmespath::Rcvar;

use crate::query::expression::Expression;

/// The longest event type kept, in characters: it travels in queue messages and headers.
const MAX_TYPE_LENGTH: usize = 256;

/// An event's type by a provider's expressions: printable characters only, so that it may stand in
/// a queue message and a header. None where no expression finds anything.
pub fn event_type(expressions: &[Expression], document: &Rcvar) -> Option<String> {
    let parts: Vec<_> = expressions.iter().filter_map(|part| part.find_text(document)).collect();
    let printable = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let joined: String = parts.join(".").chars().filter(printable).take(MAX_TYPE_LENGTH).collect();
    (!joined.is_empty()).then_some(joined)
}
