//! Values made what their type says, as Terraform does it, with all that does not fit on the way.

use std::collections::BTreeMap;

use super::{Attribute, Type};
use crate::terraform::value::Value;

/// What does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where it stands: `destinations.crm.http.timeout`.
    pub path: String,
    /// What is wrong.
    pub kind: Kind,
}

/// In what way something does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is of another type.
    Other {
        /// What is wanted, in words.
        wanted: String,
        /// What it is, in words.
        is: &'static str,
    },
    /// A required attribute is not there.
    Missing(String),
    /// An attribute that there is not, with those that there are, also deeper inside, by their paths.
    Surplus(Vec<String>),
}

/// A value, and what of it did not fit; in its place is [`Value::Unknown`].
#[derive(Debug)]
pub struct Converted {
    /// The value.
    pub value: Value,
    /// What did not fit.
    pub misfits: Vec<Misfit>,
}

/// Makes a value what a type says.
pub fn convert(of: &Type, value: &Value, path: &str) -> Converted {
    let mut conversion = Conversion::default();
    let value = conversion.convert(of, value, path);
    Converted { value, misfits: conversion.misfits }
}

/// The path of what has a key in an object.
pub(crate) fn member(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    match !key.is_empty() && key.chars().all(plain) {
        true if path.is_empty() => key.to_owned(),
        true => format!("{path}.{key}"),
        false => format!("{path}[{key:?}]"),
    }
}

/// The path of an item of a list.
pub(crate) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

#[derive(Default)]
struct Conversion {
    misfits: Vec<Misfit>,
}

impl Conversion {
    fn convert(&mut self, of: &Type, value: &Value, path: &str) -> Value {
        match (of, value) {
            (_, Value::Unknown) => Value::Unknown,
            (Type::Any, value) => value.clone(),
            (_, Value::Null) => Value::Null,
            (Type::Text, value) if is_primitive(value) => {
                value.as_text().map_or(Value::Unknown, Value::text)
            }
            (Type::Number, value) => {
                self.or_misfit(value.as_number().map(Value::Number).ok(), of, value, path)
            }
            (Type::Bool, value) => {
                self.or_misfit(value.as_bool().map(Value::Bool).ok(), of, value, path)
            }
            (Type::List(of), Value::List(items)) => Value::list(self.items(of, items, path)),
            (Type::Set(of), Value::List(items)) => Value::set(self.items(of, items, path)),
            (Type::Tuple(types), Value::List(items)) if types.len() == items.len() => {
                let pairs = types.iter().zip(items.iter()).enumerate();
                Value::list(
                    pairs
                        .map(|(i, (of, value))| self.convert(of, value, &item(path, i)))
                        .collect::<Vec<_>>(),
                )
            }
            (Type::Map(of), Value::Map(pairs)) => self.map(of, pairs, path),
            (Type::Object(attributes), Value::Map(pairs)) => self.object(attributes, pairs, path),
            (of, value) => self.or_misfit(None, of, value, path),
        }
    }

    fn or_misfit(&mut self, made: Option<Value>, of: &Type, value: &Value, path: &str) -> Value {
        made.unwrap_or_else(|| {
            let kind = Kind::Other { wanted: of.words(), is: value.sort() };
            self.misfits.push(Misfit { path: path.to_owned(), kind });
            Value::Unknown
        })
    }

    fn items(&mut self, of: &Type, items: &[Value], path: &str) -> Vec<Value> {
        let items = items.iter().enumerate();
        items.map(|(index, value)| self.element(of, value, &item(path, index))).collect()
    }

    fn map(&mut self, of: &Type, pairs: &BTreeMap<String, Value>, path: &str) -> Value {
        let convert =
            |(key, value): (&String, _)| (key.clone(), self.element(of, value, &member(path, key)));
        Value::map(pairs.iter().map(convert).collect::<Vec<_>>())
    }

    /// Terraform takes a null here, and then fails on it somewhere else.
    fn element(&mut self, of: &Type, value: &Value, path: &str) -> Value {
        match value {
            Value::Null => self.or_misfit(None, of, value, path),
            value => self.convert(of, value, path),
        }
    }

    fn object(
        &mut self,
        attributes: &BTreeMap<String, Attribute>,
        pairs: &BTreeMap<String, Value>,
        path: &str,
    ) -> Value {
        let attribute = |(name, attribute): (&String, &Attribute)| {
            let value = self.attribute(attribute, pairs.get(name), (path, name));
            (name.clone(), value)
        };
        let value = Value::map(attributes.iter().map(attribute).collect::<Vec<_>>());
        for key in pairs.keys().filter(|key| !attributes.contains_key(*key)) {
            let kind = Kind::Surplus(names(attributes));
            self.misfits.push(Misfit { path: member(path, key), kind });
        }
        value
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        value: Option<&Value>,
        (path, name): (&str, &str),
    ) -> Value {
        let inside = member(path, name);
        match (value, &attribute.default) {
            (None | Some(Value::Null), Some(default)) => {
                self.convert(&attribute.of, &default.value(), &inside)
            }
            (None, None) => {
                self.misfits
                    .push(Misfit { path: path.to_owned(), kind: Kind::Missing(name.to_owned()) });
                Value::Unknown
            }
            (Some(value), None) => self.element(&attribute.of, value, &inside),
            (Some(value), Some(_)) => self.convert(&attribute.of, value, &inside),
        }
    }
}

fn is_primitive(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Number(_) | Value::Bool(_))
}

/// All attributes by their paths, the nearest first.
fn names(attributes: &BTreeMap<String, Attribute>) -> Vec<String> {
    let mut all: Vec<String> = attributes.keys().cloned().collect();
    for (name, attribute) in attributes {
        if let Type::Object(inner) = &attribute.of {
            all.extend(names(inner).iter().map(|inner| format!("{name}.{inner}")));
        }
    }
    all
}
