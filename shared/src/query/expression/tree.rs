//! Analyses of an expression's syntax tree.

use jmespath::ast::Ast;

/// A name that an expression looks up in the document itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'t> {
    /// The name.
    pub name: &'t str,
    /// The name that is looked up in its value, if any: `b` for the `a` of `a.b`.
    pub then: Option<&'t str>,
    /// Its position in the expression, in bytes.
    pub offset: usize,
}

/// The names that an expression looks up in the document itself, in no particular order.
pub(super) fn document_names(node: &Ast) -> Vec<Name<'_>> {
    match node {
        Ast::Field { name, offset } => vec![Name { name, then: None, offset: *offset }],
        Ast::Subexpr { lhs, rhs, .. } => {
            let mut names = document_names(lhs);
            if let (Ast::Field { .. }, Ast::Field { name, .. }, [only]) =
                (&**lhs, &**rhs, &mut names[..])
            {
                only.then = Some(name);
            }
            names
        }
        _ => children(node).on_input.into_iter().flat_map(document_names).collect(),
    }
}

/// The position of the dot in the first `!a.b`, which JMESPath reads as `(!a).b`.
pub(super) fn loose_negation(node: &Ast) -> Option<usize> {
    if let Ast::Subexpr { offset, lhs, .. } = node
        && matches!(**lhs, Ast::Not { .. })
    {
        return Some(*offset);
    }
    children(node).all().find_map(loose_negation)
}

/// The children of a node.
pub(super) struct Children<'t> {
    /// Those that are evaluated on the same input as the node.
    pub(super) on_input: Vec<&'t Ast>,
    /// Those that are evaluated on a result of another child.
    pub(super) on_result: Vec<&'t Ast>,
}

impl<'t> Children<'t> {
    pub(super) fn all(self) -> impl Iterator<Item = &'t Ast> {
        self.on_input.into_iter().chain(self.on_result)
    }
}

/// The children of a node.
pub(super) fn children(node: &Ast) -> Children<'_> {
    let (on_input, on_result): (Vec<&Ast>, Vec<&Ast>) = match node {
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
    };
    Children { on_input, on_result }
}
