//! Converts values to their types as Terraform does, and collects everything that does not fit.

use std::collections::BTreeMap;

use super::{Attribute, Type};
use crate::terraform::value::Value;

/// A part of a value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its path: `destinations.crm.http.timeout`.
    pub path: String,
    /// How it does not fit.
    pub kind: MisfitKind,
}

/// How a part does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MisfitKind {
    /// It is of another type, and Terraform does not convert it.
    OtherType {
        /// What the type accepts, [`Type::describe`].
        expected: String,
        /// The value's own type, [`Value::type_name`].
        found: &'static str,
    },
    /// A required attribute, by its name, is missing.
    Missing(String),
    /// The type has no such attribute. The field has the paths of those that it has, the nested ones included.
    UnknownAttribute(Vec<String>),
}

/// A converted value. Each part that did not fit is [`Value::Unknown`].
#[derive(Debug)]
pub struct Converted {
    /// The value with its defaults filled in.
    pub value: Value,
    /// The parts that did not fit.
    pub misfits: Vec<Misfit>,
}

/// Converts a value to a type. `path` is where the value is, for misfits.
pub fn convert(to: &Type, value: &Value, path: &str) -> Converted {
    let mut conversion = Conversion::default();
    let value = conversion.convert(to, value, path);
    Converted { value, misfits: conversion.misfits }
}

/// The path of a member of an object.
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
    fn convert(&mut self, to: &Type, value: &Value, path: &str) -> Value {
        match (to, value) {
            (_, Value::Unknown) => Value::Unknown,
            (Type::Any, value) => value.clone(),
            (_, Value::Null) => Value::Null,
            (Type::Text, value) if is_primitive(value) => {
                value.as_text().map_or(Value::Unknown, Value::text)
            }
            (Type::Number, value) => {
                self.or_misfit(value.as_number().map(Value::Number).ok(), to, value, path)
            }
            (Type::Bool, value) => {
                self.or_misfit(value.as_bool().map(Value::Bool).ok(), to, value, path)
            }
            (Type::List(to), Value::List(items)) => Value::list(self.items(to, items, path)),
            (Type::Set(to), Value::List(items)) => Value::set(self.items(to, items, path)),
            (Type::Tuple(types), Value::List(items)) if types.len() == items.len() => {
                let pairs = types.iter().zip(items.iter()).enumerate();
                Value::list(
                    pairs
                        .map(|(i, (to, value))| self.convert(to, value, &item(path, i)))
                        .collect::<Vec<_>>(),
                )
            }
            (Type::Map(to), Value::Map(pairs)) => self.map(to, pairs, path),
            (Type::Object(attributes), Value::Map(pairs)) => self.object(attributes, pairs, path),
            (to, value) => self.or_misfit(None, to, value, path),
        }
    }

    fn or_misfit(&mut self, made: Option<Value>, to: &Type, value: &Value, path: &str) -> Value {
        made.unwrap_or_else(|| {
            let kind = MisfitKind::OtherType { expected: to.describe(), found: value.type_name() };
            self.misfits.push(Misfit { path: path.to_owned(), kind });
            Value::Unknown
        })
    }

    fn items(&mut self, to: &Type, items: &[Value], path: &str) -> Vec<Value> {
        let items = items.iter().enumerate();
        items.map(|(index, value)| self.element(to, value, &item(path, index))).collect()
    }

    fn map(&mut self, to: &Type, pairs: &BTreeMap<String, Value>, path: &str) -> Value {
        let convert =
            |(key, value): (&String, _)| (key.clone(), self.element(to, value, &member(path, key)));
        Value::map(pairs.iter().map(convert).collect::<Vec<_>>())
    }

    /// An item of a collection. Terraform accepts null here and fails on it later, so null is refused.
    fn element(&mut self, to: &Type, value: &Value, path: &str) -> Value {
        match value {
            Value::Null => self.or_misfit(None, to, value, path),
            value => self.convert(to, value, path),
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
            let kind = MisfitKind::UnknownAttribute(names(attributes));
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
                self.convert(&attribute.type_constraint, &default.value(), &inside)
            }
            (None, None) => {
                self.misfits.push(Misfit {
                    path: path.to_owned(),
                    kind: MisfitKind::Missing(name.to_owned()),
                });
                Value::Unknown
            }
            (Some(value), None) => self.element(&attribute.type_constraint, value, &inside),
            (Some(value), Some(_)) => self.convert(&attribute.type_constraint, value, &inside),
        }
    }
}

fn is_primitive(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Number(_) | Value::Bool(_))
}

/// The paths of all attributes, the nested ones after their parents.
fn names(attributes: &BTreeMap<String, Attribute>) -> Vec<String> {
    let mut all: Vec<String> = attributes.keys().cloned().collect();
    for (name, attribute) in attributes {
        if let Type::Object(inner) = &attribute.type_constraint {
            all.extend(names(inner).iter().map(|inner| format!("{name}.{inner}")));
        }
    }
    all
}
