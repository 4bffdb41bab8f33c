//! Documents: the input of expressions, built from a request.

mod numbers;

use std::collections::BTreeMap;
use std::fmt;

use jmespath::{Rcvar, Variable};

pub(crate) use self::numbers::RawNumbers;

use crate::webhook::body::{self, Content};
use crate::webhook::request::Request;
use crate::webhook::scheme::{RequestAtRest, Verified};

/// JSON with more values than this is not parsed, an object counting as [`OBJECT_WEIGHT`] values.
///
/// A value takes about 80 bytes in memory and an object about 500, so that the limit is about 100 MB. Without
/// it, a body of 6 MB such as `[1,1,1,…]` would have 3 million values, for which no Lambda function here has
/// the memory.
const MAX_WEIGHT: usize = 1_000_000;
/// The weight of an object, in values.
const OBJECT_WEIGHT: usize = 6;

/// The input of expressions, or a value that one of them found: a tree, and the texts of those of its numbers that the
/// tree does not hold as they were written.
#[derive(Clone)]
pub struct Document {
    root: Rcvar,
    numbers: RawNumbers,
}

/// Shows nothing: the values are a payload.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(…)")
    }
}

impl Document {
    pub(crate) fn new(root: Rcvar, numbers: RawNumbers) -> Self {
        Self { root, numbers }
    }

    /// Parses JSON. `None` if it is invalid, or has more than a million values.
    pub fn parse(json: &[u8]) -> Option<Self> {
        if !is_light(json) {
            return None;
        }
        let parse = |json: &str| numbers::parse(json).map(|(root, numbers)| Self { root, numbers });
        let well_formed = std::str::from_utf8(json).ok().and_then(parse);
        well_formed.or_else(|| parse(&body::repair_surrogates(json)))
    }

    /// The tree. Filters compare its numbers.
    pub fn root(&self) -> &Rcvar {
        &self.root
    }

    /// The texts of numbers that the tree does not hold as they were written.
    pub(crate) fn numbers(&self) -> &RawNumbers {
        &self.numbers
    }

    /// A part of this document.
    pub(crate) fn part(&self, root: &Rcvar) -> Self {
        Self { root: root.clone(), numbers: self.numbers.clone() }
    }

    /// The `body` of a document of a request.
    pub(crate) fn body(&self) -> Option<Self> {
        let body = self.root.as_object().and_then(|root| root.get("body"));
        body.map(|body| self.part(body))
    }

    /// The value as text: a string itself, anything else as JSON.
    pub fn to_text(&self) -> String {
        self.root.as_string().cloned().unwrap_or_else(|| self.to_json())
    }

    /// The value as JSON. Names are in alphabetical order, and numbers have the digits that they were written with.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.numbers.write_json(&self.root, &mut json);
        json
    }
}

/// The document of a verified request, for its id and type: `{source, method, headers, query, body, signed}`.
///
/// `body` is the parsed JSON, XML or form, and absent if the body is none of them. `signed` has the values that the
/// signature covers besides the body. Anyone could have changed the values in `headers` and `query`.
///
/// `form_json` is the form field that has the event as JSON, if the source's provider can send JSON in a form.
pub fn document(source: &str, verified: &Verified, form_json: Option<&str>) -> Document {
    let request = verified.request();
    of_request(source, request, &verified.matched().fields, parse_body(request, form_json))
}

/// The same of the request as it is stored. `received` is the document of the request as it was received, whose parsed
/// body is used if the body has no token.
pub fn document_at_rest(
    source: &str,
    at_rest: &RequestAtRest<'_>,
    received: Document,
    form_json: Option<&str>,
) -> Document {
    let request = at_rest.request();
    if at_rest.fingerprinted().is_empty() {
        return received;
    }
    let body = match at_rest.is_body_as_received() {
        true => received.body(),
        false => parse_body(request, form_json),
    };
    of_request(source, request, &at_rest.matched().fields, body)
}

fn of_request(
    source: &str,
    request: &Request,
    signed: &BTreeMap<String, String>,
    body: Option<Document>,
) -> Document {
    let signed = signed.iter();
    let root = BTreeMap::from([
        ("source".to_owned(), text(source)),
        ("method".to_owned(), text(&request.method)),
        ("headers".to_owned(), headers(request)),
        ("query".to_owned(), form(request.query.as_bytes())),
        ("signed".to_owned(), object(signed.map(|(name, value)| (name.clone(), text(value))))),
    ]);
    with_body(root, body)
}

/// The document of a stored event, for filters and ordering keys: `{source, type, headers, query, body}`. A
/// missing type or body is absent.
pub(crate) fn of_event(
    source: &str,
    event_type: Option<&str>,
    request: &Request,
    body: Option<Document>,
) -> Document {
    let mut root = BTreeMap::from([
        ("source".to_owned(), text(source)),
        ("headers".to_owned(), headers(request)),
        ("query".to_owned(), form(request.query.as_bytes())),
    ]);
    root.extend(event_type.map(|event_type| ("type".to_owned(), text(event_type))));
    with_body(root, body)
}

fn with_body(mut root: BTreeMap<String, Rcvar>, body: Option<Document>) -> Document {
    let mut numbers = RawNumbers::default();
    if let Some(body) = body {
        root.insert("body".to_owned(), body.root);
        numbers = body.numbers;
    }
    Document { root: Rcvar::new(Variable::Object(root)), numbers }
}

fn headers(request: &Request) -> Rcvar {
    object(request.headers.iter().map(|(name, value)| (name.to_owned(), text(value))))
}

/// Parses a body: JSON, XML, or the fields of a form. `None` for anything else, and for JSON of more than a
/// million values.
pub(crate) fn parse_body(request: &Request, form_json: Option<&str>) -> Option<Document> {
    // Nearly every body is well-formed JSON. Parsing it at once is faster than finding out what it is first.
    if body::content_coding(request).is_empty()
        && is_light(&request.body)
        && let Ok(text) = std::str::from_utf8(&request.body)
        && let Some((root, numbers)) = numbers::parse(text)
    {
        return Some(Document { root, numbers });
    }
    let content = request.content();
    if let Some(json) = content.json(request) {
        return Document::parse(json);
    }
    if let Some(json) = json_in_form(&content, form_json) {
        return Document::parse(json.as_bytes());
    }
    let fields = content.fields()?.iter();
    let root = object(fields.map(|(name, value)| (name.clone(), text(value))));
    Some(Document { root, numbers: RawNumbers::default() })
}

/// The JSON in the form field `form_json`. `None` if the body is not such a form.
pub(crate) fn json_in_form<'c>(content: &'c Content, form_json: Option<&str>) -> Option<&'c str> {
    let name = form_json?;
    let (_, value) = content.fields()?.iter().rfind(|(field, _)| field == name)?;
    body::is_json(value.as_bytes()).then_some(value)
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
        let document = document("shop", &verified.unwrap().unwrap(), Some("payload"));
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
    fn json_in_a_form_is_the_body_if_the_provider_sends_it_so() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(
            find("body.id", form, b"payload=%7B%22id%22%3A%22e1%22%7D").as_deref(),
            Some("e1")
        );
        assert_eq!(find("body.payload", form, b"payload=text").as_deref(), Some("text"));
        assert_eq!(find("body.other", form, b"other=%7B%7D").as_deref(), Some("{}"));
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
