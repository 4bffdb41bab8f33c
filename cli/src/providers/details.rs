//! The page about one provider, for a terminal.

use serde_json::Value;
use shared::provider::{IdRule, List};
use shared::query::expression::Expression;

use super::page::Page;
use super::{Entry, answers, register};
use crate::describe;
use crate::scheme_file::ParsedScheme;

/// The page of one provider.
pub(super) fn of(entry: &Entry) -> String {
    let Entry { name, provider, schemes, .. } = entry;
    let mut page = Page(format!("{} ({name})\n{}\n", provider.title, provider.docs));
    page.section("Signature");
    if schemes.is_empty() {
        page.item("by the source's own `scheme`; see shared/providers/README.md");
    }
    if schemes.len() > 1 {
        page.wrapped(
            "  ",
            "The first scheme whose signature a request carries decides. The next one is tried only if \
             no secret matches.",
        );
    }
    schemes.iter().for_each(|parsed| scheme(&mut page, parsed));
    page.section("Secret");
    page.item(provider.secret.as_deref().unwrap_or("none: the provider publishes its keys"));
    if !provider.params.is_empty() {
        page.section("Other configuration (params)");
    }
    for (name, param) in &provider.params {
        let need = if param.required { "required" } else { "optional" };
        page.item(&format!("{name} ({need}): {}", param.about));
    }
    events(&mut page, entry);
    page.item(&format!("unique: {}", provider.unique));
    if let Some(text) = &provider.retry_signature {
        page.item(&format!("sent again: {text}"));
    }
    answers::handshakes(&mut page, entry);
    page.section("Certainty");
    page.item(&format!("certainty: {}", entry.certainty()));
    provider.sources.iter().for_each(|source| page.item(source));
    if !provider.notes.is_empty() {
        page.section("Notes");
    }
    provider.notes.iter().for_each(|note| page.item(note));
    register::steps(&mut page, entry);
    page.0
}

fn scheme(page: &mut Page, parsed: &ParsedScheme) {
    page.item(&describe::scheme(parsed));
    let signature = parsed.scheme.signature.describe();
    page.below(&format!("signature: {signature}{}", describe::list_format(&parsed.file)));
    for (name, field) in parsed.fields() {
        let place =
            parsed.scheme.fields.get(name).map(|field| field.describe()).unwrap_or_default();
        let forbidden = field.get("forbid").and_then(Value::as_str);
        let forbidden = forbidden.map(|text| format!(", without `{text}`")).unwrap_or_default();
        page.below(&format!("{name}: {place}{}{forbidden}", describe::list_format(field)));
    }
    describe::claims(&parsed.file).iter().for_each(|claim| page.below(&format!("claim: {claim}")));
    if let Some(rule) = &parsed.scheme.timestamp {
        let tolerance = describe::tolerance(Some(rule));
        let unit = describe::unit(rule.unit);
        page.below(&format!("time: by {}, in {unit}; tolerance: {tolerance}", rule.field));
    }
    page.below(&format!("secret: {}", describe::secret(parsed)));
}

fn events(page: &mut Page, entry: &Entry) {
    let provider = &entry.provider;
    page.section("Events");
    page.item(&format!("methods: {}", provider.methods.join(", ")));
    page.item(&format!("id: {}", id(&provider.id)));
    page.item(&format!("type: {}", event_type_of(&provider.event_type)));
    if let Some(List { items, id: item_id, event_type }) = &provider.list {
        page.item(&format!("a body contains several events, in {}", items.as_str()));
        page.below(&format!("id: {}", id(item_id)));
        page.below(&format!("type: {}", event_type_of(event_type)));
    }
    page.item(&format!("answered with {}", answers::reply(&entry.file["reply"])));
}

fn id(rule: &IdRule) -> String {
    match rule.expressions() {
        [] => "none; deduplicated by the body, within dedupe_window".to_owned(),
        expressions => texts(expressions),
    }
}

fn event_type_of(expressions: &[Expression]) -> String {
    match expressions {
        [] => "none".to_owned(),
        [one] => one.as_str().to_owned(),
        several => format!("{}, joined by dots", texts(several)),
    }
}

fn texts(expressions: &[Expression]) -> String {
    expressions.iter().map(Expression::as_str).collect::<Vec<_>>().join(", ")
}
