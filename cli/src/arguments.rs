//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use shared::provider;

/// All arguments.
#[derive(Debug, Parser)]
#[command(name = "catchment", version, about = ABOUT, after_help = STATUSES)]
pub struct Arguments {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

const ABOUT: &str =
    "What each provider wants, why a webhook was refused, and signed samples to send.";

const STATUSES: &str = "\
Exit status: 0 verified, a handshake, or everything sent was answered 2xx; 1 refused; 2 the arguments
are of no use. Findings go to the standard output, errors to the standard error.";

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the providers, or say all that is known of one and how to register it
    Providers(ProvidersArguments),
    /// Verify a saved request exactly as ingest would, and say in words what was done
    #[command(after_help = REQUESTS)]
    Verify(VerifyArguments),
    /// Sign a sample of a provider's at the current time, send it, and show the answer
    #[command(after_help = BODIES)]
    Send(SendArguments),
    /// Say all that is wrong with a configuration, without AWS and without Terraform
    #[command(after_help = FILES)]
    Check(CheckArguments),
    /// Say which queue an event waits in, which routes it takes, why not the others, and where it would go
    #[command(after_help = ROUTED)]
    Route(RouteArguments),
}

const ROUTED: &str = "\
A request is what `catchment verify` takes: JSON, or an event as it is stored in the bucket. Its signature
is not looked at. What filters looked at is shown, cut short.

Exit status: 0 a route matches, 1 none does (of a list that is split: for some item), 2 the arguments are
of no use, or the files of variables have mistakes.";

const FILES: &str = "\
Several files are read as Terraform reads several --var-file: of two that set the same variable, the
later counts.

Exit status: 0 sound, 1 there are mistakes, 2 the arguments are of no use.";

const BODIES: &str = "\
The body is sent as it is, but for what the scheme itself has in it, such as Mailgun's timestamp, and,
with --count above 1, for the event's id.

Exit status: 0 everything was answered 2xx, 1 something was not, 2 the arguments are of no use, or the
provider signs with a key that nobody else has.";

const REQUESTS: &str = r#"A secret file has a text, or a JSON list of those that are active, the newest first; a newline at its
end is no part of it. For aws-sns and paypal it has the certificate (PEM), and for plaid the key (JWK),
that their addresses would return: it is trusted as it is given.

A request is JSON, with any of these fields:
  {"method": "POST", "url": "https://…", "headers": {"X-Name": "value" or ["…", "…"]},
   "body": "text" or "body_base64": "…"}
or an event as it is stored in the bucket, under the s3_key that logs and dead letters name.

Exit status: 0 verified or a handshake, 1 refused, 2 the arguments are of no use."#;

/// Which providers are to be shown, and how.
#[derive(Debug, Args)]
pub struct ProvidersArguments {
    /// The one to be shown in full; without it, all are listed
    #[arg(value_name = "NAME", value_parser = names(), hide_possible_values = true)]
    pub name: Option<String>,
    /// The provider file as it is; of all providers, by name, without NAME
    #[arg(long)]
    pub json: bool,
    /// The text of docs/reference/providers.md
    #[arg(long, conflicts_with_all = ["name", "json"])]
    pub markdown: bool,
}

/// A provider, and what a source would be configured with.
#[derive(Debug, Args)]
pub struct SourceArguments {
    /// The provider, by a name that `catchment providers` lists
    #[arg(long, value_name = "NAME", value_parser = names(), hide_possible_values = true)]
    pub provider: String,
    /// What the provider needs configured besides a secret: webhook_id=… for paypal
    // Values are split later: clap would print one that it cannot read, and it may be a token.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// The scheme of a provider that has none of its own (hmac, custom), as JSON
    #[arg(long, value_name = "FILE")]
    pub scheme: Option<PathBuf>,
}

/// What is to be verified.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The provider and its configuration.
    #[command(flatten)]
    pub source: SourceArguments,
    /// What the source's secret has; a PEM or a JWK for providers that publish keys (see below)
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The time of receipt; the stored one for an event, or else now
    #[arg(long, value_name = "UNIX_SECONDS")]
    pub at: Option<i64>,
    /// The public URL that the provider called, verbatim
    #[arg(long)]
    pub url: Option<String>,
    /// The saved request, or `-` for the standard input
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What is to be sent.
#[derive(Debug, Args)]
pub struct SendArguments {
    /// The provider and its configuration.
    #[command(flatten)]
    pub source: SourceArguments,
    /// What the source's secret has; a JSON list is signed with its first
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    /// Where to send it: the source's URL
    #[arg(long)]
    pub url: String,
    /// A body in place of the built-in sample (see below)
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// How many to send, one after another, each an event of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

/// Which configuration is to be checked.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Files of variables, as `terraform apply --var-file` takes them: .tfvars or .tfvars.json
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Which event is to be routed.
#[derive(Debug, Args)]
pub struct RouteArguments {
    /// The configuration, as `terraform apply` takes it; of several, the later counts
    #[arg(long = "var-file", value_name = "FILE", required = true)]
    pub var_files: Vec<PathBuf>,
    /// The source that received it
    #[arg(long, value_name = "NAME")]
    pub source: String,
    /// The saved request, or `-` for the standard input
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// The findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(provider::names())
}
