//! `catchment providers`.

use serde_json::Value;
use shared::provider;

use crate::tool::run;

#[test]
fn the_list_has_them_all() {
    let said = run(&["providers"]);
    assert_eq!(said.status, 0);
    for name in provider::names() {
        let title = provider::find(name).unwrap().title;
        let line = said.out.lines().find(|line| line.starts_with(&format!("{name} ")));
        assert!(line.is_some_and(|line| line.contains(&title)), "{name}");
    }
}

#[test]
fn one_is_shown_with_all_that_its_file_says() {
    for name in provider::names() {
        let said = run(&["providers", name]);
        assert_eq!(said.status, 0, "{said:?}");
        // Lines are broken between words.
        let page = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let file: Value = serde_json::from_str(provider::file(name).unwrap()).unwrap();
        let texts = ["title", "docs", "secret"].map(|field| file[field].clone());
        let lists = ["notes", "sources", "register"].map(|field| file[field].as_array().cloned());
        let params = file["params"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, param)| param["about"].clone());
        let handshakes =
            file["handshakes"].as_array().into_iter().flatten().map(|h| h["title"].clone());
        let lists = lists.into_iter().flatten().flatten();
        for text in texts.into_iter().chain(lists).chain(params).chain(handshakes) {
            let text =
                text.as_str().unwrap_or_default().replace("{url}", "https://YOUR-API/SOURCE");
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(page.contains(&text), "{name}: {text}");
        }
        assert!(page.contains(&format!("provider = \"{name}\"")), "{name}");
        assert!(!page.contains("{url} as"), "{name}: an address is left out");
    }
}

#[test]
fn the_secret_is_set_where_there_is_one_to_be_set() {
    let sets = |name| run(&["providers", name]).out.contains("put-secret-value");
    assert!(sets("stripe") && sets("plaid"));
    assert!(!sets("paypal") && !sets("aws-sns"), "there is none");
    assert!(!sets("asana"), "it hands its secret over");
}

#[test]
fn terraform_lines_have_what_a_source_needs() {
    let lines = |name| run(&["providers", name]).out;
    assert!(lines("stripe").contains("SOURCE = { provider = \"stripe\" }"));
    assert!(lines("paypal").contains("params = { webhook_id = \"…\" }"));
    assert!(lines("asana").contains("enroll = true # while you register; then take it away again"));
    assert!(lines("hmac").contains("scheme = { header = \"x-signature\" }"));
}

#[test]
fn machines_get_the_file_as_it_is() {
    let said = run(&["providers", "stripe", "--json"]);
    assert_eq!(said.out, provider::file("stripe").unwrap());
    let all = run(&["providers", "--json"]).json();
    assert_eq!(all.as_object().unwrap().len(), provider::names().len());
    assert_eq!(all["github"]["title"], "GitHub");
}
