//! Something that is wrong with a configuration, and what was probably meant.

use strsim::damerau_levenshtein;

use super::spans::{Span, Spans};

/// Something that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The path in the configuration: `destinations.crm.http.timeout`.
    pub path: String,
    /// The place in a file, as far as it is known.
    pub span: Option<Span>,
    /// What is wrong and what to do.
    pub text: String,
    /// The name that was probably meant.
    pub suggestion: Option<String>,
    /// The check that found it.
    pub origin: Origin,
}

/// The check that found something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file cannot be parsed.
    Syntax,
    /// A value has another type, is missing, or is of an attribute that does not exist.
    Type,
    /// A rule of the module: a variable's validation, `var.sources`, or a resource's precondition,
    /// `aws_s3_object.config`.
    Rule(String),
    /// A JMESPath expression does not compile.
    Expression,
    /// The Lambdas would not start with the configuration.
    Config,
}

impl Diagnostic {
    /// A diagnostic at a path, without its place in a file.
    pub(super) fn at(path: impl Into<String>, origin: Origin, text: impl Into<String>) -> Self {
        Self { path: path.into(), span: None, text: text.into(), suggestion: None, origin }
    }

    /// Whether this makes another diagnostic redundant. A rule's message about an expression says the same as the
    /// error of compiling it.
    fn covers(&self, other: &Self) -> bool {
        let compiled = other.origin == Origin::Expression && matches!(self.origin, Origin::Rule(_));
        self.path == other.path && (self.text == other.text || compiled)
    }
}

impl Origin {
    /// The check's name in JSON: one word, or the address of the rule's variable or resource.
    pub fn name(&self) -> &str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::Rule(owner) => owner,
            Self::Expression => "expression",
            Self::Config => "config",
        }
    }
}

/// Adds the places in the files, removes duplicates and sorts by place. What has no place, because it is missing,
/// comes first.
pub(super) fn in_order(diagnostics: Vec<Diagnostic>, spans: &Spans) -> Vec<Diagnostic> {
    let mut once: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !once.iter().any(|other| other.covers(&diagnostic)) {
            let span =
                diagnostic.span.or_else(|| spans.of_message(&diagnostic.path, &diagnostic.text));
            once.push(Diagnostic { span, ..diagnostic });
        }
    }
    once.sort_by_key(|diagnostic| diagnostic.span);
    once
}

/// The known name that is most similar to a mistyped one, if any is similar enough.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let distance = |known: &str| damerau_levenshtein(&name, &known.to_lowercase());
    let nearest = known.into_iter().map(|known| (distance(known), known)).min()?;
    let (distance, known) = nearest;
    (distance <= max_distance(&name)).then_some(known)
}

/// The number of edits that a typing error may have: one for three characters, at least 1 and at most 4.
fn max_distance(name: &str) -> usize {
    (name.chars().count() / 3).clamp(1, 4)
}

/// The path of the attribute that was meant: one of a similar name, or one of this very name in a nested object.
pub(super) fn nearest_attribute<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let (here, nested): (Vec<_>, Vec<_>) = known.iter().partition(|path| !path.contains('.'));
    let nested = nested.iter().find(|path| path.rsplit('.').next() == Some(name));
    let here = nearest(name, here.into_iter().map(String::as_str));
    here.or(nested.map(|path| path.as_str()))
}
