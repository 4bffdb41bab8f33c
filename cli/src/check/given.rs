//! The files of variables: `.tfvars`, and `.tfvars.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::parser::{parse_body, parse_expr};
use hcl_edit::structure::{Attribute, Block, Structure};

use super::mistake::{Mistake, Of};
use super::places::{Places, line, name};
use crate::Failure;
use crate::source;
use crate::terraform::Value;
use crate::terraform::literal::literal;
use crate::terraform::types::{item, member};

/// What the files say.
#[derive(Default)]
pub(super) struct Given {
    /// The variables' values.
    pub(super) values: BTreeMap<String, Value>,
    /// Where they are written.
    pub(super) places: Places,
    /// What cannot be read.
    pub(super) mistakes: Vec<Mistake>,
    /// Whether a file could not be read at all.
    pub(super) is_broken: bool,
}

impl Given {
    /// Reads the files; of two that set the same variable, the later wins.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut given = Self::default();
        for path in paths {
            let text = source::text("cannot read", path)?;
            given.places.add(path.display().to_string());
            match path.extension().is_some_and(|extension| extension == "json") {
                true => given.json(&text),
                false => given.hcl(&text),
            }
        }
        Ok(given)
    }

    fn hcl(&mut self, text: &str) {
        // Windows' editors write it, and Terraform passes over it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let body = match parse_body(text) {
            Ok(body) => body,
            Err(error) => {
                let (at, message) = (error.location(), error.message());
                return self.broken(at.line(), &format!("column {}: {message}", at.column()));
            }
        };
        for structure in body.iter() {
            match structure {
                Structure::Attribute(attribute) => self.attribute(text, attribute),
                Structure::Block(block) => self.block(text, block),
            }
        }
    }

    fn attribute(&mut self, text: &str, attribute: &Attribute) {
        let name = attribute.key.as_str();
        self.places.variable(name, attribute.key.span().map(|span| line(text, span.start)));
        self.places.note(text, &attribute.value, name);
        let value = value(&attribute.value, name, &mut self.mistakes);
        self.values.insert(name.to_owned(), value);
    }

    fn block(&mut self, text: &str, block: &Block) {
        let name = block.ident.as_str();
        let at = block.ident.span().map_or(0, |span| span.start);
        self.broken(line(text, at), &format!("{name} is no block here: write `{name} = {{ … }}`"));
    }

    fn json(&mut self, text: &str) {
        let values: Value = match serde_json::from_str::<serde_json::Value>(text) {
            Ok(values) => values.into(),
            Err(error) => {
                let column = error.column();
                return self.broken(error.line(), &format!("column {column}: this is not JSON"));
            }
        };
        let Value::Map(values) = values else {
            return self.broken(1, "this is no JSON object with the variables by name");
        };
        values.keys().for_each(|name| self.places.variable(name, None));
        // JSON is nearly always an expression too, and then it is known where everything stands.
        if let Ok(expression) = parse_expr(text.trim()) {
            self.places.note(text, &expression, "");
        }
        self.values.extend((*values).clone());
    }

    fn broken(&mut self, line: usize, text: &str) {
        let place = Some(self.places.here(Some(line)));
        self.mistakes.push(Mistake { place, ..Mistake::at("", Of::Syntax, text) });
        self.is_broken = true;
    }
}

/// A value, part by part: of each part that is none, it is known which it is.
fn value(expression: &Expression, path: &str, mistakes: &mut Vec<Mistake>) -> Value {
    match expression {
        Expression::Array(items) => {
            let items = items.iter().enumerate();
            Value::list(items.map(|(index, it)| value(it, &item(path, index), mistakes)))
        }
        Expression::Object(object) => {
            let pairs = object.iter().filter_map(|(key, it)| {
                let key = name(key)?;
                let value = value(it.expr(), &member(path, &key), mistakes);
                Some((key, value))
            });
            Value::map(pairs)
        }
        Expression::Parenthesis(inner) => value(inner.inner(), path, mistakes),
        other => literal(other).unwrap_or_else(|error| {
            let text = match other {
                Expression::Variable(name) => {
                    format!("{name} is no value; is it a text, \"{name}\"?")
                }
                _ => error.to_string(),
            };
            mistakes.push(Mistake::at(path, Of::Syntax, text));
            Value::Unknown
        }),
    }
}
