//! Documents: the input of expressions, built from a request.

use std::collections::BTreeMap;

use jmespath::{Rcvar, Variable};

use crate::webhook::body::{self, Body};
use crate::webhook::request::Request;
use crate::webhook::scheme::Verified;

/// JSON with more values than this is not parsed, an object counting as [`OBJECT_WEIGHT`] values.
///
/// A value takes about 80 bytes in memory and an object about 500, so that the limit is about 100 MB. Without
/// it, a body of 6 MB such as `[1,1,1,…]` would have 3 million values, for which no Lambda function here has
/// the memory.
const MAX_WEIGHT: usize = 1_000_000;
/// The weight of an object, in values.
const OBJECT_WEIGHT: usize = 6;

/// The document of a verified request, for its id and type: `{source, method, headers, query, body, signed}`.
///
/// `body` is the parsed JSON or form, and absent if the body is neither. `signed` has the values that the
/// signature covers besides the body. Anyone could have changed the values in `headers` and `query`.
pub fn document(source: &str, verified: &Verified) -> Rcvar {
    let request = verified.request();
    let signed = verified.matched().fields.iter();
    let mut root = BTreeMap::from([
        ("source".to_owned(), text(source)),
        ("method".to_owned(), text(&request.method)),
        ("headers".to_owned(), headers(request)),
        ("query".to_owned(), form(request.query.as_bytes())),
        ("signed".to_owned(), object(signed.map(|(name, value)| (name.clone(), text(value))))),
    ]);
    if let Some(body) = parse_body(request) {
        root.insert("body".to_owned(), body);
    }
    Rcvar::new(Variable::Object(root))
}

/// The document of a stored event, for filters and ordering keys: `{source, type, headers, query, body}`. A
/// missing type or body is absent.
pub(crate) fn of_event(
    source: &str,
    event_type: Option<&str>,
    request: &Request,
    body: Option<Rcvar>,
) -> Rcvar {
    let mut root = BTreeMap::from([
        ("source".to_owned(), text(source)),
        ("headers".to_owned(), headers(request)),
        ("query".to_owned(), form(request.query.as_bytes())),
    ]);
    root.extend(event_type.map(|event_type| ("type".to_owned(), text(event_type))));
    root.extend(body.map(|body| ("body".to_owned(), body)));
    Rcvar::new(Variable::Object(root))
}

fn headers(request: &Request) -> Rcvar {
    object(request.headers.iter().map(|(name, value)| (name.to_owned(), text(value))))
}

/// Parses a body: JSON, or the fields of a form. `None` for anything else, and for JSON of more than a
/// million values.
pub(crate) fn parse_body(request: &Request) -> Option<Rcvar> {
    // Nearly every body is well-formed JSON. Parsing it at once is faster than finding out what it is first.
    if is_light(&request.body)
        && let Some(tree) = body::parse_well_formed(&request.body)
    {
        return Some(Rcvar::new(tree));
    }
    match Body::of(request) {
        Body::Json(json) => parse_json(json).map(Rcvar::new),
        Body::Fields(fields) => {
            Some(object(fields.into_iter().map(|(name, value)| (name.into_owned(), text(&value)))))
        }
        Body::Opaque => None,
    }
}

/// Parses JSON. `None` if it is invalid, or has more than a million values.
pub(crate) fn parse_json(json: &[u8]) -> Option<Variable> {
    is_light(json).then(|| body::json(json))?
}

/// Whether JSON has at most [`MAX_WEIGHT`] values. Every value but the first follows a comma or a bracket, so
/// these are counted. Commas within strings count as well, which only matters for very large strings. A short
/// text is light without counting.
fn is_light(json: &[u8]) -> bool {
    let weight = |byte: &u8| match byte {
        b',' | b'[' => 1,
        b'{' => OBJECT_WEIGHT,
        _ => 0,
    };
    json.len() * OBJECT_WEIGHT <= MAX_WEIGHT || json.iter().map(weight).sum::<usize>() <= MAX_WEIGHT
}

