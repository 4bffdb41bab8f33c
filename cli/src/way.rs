//! One of the ways in which a provider signs: the scheme, and the JSON that it was read from.

use serde_json::{Map, Value};
use shared::webhook::handshake::Handshake;
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::field::Params;

/// A scheme with its text, from which another can be made that differs in one thing.
#[derive(Clone, Debug)]
pub struct Way {
    /// The scheme, configured.
    pub scheme: Scheme,
    /// What its file says.
    pub file: Map<String, Value>,
}

impl Way {
    /// Reads a scheme, and configures it.
    pub fn of(
        file: &Value,
        params: &Params,
        handshakes: &[Handshake],
    ) -> Result<Self, serde_json::Error> {
        let scheme: Scheme = serde_json::from_value(file.clone())?;
        let file = file.as_object().cloned().unwrap_or_default();
        Ok(Self { scheme: scheme.configured(params, handshakes), file })
    }

    /// The scheme with its file changed; none where that makes no scheme.
    pub fn changed(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Scheme> {
        let mut file = self.file.clone();
        change(&mut file);
        let scheme: Scheme = serde_json::from_value(Value::Object(file)).ok()?;
        let Scheme { params, challenged, .. } = &self.scheme;
        Some(Scheme { params: params.clone(), challenged: *challenged, ..scheme })
    }

    /// The header that the signature stands in, where it is one, in lower case.
    pub fn header(&self) -> Option<String> {
        Some(self.file.get("header")?.as_str()?.to_ascii_lowercase())
    }

    /// Its fields as in the file.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
        let fields = self.file.get("fields").and_then(Value::as_object).into_iter().flatten();
        fields.filter_map(|(name, field)| Some((name.as_str(), field.as_object()?)))
    }
}
