//! Names, and the attributes, indices and splats after them.

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::{Around, EvalError, Evaluator, Value};
use crate::terraform::files;

type Operators = [Decorated<TraversalOperator>];

impl Evaluator<'_> {
    /// The value that a traversal begins with, and how many of its operators belong to the name.
    pub(super) fn root(
        &self,
        name: &str,
        operators: &Operators,
        scope: Around<'_>,
    ) -> Result<(Value, usize), EvalError> {
        let mut frame = scope;
        while let Some(scope) = frame {
            if scope.name == name {
                return Ok((scope.value.clone(), 0));
            }
            frame = scope.outer;
        }
        let attribute = |at: usize| match operators.get(at).map(|operator| operator.value()) {
            Some(TraversalOperator::GetAttr(attribute)) => Ok(attribute.as_str()),
            _ => Err(EvalError::failed(format!("there is nothing named {name}"))),
        };
        let names = self.names;
        match name {
            "var" => Ok((names.variable(attribute(0)?)?, 1)),
            "local" => Ok((names.local(attribute(0)?)?, 1)),
            "path" => Ok((Value::text(files::MODULE), 1)),
            "data" => {
                Ok((names.resource(&format!("data.{}.{}", attribute(0)?, attribute(1)?))?, 2))
            }
            kind => Ok((names.resource(&format!("{kind}.{}", attribute(0)?))?, 1)),
        }
    }

    pub(super) fn traversal(
        &self,
        traversal: &Traversal,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let operators = &traversal.operators;
        let (value, used) = match &traversal.expr {
            Expression::Variable(name) => self.root(name.as_str(), operators, scope)?,
            other => (self.value(other, scope)?, 0),
        };
        self.steps(value, &operators[used..], scope)
    }

    fn steps(
        &self,
        value: Value,
        operators: &Operators,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let Some((operator, rest)) = operators.split_first() else { return Ok(value) };
        let next = match operator.value() {
            TraversalOperator::GetAttr(name) => self.member(&value, name.as_str())?,
            TraversalOperator::Index(index) => self.index(&value, &self.value(index, scope)?)?,
            TraversalOperator::LegacyIndex(index) => {
                self.index(&value, &Value::text(index.to_string()))?
            }
            TraversalOperator::FullSplat(_) => return self.splat(&value, rest, scope),
            TraversalOperator::AttrSplat(_) => {
                let attribute = |it: &Decorated<TraversalOperator>| {
                    matches!(it.value(), TraversalOperator::GetAttr(_))
                };
                let attributes = rest.iter().take_while(|it| attribute(it)).count();
                let (attributes, rest) = rest.split_at(attributes);
                return self.steps(self.splat(&value, attributes, scope)?, rest, scope);
            }
        };
        self.steps(next, rest, scope)
    }

    /// A splat of a list. Another value counts as a list of itself, and null as an empty list.
    fn splat(
        &self,
        value: &Value,
        operators: &Operators,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let items = match value {
            Value::Unknown => return Err(EvalError::Unknown),
            Value::Null => &[],
            Value::List(items) => &items[..],
            single => std::slice::from_ref(single),
        };
        let items = items.iter().map(|item| self.steps(item.clone(), operators, scope));
        Ok(Value::list(items.collect::<Result<Vec<_>, _>>()?))
    }

    fn member(&self, value: &Value, name: &str) -> Result<Value, EvalError> {
        match value {
            Value::Resource(instance) => self.names.attribute(instance, name),
            Value::Reference(address) => Ok(Value::Reference(format!("{address}.{name}").into())),
            other => {
                let member = other.as_map()?.get(name).cloned();
                member.ok_or_else(|| EvalError::failed(format!("there is no attribute {name}")))
            }
        }
    }

    fn index(&self, value: &Value, index: &Value) -> Result<Value, EvalError> {
        match value {
            Value::Reference(address) => {
                let index = index.as_text()?;
                Ok(Value::Reference(format!("{address}[{index:?}]").into()))
            }
            Value::Unknown => Err(EvalError::Unknown),
            Value::Null => Err(EvalError::failed("null has nothing in it")),
            Value::Resource(_) => self.member(value, &index.as_text()?),
            other => {
                let index = index.as_text()?;
                let found = other.get(&index).cloned();
                found.ok_or_else(|| EvalError::failed(format!("there is nothing at [{index:?}]")))
            }
        }
    }
}
