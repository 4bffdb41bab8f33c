//! Invariant 8: errors and `Debug` outputs show neither secrets nor payloads. The binary `emulated` runs the Lambdas
//! and reads what they log. Tokens are in neither the archive, the queues nor the deliveries.

mod messages;
mod tokens;
