//! What names stand for: variables, locals, resources, and what an expression itself introduced.

use std::collections::BTreeMap;
use std::rc::Rc;

use hcl_edit::Decorated;
use hcl_edit::expr::TraversalOperator;
use hcl_edit::structure::Body;

use super::{Around, EvalError, Evaluation, Local, Value};
use crate::terraform::files;
use crate::terraform::value::Instance;

type Operators = [Decorated<TraversalOperator>];

/// What AWS says of an account, for want of one. All else that only it knows is its own address.
const KNOWN: [(&str, &str); 5] = [
    ("data.aws_region.current.id", "us-east-1"),
    ("data.aws_region.current.name", "us-east-1"),
    ("data.aws_partition.current.partition", "aws"),
    ("data.aws_partition.current.dns_suffix", "amazonaws.com"),
    ("data.aws_caller_identity.current.account_id", "123456789012"),
];

impl Evaluation<'_> {
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
        match name {
            "var" => Ok((self.variable(attribute(0)?)?, 1)),
            "local" => Ok((self.local(attribute(0)?)?, 1)),
            "path" => Ok((Value::text(files::MODULE), 1)),
            "data" => Ok((self.resource(&format!("data.{}.{}", attribute(0)?, attribute(1)?))?, 2)),
            of => Ok((self.resource(&format!("{of}.{}", attribute(0)?))?, 1)),
        }
    }

    fn variable(&self, name: &str) -> Result<Value, EvalError> {
        let value = self.variables.get(name).cloned();
        value.ok_or_else(|| EvalError::failed(format!("there is no variable {name}")))
    }

    /// The value of a local.
    pub fn local(&self, name: &str) -> Result<Value, EvalError> {
        let known = self.locals.borrow().get(name).cloned();
        match known {
            Some(Local::Done(done)) => return done,
            Some(Local::Begun) => {
                return Err(EvalError::failed(format!("local.{name} is made of itself")));
            }
            None => {}
        }
        let expression = self.module.locals.get(name);
        let expression =
            expression.ok_or_else(|| EvalError::failed(format!("there is no local.{name}")))?;
        self.locals.borrow_mut().insert(name.to_owned(), Local::Begun);
        let value = self.evaluate(expression);
        self.locals.borrow_mut().insert(name.to_owned(), Local::Done(value.clone()));
        value
    }

    /// A resource: one for each where it says so, or else itself.
    fn resource(&self, block: &str) -> Result<Value, EvalError> {
        let body = self.body(block)?;
        let instance = |address: String, each| {
            Value::Resource(Rc::new(Instance { block: block.to_owned(), address, each }))
        };
        if let Some(count) = body.get_attribute("count") {
            let count = self.evaluate(&count.value)?.as_number()?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A few at most.
            let all = (0..count as usize).map(|index| instance(format!("{block}[{index}]"), None));
            return Ok(Value::list(all));
        }
        let Some(for_each) = body.get_attribute("for_each") else {
            return Ok(instance(block.to_owned(), None));
        };
        let all = each(&self.evaluate(&for_each.value)?)?;
        Ok(Value::map(all.into_iter().map(|(key, each)| {
            let address = format!("{block}[{key:?}]");
            (key, instance(address, Some(each)))
        })))
    }

    fn body(&self, block: &str) -> Result<&Body, EvalError> {
        let body = self.module.resources.get(block);
        body.ok_or_else(|| EvalError::failed(format!("there is nothing named {block}")))
    }

    /// An attribute of a resource: the argument that it has itself, or else what AWS would say.
    pub(super) fn attribute(&self, instance: &Instance, name: &str) -> Result<Value, EvalError> {
        let address = format!("{}.{name}", instance.address);
        if let Some((_, value)) = KNOWN.iter().find(|(known, _)| *known == address) {
            return Ok(Value::text(value));
        }
        match (self.body(&instance.block)?.get_attribute(name), &instance.each) {
            (None, _) => Ok(Value::Reference(address.into())),
            (Some(argument), None) => self.evaluate(&argument.value),
            (Some(argument), Some(each)) => self.evaluate_for_each(&argument.value, each),
        }
    }

    /// What `each` is in a resource's block, in turn: itself once, where it is there once.
    pub fn turns(&self, block: &str) -> Result<Vec<Value>, EvalError> {
        match self.body(block)?.get_attribute("for_each") {
            None => Ok(vec![Value::Null]),
            Some(for_each) => Ok(each(&self.evaluate(&for_each.value)?)?.into_values().collect()),
        }
    }
}

/// `each` by its key, for the map or set that `for_each` is.
fn each(all: &Value) -> Result<BTreeMap<String, Value>, EvalError> {
    let each = |key: String, value: Value| {
        let pairs = [("key".to_owned(), Value::text(&key)), ("value".to_owned(), value)];
        (key, Value::map(pairs))
    };
    match all {
        Value::List(keys) => {
            let keys = keys.iter().map(|key| Ok(each(key.as_text()?, key.clone())));
            keys.collect()
        }
        all => {
            Ok(all.as_map()?.iter().map(|(key, value)| each(key.clone(), value.clone())).collect())
        }
    }
}
