//! What an expression looks for at the top of its document.

use jmespath::ast::Ast;

use super::tree::parts;

/// A name that an expression looks for in the document itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'t> {
    /// The name.
    pub name: &'t str,
    /// What it looks for in that, where that is a name too.
    pub then: Option<&'t str>,
    /// Its position in the expression, in bytes.
    pub offset: usize,
}

/// All of them, in no particular order.
pub(super) fn of(tree: &Ast) -> Vec<Name<'_>> {
    match tree {
        Ast::Field { name, offset } => vec![Name { name, then: None, offset: *offset }],
        Ast::Subexpr { lhs, rhs, .. } => {
            let mut names = of(lhs);
            if let (Ast::Field { .. }, Ast::Field { name, .. }, [only]) =
                (&**lhs, &**rhs, &mut names[..])
            {
                only.then = Some(name);
            }
            names
        }
        _ => parts(tree).0.into_iter().flat_map(of).collect(),
    }
}
