//! The source that the arguments describe: a provider with params, a scheme and secrets.

use std::path::Path;

use serde_json::Value;
use shared::provider::{self, Provider, ProviderError, ResolvedSource, SourceSettings};
use shared::webhook::scheme::field::Params;
use shared::webhook::secret;

use crate::Failure;
use crate::arguments::SourceArguments;
use crate::describe;
use crate::scheme_file::ParsedScheme;

/// A source as it would be configured.
pub struct Source {
    /// The provider's file.
    pub provider: Provider,
    /// How requests are accepted, verified and answered. Ingest decides by the same type.
    pub rules: ResolvedSource,
    /// The schemes of `rules`, in their order, with their JSON.
    pub schemes: Vec<ParsedScheme>,
    /// The content of the secret file; empty if none is given.
    pub secrets: Secrets,
}

/// The content of a secret file. It has no `Debug` and no `Display`, so that it cannot be printed.
#[derive(Default)]
pub struct Secrets {
    /// The whole file, white space included.
    pub stored: String,
    /// The active secrets in it, the newest first.
    pub texts: Vec<String>,
}

impl Source {
    /// Reads the provider and the files that the arguments name.
    pub fn read(arguments: &SourceArguments, secret_file: Option<&Path>) -> Result<Self, Failure> {
        let SourceArguments { provider: name, params, scheme } = arguments;
        let unusable = |error: ProviderError| Failure::unusable(error.to_string());
        let provider = provider::find(name).map_err(unusable)?;
        let file: Value = serde_json::from_str(provider::file(name).map_err(unusable)?)
            .map_err(|error| Failure::unusable(format!("provider `{name}`: {error}")))?;
        let params = parse_params(params, &provider, name)?;
        let schemes = read_schemes(name, (&file, &provider), scheme.as_deref(), &params)?;
        let own = scheme.is_some().then(|| schemes.first().map(|parsed| parsed.scheme.clone()));
        // A required param may be missing: many requests can be verified without it, and the refusal of the others
        // names it.
        let settings =
            SourceSettings { params, scheme: own.flatten(), ..SourceSettings::default() };
        let rules = ResolvedSource::unchecked(name, name, provider.clone(), settings);
        let secrets = secret_file.map(Secrets::read).transpose()?.unwrap_or_default();
        Ok(Self { provider, rules, schemes, secrets })
    }

    /// Whether any secret can be a key of any scheme. If not, the operator must correct the secret, whatever the
    /// request.
    pub fn has_usable_secret(&self) -> bool {
        let mut schemes = self.rules.schemes.iter();
        schemes.any(|scheme| !scheme.secret.keys(&self.secrets.texts).is_empty())
    }

    /// The message for secrets that cannot be a key of any scheme.
    pub fn unusable_secret(&self) -> String {
        let formats = describe::distinct(self.schemes.iter().map(describe::secret));
        format!(
            "--secret-file: its content is not a key for {}, whose secrets are {}. Expected: {}",
            self.provider.title,
            formats.join("; or "),
            self.expected_secret()
        )
    }

    /// What the secret file must contain.
    pub fn expected_secret(&self) -> &str {
        match self.provider.keys {
            Some(_) => "the certificate (PEM) or key (JWK) that the provider's own address returns",
            None => self.provider.secret.as_deref().unwrap_or("the content of the source's secret"),
        }
    }
}

impl Secrets {
    fn read(file: &Path) -> Result<Self, Failure> {
        let stored = text("--secret-file", file)?;
        let texts = secret::texts(&stored)
            .map_err(|error| Failure::unusable(format!("--secret-file: {error}")))?;
        Ok(Self { stored, texts })
    }

    /// Whether the file's content looks like a list of secrets with a mistake in it.
    pub fn resembles_list(&self) -> bool {
        secret::resembles_list(&self.stored)
    }

    /// A text in which every secret is replaced, for printing what another program answers. Secrets of fewer than
    /// four bytes stay, because they may be part of any word.
    pub fn masked(&self, text: &str) -> String {
        let long_enough = self.texts.iter().filter(|secret| secret.len() >= 4);
        long_enough
            .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "(the secret)"))
    }
}

/// The schemes of the provider's file, or else the one in `--scheme`.
fn read_schemes(
    name: &str,
    (file, provider): (&Value, &Provider),
    scheme: Option<&Path>,
    params: &Params,
) -> Result<Vec<ParsedScheme>, Failure> {
    let own = file["schemes"].as_array().map_or(&[][..], Vec::as_slice);
    let parse = |json: &Value| ParsedScheme::parse(json, params, &provider.handshakes);
    match (own, scheme) {
        ([], None) => Err(Failure::unusable(format!(
            "provider `{name}` has no scheme of its own: give the source's by --scheme FILE, as JSON"
        ))),
        ([], Some(path)) => {
            let invalid =
                |error| Failure::unusable(format!("--scheme: {}: {error}", path.display()));
            let json = serde_json::from_str(&text("--scheme", path)?).map_err(invalid)?;
            Ok(vec![parse(&json).map_err(invalid)?])
        }
        (_, Some(_)) => Err(Failure::unusable(format!(
            "--scheme: provider `{name}` has its own; only hmac and custom take one"
        ))),
        (own, None) => own
            .iter()
            .map(parse)
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::unusable(format!("provider `{name}`: {error}"))),
    }
}

/// Splits each `NAME=VALUE`. Errors show names only: a value may be a token.
fn parse_params(given: &[String], provider: &Provider, name: &str) -> Result<Params, Failure> {
    let mut params = Params::new();
    for given in given {
        let (param, value) = given
            .split_once('=')
            .filter(|(param, value)| !param.is_empty() && !value.is_empty())
            .ok_or_else(|| Failure::unusable("--param needs NAME=VALUE"))?;
        // A scheme from --scheme may name params that the provider's file does not know.
        if !provider.schemes.is_empty() && !provider.params.contains_key(param) {
            let known: Vec<_> = provider.params.keys().map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            return Err(Failure::unusable(format!(
                "--param: provider `{name}` has no parameter `{param}`; it has: {known}"
            )));
        }
        let before = params.insert(param.to_owned(), value.to_owned());
        if before.is_some_and(|before| before != value) {
            return Err(Failure::unusable(format!("--param: {param} is given twice")));
        }
    }
    Ok(params)
}

/// A file's text. The error names the argument and the file.
pub(crate) fn text(argument: &str, file: &Path) -> Result<String, Failure> {
    let bytes = bytes(argument, file)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::unusable(format!("{argument}: {} is not UTF-8", file.display())))
}

/// A file's bytes. The error names the argument and the file.
pub(crate) fn bytes(argument: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::unusable(format!("{argument}: {}: {error}", file.display())))
}
