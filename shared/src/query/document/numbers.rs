//! Numbers that do not fit into the tree of a document.
//!
//! JMESPath's trees hold numbers as 64-bit integers or as doubles. Two ids such as 18446744073709551616 and
//! 18446744073709551617 are the same double, and 1.10 becomes 1.1. So the text of each such number is kept beside
//! the tree. Filters compare numbers as JMESPath does; ids, types, ordering keys and items of lists have the text.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use jmespath::{Rcvar, Variable};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// The longest run of digits that is always held exactly.
const EXACT_DIGITS: usize = 15;

/// The most numbers whose texts are kept. Each takes about 150 bytes beside its place in the tree, so that they stay
/// below 40 MB.
const MAX_TEXTS: usize = 250_000;

/// The texts of numbers that a tree does not hold as they were written.
#[derive(Clone, Default)]
pub(crate) struct RawNumbers(Option<Arc<Texts>>);

/// The number and its text, by the address of the number. The number is kept so that its address stays its own.
type Texts = HashMap<usize, (Rcvar, Box<str>)>;

fn address(value: &Rcvar) -> usize {
    Arc::as_ptr(value).addr()
}

impl RawNumbers {
    /// The text of a number, if the tree does not hold it as it was written.
    pub(crate) fn text(&self, value: &Rcvar) -> Option<&str> {
        let (_, text) = self.0.as_ref()?.get(&address(value))?;
        Some(text)
    }

    /// These numbers and others.
    pub(crate) fn and(self, others: Self) -> Self {
        match (self.0, others.0) {
            (Some(these), Some(others)) => {
                let mut all = Arc::unwrap_or_clone(these);
                all.extend(Arc::unwrap_or_clone(others));
                Self(Some(Arc::new(all)))
            }
            (these, others) => Self(these.or(others)),
        }
    }

    /// Appends a value as JSON: object names in alphabetical order, numbers as they were written.
    pub(crate) fn write_json(&self, value: &Rcvar, json: &mut String) {
        let mut separator = "";
        match &**value {
            _ if self.0.is_none() => json.push_str(&value.to_string()),
            Variable::Array(items) => {
                json.push('[');
                for item in items {
                    json.push_str(separator);
                    self.write_json(item, json);
                    separator = ",";
                }
                json.push(']');
            }
            Variable::Object(members) => {
                json.push('{');
                for (name, member) in members {
                    json.push_str(separator);
                    json.push_str(&Variable::String(name.clone()).to_string());
                    json.push(':');
                    self.write_json(member, json);
                    separator = ",";
                }
                json.push('}');
            }
            _ => match self.text(value) {
                Some(text) => json.push_str(text),
                None => json.push_str(&value.to_string()),
            },
        }
    }
}

/// Parses JSON into a tree, and keeps the texts of numbers beside it. `None` if it is invalid, nested too deeply, or
/// has a number beyond a double's range, or has more than [`MAX_TEXTS`] numbers whose texts must be kept.
pub(super) fn parse(json: &str) -> Option<(Rcvar, RawNumbers)> {
    let inexact = inexact_numbers(json);
    if inexact.is_empty() {
        return Some((Rcvar::new(serde_json::from_str(json).ok()?), RawNumbers::default()));
    }
    if inexact.len() > MAX_TEXTS {
        return None;
    }
    let builder =
        Builder { inexact, position: Cell::new(0), next: Cell::new(0), texts: RefCell::default() };
    let mut reader = serde_json::Deserializer::from_str(json);
    let tree = Node(&builder).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some((tree, RawNumbers(Some(Arc::new(builder.texts.into_inner())))))
}

