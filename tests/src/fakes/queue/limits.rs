use shared::event::message_group::FifoAttributes;
use shared::ports::queue::{Attributes, Message, QueueError};

/// What SQS takes at most, attributes included, in bytes.
const LARGEST_MESSAGE: usize = 1024 * 1024;
/// The longest group and deduplication id.
const LONGEST_ID: usize = 128;

/// SQS's limits: size, the characters that XML allows, no empty body and no empty attribute; and a place
/// where there are places, and only there.
pub(super) fn check(message: &Message, is_fifo: bool) -> Result<(), QueueError> {
    let Message { body, attributes, fifo: order } = message;
    let refused = size(body, attributes)
        .or_else(|| characters(body, attributes))
        .or_else(|| place(order.as_ref(), is_fifo));
    refused.map_or(Ok(()), |refused| Err(QueueError(refused)))
}

fn size(body: &str, attributes: &Attributes) -> Option<String> {
    let attribute = |(name, value): (&&str, &String)| name.len() + "String".len() + value.len();
    let size = body.len() + attributes.iter().map(attribute).sum::<usize>();
    (size > LARGEST_MESSAGE).then(|| format!("{size} bytes are more than {LARGEST_MESSAGE}"))
}

fn characters(body: &str, attributes: &Attributes) -> Option<String> {
    let values = || attributes.values().map(String::as_str);
    let empty = body.is_empty() || values().any(str::is_empty);
    let illegal = |c: char| {
        (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let refused = empty || body.contains(illegal) || values().any(|value| value.contains(illegal));
    refused.then(|| "empty, or a character that XML does not allow".to_owned())
}

fn place(order: Option<&FifoAttributes>, is_fifo: bool) -> Option<String> {
    match order {
        None => is_fifo.then(|| "a FIFO queue needs a group and a deduplication id".to_owned()),
        Some(_) if !is_fifo => Some("a standard queue takes no deduplication id".to_owned()),
        Some(FifoAttributes { group, deduplication_id }) => {
            let refused = !is_id(group) || !is_id(deduplication_id);
            refused.then(|| "group and deduplication id: 1 to 128 visible ASCII letters".to_owned())
        }
    }
}

fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
