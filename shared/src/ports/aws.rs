//! The AWS SDK, set up once.

use std::error::Error;
use std::time::Duration;

pub use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// What an error of the SDK's says, and what its causes do. Not its `Debug`, nor the SDK's own
/// `DisplayErrorContext`, which has that in it: it holds the whole response, and with it, where
/// Secrets Manager's could not be read, a secret.
pub fn error_chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let messages: Vec<_> = causes.map(ToString::to_string).collect();
    messages.join(": ")
}

/// How long calls may take. The SDK itself bounds only connecting.
#[derive(Clone, Copy, Debug)]
pub struct CallTimeouts {
    /// A whole operation, with all its attempts.
    pub operation: Duration,
    /// One attempt.
    pub attempt: Duration,
    /// How many attempts.
    pub attempts: u32,
}

impl CallTimeouts {
    /// While a Lambda starts: there is nobody waiting for an answer yet.
    pub const STARTING: Self =
        Self { operation: Duration::from_secs(8), attempt: Duration::from_secs(3), attempts: 3 };

    fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }

    fn retries(self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(Duration::from_millis(50))
    }
}

/// How long connecting may take. The same for all, because the SDK keeps a pool of connections for
/// each value, and what start-up warmed is to serve afterwards.
const CONNECT: Duration = Duration::from_millis(1000);

/// Region, credentials and endpoint from the environment, patient as at start-up. TLS is rustls with
/// ring, because AWS-LC gathers entropy for some 600 ms at the start of a 128 MB Lambda.
pub async fn sdk_config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(CallTimeouts::STARTING.timeouts())
        .retry_config(CallTimeouts::STARTING.retries())
        .load()
        .await
}

/// The same configuration, and the same connections, with another patience.
pub fn with_timeouts(config: &SdkConfig, timeouts: CallTimeouts) -> SdkConfig {
    let config = config.to_builder().timeout_config(timeouts.timeouts());
    config.retry_config(timeouts.retries()).build()
}

/// The same configuration, and the same connections, for another region.
pub fn in_region(config: &SdkConfig, region: String) -> SdkConfig {
    config.to_builder().region(Region::new(region)).build()
}

/// An S3 client. An emulator is addressed by path, since a bucket's own host name would have to
/// resolve; `AWS_ENDPOINT_URL` is what tells it apart, and path style has no variable of its own.
pub fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let emulated = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(emulated);
    aws_sdk_s3::Client::from_conf(config.build())
}
