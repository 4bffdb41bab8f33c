//! The lines of a configuration's parts in the files of variables.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};

use crate::terraform::literal::literal;
use crate::terraform::types::{item, member};

/// A file and a line in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The position of the file among the arguments, from 0.
    pub file: usize,
    /// The line, from 1, if it is known.
    pub line: Option<usize>,
}

/// The place of every part of a configuration, by its path.
#[derive(Debug, Default)]
pub(super) struct Spans {
    files: Vec<String>,
    spans: BTreeMap<String, Span>,
}

impl Spans {
    /// The names of the files, in the order in which they were added.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// Adds a file. What is noted after this is in it.
    pub(super) fn add(&mut self, name: String) {
        self.files.push(name);
    }

    /// A line of the file that was added last.
    pub(super) fn here(&self, line: Option<usize>) -> Span {
        Span { file: self.files.len().saturating_sub(1), line }
    }

    /// Notes the place of a variable, and forgets everything of it that an earlier file set.
    pub(super) fn variable(&mut self, name: &str, line: Option<usize>) {
        let is_inside = |path: &str| {
            let rest = path.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.spans.retain(|path, _| !is_inside(path));
        self.spans.insert(name.to_owned(), self.here(line));
    }

    /// Notes the places of all parts of an expression.
    pub(super) fn note(&mut self, text: &str, expression: &Expression, path: &str) {
        let mut inner =
            |expression: &Expression, span: Option<std::ops::Range<usize>>, path: &str| {
                let line = span.map(|span| line(text, span.start));
                self.spans.insert(path.to_owned(), self.here(line));
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

    /// The place that a diagnostic is about. A text `unknown queue "…"` is about the attribute that names the queue.
    pub(super) fn of_message(&self, path: &str, text: &str) -> Option<Span> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let named = words.next().filter(|word| *word == "unknown").and(words.next());
        let paths = named
            .into_iter()
            .flat_map(|name| [member(path, name), member(path, &format!("{name}s"))]);
        let exact = paths.filter_map(|path| self.spans.get(&path).copied()).next();
        exact.or_else(|| self.of(path))
    }

    /// The place of a path, or else of the nearest part that contains it.
    fn of(&self, path: &str) -> Option<Span> {
        let mut path = path;
        loop {
            if let Some(span) = self.spans.get(path) {
                return Some(*span);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

/// The text of a key, if it is a constant.
pub(super) fn name(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.to_string()),
        ObjectKey::Expression(key) => literal(key).ok()?.as_text().ok(),
    }
}

/// The line of a byte offset, from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