/// Query parameters by name. The last value of a repeated parameter counts, as in most frameworks.
fn form(encoded: &[u8]) -> Rcvar {
    let pairs = url::form_urlencoded::parse(encoded);
    object(pairs.map(|(name, value)| (name.into_owned(), text(&value))))
}

fn object(pairs: impl Iterator<Item = (String, Rcvar)>) -> Rcvar {
    Rcvar::new(Variable::Object(pairs.collect()))
}

fn text(value: &str) -> Rcvar {
    Rcvar::new(Variable::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::query::expression::Expression;
    use crate::webhook::scheme::algorithm::Piece;
    use crate::webhook::scheme::{Scheme, verify};

    /// The scheme signs the header `id` and the body, and not the header `other`.
    fn find(expression: &str, content_type: &str, body: &[u8]) -> Option<String> {
        let scheme = r#"{"header":"s","content":"{id}.{body}",
            "fields":{"id":{"header":"id"},"other":{"header":"id"}}}"#;
        let scheme: Scheme = serde_json::from_str(scheme).unwrap();
        let key = scheme.secret.key("k").unwrap();
        let content = [Piece::Bytes(b"i1.".into()), Piece::Bytes(body.into())];
        let signature = hex::encode(scheme.algorithm.tag(&key, &content).unwrap());
        let request = Request {
            method: "POST".into(),
            path: "/shop".into(),
            query: "a=1&b=x%20y".into(),
            headers: [("Content-Type", content_type), ("s", &signature), ("id", "i1")]
                .into_iter()
                .collect(),
            body: body.to_vec(),
            ..Request::default()
        };
        let verified = verify(&[scheme], &["k".into()], request, Timestamp::UNIX_EPOCH);
        let document = document("shop", &verified.unwrap().unwrap());
        Expression::compile(expression).unwrap().find_text(&document)
    }

    #[test]
    fn expressions_find_every_part_of_a_request() {
        let json = br#"{"data":{"id":"e1"}}"#;
        assert_eq!(find("source", "", json).as_deref(), Some("shop"));
        assert_eq!(find("body.data.id", "text/plain", json).as_deref(), Some("e1"));
        assert_eq!(find("query.b", "", json).as_deref(), Some("x y"));
        assert_eq!(find("signed.id", "", json).as_deref(), Some("i1"));
        assert_eq!(find("signed.other", "", json), None, "read, but not signed");
        let header = find("headers.\"content-type\"", "text/plain", json);
        assert_eq!(header.as_deref(), Some("text/plain"));
    }

    #[test]
    fn an_id_is_found_beside_an_unpaired_surrogate() {
        let cut = br#"{"id":"e1","m":"\ud83d"}"#;
        assert_eq!(find("body.id", "application/json", cut).as_deref(), Some("e1"));
    }

    #[test]
    fn the_body_of_a_form_is_its_fields() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(find("body.name", form, b"name=J%C3%BCrgen+K").as_deref(), Some("Jürgen K"));
    }

    #[test]
    fn a_body_that_is_neither_json_nor_a_form_is_absent() {
        assert_eq!(find("body", "application/json", b"{not json"), None);
        assert_eq!(find("body", "application/octet-stream", &[0xff, 0x00]), None);
    }

    /// In memory it would take about 40 times its size. A Lambda function that runs out of memory loses its
    /// whole batch.
    #[test]
    fn a_body_of_too_many_values_is_absent() {
        let id = |list: &str| {
            let body = format!(r#"{{"id":"e1","l":[{list}1]}}"#);
            find("body.id", "application/json", body.as_bytes())
        };
        let others = OBJECT_WEIGHT + 2;
        assert_eq!(id(&"1,".repeat(MAX_WEIGHT - others)).as_deref(), Some("e1"));
        assert_eq!(id(&"1,".repeat(MAX_WEIGHT - others + 1)), None);
        let objects = (MAX_WEIGHT - others) / (OBJECT_WEIGHT + 1);
        assert_eq!(id(&"{},".repeat(objects)).as_deref(), Some("e1"));
        assert_eq!(id(&"{},".repeat(objects + 1)), None);
    }
}
