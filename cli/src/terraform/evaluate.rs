//! Evaluates expressions as Terraform 1.11 does.

mod for_expr;
mod operators;
mod traversal;

use std::collections::BTreeMap;

use hcl_edit::expr::{Conditional, Expression, FuncCall, Object, ObjectKey};
use hcl_edit::template::{Element, Strip};

use super::functions;
use super::value::{EvalError, Instance, Value};

/// What the names in an expression stand for.
pub trait Names {
    /// The value of `var.{name}`.
    fn variable(&self, name: &str) -> Result<Value, EvalError>;

    /// The value of `local.{name}`.
    fn local(&self, name: &str) -> Result<Value, EvalError>;

    /// The resource or data source of an address such as `aws_sqs_queue.queue` or `data.aws_region.current`. With
    /// `count` it is a list of instances, with `for_each` a map of them.
    fn resource(&self, address: &str) -> Result<Value, EvalError>;

    /// An attribute of a resource's instance.
    fn attribute(&self, instance: &Instance, name: &str) -> Result<Value, EvalError>;
}

/// The names of an expression that must be a constant: none.
pub(super) struct NoNames;

impl Names for NoNames {
    fn variable(&self, name: &str) -> Result<Value, EvalError> {
        Err(EvalError::failed(format!("there is no variable {name}")))
    }

    fn local(&self, name: &str) -> Result<Value, EvalError> {
        Err(EvalError::failed(format!("there is no local.{name}")))
    }

    fn resource(&self, address: &str) -> Result<Value, EvalError> {
        Err(EvalError::failed(format!("there is nothing named {address}")))
    }

    fn attribute(&self, instance: &Instance, _: &str) -> Result<Value, EvalError> {
        self.resource(&instance.block)
    }
}

/// Evaluates expressions, and looks their names up.
pub(super) struct Evaluator<'n> {
    pub(super) names: &'n dyn Names,
}

/// A name that an expression itself introduces, and the scope around it.
pub(super) struct Scope<'s> {
    pub(super) name: &'s str,
    pub(super) value: Value,
    pub(super) outer: Option<&'s Scope<'s>>,
}

type Around<'s> = Option<&'s Scope<'s>>;

impl Evaluator<'_> {
    /// The value of an expression. It is unknown if it depends on something unknown.
    pub(super) fn value(
        &self,
        expression: &Expression,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        match self.strict(expression, scope) {
            Err(EvalError::Unknown) => Ok(Value::Unknown),
            other => other,
        }
    }

    fn strict(&self, expression: &Expression, scope: Around<'_>) -> Result<Value, EvalError> {
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(truth) => Ok(Value::Bool(*truth.value())),
            Expression::Number(number) => {
                Ok(number.value().as_f64().map_or(Value::Unknown, Value::Number))
            }
            Expression::String(text) => Ok(Value::text(text.as_str())),
            Expression::Array(items) => {
                let items = items.iter().map(|item| self.value(item, scope));
                Ok(Value::list(items.collect::<Result<Vec<_>, _>>()?))
            }
            Expression::Object(object) => self.object(object, scope),
            Expression::StringTemplate(template) => self.template(template.iter(), scope),
            Expression::HeredocTemplate(heredoc) => self.template(heredoc.template.iter(), scope),
            Expression::Parenthesis(inner) => self.value(inner.inner(), scope),
            Expression::Variable(name) => {
                self.root(name.as_str(), &[], scope).map(|(value, _)| value)
            }
            Expression::Conditional(conditional) => self.conditional(conditional, scope),
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Traversal(traversal) => self.traversal(traversal, scope),
            Expression::UnaryOp(operation) => self.unary(operation, scope),
            Expression::BinaryOp(operation) => self.binary(operation, scope),
            Expression::ForExpr(comprehension) => self.comprehension(comprehension, scope),
        }
    }

    fn object(&self, object: &Object, scope: Around<'_>) -> Result<Value, EvalError> {
        let mut pairs = BTreeMap::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(key) => self.value(key, scope)?.as_text()?,
            };
            pairs.insert(key, self.value(value.expr(), scope)?);
        }
        Ok(Value::map(pairs))
    }

    /// Text with values in it. A template of a single interpolation is that value, of whatever type.
    fn template<'e>(
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

    fn conditional(
        &self,
        conditional: &Conditional,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        match self.value(&conditional.cond_expr, scope)?.as_bool()? {
            true => self.value(&conditional.true_expr, scope),
            false => self.value(&conditional.false_expr, scope),
        }
    }

    fn call(&self, call: &FuncCall, scope: Around<'_>) -> Result<Value, EvalError> {
        let name = call.name.name.as_str();
        match name {
            "try" => return self.try_each(call, scope),
            "can" => return self.can(call, scope),
            _ => {}
        }
        let arguments = call.args.iter().map(|argument| self.value(argument, scope));
        let mut arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final() {
            let last = arguments.pop().unwrap_or(Value::Null);
            arguments.extend_from_slice(last.as_list()?);
        }
        functions::call(name, &arguments)
    }

    /// `try`: the first argument that does not fail. The arguments after it are not evaluated.
    fn try_each(&self, call: &FuncCall, scope: Around<'_>) -> Result<Value, EvalError> {
        for argument in call.args.iter() {
            match self.value(argument, scope) {
                Err(EvalError::Failed(_)) => {}
                other => return other,
            }
        }
        Err(EvalError::failed("no argument of try() has a value"))
    }

    /// `can`: whether the argument does not fail.
    fn can(&self, call: &FuncCall, scope: Around<'_>) -> Result<Value, EvalError> {
        let argument =
            call.args.get(0).ok_or_else(|| EvalError::failed("can() has no argument"))?;
        match self.value(argument, scope) {
            Err(EvalError::Failed(_)) => Ok(Value::Bool(false)),
            Ok(Value::Unknown) => Ok(Value::Unknown),
            Ok(_) => Ok(Value::Bool(true)),
            Err(other) => Err(other),
        }
    }
}
