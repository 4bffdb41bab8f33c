//! Values as JSON, as `jsonencode` writes and `jsondecode` reads them.

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::value::{EvalError, Value};

/// 2⁵³, up to which every whole number is exact in 64 bits of floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => serialize_number(*number, serializer),
            Self::Text(text) | Self::Reference(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                pairs.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Resource(_) | Self::Unknown => Err(S::Error::custom("the value is unknown")),
        }
    }
}

/// Writes a whole number without a fraction: `5`, not `5.0`.
fn serialize_number<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    match number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // It is whole, and below 2⁵³.
        true => serializer.serialize_i64(number as i64),
        false => serializer.serialize_f64(number),
    }
}

/// `jsonencode`: keys sorted, no spaces, and the characters `<`, `>` and `&` escaped. Fails if a part is unknown.
pub fn encode(value: &Value) -> Result<String, EvalError> {
    let json = serde_json::to_string(value).map_err(|_| EvalError::Unknown)?;
    let escapes = [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")];
    Ok(escapes.iter().fold(json, |json, (text, escape)| json.replace(text, escape)))
}

/// `jsondecode`: fails on text that is not JSON.
pub fn decode(json: &str) -> Result<Value, EvalError> {
    let json: serde_json::Value = serde_json::from_str(json)
        .map_err(|error| EvalError::failed(format!("this is not JSON: {error}")))?;
    Ok(json.into())
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => {
                number.as_f64().map_or(Self::Unknown, Self::Number)
            }
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(items) => Self::list(items.into_iter().map(Self::from)),
            serde_json::Value::Object(pairs) => {
                Self::map(pairs.into_iter().map(|(key, value)| (key, value.into())))
            }
        }
    }
}
