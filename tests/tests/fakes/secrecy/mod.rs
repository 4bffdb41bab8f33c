//! Invariant 8: errors and `Debug` outputs show neither secrets nor payloads. The binary `emulated` runs the Lambdas
//! and reads what they log.

mod messages;
