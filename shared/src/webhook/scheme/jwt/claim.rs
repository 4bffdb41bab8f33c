//! Claims that a scheme demands, and their values.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lacks;
use crate::webhook::scheme::Refusal;
use crate::webhook::scheme::field::Params;

/// A claim that a JWT must have, with one of these values.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) expected: Expected,
}

/// The value of a claim that a scheme demands.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    /// One of these texts or booleans.
    OneOf(Vec<Scalar>),
    /// The text of one of the source's params. If it is optional, the claim is not demanded of a source without it.
    Param { name: String, optional: bool },
}

/// A text or a boolean. No other claim can be demanded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Text(String),
}

impl Scalar {
    /// The claim's value. `None` for numbers, null, objects and lists. A list of audiences is refused too: the JWT was then
    /// made for others as well, and each of them could send it here.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(is) => Some(Self::Bool(*is)),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The value in a JWT.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Bool(is) => Value::Bool(*is),
            Self::Text(text) => Value::String(text.clone()),
        }
    }
}

impl Claim {
    /// Fails unless the claim has the value that is demanded.
    pub(super) fn check(
        &self,
        claims: &Map<String, Value>,
        params: &Params,
        place: &str,
    ) -> Result<(), Refusal> {
        let Some(allowed) = self.allowed(params)? else { return Ok(()) };
        let name = &self.name;
        let found = claims.get(name).and_then(Scalar::of).ok_or_else(|| lacks(name, place))?;
        match allowed.contains(&found) {
            true => Ok(()),
            false => Err(Refusal::Forbidden(format!("claim {name} is not that of the source"))),
        }
    }

    /// The values that are allowed. `None` if any is. Fails if the source lacks the param.
    pub(super) fn allowed(&self, params: &Params) -> Result<Option<Vec<Scalar>>, Refusal> {
        match &self.expected {
            Expected::OneOf(values) => Ok(Some(values.clone())),
            Expected::Param { name, optional } => match params.get(name) {
                Some(value) => Ok(Some(vec![Scalar::Text(value.clone())])),
                None if *optional => Ok(None),
                None => Err(Refusal::Missing(format!("parameter {name}"))),
            },
        }
    }
}
