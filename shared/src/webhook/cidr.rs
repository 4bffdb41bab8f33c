//! Address ranges in CIDR notation (RFC 4632).

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

/// An IPv4 or IPv6 range such as `203.0.113.0/24`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cidr(IpNet);

/// A text is neither an address nor a range.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an address nor a block of addresses")]
pub struct InvalidCidr(String);

impl TryFrom<String> for Cidr {
    type Error = InvalidCidr;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let block = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        block.map(Self).map_err(|_| InvalidCidr(text))
    }
}

impl Cidr {
    /// Whether an address is in the range. An IPv4-mapped IPv6 address (`::ffff:203.0.113.7`) counts as IPv4.
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(block: &str, address: &str) -> bool {
        Cidr::try_from(block.to_owned()).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn ranges_and_single_addresses_contain_their_addresses_only() {
        assert!(contains("203.0.113.0/24", "203.0.113.255"));
        assert!(!contains("203.0.113.0/24", "203.0.114.0"));
        assert!(contains("203.0.113.7", "::ffff:203.0.113.7"));
        assert!(contains("2001:db8::/32", "2001:db8:1::1"));
        assert!(!contains("2001:db8::1", "203.0.113.7"));
        assert!(Cidr::try_from("203.0.113.0/33".to_owned()).is_err());
    }
}
