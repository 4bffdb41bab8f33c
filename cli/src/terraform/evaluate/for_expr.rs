//! Comprehensions: `[for … ]` and `{for … }`.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr};

use super::{Around, EvalError, Evaluator, Scope, Value};

impl Evaluator<'_> {
    pub(super) fn comprehension(
        &self,
        it: &ForExpr,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let collection = self.value(&it.intro.collection_expr, scope)?;
        let mut made = Vec::new();
        for (key, value) in pairs(&collection)? {
            let name = it.intro.key_var.as_ref().map_or("", |name| name.as_str());
            let key = Scope { name, value: key, outer: scope };
            let scope = Scope { name: it.intro.value_var.as_str(), value, outer: Some(&key) };
            let Some(is_known) = self.condition(it, &scope)? else { continue };
            let key = it.key_expr.as_ref().map(|key| self.key(key, &scope)).transpose()?;
            let value = is_known.then(|| self.value(&it.value_expr, Some(&scope)));
            made.push((key, value.unwrap_or(Ok(Value::Unknown))?));
        }
        match (&it.key_expr, it.grouping) {
            (None, _) => Ok(Value::list(made.into_iter().map(|(_, value)| value))),
            (Some(_), false) => object(made),
            (Some(_), true) => Ok(grouped(made)),
        }
    }

    /// What `if` says of an element: `None` drops it, `Some(true)` keeps it. `Some(false)` keeps it with an unknown
    /// value, because its condition is unknown.
    fn condition(&self, it: &ForExpr, scope: &Scope<'_>) -> Result<Option<bool>, EvalError> {
        let Some(condition) = &it.cond else { return Ok(Some(true)) };
        match self.value(&condition.expr, Some(scope))? {
            Value::Unknown => Ok(Some(false)),
            known => Ok(known.as_bool()?.then_some(true)),
        }
    }

    fn key(&self, key: &Expression, scope: &Scope<'_>) -> Result<String, EvalError> {
        self.value(key, Some(scope))?.as_text()
    }
}

#[allow(clippy::cast_precision_loss)] // An index is small.
fn pairs(collection: &Value) -> Result<Vec<(Value, Value)>, EvalError> {
    match collection {
        Value::List(items) => {
            let items = items.iter().enumerate();
            Ok(items.map(|(index, value)| (Value::Number(index as f64), value.clone())).collect())
        }
        other => {
            let pairs = other.as_map()?.iter();
            Ok(pairs.map(|(key, value)| (Value::text(key), value.clone())).collect())
        }
    }
}

fn object(made: Vec<(Option<String>, Value)>) -> Result<Value, EvalError> {
    let mut pairs = BTreeMap::new();
    for (key, value) in made {
        let key = key.unwrap_or_default();
        if pairs.insert(key.clone(), value).is_some() {
            return Err(EvalError::failed(format!("the key {key:?} is there twice")));
        }
    }
    Ok(Value::map(pairs))
}

fn grouped(made: Vec<(Option<String>, Value)>) -> Value {
    let mut groups = BTreeMap::<String, Vec<Value>>::new();
    for (key, value) in made {
        groups.entry(key.unwrap_or_default()).or_default().push(value);
    }
    Value::map(groups.into_iter().map(|(key, group)| (key, Value::list(group))))
}
