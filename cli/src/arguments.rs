//! The arguments of each command, with the help that `--help` prints.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use shared::provider;

/// All arguments of the tool.
#[derive(Debug, Parser)]
#[command(name = "catchment", version, about = ABOUT, after_help = EXIT_STATUSES)]
pub struct Arguments {
    /// The command and its arguments.
    #[command(subcommand)]
    pub command: Command,
}

const ABOUT: &str = "What each provider needs, why a webhook was refused, signed samples to send, and what a stack costs.";

const EXIT_STATUSES: &str = "\
Exit status: 0 verified, a handshake, or everything sent was answered 2xx; 1 refused; 2 the arguments
cannot be used. Findings go to the standard output, errors to the standard error.";

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the providers, or show everything known about one and how to register it
    Providers(ProvidersArguments),
    /// Verify a saved request exactly as ingest would, and explain each step
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Sign a sample of a provider's webhook at the current time, send it, and show the answer
    #[command(after_help = SEND_HELP)]
    Send(SendArguments),
    /// Report everything that is wrong with a configuration, without AWS and without Terraform
    #[command(after_help = CHECK_HELP)]
    Check(CheckArguments),
    /// Show an event's queue, the routes that match it, why the others do not, and its destinations
    #[command(after_help = ROUTE_HELP)]
    Route(RouteArguments),
    /// Estimate what a configuration costs on AWS, line by line, from list prices
    #[command(after_help = COST_HELP)]
    Cost(CostArguments),
    /// Print the reference of the Terraform module, with its inputs and outputs, in Markdown
    Module,
}

const COST_HELP: &str = "\
Numbers may be written as 3000000, 3e6 or 3_000_000. The files must be sound, as `catchment check` finds them.

Exit status: 0 estimated, 2 the arguments cannot be used, or the files of variables have mistakes.";

const ROUTE_HELP: &str = "\
The request file is the same as for `catchment verify`: JSON, or an event as it is stored in the bucket.
Its signature is not checked. The values that filters read are shown, truncated.

Exit status: 0 a route matches, 1 none does (of a list that is split: for some item), 2 the arguments
cannot be used, or the files of variables have mistakes.";

const CHECK_HELP: &str = "\
Several files are read as Terraform reads several --var-file: if more than one sets a variable, the last
one counts.

Exit status: 0 sound, 1 there are mistakes, 2 the arguments cannot be used.";

const SEND_HELP: &str = "\
The body is sent unchanged, except for fields of the signature in it, such as Mailgun's timestamp, and
for the event's id if --count is above 1.

Exit status: 0 everything was answered 2xx, 1 something was not, 2 the arguments cannot be used, or the
provider signs with a private key of its own.";

const VERIFY_HELP: &str = r#"A secret file contains one secret, or a JSON list of the active ones, the newest first; a newline at its
end is ignored. For aws-sns and paypal it contains the certificate (PEM), and for plaid the key (JWK), that
the provider's address would return. It is trusted without further checks.

A request file is JSON with any of these fields:
  {"method": "POST", "url": "https://…", "headers": {"X-Name": "value" or ["…", "…"]},
   "body": "text" or "body_base64": "…"}
or an event as it is stored in the bucket, under the s3_key in logs and dead letters.

Exit status: 0 verified or a handshake, 1 refused, 2 the arguments cannot be used."#;

/// The arguments of `catchment providers`.
#[derive(Debug, Args)]
pub struct ProvidersArguments {
    /// The provider to show in full; without it, all are listed
    #[arg(value_name = "NAME", value_parser = names(), hide_possible_values = true)]
    pub name: Option<String>,
    /// Print the provider file; without NAME, all of them as one object by name
    #[arg(long)]
    pub json: bool,
    /// Print the table of all providers for the documentation, in Markdown
    #[arg(long, conflicts_with_all = ["name", "json"])]
    pub markdown: bool,
}

/// A provider and what a source of it is configured with.
#[derive(Debug, Args)]
pub struct SourceArguments {
    /// The provider, by a name that `catchment providers` lists
    #[arg(long, value_name = "NAME", value_parser = names(), hide_possible_values = true)]
    pub provider: String,
    /// A parameter that the provider needs besides a secret: webhook_id=… for paypal
    // Split later, because clap prints a value that it cannot parse, and a value may be a token.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// A JSON file with the scheme of a provider that has none of its own (hmac, custom)
    #[arg(long, value_name = "FILE")]
    pub scheme: Option<PathBuf>,
}

/// The arguments of `catchment verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The provider and its configuration.
    #[command(flatten)]
    pub source: SourceArguments,
    /// The content of the source's secret; a PEM or a JWK for providers that publish keys (see below)
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The time of receipt [default: the stored time of an event, or else now]
    #[arg(long, value_name = "UNIX_SECONDS")]
    pub at: Option<i64>,
    /// The public URL that the provider called, verbatim
    #[arg(long)]
    pub url: Option<String>,
    /// The saved request, or `-` for the standard input
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Print the findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `catchment send`.
#[derive(Debug, Args)]
pub struct SendArguments {
    /// The provider and its configuration.
    #[command(flatten)]
    pub source: SourceArguments,
    /// The content of the source's secret; of a JSON list, the first secret signs
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    /// The source's URL, to which the sample is sent
    #[arg(long)]
    pub url: String,
    /// A body to send in place of the built-in sample (see below)
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// The number of samples to send, one after another, each a different event
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

/// The arguments of `catchment check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Files of variables as for `terraform apply --var-file`: .tfvars or .tfvars.json
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Print the findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `catchment route`.
#[derive(Debug, Args)]
pub struct RouteArguments {
    /// A file of variables as for `terraform apply`; of several, the last one counts
    #[arg(long = "var-file", value_name = "FILE", required = true)]
    pub var_files: Vec<PathBuf>,
    /// The source that received it
    #[arg(long, value_name = "NAME")]
    pub source: String,
    /// The saved request, or `-` for the standard input
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Print the findings as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `catchment cost`.
#[derive(Debug, Args)]
pub struct CostArguments {
    /// Files of variables as for `terraform apply --var-file`: .tfvars or .tfvars.json
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The number of webhooks a month, such as 3e6
    #[arg(long, value_name = "N", default_value = "1e6", value_parser = |text: &str| amount(text, 0.0, 1e12))]
    pub webhooks: f64,
    /// The size of a body in bytes
    #[arg(long, value_name = "N", default_value = "10000", value_parser = |text: &str| amount(text, 0.0, 6e6))]
    pub bytes: f64,
    /// The number of HTTP destinations that an event is delivered to, on average
    #[arg(long, value_name = "N", default_value = "1", value_parser = |text: &str| amount(text, 0.0, 100.0))]
    pub destinations: f64,
    /// The number of events that the worker gets at a time, on average: 1 if they come one by one
    #[arg(long, value_name = "N", default_value = "1", value_parser = |text: &str| amount(text, 1.0, 10.0))]
    pub batch: f64,
    /// Print the estimate as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// A number within limits. The error says what is one.
fn amount(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.replace('_', "").parse::<f64>().map_err(|_| {
        "it is not a number: write 3000000, 3e6 or 3_000_000, without a unit".to_owned()
    })?;
    match number.is_finite() && (least..=most).contains(&number) {
        true => Ok(number),
        false => Err(format!("it must be a number from {least} to {most}")),
    }
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(provider::names())
}
