//! Files, which are compiled in.

use super::{EvalError, Value};
use crate::terraform::files;

/// Calls a function, if it is one of these.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    Some(match (name, arguments) {
        // Only for messages, which say where Terraform looks.
        ("abspath", [path]) => Ok(path.clone()),
        ("file", [path]) => path.as_text().and_then(|path| files::text(&path)).map(Value::text),
        // What is built lies on some other machine, perhaps.
        ("fileexists", [path]) => path.as_text().and_then(|path| exists(&path)),
        ("fileset", [folder, pattern]) => fileset(folder, pattern),
        _ => return None,
    })
}

fn exists(path: &str) -> Result<Value, EvalError> {
    files::text(path).map(|_| Value::Bool(true)).map_err(|_| EvalError::Unknown)
}

/// Of all patterns only `*.json` and the like.
fn fileset(folder: &Value, pattern: &Value) -> Result<Value, EvalError> {
    let pattern = pattern.as_text()?;
    let ending =
        pattern.strip_prefix('*').filter(|ending| !ending.contains(['*', '?', '[', '{', '/']));
    let ending =
        ending.ok_or_else(|| EvalError::unsupported(format!("fileset() of {pattern:?}")))?;
    Ok(Value::list(files::names(&folder.as_text()?, ending).iter().map(Value::text)))
}
