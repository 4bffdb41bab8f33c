//! XML bodies as JSON, so that filters, types and ids look into them as into any other body.

use roxmltree::{Attribute, Document, Node, ParsingOptions};

/// XML with more elements and texts than this is not read.
const MAX_NODES: u32 = 200_000;
/// XML with more `<` and `=` than this is not read. The parser reserves about 80 bytes for each of them, whatever they
/// are, before it looks at anything else.
const MAX_RESERVED: usize = 300_000;
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
pub(crate) fn to_json(text: &str) -> Option<Vec<u8>> {
    if !is_affordable(text) {
        return None;
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    let mut json = Vec::new();
    json.push(b'{');
    write_name(&mut json, "", root.tag_name().name())?;
    write_value(&mut json, root, 0)?;
    json.push(b'}');
    Some(json)
}

/// Whether parsing takes time in proportion to the text's length, and a limited amount of memory. Attribute values contain no `<`, so that all
/// attributes of an element are between two of them.
fn is_affordable(text: &str) -> bool {
    let reserves = |byte: &&u8| matches!(byte, b'<' | b'=');
    if text.as_bytes().iter().filter(reserves).count() > MAX_RESERVED {
        return false;
    }
    let attributes = |tag: &str| {
        let values = tag.split('=').skip(1);
        values.filter(|value| value.trim_start().starts_with(['"', '\''])).count()
    };
    let pairs = text.split('<').map(attributes).try_fold(0_usize, |sum, count| {
        Some(sum + count * count).filter(|sum| *sum <= MAX_ATTRIBUTE_PAIRS)
    });
    pairs.is_some() && text.matches("xmlns").nth(MAX_NAMESPACES).is_none()
}

/// Writes the value of an element. `None` if it is nested too deeply.
///
/// It is written without a tree in between, which would take about 700 bytes for each element.
fn write_value(json: &mut Vec<u8>, element: Node<'_, '_>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let texts = element.children().filter(Node::is_text).filter_map(|text| text.text());
    let text: String = texts.collect();
    let mut attributes: Vec<_> = element.attributes().collect();
    let mut children: Vec<_> = element.children().filter(Node::is_element).collect();
    if attributes.is_empty() && children.is_empty() {
        return serde_json::to_writer(json, &text).ok();
    }
    attributes.sort_by_key(Attribute::name);
    children.sort_by_key(|child| child.tag_name().name());
    let mut separator = b'{';
    let mut separate = |json: &mut Vec<u8>| json.push(std::mem::replace(&mut separator, b','));
    // The names of two attributes may differ only in their namespace. The last one counts.
    for same in attributes.chunk_by(|a, b| a.name() == b.name()) {
        separate(json);
        let attribute = same.last()?;
        write_name(json, "@", attribute.name())?;
        serde_json::to_writer(&mut *json, attribute.value()).ok()?;
    }
    for same in children.chunk_by(|a, b| a.tag_name().name() == b.tag_name().name()) {
        separate(json);
        write_children(json, same, depth + 1)?;
    }
    if !text.trim().is_empty() {
        separate(json);
        write_name(json, "", "#text")?;
        serde_json::to_writer(&mut *json, &text).ok()?;
    }
    json.push(b'}');
    Some(())
}

/// Writes the children of one name, with the name. Several are a list.
fn write_children(json: &mut Vec<u8>, children: &[Node<'_, '_>], depth: usize) -> Option<()> {
    let first = children.first()?;
    write_name(json, "", first.tag_name().name())?;
    if children.len() == 1 {
        return write_value(json, *first, depth);
    }
    for (index, child) in children.iter().enumerate() {
        json.push(if index == 0 { b'[' } else { b',' });
        write_value(json, *child, depth)?;
    }
    json.push(b']');
    Some(())
}

fn write_name(json: &mut Vec<u8>, prefix: &str, name: &str) -> Option<()> {
    serde_json::to_writer(&mut *json, &format!("{prefix}{name}")).ok()?;
    json.push(b':');
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
    fn attributes_that_differ_in_their_namespace_are_one_and_children_of_a_name_may_be_apart() {
        let xml = r#"<a xmlns:x="urn:x" k="1" x:k="2"><b/><c/>text "quoted"<b>2</b></a>"#;
        let a = json!({"@k": "2", "b": ["", "2"], "c": "", "#text": "text \"quoted\""});
        assert_eq!(parse(xml), Some(json!({ "a": a })));
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
        let elements = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
        assert!(parse(&elements(MAX_NODES as usize - 10)).is_some());
        assert!(!is_affordable(&elements(MAX_RESERVED)));
        assert!(!is_affordable(&format!("<a>{}</a>", "=".repeat(MAX_RESERVED))));
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(parse(&nested(MAX_DEPTH)).is_some());
        assert_eq!(parse(&nested(MAX_DEPTH + 2)), None);
        let namespaces = |count: usize| "<a xmlns='u'>".repeat(count) + &"</a>".repeat(count);
        assert!(is_affordable(&namespaces(MAX_NAMESPACES)));
        assert!(!is_affordable(&namespaces(MAX_NAMESPACES + 1)));
    }
}
