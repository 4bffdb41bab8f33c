//! How each emulator is started.

use std::ffi::OsString;
use std::path::Path;

use crate::paths;

/// Which emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// S3, SQS, Secrets Manager and CloudWatch, as the field tests against. It runs no Lambda and
    /// no DynamoDB without Docker.
    LocalStack,
    /// The whole deployment: also the HTTP API, the Lambdas as processes, and DynamoDB.
    MiniStack,
}

/// The file in the run's data that MiniStack records calls in.
pub(super) const CALLS: &str = "calls.jsonl";

/// What to run, in the directory of the run's data.
pub(super) struct Recipe {
    /// For Python.
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// The path that answers 200 once everything works.
    pub(super) ready: &'static str,
}

impl Kind {
    /// The name of its lock file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LocalStack => "localstack",
            Self::MiniStack => "ministack",
        }
    }

    pub(super) fn recipe(self, port: u16, data: &Path) -> Recipe {
        match self {
            Self::LocalStack => localstack(port, data),
            Self::MiniStack => ministack(port, data),
        }
    }
}

fn localstack(port: u16, data: &Path) -> Recipe {
    let launcher = paths::emulators().join("localstack_on_loopback.py");
    Recipe {
        arguments: vec![launcher.into()],
        environment: vec![
            ("SERVICES", "cloudwatch,s3,secretsmanager,sqs".into()),
            ("GATEWAY_LISTEN", format!("127.0.0.1:{port}").into()),
            ("FILESYSTEM_ROOT", data.into()),
            // Inside a container it would take /var/lib/localstack for its own.
            ("OVERRIDE_IN_DOCKER", "0".into()),
            ("DNS_ADDRESS", "0".into()),
            ("DISABLE_EVENTS", "1".into()),
            ("SKIP_SSL_CERT_DOWNLOAD", "1".into()),
        ],
        ready: "/_localstack/health",
    }
}

fn ministack(port: u16, data: &Path) -> Recipe {
    let launcher = paths::emulators().join("ministack_recorded.py");
    Recipe {
        arguments: vec![launcher.into(), data.join(CALLS).into()],
        environment: vec![
            ("BIND_HOST", "127.0.0.1".into()),
            ("GATEWAY_PORT", port.to_string().into()),
            // Handed on to the Lambdas.
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}").into()),
            // In the URLs that it gives out; its default, localhost, may resolve to ::1.
            ("MINISTACK_HOST", "127.0.0.1".into()),
            ("IOT_MTLS_ENABLED", "0".into()),
            // What Lambda sets by the function's logging_config, and MiniStack does not.
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".into()),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO".into()),
            // The Lambdas' code is unpacked there.
            ("TMPDIR", data.into()),
        ],
        ready: "/_ministack/ready",
    }
}
