//! The JMESPath expressions, each compiled on its own, so that all that is wrong is said at once.

use std::collections::BTreeMap;
use std::fmt::Display;

use shared::query::expression::Expression;
use shared::query::filter::Filter;

use super::mistake::{Mistake, Of};
use crate::terraform::Value;
use crate::terraform::types::{item, member};

/// What compiles an expression, and else says why it cannot.
type Compile = fn(String) -> Option<String>;

/// Where expressions stand; `*` is any key or index.
const PLACES: [(&str, Compile); 8] = [
    ("sources.*.id.*", error::<Expression>),
    ("sources.*.type.*", error::<Expression>),
    ("sources.*.list.items", error::<Filter>),
    ("sources.*.list.id.*", error::<Expression>),
    ("sources.*.list.type.*", error::<Expression>),
    ("destinations.*.sqs.ordering_key", error::<Filter>),
    ("queues.*.ordering_key", error::<Filter>),
    ("routes.*.filter", error::<Filter>),
];

fn error<T: TryFrom<String, Error: Display>>(text: String) -> Option<String> {
    T::try_from(text).err().map(|error| error.to_string())
}

/// Adds what does not compile.
pub(super) fn check(variables: &BTreeMap<String, Value>, mistakes: &mut Vec<Mistake>) {
    let root = Value::map(variables.clone());
    for (place, compile) in PLACES {
        let parts: Vec<_> = place.split('.').collect();
        walk(&root, &parts, "", &mut |path, text| {
            let error = compile(text.to_owned());
            mistakes.extend(error.map(|error| Mistake::at(path, Of::Expression, error)));
        });
    }
}

/// Shows all texts at a place.
fn walk(value: &Value, place: &[&str], path: &str, found: &mut dyn FnMut(&str, &str)) {
    match (place.split_first(), value) {
        (None, Value::Text(text)) => found(path, text),
        (Some((&"*", rest)), Value::List(items)) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| walk(value, rest, &item(path, index), found));
        }
        (Some((&"*", rest)), Value::Map(pairs)) => {
            pairs.iter().for_each(|(key, value)| walk(value, rest, &member(path, key), found));
        }
        (Some((name, rest)), Value::Map(pairs)) => {
            pairs
                .get(*name)
                .into_iter()
                .for_each(|value| walk(value, rest, &member(path, name), found));
        }
        _ => {}
    }
}
