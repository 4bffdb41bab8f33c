//! Reads files of variables: `.tfvars` and `.tfvars.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::parser::{parse_body, parse_expr};
use hcl_edit::structure::{Attribute, Block, Structure};

use super::diagnostic::{Diagnostic, Origin};
use super::spans::{Spans, line, name};
use crate::Failure;
use crate::source;
use crate::terraform::Value;
use crate::terraform::literal::literal;
use crate::terraform::types::{item, member};

/// The content of the files.
#[derive(Default)]
pub(super) struct Variables {
    /// The values of the variables that the files set.
    pub(super) values: BTreeMap<String, Value>,
    /// The places of all values.
    pub(super) spans: Spans,
    /// What cannot be parsed.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether a whole file could not be parsed.
    pub(super) is_broken: bool,
}

impl Variables {
    /// Reads the files. If several set the same variable, the last one counts.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut read = Self::default();
        for path in paths {
            let text = source::text("cannot read", path)?;
            read.spans.add(path.display().to_string());
            match path.extension().is_some_and(|extension| extension == "json") {
                true => read.json(&text),
                false => read.hcl(&text),
            }
        }
        Ok(read)
    }

    fn hcl(&mut self, text: &str) {
        // Editors on Windows write a byte order mark, and Terraform ignores it.
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
        self.spans.variable(name, attribute.key.span().map(|span| line(text, span.start)));
        self.spans.note(text, &attribute.value, name);
        let value = value(&attribute.value, name, &mut self.diagnostics);
        self.values.insert(name.to_owned(), value);
    }

    fn block(&mut self, text: &str, block: &Block) {
        let name = block.ident.as_str();
        let at = block.ident.span().map_or(0, |span| span.start);
        self.broken(
            line(text, at),
            &format!("{name} cannot be a block here: write `{name} = {{ … }}`"),
        );
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
            return self.broken(1, "this is not a JSON object with the variables by name");
        };
        values.keys().for_each(|name| self.spans.variable(name, None));
        // Nearly all JSON is a valid expression too. Parsed as one, it has the places of its parts.
        if let Ok(expression) = parse_expr(text.trim()) {
            self.spans.note(text, &expression, "");
        }
        self.values.extend((*values).clone());
    }

    fn broken(&mut self, line: usize, text: &str) {
        let span = Some(self.spans.here(Some(line)));
        self.diagnostics.push(Diagnostic { span, ..Diagnostic::at("", Origin::Syntax, text) });
        self.is_broken = true;
    }
}

/// Evaluates each part of a value separately, so that an error can name its path.
fn value(expression: &Expression, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Value {
    match expression {
        Expression::Array(items) => {
            let items = items.iter().enumerate();
            Value::list(items.map(|(index, it)| value(it, &item(path, index), diagnostics)))
        }
        Expression::Object(object) => {
            let pairs = object.iter().filter_map(|(key, it)| {
                let key = name(key)?;
                let value = value(it.expr(), &member(path, &key), diagnostics);
                Some((key, value))
            });
            Value::map(pairs)
        }
        Expression::Parenthesis(inner) => value(inner.inner(), path, diagnostics),
        other => literal(other).unwrap_or_else(|error| {
            let text = match other {
                Expression::Variable(name) => {
                    format!("{name} is not a value; did you mean the text \"{name}\"?")
                }
                _ => error.to_string(),
            };
            diagnostics.push(Diagnostic::at(path, Origin::Syntax, text));
            Value::Unknown
        }),
    }
}
