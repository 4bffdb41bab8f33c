//! What is wrong with a configuration.

use super::places::{Place, Places};

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where in the configuration: `destinations.crm.http.timeout`.
    pub path: String,
    /// Where it is written, as far as that is known.
    pub place: Option<Place>,
    /// What is wrong and what to do.
    pub text: String,
    /// What was meant, perhaps.
    pub suggestion: Option<String>,
    /// What it is a mistake of.
    pub of: Of,
}

/// Who says that something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// The file cannot be read.
    Syntax,
    /// It is of another type, is missing, or there is no such attribute.
    Type,
    /// A validation of a variable, `var.sources`, or a resource's precondition, `aws_s3_object.config`.
    Rule(String),
    /// A JMESPath expression does not compile.
    Expression,
    /// The Lambdas would not start with it.
    Config,
}

impl Mistake {
    /// A mistake at a path.
    pub(super) fn at(path: impl Into<String>, of: Of, text: impl Into<String>) -> Self {
        Self { path: path.into(), place: None, text: text.into(), suggestion: None, of }
    }
}

impl Of {
    /// In one word, or the address of the rule's owner.
    pub fn word(&self) -> &str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::Rule(owner) => owner,
            Self::Expression => "expression",
            Self::Config => "config",
        }
    }
}

/// Each once, with the place where it is written, in the order in which they are.
pub(super) fn in_order(mistakes: Vec<Mistake>, places: &Places) -> Vec<Mistake> {
    let mut once: Vec<Mistake> = Vec::new();
    for mistake in mistakes {
        if !once.iter().any(|other| other.says(&mistake)) {
            let place = mistake.place.or_else(|| places.of_mistake(&mistake.path, &mistake.text));
            once.push(Mistake { place, ..mistake });
        }
    }
    // What is nowhere, because it is missing, comes first.
    once.sort_by_key(|mistake| mistake.place);
    once
}

impl Mistake {
    /// Whether it says another already. Where a rule says what is wrong with an expression, what is
    /// found on compiling it is the same in other words.
    fn says(&self, other: &Self) -> bool {
        let compiled = other.of == Of::Expression && matches!(self.of, Of::Rule(_));
        self.path == other.path && (self.text == other.text || compiled)
    }
}
