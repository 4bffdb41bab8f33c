use super::*;

fn read(field: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let file: FieldFile = serde_json::from_str(field).unwrap();
    let request = Request {
        path: "/s/t%20k".into(),
        query: "signature=ab%2Bc".into(),
        headers: headers.iter().copied().collect(),
        body: br#"{"signature":{"token":"tok"}}"#.to_vec(),
        ..Request::default()
    };
    let params = Params::from([("webhook_id".into(), "w1".into())]);
    match Field::try_from(file).unwrap().read(&request, &params, 4) {
        Found::Missing => vec!["(missing)".into()],
        Found::Malformed => vec!["(malformed)".into()],
        Found::Entries(entries) => entries.into_iter().map(Cow::into_owned).collect(),
    }
}

#[test]
fn a_headers_prefix_is_removed() {
    let field = r#"{"header":"X-Hub-Signature-256","prefix":["sha256="]}"#;
    assert_eq!(read(field, &[("x-hub-signature-256", "sha256=ab")]), ["ab"]);
    assert!(read(field, &[("x-hub-signature-256", "sha1=ab")]).is_empty());
    assert_eq!(read(field, &[]), ["(missing)"]);
}

#[test]
fn entries_of_a_list_are_read_by_prefix_without_white_space() {
    let pairs = r#"{"header":"s","separator":",","prefix":["v1="]}"#;
    assert_eq!(read(pairs, &[("s", "t=1, v1=a,v0=b,v1=c")]), ["a", "c"]);
    let versions = r#"{"header":"s","separator":" ","prefix":["v1,"]}"#;
    assert_eq!(read(versions, &[("s", "v1,a v1a,b v1,c")]), ["a", "c"]);
}

#[test]
fn values_are_read_from_every_location() {
    let numbered = r#"{"header":"X-DocuSign-Signature-*"}"#;
    let headers = [("x-docusign-signature-2", "b"), ("x-docusign-signature-1", "a")];
    assert_eq!(read(numbered, &headers), ["a", "b"]);
    assert_eq!(read(r#"{"query":"signature"}"#, &[]), ["ab+c"]);
    assert_eq!(read(r#"{"body":"signature.token"}"#, &[]), ["tok"]);
    assert_eq!(read(r#"{"path":true}"#, &[]), ["t%20k", "t k"]);
    assert_eq!(read(r#"{"param":"webhook_id"}"#, &[]), ["w1"]);
    assert_eq!(read(r#"{"param":"other"}"#, &[]), ["(missing)"]);
}

#[test]
fn one_entry_is_read_by_its_index() {
    let entry = |index| format!(r#"{{"header":"s","separator":".","entry":{index}}}"#);
    assert_eq!(read(&entry(0), &[("s", "17.ab")]), ["17"]);
    assert_eq!(read(&entry(1), &[("s", "17.ab")]), ["ab"]);
    assert!(read(&entry(2), &[("s", "17.ab")]).is_empty());
}

#[test]
fn equal_entries_in_a_body_count_once() {
    let file: FieldFile = serde_json::from_str(r#"{"body":"v.t"}"#).unwrap();
    let body = format!(r#"{{"v":[{}{{"t":"b"}}]}}"#, r#"{"t":"a"},"#.repeat(9));
    let request = Request { body: body.into(), ..Request::default() };
    let found = Field::try_from(file).unwrap();
    let entries = vec!["a".into(), "b".into()];
    assert_eq!(found.read(&request, &Params::new(), 4), Found::Entries(entries));
}

#[test]
fn too_many_entries_and_forbidden_characters_are_malformed() {
    assert_eq!(read(r#"{"header":"s","separator":","}"#, &[("s", "1,2,3,4,5")]), ["(malformed)"]);
    assert_eq!(read(r#"{"header":"s","forbid":"."}"#, &[("s", "a.b")]), ["(malformed)"]);
}