/// The numbers in a JSON text that a tree would not hold as they are written, each with its position among all
/// numbers.
fn inexact_numbers(json: &str) -> Vec<(usize, &str)> {
    let bytes = json.as_bytes();
    let (mut found, mut position, mut at) = (Vec::new(), 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let rest = &bytes[at..];
                let is_number =
                    |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let end = at + rest.iter().position(|b| !is_number(b)).unwrap_or(rest.len());
                let text = &json[at..end];
                if !is_exact(text) {
                    found.push((position, text));
                }
                position += 1;
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

/// The index behind a string that begins at `at`, after its quotation mark.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

fn is_exact(number: &str) -> bool {
    let is_short = number.len() <= EXACT_DIGITS && number.bytes().all(|b| b.is_ascii_digit());
    is_short || number.parse::<Number>().is_ok_and(|parsed| parsed.to_string() == number)
}

/// Builds a tree. Numbers are visited in the order of the text, so that a number is known by its position.
struct Builder<'j> {
    inexact: Vec<(usize, &'j str)>,
    /// The position of the next number among all numbers.
    position: Cell<usize>,
    /// The index of the next inexact number.
    next: Cell<usize>,
    texts: RefCell<Texts>,
}

impl Builder<'_> {
    fn number(&self, number: Number) -> Rcvar {
        let value = Rcvar::new(Variable::Number(number));
        let position = self.position.replace(self.position.get() + 1);
        if let Some((_, text)) = self.inexact.get(self.next.get()).filter(|(at, _)| *at == position)
        {
            self.next.set(self.next.get() + 1);
            let text = (value.clone(), (*text).into());
            self.texts.borrow_mut().insert(address(&value), text);
        }
        value
    }
}

/// One value of the tree.
struct Node<'b>(&'b Builder<'b>);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Rcvar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rcvar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Rcvar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Rcvar, E> {
        Ok(Rcvar::new(Variable::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Rcvar, E> {
        Ok(Rcvar::new(Variable::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Rcvar, E> {
        Ok(self.0.number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Rcvar, E> {
        Ok(self.0.number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Rcvar, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(self.0.number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Rcvar, E> {
        Ok(Rcvar::new(Variable::String(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rcvar, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Node(self.0))? {
            items.push(item);
        }
        Ok(Rcvar::new(Variable::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rcvar, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            members.insert(name, map.next_value_seed(Node(self.0))?);
        }
        Ok(Rcvar::new(Variable::Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_again(json: &str) -> String {
        let (tree, numbers) = parse(json).unwrap();
        let mut written = String::new();
        numbers.write_json(&tree, &mut written);
        written
    }

    #[test]
    fn numbers_are_written_as_they_were_read() {
        for json in [
            r#"{"a":[18446744073709551616,"18446744073709551616",-0,1.10],"b":{"c":1e2,"d":7}}"#,
            r#"[0.1,-3,1.0,"\"1.10\\",123456789012345678901234567890,true,null,[],{}]"#,
            "18446744073709551617",
            r#"{"é\"":1E5}"#,
        ] {
            assert_eq!(written_again(json), json);
        }
    }

    #[test]
    fn only_numbers_that_a_tree_does_not_hold_are_kept() {
        let exact = r#"{"1.10":[1,12345678901234567890,-9,0.5,1.0,"1e2"]}"#;
        assert!(inexact_numbers(exact).is_empty());
        let inexact = r#"[1,1.10,"\\",-0,2,18446744073709551616]"#;
        let expected = [(1, "1.10"), (2, "-0"), (4, "18446744073709551616")];
        assert_eq!(inexact_numbers(inexact), expected);
    }

    #[test]
    fn a_repeated_member_has_the_text_of_its_last_value() {
        assert_eq!(written_again(r#"{"a":1.10,"a":1.20}"#), r#"{"a":1.20}"#);
    }

    #[test]
    fn too_many_numbers_whose_texts_must_be_kept_are_not_parsed() {
        let list = |count: usize| format!("[{}1.10]", "1.10,".repeat(count - 1));
        assert!(parse(&list(MAX_TEXTS)).is_some());
        assert!(parse(&list(MAX_TEXTS + 1)).is_none());
    }

    #[test]
    fn invalid_json_is_not_parsed() {
        for json in ["", "1.10.1", "[1.10", "1e999", "1.10 x", "[01.10]"] {
            assert!(parse(json).is_none(), "{json}");
        }
    }
}
