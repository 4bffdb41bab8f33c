//! The paths that a filter reads, and their values in an event.

use std::collections::BTreeSet;

use jmespath::ast::Ast;
use shared::query::document::Document;
use shared::query::expression::Expression;
use shared::query::filter::Filter;

/// The longest value that is shown, in characters.
const MAX_SHOWN: usize = 60;

/// A path that a filter reads, and its value.
pub struct Operand {
    /// The path: `body.event`.
    pub path: String,
    /// The value as JSON, truncated; `None` if the event has none.
    pub value: Option<String>,
}

/// All paths that a filter reads, with their values in a document.
pub(super) fn operands(filter: &Filter, document: &Document) -> Vec<Operand> {
    let Ok(tree) = jmespath::parse(filter.as_str()) else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let paths = paths(&tree).into_iter().filter(|path| seen.insert(path.clone()));
    let operand = |path: String| {
        let found = Expression::compile(&path).ok()?.find(document);
        Some(Operand { path, value: found.map(|found| truncate(&found.to_json())) })
    };
    paths.filter_map(operand).collect()
}

fn truncate(json: &str) -> String {
    match json.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}

/// The paths that an expression reads in the document itself. A path inside the items of a list has several values, so
/// the list is returned in its place.
fn paths(tree: &Ast) -> Vec<String> {
    if let Some(path) = path(tree) {
        return vec![path];
    }
    match tree {
        Ast::Comparison { lhs, rhs, .. } | Ast::And { lhs, rhs, .. } | Ast::Or { lhs, rhs, .. } => {
            [paths(lhs), paths(rhs)].concat()
        }
        Ast::Projection { lhs: node, .. }
        | Ast::Subexpr { lhs: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => paths(node),
        Ast::Function { args, .. } => args.iter().flat_map(paths).collect(),
        Ast::MultiList { elements, .. } => elements.iter().flat_map(paths).collect(),
        Ast::MultiHash { elements, .. } => {
            elements.iter().flat_map(|it| paths(&it.value)).collect()
        }
        _ => Vec::new(),
    }
}

/// The text of an expression that consists of names and indices only.
fn path(tree: &Ast) -> Option<String> {
    match tree {
        Ast::Field { name, .. } => Some(quoted(name)),
        Ast::Index { idx, .. } => Some(format!("[{idx}]")),
        Ast::Subexpr { lhs, rhs, .. } => {
            let (lhs, rhs) = (path(lhs)?, path(rhs)?);
            let dot = if rhs.starts_with('[') { "" } else { "." };
            Some(format!("{lhs}{dot}{rhs}"))
        }
        _ => None,
    }
}

/// A name, in quotes if JMESPath needs them.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}
