//! `catchment providers`.

use serde_json::Value;
use shared::provider;

use crate::tool::run;

#[test]
fn the_list_contains_all_providers() {
    let output = run(&["providers"]);
    assert_eq!(output.status, 0);
    for name in provider::names() {
        let title = provider::find(name).unwrap().title;
        let line = output.out.lines().find(|line| line.starts_with(&format!("{name} ")));
        assert!(line.is_some_and(|line| line.contains(&title)), "{name}");
    }
}

#[test]
fn the_page_of_a_provider_contains_everything_in_its_file() {
    for name in provider::names() {
        let output = run(&["providers", name]);
        assert_eq!(output.status, 0, "{output:?}");
        // Lines are broken between words.
        let page = output.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let file: Value = serde_json::from_str(provider::file(name).unwrap()).unwrap();
        let texts = ["title", "docs", "secret", "unique", "retry_signature"]
            .map(|field| file[field].clone());
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
        assert!(!page.contains("{url} as"), "{name}: a placeholder is not replaced");
    }
}

#[test]
fn the_steps_set_a_secret_only_if_the_operator_has_one() {
    let sets = |name| run(&["providers", name]).out.contains("put-secret-value");
    assert!(sets("stripe") && sets("plaid"));
    assert!(!sets("paypal") && !sets("aws-sns"), "there is no secret");
    assert!(!sets("asana"), "the provider sends its secret");
}

#[test]
fn the_terraform_lines_contain_what_a_source_needs() {
    let lines = |name| run(&["providers", name]).out;
    assert!(lines("stripe").contains("SOURCE = { provider = \"stripe\" }"));
    assert!(lines("paypal").contains("params = { webhook_id = \"…\" }"));
    assert!(lines("asana").contains("enroll = true # while you register; remove it afterwards"));
    assert!(lines("hmac").contains("scheme = { header = \"x-signature\" }"));
}

#[test]
fn json_is_the_file_itself() {
    let output = run(&["providers", "stripe", "--json"]);
    assert_eq!(output.out, provider::file("stripe").unwrap());
    let all = run(&["providers", "--json"]).json();
    assert_eq!(all.as_object().unwrap().len(), provider::names().len());
    assert_eq!(all["github"]["title"], "GitHub");
}
