//! A signature scheme together with the JSON that it was read from.

use serde_json::{Map, Value};
use shared::webhook::handshake::Handshake;
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::field::Params;

/// A scheme and its JSON. Hints change one field of the JSON and try the result; samples are signed by it.
#[derive(Clone, Debug)]
pub struct ParsedScheme {
    /// The scheme with its source's params.
    pub scheme: Scheme,
    /// The JSON object that it was read from.
    pub file: Map<String, Value>,
}

impl ParsedScheme {
    /// Parses a scheme, and configures it for a source.
    pub fn parse(
        file: &Value,
        params: &Params,
        handshakes: &[Handshake],
    ) -> Result<Self, serde_json::Error> {
        let scheme: Scheme = serde_json::from_value(file.clone())?;
        let file = file.as_object().cloned().unwrap_or_default();
        Ok(Self { scheme: scheme.configured(params, handshakes), file })
    }

    /// The scheme of a changed file, or `None` if that is not a valid scheme.
    pub fn changed(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Scheme> {
        let mut file = self.file.clone();
        change(&mut file);
        let scheme: Scheme = serde_json::from_value(Value::Object(file)).ok()?;
        let Scheme { params, challenged, .. } = &self.scheme;
        Some(Scheme { params: params.clone(), challenged: *challenged, ..scheme })
    }

    /// The header of the signature in lower case, if it is in a header.
    pub fn header(&self) -> Option<String> {
        Some(self.file.get("header")?.as_str()?.to_ascii_lowercase())
    }

    /// The JSON of its fields, by their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
        let fields = self.file.get("fields").and_then(Value::as_object).into_iter().flatten();
        fields.filter_map(|(name, field)| Some((name.as_str(), field.as_object()?)))
    }
}
