//! Where things are written.

use std::collections::BTreeMap;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};

use crate::terraform::literal::literal;
use crate::terraform::types::{item, member};

/// A file, by its position among those given, and a line in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's position.
    pub file: usize,
    /// The line, from 1; none where it is not known.
    pub line: Option<usize>,
}

/// Where everything is written, by its path.
#[derive(Debug, Default)]
pub(super) struct Places {
    files: Vec<String>,
    places: BTreeMap<String, Place>,
}

impl Places {
    /// The files' names.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// Adds a file: what is noted from now on stands in it.
    pub(super) fn add(&mut self, name: String) {
        self.files.push(name);
    }

    /// A line of the file that was added last.
    pub(super) fn here(&self, line: Option<usize>) -> Place {
        Place { file: self.files.len().saturating_sub(1), line }
    }

    /// Notes where a variable stands, in place of what an earlier file said of it.
    pub(super) fn variable(&mut self, name: &str, line: Option<usize>) {
        let is_inside = |path: &str| {
            let rest = path.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.places.retain(|path, _| !is_inside(path));
        self.places.insert(name.to_owned(), self.here(line));
    }

    /// Notes where everything in an expression stands.
    pub(super) fn note(&mut self, text: &str, expression: &Expression, path: &str) {
        let mut inner =
            |expression: &Expression, span: Option<std::ops::Range<usize>>, path: &str| {
                let line = span.map(|span| line(text, span.start));
                self.places.insert(path.to_owned(), self.here(line));
                self.note(text, expression, path);
            };
        match expression {
            Expression::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
                inner(value, value.span(), &item(path, index));
            }),
            Expression::Object(object) => object.iter().for_each(|(key, value)| {
                if let Some(name) = name(key) {
                    inner(value.expr(), key.span(), &member(path, &name));
                }
            }),
            _ => {}
        }
    }

    /// Where a mistake is: `unknown queue "…"` is where the queue is named.
    pub(super) fn of_mistake(&self, path: &str, text: &str) -> Option<Place> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let named = words.next().filter(|word| *word == "unknown").and(words.next());
        let places = named
            .into_iter()
            .flat_map(|name| [member(path, name), member(path, &format!("{name}s"))]);
        let exact = places.filter_map(|place| self.places.get(&place).copied()).next();
        exact.or_else(|| self.of(path))
    }

    /// Where a path is written, or else what it would stand in.
    fn of(&self, path: &str) -> Option<Place> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(*place);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

/// The name that a key is.
pub(super) fn name(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.to_string()),
        ObjectKey::Expression(key) => literal(key).ok()?.as_text().ok(),
    }
}

/// The line of a position, from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
