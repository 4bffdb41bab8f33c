//! The type constraints of variables.

mod convert;

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

pub use self::convert::{Converted, Misfit, MisfitKind, convert};
pub(crate) use self::convert::{item, member};
use super::literal::constant;
use super::value::Value;

/// A type constraint, as Terraform's configuration language has them.
#[derive(Clone, Debug)]
pub enum Type {
    /// `any`.
    Any,
    /// `string`.
    Text,
    /// `number`.
    Number,
    /// `bool`.
    Bool,
    /// `list(…)`, with the type of its items.
    List(Box<Type>),
    /// `set(…)`, with the type of its items.
    Set(Box<Type>),
    /// `map(…)`, with the type of its values.
    Map(Box<Type>),
    /// `tuple([…])`, with the type of each item.
    Tuple(Vec<Type>),
    /// `object({…})`, with its attributes by name.
    Object(BTreeMap<String, Attribute>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The type that its value is converted to.
    pub type_constraint: Type,
    /// Its default if it is `optional(…)`; `None` if it is required.
    pub default: Option<Default>,
}

/// The default of `optional(bool, false)`, or none, as in `optional(bool)`.
#[derive(Clone, Debug)]
pub struct Default(Option<Expression>);

impl Default {
    /// Its value; `null` if none is written.
    pub fn value(&self) -> Value {
        let value = self.0.as_ref().map(constant);
        // Reading the type has evaluated it once already.
        value.map_or(Value::Null, |value| value.unwrap_or(Value::Unknown))
    }
}

impl Type {
    /// Reads a type constraint. The error says what is wrong with it.
    pub fn of(expression: &Expression) -> Result<Self, String> {
        match expression {
            Expression::Variable(name) => match name.as_str() {
                "any" => Ok(Self::Any),
                "string" => Ok(Self::Text),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                other => Err(format!("unknown type {other}")),
            },
            Expression::FuncCall(call) => Self::of_call(call),
            _ => Err("this is not a type".to_owned()),
        }
    }

    fn of_call(call: &FuncCall) -> Result<Self, String> {
        let inner = call.args.get(0).ok_or("a type has no argument")?;
        let element = || Self::of(inner).map(Box::new);
        match call.name.name.as_str() {
            "list" => Ok(Self::List(element()?)),
            "set" => Ok(Self::Set(element()?)),
            "map" => Ok(Self::Map(element()?)),
            "tuple" => {
                let items = inner.as_array().ok_or("a tuple needs a list of types")?;
                Ok(Self::Tuple(items.iter().map(Self::of).collect::<Result<_, _>>()?))
            }
            "object" => Self::of_object(inner),
            other => Err(format!("unknown type {other}()")),
        }
    }

    fn of_object(expression: &Expression) -> Result<Self, String> {
        let object = expression.as_object().ok_or("an object needs attributes")?;
        let mut attributes = BTreeMap::new();
        for (key, value) in object {
            let ObjectKey::Ident(name) = key else {
                return Err("an attribute needs a name".to_owned());
            };
            attributes.insert(name.to_string(), Attribute::of(value.expr())?);
        }
        Ok(Self::Object(attributes))
    }

    /// The type without the attributes of objects: `map(object)`.
    pub fn name(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Text => "string".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::List(items) => format!("list({})", items.name()),
            Self::Set(items) => format!("set({})", items.name()),
            Self::Map(values) => format!("map({})", values.name()),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }

    /// What the type accepts, for messages: `a text`, `an object, such as { name = … }`.
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::List(items) | Self::Set(items) => match **items {
                Self::Text => "a list, such as [\"…\"]".to_owned(),
                _ => "a list".to_owned(),
            },
            Self::Map(_) => "an object, such as { name = … }".to_owned(),
            Self::Tuple(types) => format!("a list of {}", types.len()),
            Self::Object(attributes) => {
                let first = attributes.iter().min_by_key(|(_, attribute)| attribute.rank());
                let name = first.map_or("…", |(name, _)| name);
                format!("an object, such as {{ {name} = … }}")
            }
        }
    }
}

impl Attribute {
    /// The order in which an example names attributes: required first, then optional, then defaulted.
    fn rank(&self) -> u8 {
        match &self.default {
            None => 0,
            Some(Default(None)) => 1,
            Some(Default(Some(_))) => 2,
        }
    }

    fn of(expression: &Expression) -> Result<Self, String> {
        let call = expression.as_func_call().filter(|call| call.name.name.as_str() == "optional");
        let Some(call) = call else {
            return Ok(Self { type_constraint: Type::of(expression)?, default: None });
        };
        let type_constraint = Type::of(call.args.get(0).ok_or("optional() has no type")?)?;
        let default = call.args.get(1).cloned();
        if let Some(default) = &default {
            constant(default).map_err(|error| format!("a default: {error}"))?;
        }
        Ok(Self { type_constraint, default: Some(Default(default)) })
    }
}
