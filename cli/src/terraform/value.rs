//! What expressions evaluate to.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::error::EvalError;

/// A value. Lists, tuples and sets are the same here, and so are maps and objects: it is Terraform's
/// to find out where the module itself mixes them up.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// A list, a tuple, or a set in its order.
    List(Rc<Vec<Value>>),
    /// A map or an object.
    Map(Rc<BTreeMap<String, Value>>),
    /// A resource or data source, or one instance of it.
    Resource(Rc<Instance>),
    /// What AWS would say, by its address: `aws_sqs_queue.queue["default"].url`.
    Reference(Rc<str>),
    /// What was wrong already. Whatever depends on it is no mistake of its own.
    Unknown,
}

/// What AWS would say is a text like any other, only that it is not known which.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Unknown, Self::Unknown) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (
                Self::Text(one) | Self::Reference(one),
                Self::Text(other) | Self::Reference(other),
            ) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => one == other,
            (Self::Resource(one), Self::Resource(other)) => one == other,
            _ => false,
        }
    }
}

/// An instance of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The block's address: `aws_sqs_queue.queue`, `data.aws_region.current`.
    pub block: String,
    /// The instance's own: `aws_sqs_queue.queue["default"]`.
    pub address: String,
    /// `each` in the block's arguments.
    pub each: Option<Value>,
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(Rc::new(items.into_iter().collect()))
    }

    /// A map.
    pub fn map(pairs: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self::Map(Rc::new(pairs.into_iter().collect()))
    }

    /// A set: in order, each once.
    pub fn set(items: impl IntoIterator<Item = Value>) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort_by_cached_key(|item| item.as_text().unwrap_or_else(|_| format!("{item:?}")));
        items.dedup();
        Self::list(items)
    }

    /// What a list or a map has in it, by index or key; nothing of anything else.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(pairs) => pairs.get(key),
            Self::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// As text, where Terraform would make it one.
    pub fn as_text(&self) -> Result<String, EvalError> {
        match self {
            Self::Text(text) | Self::Reference(text) => Ok(text.to_string()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Bool(truth) => Ok(truth.to_string()),
            other => Err(other.is_not("a text")),
        }
    }

    /// As a number.
    pub fn as_number(&self) -> Result<f64, EvalError> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => number(text).ok_or_else(|| self.is_not("a number")),
            other => Err(other.is_not("a number")),
        }
    }

    /// As a truth value.
    pub fn as_bool(&self) -> Result<bool, EvalError> {
        match self {
            Self::Bool(truth) => Ok(*truth),
            Self::Text(text) => match &**text {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(self.is_not("true or false")),
            },
            other => Err(other.is_not("true or false")),
        }
    }

    /// As the items of a list.
    pub fn as_list(&self) -> Result<&[Value], EvalError> {
        match self {
            Self::List(items) => Ok(items),
            other => Err(other.is_not("a list")),
        }
    }

    /// As a map.
    pub fn as_map(&self) -> Result<&BTreeMap<String, Value>, EvalError> {
        match self {
            Self::Map(pairs) => Ok(pairs),
            other => Err(other.is_not("a map")),
        }
    }

    /// What sort of value it is, in words.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Reference(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Resource(_) => "a resource",
            Self::Unknown => "unknown",
        }
    }

    fn is_not(&self, wanted: &str) -> EvalError {
        match self {
            Self::Unknown => EvalError::Unknown,
            other => EvalError::failed(format!("{wanted} is needed, and this is {}", other.sort())),
        }
    }
}

/// Terraform's numbers are decimal: no `inf`, no `NaN`.
fn number(text: &str) -> Option<f64> {
    let decimal = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    text.parse::<f64>().ok().filter(|number| decimal && number.is_finite())
}
