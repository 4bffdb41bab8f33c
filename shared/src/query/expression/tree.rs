//! Walking an expression's tree.

use jmespath::ast::Ast;

/// The parts of a node: those that look into the same document as the node itself, and those that look
/// into what was found there.
pub(super) fn parts(node: &Ast) -> (Vec<&Ast>, Vec<&Ast>) {
    match node {
        Ast::Comparison { lhs, rhs, .. } | Ast::And { lhs, rhs, .. } | Ast::Or { lhs, rhs, .. } => {
            (vec![lhs, rhs], Vec::new())
        }
        Ast::Projection { lhs, rhs, .. } | Ast::Subexpr { lhs, rhs, .. } => (vec![lhs], vec![rhs]),
        Ast::Condition { predicate, then, .. } => (vec![predicate, then], Vec::new()),
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            (vec![node], Vec::new())
        }
        Ast::Function { args, .. } => (args.iter().collect(), Vec::new()),
        Ast::MultiList { elements, .. } => (elements.iter().collect(), Vec::new()),
        Ast::MultiHash { elements, .. } => {
            (elements.iter().map(|pair| &pair.value).collect(), Vec::new())
        }
        Ast::Expref { ast, .. } => (Vec::new(), vec![ast]),
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => (Vec::new(), Vec::new()),
    }
}

/// The position of the first `!a.b`.
pub(super) fn loose_negation(node: &Ast) -> Option<usize> {
    if let Ast::Subexpr { offset, lhs, .. } = node
        && matches!(**lhs, Ast::Not { .. })
    {
        return Some(*offset);
    }
    let (same, inner) = parts(node);
    same.into_iter().chain(inner).find_map(loose_negation)
}
