//! Other providers' schemes over the same request.

use serde_json::Value;
use shared::provider;

use super::{Case, made};
use crate::way::Way;

/// Which other providers sign so, with the same secret.
pub(super) fn hints(case: &Case<'_>) -> Option<String> {
    let names = provider::names().into_iter();
    let mut others = names.filter(|name| *name != case.source.name && signs(case, name)).peekable();
    others.peek()?;
    let names: Vec<_> = others.map(|name| format!("`{name}`")).collect();
    Some(format!("the request is signed with the secret as {} signs", names.join(" or ")))
}

fn signs(case: &Case<'_>, name: &str) -> bool {
    let file = provider::file(name).ok().and_then(|file| serde_json::from_str::<Value>(file).ok());
    let schemes = file.as_ref().and_then(|file| file["schemes"].as_array()).into_iter().flatten();
    let mut ways = schemes.filter_map(|scheme| Way::of(scheme, &case.source.params, &[]).ok());
    ways.any(|way| made(&way.scheme, case.request, case.texts()))
}
