//! Addresses.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{EvalError, Value};

/// The address of a network with a number, counted from its beginning.
pub(super) fn cidrhost(prefix: &str, number: f64) -> Result<Value, EvalError> {
    let network: IpNet = prefix
        .parse()
        .map_err(|_| EvalError::failed(format!("{prefix:?} is no block of addresses")))?;
    if number != 0.0 {
        return Err(EvalError::unsupported("cidrhost() of another address than the first"));
    }
    let address: IpAddr = network.network();
    Ok(Value::text(address.to_string()))
}
