//! The module evaluated with the values of its variables.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use super::evaluate::{Evaluator, Names, Scope};
use super::module::Module;
use super::value::{EvalError, Instance, Value};

/// Stand-ins for what AWS says of the account. Every other attribute that only AWS knows evaluates to its own
/// address, [`Value::Reference`].
const ACCOUNT: [(&str, &str); 5] = [
    ("data.aws_region.current.id", "us-east-1"),
    ("data.aws_region.current.name", "us-east-1"),
    ("data.aws_partition.current.partition", "aws"),
    ("data.aws_partition.current.dns_suffix", "amazonaws.com"),
    ("data.aws_caller_identity.current.account_id", "123456789012"),
];

/// A module with the values of its variables. Locals are evaluated when they are first asked for.
pub struct Evaluation<'m> {
    module: &'m Module,
    variables: BTreeMap<String, Value>,
    locals: RefCell<BTreeMap<String, Local>>,
}

/// A local that was asked for.
#[derive(Clone)]
enum Local {
    /// Its evaluation has begun. Asked for now, it refers to itself.
    Begun,
    /// Evaluated.
    Done(Result<Value, EvalError>),
}

impl<'m> Evaluation<'m> {
    /// An evaluation of a module with these variables.
    pub fn new(module: &'m Module, variables: BTreeMap<String, Value>) -> Self {
        Self { module, variables, locals: RefCell::default() }
    }

    /// The value of an expression in the module.
    pub fn evaluate(&self, expression: &Expression) -> Result<Value, EvalError> {
        Evaluator { names: self }.value(expression, None)
    }

    /// The value of an expression in a block with `for_each`, for one value of `each`.
    pub fn evaluate_for_each(
        &self,
        expression: &Expression,
        each: &Value,
    ) -> Result<Value, EvalError> {
        let scope = Scope { name: "each", value: each.clone(), outer: None };
        Evaluator { names: self }.value(expression, Some(&scope))
    }

    /// The values that `each` takes in a resource's block: one `null` if the block has no `for_each`.
    pub fn each_values(&self, address: &str) -> Result<Vec<Value>, EvalError> {
        match self.body(address)?.get_attribute("for_each") {
            None => Ok(vec![Value::Null]),
            Some(for_each) => Ok(each(&self.evaluate(&for_each.value)?)?.into_values().collect()),
        }
    }

    fn body(&self, address: &str) -> Result<&Body, EvalError> {
        let body = self.module.resources.get(address);
        body.ok_or_else(|| EvalError::failed(format!("there is nothing named {address}")))
    }
}

impl Names for Evaluation<'_> {
    fn variable(&self, name: &str) -> Result<Value, EvalError> {
        let value = self.variables.get(name).cloned();
        value.ok_or_else(|| EvalError::failed(format!("there is no variable {name}")))
    }

    fn local(&self, name: &str) -> Result<Value, EvalError> {
        let known = self.locals.borrow().get(name).cloned();
        match known {
            Some(Local::Done(done)) => return done,
            Some(Local::Begun) => {
                return Err(EvalError::failed(format!("local.{name} refers to itself")));
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

    fn resource(&self, address: &str) -> Result<Value, EvalError> {
        let block = address;
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

    /// The argument of that name in the resource's block, or else an address that stands for what AWS would say.
    fn attribute(&self, instance: &Instance, name: &str) -> Result<Value, EvalError> {
        let address = format!("{}.{name}", instance.address);
        if let Some((_, value)) = ACCOUNT.iter().find(|(known, _)| *known == address) {
            return Ok(Value::text(value));
        }
        match (self.body(&instance.block)?.get_attribute(name), &instance.each) {
            // Rules compare them, so that an address must not stand for them.
            (None, _)
                if name == "code_sha256" || instance.block.starts_with("data.aws_s3_object.") =>
            {
                Err(EvalError::Unknown)
            }
            (None, _) => Ok(Value::Reference(address.into())),
            (Some(argument), None) => self.evaluate(&argument.value),
            (Some(argument), Some(each)) => self.evaluate_for_each(&argument.value, each),
        }
    }
}

/// The values of `each` by key, for the map or set that `for_each` is.
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
