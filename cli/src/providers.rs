//! `catchment providers`: the content of the provider files, for people and for programs.

mod answers;
mod details;
mod list;
mod page;
mod register;

use serde_json::Value;
use shared::provider::{self, Certainty, Provider};

pub use self::list::markdown;
use crate::arguments::ProvidersArguments;
use crate::describe;
use crate::scheme_file::ParsedScheme;
use crate::{ExitStatus, Failure, Streams};

/// Runs the command.
pub fn run(
    arguments: &ProvidersArguments,
    streams: &mut Streams<'_>,
) -> Result<ExitStatus, Failure> {
    let out = &mut *streams.out;
    match (&arguments.name, arguments.json, arguments.markdown) {
        (Some(name), true, _) => write!(out, "{}", file(name)?)?,
        (Some(name), false, _) => write!(out, "{}", details::of(&Entry::read(name)?))?,
        (None, true, _) => {
            let files = provider::names().into_iter();
            let files = files.map(|name| Ok((name.to_owned(), json(name)?)));
            let files: serde_json::Map<_, _> = files.collect::<Result<_, Failure>>()?;
            writeln!(out, "{}", Value::Object(files))?;
        }
        (None, false, true) => write!(out, "{}", markdown()?)?,
        (None, false, false) => write!(out, "{}", list::table(&Entry::all()?))?,
    }
    Ok(ExitStatus::Success)
}

/// A provider with its parsed file and the file's JSON.
struct Entry {
    name: &'static str,
    provider: Provider,
    schemes: Vec<ParsedScheme>,
    file: Value,
}

impl Entry {
    fn all() -> Result<Vec<Self>, Failure> {
        provider::names().into_iter().map(Self::read).collect()
    }

    fn read(name: &str) -> Result<Self, Failure> {
        let known = provider::names().into_iter().find(|known| *known == name);
        let provider =
            provider::find(name).map_err(|error| Failure::unusable(error.to_string()))?;
        let invalid = |error| Failure::unusable(format!("provider `{name}`: {error}"));
        let file = json(name)?;
        let files = file["schemes"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let schemes = files.map(|file| ParsedScheme::parse(file, &Default::default(), &[]));
        let schemes = schemes.collect::<Result<_, _>>().map_err(invalid)?;
        Ok(Self { name: known.unwrap_or_default(), provider, schemes, file })
    }

    /// A description of each scheme.
    fn describe_schemes(&self) -> Vec<String> {
        match self.schemes.is_empty() {
            true => vec!["as the source's `scheme` says".to_owned()],
            false => describe::distinct(self.schemes.iter().map(describe::scheme)),
        }
    }

    /// The tolerances of its timestamps.
    fn tolerance(&self) -> String {
        describe::distinct(self.schemes.iter().map(describe::freshness)).join(" or ")
    }

    /// The titles of its handshakes.
    fn handshakes(&self) -> String {
        let titles: Vec<_> = self.provider.handshakes.iter().map(|h| h.title.as_str()).collect();
        titles.join("; ")
    }

    fn certainty(&self) -> &'static str {
        match self.provider.certainty {
            Certainty::Source => "source",
            Certainty::Documentation => "documentation",
            Certainty::ThirdParty => "third party",
            Certainty::Memory => "memory",
        }
    }
}

fn file(name: &str) -> Result<&'static str, Failure> {
    provider::file(name).map_err(|error| Failure::unusable(error.to_string()))
}

fn json(name: &str) -> Result<Value, Failure> {
    serde_json::from_str(file(name)?)
        .map_err(|error| Failure::unusable(format!("provider `{name}`: {error}")))
}
