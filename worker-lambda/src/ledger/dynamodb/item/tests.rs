use serde_json::Value;

use super::*;
use crate::ledger::dynamodb::TOKEN;

const PAGE: &str = include_str!("../../../../../docs/reference/delivery.md");

/// The item that `docs/reference/delivery.md` shows, as `aws dynamodb get-item` would.
fn documented() -> Value {
    let blocks = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut blocks = blocks.filter_map(|block| serde_json::from_str::<Value>(block).ok());
    blocks.find_map(|mut block| block.get_mut("Item").map(Value::take)).unwrap()
}

fn value(json: &Value) -> AttributeValue {
    let (kind, value) = json.as_object().unwrap().iter().next().unwrap();
    match &kind[..] {
        "S" => text(value.as_str().unwrap()),
        "N" => AttributeValue::N(value.as_str().unwrap().to_owned()),
        "M" => AttributeValue::M(item(value)),
        other => panic!("no attribute is of the type {other}"),
    }
}

fn item(json: &Value) -> Item {
    json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

/// With every attribute that there is: each is explained there.
#[test]
fn the_documented_item_is_one_and_has_all_attributes() {
    let documented = item(&documented());
    let entry = from_item(&documented).unwrap();
    let key: LedgerKey = string(&documented, "ledger_key").unwrap().to_owned().try_into().unwrap();
    let mut written = to_item(&key, &entry);
    written.insert(TOKEN.to_owned(), documented[TOKEN].clone());
    assert_eq!(written, documented);
    for name in written.keys() {
        assert!(PAGE.contains(&format!("`{name}`")), "{name} is not explained");
    }
}
