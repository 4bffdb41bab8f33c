//! Text with values in it.

use hcl_edit::template::{Element, Strip};

use super::{Around, EvalError, Evaluation, Value};

impl Evaluation<'_> {
    /// A template of nothing but one value is that value, whatever it is.
    pub(super) fn template<'e>(
        &self,
        elements: impl Iterator<Item = &'e Element>,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let elements: Vec<_> = elements.collect();
        let single = elements.len() == 1;
        let mut text = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => text += literal.as_str(),
                Element::Interpolation(inner) if inner.strip == Strip::None => {
                    let value = self.value(&inner.expr, scope)?;
                    if single {
                        return Ok(value);
                    }
                    text += &value.as_text()?;
                }
                Element::Interpolation(_) => {
                    return Err(EvalError::unsupported("a template has `~`"));
                }
                Element::Directive(_) => return Err(EvalError::unsupported("a template has %{…}")),
            }
        }
        Ok(Value::text(text))
    }
}
