//! `catchment providers`: what the provider files say, for people and for machines.

mod answers;
mod details;
mod markdown;
mod page;
mod register;
mod table;

use serde_json::Value;
use shared::provider::{self, Certainty, Provider};

pub use self::markdown::markdown;
use crate::arguments::ProvidersArguments;
use crate::way::Way;
use crate::words;
use crate::{Ending, Failure, Streams};

/// Runs the command.
pub fn run(arguments: &ProvidersArguments, streams: &mut Streams<'_>) -> Result<Ending, Failure> {
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
        (None, false, false) => write!(out, "{}", table::of(&Entry::all()?))?,
    }
    Ok(Ending::Good)
}

/// A provider as it is shown.
struct Entry {
    name: &'static str,
    provider: Provider,
    ways: Vec<Way>,
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
        let schemes = file["schemes"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let ways = schemes.map(|file| Way::of(file, &Default::default(), &[]));
        let ways = ways.collect::<Result<_, _>>().map_err(invalid)?;
        Ok(Self { name: known.unwrap_or_default(), provider, ways, file })
    }

    /// All its schemes in a few words.
    fn schemes(&self) -> Vec<String> {
        match self.ways.is_empty() {
            true => vec!["as the source's `scheme` says".to_owned()],
            false => words::distinct(self.ways.iter().map(words::scheme)),
        }
    }

    fn tolerance(&self) -> String {
        let rules = self.ways.iter().map(|way| words::tolerance(way.scheme.timestamp.as_ref()));
        words::distinct(rules).join(" or ")
    }

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
