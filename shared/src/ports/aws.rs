//! The configuration of the AWS SDK.

use std::error::Error;
use std::time::Duration;

pub use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// The messages of an SDK error and its causes, joined by `: `.
///
/// Do not log the error's `Debug` form, or the SDK's `DisplayErrorContext`, which contains it: it has the
/// whole response, and if a response of Secrets Manager could not be parsed, it has the secret.
pub fn error_chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let messages: Vec<_> = causes.map(ToString::to_string).collect();
    messages.join(": ")
}

/// How long calls may take. By default, the SDK limits the time for connecting only.
#[derive(Clone, Copy, Debug)]
pub struct CallTimeouts {
    /// The time for an operation, all attempts included.
    pub operation: Duration,
    /// The time for one attempt.
    pub attempt: Duration,
    /// The most attempts.
    pub attempts: u32,
}

impl CallTimeouts {
    /// For calls while a Lambda function starts. They may take longer, since no sender waits for an answer
    /// yet.
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

/// The time for connecting. It is the same for all clients, because the SDK has a connection pool for each
/// value, and connections that were opened at start-up are to be used afterwards.
const CONNECT: Duration = Duration::from_millis(1000);

/// The SDK's configuration: region, credentials and endpoint from the environment, and the timeouts of
/// [`CallTimeouts::STARTING`]. TLS is rustls with ring, because AWS-LC gathers entropy for about 600 ms at
/// the start of a Lambda function with 128 MB.
pub async fn sdk_config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(CallTimeouts::STARTING.timeouts())
        .retry_config(CallTimeouts::STARTING.retries())
        .load()
        .await
}

/// The configuration with other timeouts. It shares the connections.
pub fn with_timeouts(config: &SdkConfig, timeouts: CallTimeouts) -> SdkConfig {
    let config = config.to_builder().timeout_config(timeouts.timeouts());
    config.retry_config(timeouts.retries()).build()
}

/// The configuration for another region. It shares the connections.
pub fn in_region(config: &SdkConfig, region: String) -> SdkConfig {
    config.to_builder().region(Region::new(region)).build()
}

/// An S3 client. If `AWS_ENDPOINT_URL` is set, it uses path-style addresses: they are for emulators, for
/// which the host name of a bucket does not resolve.
pub fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let emulated = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(emulated);
    aws_sdk_s3::Client::from_conf(config.build())
}
