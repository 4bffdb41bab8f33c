//! All that one provider's file says, for a terminal.

use serde_json::Value;
use shared::provider::{IdRule, List};
use shared::query::expression::Expression;

use super::page::Page;
use super::{Entry, answers, register};
use crate::way::Way;
use crate::words;

/// The page of one provider.
pub(super) fn of(entry: &Entry) -> String {
    let Entry { name, provider, ways, .. } = entry;
    let mut page = Page(format!("{} ({name})\n{}\n", provider.title, provider.docs));
    page.section("How it signs");
    if ways.is_empty() {
        page.item("as the source's own `scheme` says; see shared/providers/README.md");
    }
    if ways.len() > 1 {
        page.wrapped(
            "  ",
            "The first whose signature a request carries decides; the next is asked \
                            only where no secret matches.",
        );
    }
    ways.iter().for_each(|way| scheme(&mut page, way));
    page.section("Its secret");
    page.item(provider.secret.as_deref().unwrap_or("none: the provider publishes its keys"));
    if !provider.params.is_empty() {
        page.section("What must be configured besides (params)");
    }
    for (name, param) in &provider.params {
        let need = if param.required { "required" } else { "optional" };
        page.item(&format!("{name} ({need}): {}", param.about));
    }
    events(&mut page, entry);
    answers::handshakes(&mut page, entry);
    page.section("How sure this is");
    page.item(&format!("certainty: {}", entry.certainty()));
    provider.sources.iter().for_each(|source| page.item(source));
    if !provider.notes.is_empty() {
        page.section("To know");
    }
    provider.notes.iter().for_each(|note| page.item(note));
    register::steps(&mut page, entry);
    page.0
}

fn scheme(page: &mut Page, way: &Way) {
    page.item(&words::scheme(way));
    let signature = way.scheme.signature.describe();
    page.below(&format!("signature: {signature}{}", words::writing(&way.file)));
    for (name, field) in way.fields() {
        let place = way.scheme.fields.get(name).map(|field| field.describe()).unwrap_or_default();
        let forbidden = field.get("forbid").and_then(Value::as_str);
        let forbidden = forbidden.map(|text| format!(", without `{text}`")).unwrap_or_default();
        page.below(&format!("{name}: {place}{}{forbidden}", words::writing(field)));
    }
    if let Some(rule) = &way.scheme.timestamp {
        let tolerance = words::tolerance(Some(rule));
        let unit = words::unit(rule.unit);
        page.below(&format!("time: by {}, in {unit}; tolerance: {tolerance}", rule.field));
    }
    page.below(&format!("secret: {}", words::secret(way)));
}

fn events(page: &mut Page, entry: &Entry) {
    let provider = &entry.provider;
    page.section("Its events");
    page.item(&format!("methods: {}", provider.methods.join(", ")));
    page.item(&format!("id: {}", id(&provider.id)));
    page.item(&format!("type: {}", kind(&provider.event_type)));
    if let Some(List { items, id: item_id, event_type }) = &provider.list {
        page.item(&format!("a body has several of them, in {}", items.as_str()));
        page.below(&format!("id: {}", id(item_id)));
        page.below(&format!("type: {}", kind(event_type)));
    }
    page.item(&format!("answered with {}", answers::reply(&entry.file["reply"])));
}

fn id(rule: &IdRule) -> String {
    match rule.expressions() {
        [] => "none; told apart by their bodies, within dedupe_window".to_owned(),
        expressions => texts(expressions),
    }
}

fn kind(expressions: &[Expression]) -> String {
    match expressions {
        [] => "none".to_owned(),
        [one] => one.as_str().to_owned(),
        several => format!("{}, joined by dots", texts(several)),
    }
}

fn texts(expressions: &[Expression]) -> String {
    expressions.iter().map(Expression::as_str).collect::<Vec<_>>().join(", ")
}
