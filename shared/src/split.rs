//! Bodies that hold a list of events, and their items: each an event of its own.

use jmespath::Rcvar;

use crate::config;
use crate::dedupe::LedgerKey;
use crate::expression::Expression;
use crate::provider::{self, event_type};
use crate::route::Subject;

/// More items than any provider sends at once are not taken apart: each becomes a queue message.
pub const MAX_ITEMS: usize = 10_000;

/// How a source's lists are taken apart.
#[derive(Clone, Debug)]
pub struct Split {
    items: Expression,
    id: Vec<Expression>,
    event_type: Vec<Expression>,
}

/// One item of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its place in the list, from 0.
    pub place: u32,
    /// Its type, where it has one.
    pub event_type: Option<String>,
    /// What it is.
    pub value: Rcvar,
}

/// A list that is not taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its list has {0} items, and at most {MAX_ITEMS} are taken apart")]
pub struct TooMany(usize);

impl Split {
    /// How a source wants its lists taken apart; nothing where it does not, and an error where nobody
    /// says where the list is.
    pub fn of(source: &config::Source) -> Result<Option<Self>, String> {
        if !source.split {
            return Ok(None);
        }
        if let Some(config::List { items, id, event_type }) = source.list.clone() {
            return Ok(Some(Self { items: items.into(), id, event_type }));
        }
        let provider = provider::find(&source.provider).map_err(|error| error.to_string())?;
        let list = provider.list.ok_or_else(|| {
            format!(
                "split: provider `{}` has no lists; say where one is by `list`",
                source.provider
            )
        })?;
        let id = list.id.expressions().to_vec();
        Ok(Some(Self { items: list.items, id, event_type: list.event_type }))
    }

    /// The items of an event's list; none where it has no list, or an empty one: then it is an event
    /// like any other.
    pub fn items(&self, event: &Subject<'_>) -> Result<Vec<Item>, TooMany> {
        let Some(found) = self.items.find(event.document()) else { return Ok(Vec::new()) };
        let Some(list) = found.as_array() else { return Ok(Vec::new()) };
        if list.len() > MAX_ITEMS {
            return Err(TooMany(list.len()));
        }
        Ok((0..).zip(list).map(|(place, value)| self.at(place, value)).collect())
    }

    /// The item at a place, and nothing of the others.
    pub fn item(&self, event: &Subject<'_>, place: u32) -> Option<Item> {
        let found = self.items.find(event.document())?;
        Some(self.at(place, found.as_array()?.get(usize::try_from(place).ok()?)?))
    }

    fn at(&self, place: u32, value: &Rcvar) -> Item {
        let event_type = event_type(&self.event_type, value);
        Item { place, event_type, value: value.clone() }
    }

    /// Under what the ledger knows an item of a list which it knows under `whole`.
    pub fn key(&self, source: &str, item: &Item, whole: &LedgerKey) -> LedgerKey {
        LedgerKey::of_item(source, &self.id, &item.value)
            .unwrap_or_else(|| whole.of_place(item.place))
    }

    /// Whether an item may be the one that the ledger knows under `key`. Where it has no id, nothing says
    /// that it is not.
    pub fn may_be(&self, source: &str, item: &Item, key: &LedgerKey) -> bool {
        LedgerKey::of_item(source, &self.id, &item.value).is_none_or(|own| own == *key)
    }
}

impl Item {
    /// The item as JSON: names in alphabetical order, and numbers beyond 64 bits rounded.
    pub fn to_json(&self) -> String {
        self.value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::Request;

    fn source(source: serde_json::Value) -> config::Source {
        let mut whole = json!({
            "provider": "hmac", "queue": "q", "secret_arn": null, "rotation_overlap": 0,
            "dedupe_window": 600, "public_url": null, "allow_cidrs": null, "scheme": null,
            "methods": null, "reply": null, "handshakes": null, "id": null, "type": null,
        });
        for (name, value) in source.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    }

    fn items(split: &Split, body: &str) -> Result<Vec<Item>, TooMany> {
        let request = Request { body: body.into(), ..Request::default() };
        split.items(&Subject::whole("shop", None, &request))
    }

    #[test]
    fn a_providers_own_list_is_taken_apart() {
        let sendgrid = source(json!({ "provider": "sendgrid", "split": true }));
        let split = Split::of(&sendgrid).unwrap().unwrap();
        let body = r#"[{"sg_event_id":"1","event":"open"},{"sg_event_id":"2","event":"click"}]"#;
        let found = items(&split, body).unwrap();
        let types: Vec<_> = found.iter().map(|item| item.event_type.as_deref()).collect();
        assert_eq!(types, [Some("open"), Some("click")]);
        assert_eq!(found[0].to_json(), r#"{"event":"open","sg_event_id":"1"}"#);
        let whole = LedgerKey::of("shop", "whole");
        let keys: Vec<_> = found.iter().map(|item| split.key("shop", item, &whole)).collect();
        assert_ne!(keys[0], keys[1]);
        let alone = &items(&split, r#"[{"sg_event_id":"2"}]"#).unwrap()[0];
        assert_eq!(split.key("shop", alone, &LedgerKey::of("shop", "other")), keys[1]);
    }

    #[test]
    fn a_source_may_say_where_its_list_is() {
        let own = json!({ "split": true, "list": { "items": "body.all[]", "type": ["kind"] } });
        let split = Split::of(&source(own)).unwrap().unwrap();
        let found = items(&split, r#"{"all":[{"kind":"a"},{"kind":"a"}]}"#).unwrap();
        let whole = LedgerKey::of("shop", "whole");
        assert_ne!(
            split.key("shop", &found[0], &whole),
            split.key("shop", &found[1], &whole),
            "without ids, places tell items apart"
        );
        assert!(items(&split, "{}").unwrap().is_empty());
        assert!(items(&split, "not JSON").unwrap().is_empty());
    }

    #[test]
    fn nothing_is_split_that_is_not_asked_for_and_nobody_guesses_where_a_list_is() {
        assert!(Split::of(&source(json!({}))).unwrap().is_none());
        let error = Split::of(&source(json!({ "split": true }))).unwrap_err();
        assert!(error.contains("`hmac` has no lists"), "{error}");
    }

    #[test]
    fn a_list_longer_than_any_providers_is_not_taken_apart() {
        let own = json!({ "split": true, "list": { "items": "body" } });
        let split = Split::of(&source(own)).unwrap().unwrap();
        let list = |length| format!("[{}0]", "0,".repeat(length - 1));
        assert_eq!(items(&split, &list(MAX_ITEMS)).unwrap().len(), MAX_ITEMS);
        assert_eq!(items(&split, &list(MAX_ITEMS + 1)).unwrap_err(), TooMany(10_001));
    }
}
