//! What expressions look into: `{source, method, headers, query, body, signed}` of one request.

use std::collections::BTreeMap;

use jmespath::{Rcvar, Variable};

use crate::webhook::body::{self, Body};
use crate::webhook::request::Request;
use crate::webhook::scheme::Verified;

/// JSON whose tree would have more than some 100 MB is not read: no function has the memory for the 3
/// million values of `[1,1,1,…]` in 6 MB. A value has about 80 bytes in the tree, and an object 500.
const MAX_WEIGHT: usize = 1_000_000;
/// What an object weighs, in values.
const OBJECT: usize = 6;

/// Builds the document of a verified request. `body` is the parsed JSON or form, and absent where the
/// body is neither: expressions over it then find nothing. `signed` has the fields that the signature
/// covers besides the body; what only stands in `headers` or `query`, anyone may have written there.
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
    if let Some(body) = body(request) {
        root.insert("body".to_owned(), body);
    }
    Rcvar::new(Variable::Object(root))
}

/// The document of a stored event: `{source, type, headers, query, body}`, without what is not there.
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

/// The body as a document of its own: JSON of a sensible number of values, or a form's fields.
pub fn body(request: &Request) -> Option<Rcvar> {
    // Nearly every body is JSON that can be read as it is, without being told apart first.
    if is_light(&request.body)
        && let Some(tree) = body::parse_well_formed(&request.body)
    {
        return Some(Rcvar::new(tree));
    }
    match Body::of(request) {
        Body::Json(json) => tree(json).map(Rcvar::new),
        Body::Fields(fields) => {
            Some(object(fields.into_iter().map(|(name, value)| (name.into_owned(), text(&value)))))
        }
        Body::Opaque => None,
    }
}

/// JSON as a tree, if it is not too large.
pub(crate) fn tree(json: &[u8]) -> Option<Variable> {
    is_light(json).then(|| body::json(json))?
}

/// Whether JSON has a sensible number of values. Each begins the text, a list or an object, or comes after
/// a comma; commas within texts count as well, which costs nobody his document. What is short need not be
/// weighed.
fn is_light(json: &[u8]) -> bool {
    let weigh = |byte: &u8| match byte {
        b',' | b'[' => 1,
        b'{' => OBJECT,
        _ => 0,
    };
    json.len() * OBJECT <= MAX_WEIGHT || json.iter().map(weigh).sum::<usize>() <= MAX_WEIGHT
}

/// Query parameters by name; of a repeated one the last value, as most frameworks have it.
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
    fn every_part_is_reachable() {
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
    fn half_an_emoji_costs_no_id() {
        let cut = br#"{"id":"e1","m":"\ud83d"}"#;
        assert_eq!(find("body.id", "application/json", cut).as_deref(), Some("e1"));
    }

    #[test]
    fn a_form_is_its_fields() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(find("body.name", form, b"name=J%C3%BCrgen+K").as_deref(), Some("Jürgen K"));
    }

    #[test]
    fn a_body_that_is_neither_is_absent() {
        assert_eq!(find("body", "application/json", b"{not json"), None);
        assert_eq!(find("body", "application/octet-stream", &[0xff, 0x00]), None);
    }

    /// Its tree would have some 40 times its size: a Lambda that runs out of memory takes its batch with it.
    #[test]
    fn a_body_of_too_many_values_is_absent_however_short_they_are() {
        let id = |list: &str| {
            let body = format!(r#"{{"id":"e1","l":[{list}1]}}"#);
            find("body.id", "application/json", body.as_bytes())
        };
        let others = OBJECT + 2;
        assert_eq!(id(&"1,".repeat(MAX_WEIGHT - others)).as_deref(), Some("e1"));
        assert_eq!(id(&"1,".repeat(MAX_WEIGHT - others + 1)), None);
        let objects = (MAX_WEIGHT - others) / (OBJECT + 1);
        assert_eq!(id(&"{},".repeat(objects)).as_deref(), Some("e1"));
        assert_eq!(id(&"{},".repeat(objects + 1)), None);
    }
}
