//! Expressions evaluated, as Terraform 1.11 evaluates them.

mod for_expr;
mod names;
mod operators;
mod template;
mod traversal;

use std::cell::RefCell;
use std::collections::BTreeMap;

use hcl_edit::expr::{Conditional, Expression, FuncCall, Object, ObjectKey};

use super::error::EvalError;
use super::functions;
use super::module::Module;
use super::value::Value;

/// A module with the values of its variables.
pub struct Evaluation<'m> {
    module: &'m Module,
    variables: BTreeMap<String, Value>,
    locals: RefCell<BTreeMap<String, Local>>,
}

/// A local that was asked for.
#[derive(Clone)]
enum Local {
    /// Being evaluated.
    Begun,
    /// Evaluated.
    Done(Result<Value, EvalError>),
}

/// A name that an expression itself introduced, with those around it.
struct Scope<'s> {
    name: &'s str,
    value: Value,
    outer: Option<&'s Scope<'s>>,
}

type Around<'s> = Option<&'s Scope<'s>>;

impl<'m> Evaluation<'m> {
    /// The module, with its variables as they are given.
    pub fn new(module: &'m Module, variables: BTreeMap<String, Value>) -> Self {
        Self { module, variables, locals: RefCell::default() }
    }

    /// The value of an expression of the module's.
    pub fn evaluate(&self, expression: &Expression) -> Result<Value, EvalError> {
        self.value(expression, None)
    }

    /// The same in a block that is there once for each of something.
    pub fn evaluate_for_each(
        &self,
        expression: &Expression,
        each: &Value,
    ) -> Result<Value, EvalError> {
        let scope = Scope { name: "each", value: each.clone(), outer: None };
        self.value(expression, Some(&scope))
    }

    /// What depends on something unknown is unknown itself.
    fn value(&self, expression: &Expression, scope: Around<'_>) -> Result<Value, EvalError> {
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
            "try" => return self.first_that_works(call, scope),
            "can" => return self.works(call, scope),
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

    fn first_that_works(&self, call: &FuncCall, scope: Around<'_>) -> Result<Value, EvalError> {
        for argument in call.args.iter() {
            match self.value(argument, scope) {
                Err(EvalError::Failed(_)) => {}
                other => return other,
            }
        }
        Err(EvalError::failed("no argument of try() has a value"))
    }

    fn works(&self, call: &FuncCall, scope: Around<'_>) -> Result<Value, EvalError> {
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
