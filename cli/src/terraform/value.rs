//! What expressions evaluate to: a value, or the reason why there is none.

use std::collections::BTreeMap;
use std::rc::Rc;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// Terraform would fail too. `try` and `can` catch it.
    #[error("{0}")]
    Failed(String),
    /// It depends on a value that is unknown, because something else in the configuration is wrong.
    #[error("it depends on what is not known")]
    Unknown,
    /// It needs a part of the language that the evaluator does not support. That is a bug of `catchment check`.
    #[error("{0}, which `catchment check` does not support")]
    Unsupported(String),
}

impl EvalError {
    /// An expression that Terraform would refuse as well.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    /// An expression that needs something unsupported.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }
}

/// A value. A list stands for Terraform's lists, tuples and sets, and a map for its maps and objects: Terraform itself
/// finds the places where the module mixes them up.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(Rc<str>),
    /// A list, a tuple, or a sorted set.
    List(Rc<Vec<Value>>),
    /// A map or an object.
    Map(Rc<BTreeMap<String, Value>>),
    /// A resource or data source, or one instance of it.
    Resource(Rc<Instance>),
    /// An attribute that only AWS knows, as its address: `aws_sqs_queue.queue["default"].url`.
    Reference(Rc<str>),
    /// Not known, because something else in the configuration is wrong. What depends on it is not reported.
    Unknown,
}

/// A reference compares like a text: by its address.
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

/// An instance of a resource or data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The block's address: `aws_sqs_queue.queue`, `data.aws_region.current`.
    pub block: String,
    /// The instance's address: `aws_sqs_queue.queue["default"]`.
    pub address: String,
    /// `each` in the block's arguments.
    pub each: Option<Value>,
}

impl Value {
    /// A [`Self::Text`].
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A [`Self::List`] in the given order.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(Rc::new(items.into_iter().collect()))
    }

    /// A [`Self::Map`]. Of two pairs with the same key, the later counts.
    pub fn map(pairs: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self::Map(Rc::new(pairs.into_iter().collect()))
    }

    /// A set: a sorted list without duplicates.
    pub fn set(items: impl IntoIterator<Item = Value>) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort_by_cached_key(|item| item.as_text().unwrap_or_else(|_| format!("{item:?}")));
        items.dedup();
        Self::list(items)
    }

    /// The item of a list by its index, or the value of a map by its key. Other values have no items.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(pairs) => pairs.get(key),
            Self::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The value as text, with Terraform's conversion of numbers and booleans.
    pub fn as_text(&self) -> Result<String, EvalError> {
        match self {
            Self::Text(text) | Self::Reference(text) => Ok(text.to_string()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Bool(truth) => Ok(truth.to_string()),
            other => Err(other.is_not("a text")),
        }
    }

    /// The value as a number, with Terraform's conversion of text.
    pub fn as_number(&self) -> Result<f64, EvalError> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => number(text).ok_or_else(|| self.is_not("a number")),
            other => Err(other.is_not("a number")),
        }
    }

    /// The value as a boolean, with Terraform's conversion of text.
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

    /// The items of a list; an error for any other value.
    pub fn as_list(&self) -> Result<&[Value], EvalError> {
        match self {
            Self::List(items) => Ok(items),
            other => Err(other.is_not("a list")),
        }
    }

    /// The pairs of a map; an error for any other value.
    pub fn as_map(&self) -> Result<&BTreeMap<String, Value>, EvalError> {
        match self {
            Self::Map(pairs) => Ok(pairs),
            other => Err(other.is_not("a map")),
        }
    }

    /// The value's type as messages name it: `a text`, `true or false`.
    pub fn type_name(&self) -> &'static str {
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
            other => {
                EvalError::failed(format!("{wanted} is needed, and this is {}", other.type_name()))
            }
        }
    }
}

/// A number in decimal. Terraform has no `inf` and no `NaN`.
fn number(text: &str) -> Option<f64> {
    let decimal = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    text.parse::<f64>().ok().filter(|number| decimal && number.is_finite())
}
