//! Conditions on requests, which decide whether a scheme or a handshake applies.

use serde::Deserialize;

use super::field::{Field, FieldFile, Found, InvalidField, Params};
use crate::webhook::request::Request;

/// The most values among which a condition looks for one.
const MAX_VALUES: usize = 32;

/// A condition on a request: a field is there, has a certain value, or is absent.
#[derive(Clone, Debug)]
pub struct Condition {
    field: Field,
    is: Option<String>,
    absent: bool,
}

/// A condition as a file contains it. `shared/providers/README.md` documents the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionFile {
    header: Option<String>,
    query: Option<String>,
    body: Option<String>,
    separator: Option<String>,
    prefix: Option<Vec<String>>,
    is: Option<String>,
    absent: Option<bool>,
}

impl Condition {
    /// Whether the condition holds for a request.
    pub fn holds(&self, request: &Request, params: &Params) -> bool {
        match self.field.read(request, params, MAX_VALUES) {
            Found::Missing => self.absent,
            Found::Malformed => false,
            Found::Entries(found) if self.absent => found.is_empty(),
            Found::Entries(found) => match &self.is {
                Some(is) => found.iter().any(|text| text == is),
                None => !found.is_empty(),
            },
        }
    }
}

impl TryFrom<ConditionFile> for Condition {
    type Error = InvalidField;

    fn try_from(file: ConditionFile) -> Result<Self, Self::Error> {
        let ConditionFile { header, query, body, separator, prefix, is, absent } = file;
        let field = FieldFile { header, query, body, separator, prefix, ..FieldFile::default() };
        Ok(Self { field: field.try_into()?, is, absent: absent.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, header: Option<&str>) -> bool {
        let file: ConditionFile = serde_json::from_str(condition).unwrap();
        let headers = header.map(|value| ("x-settings", value)).into_iter().collect();
        let request = Request { headers, ..Request::default() };
        Condition::try_from(file).unwrap().holds(&request, &Params::new())
    }

    #[test]
    fn a_field_is_there_or_absent_or_has_a_value() {
        let there = r#"{"header":"X-Settings"}"#;
        assert!(holds(there, Some("a")) && !holds(there, None));
        let absent = r#"{"header":"X-Settings","absent":true}"#;
        assert!(holds(absent, None) && !holds(absent, Some("a")));
        let is = r#"{"header":"X-Settings","is":"a"}"#;
        assert!(holds(is, Some("a")) && !holds(is, Some("b")) && !holds(is, None));
    }

    #[test]
    fn an_entry_of_a_list_is_found_by_its_prefix() {
        let entry = |rest: &str| {
            format!(r#"{{"header":"X-Settings","separator":",","prefix":["algorithm="],{rest}}}"#)
        };
        let sha256 = entry(r#""is":"HMAC_SHA256""#);
        assert!(holds(&sha256, Some("key=k, algorithm=HMAC_SHA256")));
        assert!(!holds(&sha256, Some("key=k,algorithm=HMAC_SHA1")));
        let absent = entry(r#""absent":true"#);
        assert!(holds(&absent, Some("key=k")) && !holds(&absent, Some("algorithm=x")));
    }
}
