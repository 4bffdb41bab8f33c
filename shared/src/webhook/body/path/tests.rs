use super::*;

fn find(path: &str, content_type: &str, body: &str) -> Option<Vec<String>> {
    let request = Request {
        headers: [("content-type", content_type)].into_iter().collect(),
        body: body.into(),
        ..Request::default()
    };
    let found = BodyPath::parse(path).unwrap().find(&request)?;
    Some(found.into_iter().map(Cow::into_owned).collect())
}

fn json(path: &str, body: &str) -> Vec<String> {
    find(path, "", body).unwrap()
}

#[test]
fn strings_numbers_and_booleans_are_found_as_text_and_nothing_else_is() {
    let body = r#"{"s":"é\n","i":-3,"u":1700000000000,"f":1.5,"b":true,"n":null,"o":{},"l":[]}"#;
    let found = ["s", "i", "u", "f", "b"].map(|path| json(path, body).join("|"));
    assert_eq!(found, ["é\n", "-3", "1700000000000", "1.5", "true"]);
    for path in ["n", "o", "l", "absent", "s.x", "i.x"] {
        assert!(json(path, body).is_empty(), "{path}");
    }
}

#[test]
fn numbers_have_the_digits_that_they_were_written_with() {
    let numbers = "18446744073709551616,18446744073709551617,1.10,1e2,-0,1e999";
    let expected: Vec<_> = numbers.split(',').collect();
    assert_eq!(json("n", &format!(r#"{{"n":[{numbers}]}}"#)), expected);
    for number in expected {
        assert_eq!(json("a.n", &format!(r#"{{"a":[{{"n" : {number} }}]}}"#)), [number]);
    }
}

#[test]
fn lists_at_the_end_are_read_to_a_depth_of_four() {
    assert_eq!(json("n", r#"{"n":[1,[[["a"]],true]]}"#), ["1", "a", "true"]);
    assert!(json("n", r#"{"n":[[[[["a"]]]]]}"#).is_empty());
}

#[test]
fn a_path_goes_through_lists_and_into_json_in_strings() {
    assert_eq!(json("v.id", r#"{"v":[{"id":"a"},{"x":1},{"id":2}]}"#), ["a", "2"]);
    assert_eq!(json("m.d.id", r#"{"m":"{\"d\":{\"id\":7}}"}"#), ["7"]);
    let twice = r#"{"m":"{\"d\":\"{\\\"id\\\":7}\"}"}"#;
    assert!(json("m.d.id", twice).is_empty(), "a string in a string");
    let form = "application/x-www-form-urlencoded";
    assert_eq!(find("json.a", form, "json=%7B%22a%22%3A1%7D").unwrap(), ["1"]);
}

#[test]
fn the_last_of_a_repeated_name_counts() {
    assert_eq!(json("a.b", r#"{"a":{"b":1},"a":{"b":2}}"#), ["2"]);
    assert!(json("a.b", r#"{"a":{"b":1},"a":{}}"#).is_empty());
    let form = "application/x-www-form-urlencoded";
    assert_eq!(find("t", form, "t=1&t=2").unwrap(), ["2"]);
}

#[test]
fn alternatives_are_tried_in_order() {
    let path = "signature.token || token";
    assert_eq!(json(path, r#"{"signature":{"token":"a"},"token":"b"}"#), ["a"]);
    assert_eq!(json(path, r#"{"token":"b"}"#), ["b"]);
}

#[test]
fn more_values_than_the_limit_are_not_returned() {
    let list = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    let body = |n| format!(r#"{{"a":{}}}"#, list(n));
    assert_eq!(json("a", &body(MAX_VALUES)).len(), MAX_VALUES);
    assert_eq!(find("a", "", &body(MAX_VALUES + 1)), None);
    let strings = format!("[{}0]", r#""{\"a\":1}","#.repeat(MAX_VALUES + 1));
    assert_eq!(find("a", "", &strings), None);
}

#[test]
fn nothing_is_found_in_deeply_nested_or_truncated_json() {
    assert!(json("a", &"[".repeat(100_000)).is_empty());
    assert!(json("a", r#"{"a":1"#).is_empty());
    assert!(json("a", r#"{"a":1}trailing"#).is_empty());
}

#[test]
fn anything_but_names_and_dots_is_rejected() {
    for bad in ["", "a..b", ".a", "a[0]", "a || ", "a b", "@"] {
        assert!(BodyPath::parse(bad).is_err(), "{bad}");
    }
}
