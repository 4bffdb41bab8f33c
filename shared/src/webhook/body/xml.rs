//! XML bodies as JSON, so that filters, types and ids look into them as into any other body.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

/// XML with more elements and texts than this is not read.
const MAX_NODES: u32 = 200_000;
/// Elements that are nested deeper are not read. `serde_json` has nearly the same limit for JSON.
const MAX_DEPTH: usize = 100;
/// The most namespace declarations. The parser's effort grows with the square of their number.
const MAX_NAMESPACES: usize = 256;
/// The largest sum of the squares of the numbers of attributes. The parser compares each attribute of an element
/// with all others of that element.
const MAX_ATTRIBUTE_PAIRS: usize = 20_000_000;

/// The JSON form of an XML document. `None` if the text is not well-formed XML, has a document type declaration
/// (DTD), or exceeds a limit. Only XML's five entities and numeric references are expanded.
///
/// An element is an object of its attributes (`@name`) and children by name; a repeated child is a list. Its own
/// text is `#text`, or the element's value if it has neither attributes nor children. Namespaces and their prefixes
/// are left out.
pub(super) fn to_json(text: &str) -> Option<Vec<u8>> {
    if !is_affordable(text) {
        return None;
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    let name = root.tag_name().name().to_owned();
    let tree = Value::Object(Map::from_iter([(name, value(root, 0)?)]));
    serde_json::to_vec(&tree).ok()
}

/// Whether parsing takes time in proportion to the text's length. Attribute values contain no `<`, so that all
/// attributes of an element are between two of them.
fn is_affordable(text: &str) -> bool {
    let attributes = |tag: &str| {
        let values = tag.split('=').skip(1);
        values.filter(|value| value.trim_start().starts_with(['"', '\''])).count()
    };
    let pairs = text.split('<').map(attributes).try_fold(0_usize, |sum, count| {
        Some(sum + count * count).filter(|sum| *sum <= MAX_ATTRIBUTE_PAIRS)
    });
    pairs.is_some() && text.matches("xmlns").nth(MAX_NAMESPACES).is_none()
}

/// The value of an element. `None` if it is nested too deeply.
fn value(element: Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut object = Map::new();
    for attribute in element.attributes() {
        object.insert(format!("@{}", attribute.name()), attribute.value().into());
    }
    for child in element.children().filter(Node::is_element) {
        add(&mut object, child.tag_name().name(), value(child, depth + 1)?);
    }
    let texts = element.children().filter(Node::is_text).filter_map(|text| text.text());
    let text: String = texts.collect();
    if object.is_empty() {
        return Some(Value::String(text));
    }
    if !text.trim().is_empty() {
        object.insert("#text".to_owned(), text.into());
    }
    Some(Value::Object(object))
}

/// Adds a child. The second child of a name turns the first into a list.
fn add(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.get_mut(name) {
        None => {
            object.insert(name.to_owned(), value);
        }
        // The value of an element is never a list.
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let list = vec![first.take(), value];
            *first = Value::Array(list);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Option<Value> {
        serde_json::from_slice(&to_json(text)?).ok()
    }

    #[test]
    fn elements_become_objects_and_repeated_elements_lists() {
        let xml = r#"<?xml version="1.0"?><d:Info xmlns:d="urn:x" n="1">
            <Status>Sent &amp; <![CDATA[<seen>]]> &#64;</Status><d:Tab>a</d:Tab><Tab k="v">b</Tab><Empty/></d:Info>"#;
        let expected = json!({"Info": {
            "@n": "1", "Status": "Sent & <seen> @", "Tab": ["a", {"@k": "v", "#text": "b"}], "Empty": "",
        }});
        assert_eq!(parse(xml), Some(expected));
    }

    #[test]
    fn a_document_type_declaration_is_not_read() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>"#;
        assert_eq!(parse(bomb), None);
        assert_eq!(parse("<a>&other;</a>"), None, "an entity beyond the five");
    }

    #[test]
    fn what_is_not_well_formed_is_not_read() {
        for text in ["", "<a>", "<a></b>", "text", "<a/><b/>"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_would_take_the_parser_long_is_not_read() {
        let many = |count: usize| {
            let attributes: String = (0..count).map(|n| format!(" a{n}='1'")).collect();
            format!("<a{attributes}/>")
        };
        assert!(parse(&many(1_000)).is_some());
        assert_eq!(parse(&many(5_000)), None);
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(parse(&nested(MAX_DEPTH)).is_some());
        assert_eq!(parse(&nested(MAX_DEPTH + 2)), None);
        let namespaces = |count: usize| "<a xmlns='u'>".repeat(count) + &"</a>".repeat(count);
        assert!(is_affordable(&namespaces(MAX_NAMESPACES)));
        assert!(!is_affordable(&namespaces(MAX_NAMESPACES + 1)));
    }
}
