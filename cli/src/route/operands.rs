//! What a filter looked at, and what stood there.

use std::collections::BTreeSet;

use jmespath::Rcvar;
use jmespath::ast::Ast;
use shared::query::expression::Expression;
use shared::query::filter::Filter;

/// How much of a value is shown, in characters.
const SHOWN: usize = 60;

/// A path in a filter, and what stands there, as JSON; none where nothing does.
pub struct Operand {
    /// The path: `body.event`.
    pub path: String,
    /// What stands there, cut short.
    pub value: Option<String>,
}

/// All paths that a filter looks at in a document.
pub(super) fn operands(filter: &Filter, document: &Rcvar) -> Vec<Operand> {
    let Ok(tree) = jmespath::parse(filter.as_str()) else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let paths = paths(&tree).into_iter().filter(|path| seen.insert(path.clone()));
    let operand = |path: String| {
        let found = Expression::compile(&path).ok()?.find(document);
        Some(Operand { path, value: found.map(|found| cut(&found.to_string())) })
    };
    paths.filter_map(operand).collect()
}

fn cut(json: &str) -> String {
    match json.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}

/// The paths that a tree looks at in the document itself. What is looked for within the items of a list
/// has no one value: there it is the list.
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

/// A path of nothing but names and indices, as it would be written.
fn path(tree: &Ast) -> Option<String> {
    match tree {
        Ast::Field { name, .. } => Some(written(name)),
        Ast::Index { idx, .. } => Some(format!("[{idx}]")),
        Ast::Subexpr { lhs, rhs, .. } => {
            let (lhs, rhs) = (path(lhs)?, path(rhs)?);
            let dot = if rhs.starts_with('[') { "" } else { "." };
            Some(format!("{lhs}{dot}{rhs}"))
        }
        _ => None,
    }
}

fn written(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}
