//! Which addresses a destination may have. Checked on what a name resolved to, when connecting: a
//! name that first resolves to a public address and then to a private one gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A destination's address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("its address is private; `allow_private` would allow it")]
pub(super) struct PrivateAddress;

/// Resolves names, and refuses those that have no public address.
#[derive(Clone, Debug, Default)]
pub(super) struct PublicAddressResolver;

impl Resolve for PublicAddressResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|a| is_public(a.ip())).collect();
            if public.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl PublicAddressResolver {
    /// For [`reqwest::ClientBuilder::dns_resolver`].
    pub(super) fn resolver() -> Arc<Self> {
        Arc::new(Self)
    }
}

/// An address written out in a URL is never resolved, so it is looked at here.
pub(super) fn check(url: &Url) -> Result<(), PrivateAddress> {
    let public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(_)) => true,
        None => false,
    };
    if public { Ok(()) } else { Err(PrivateAddress) }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By IANA's special-purpose registry (RFC 6890 and its updates). 169.254.169.254 and .170.2 are
/// where AWS hands out credentials.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (b & 0xc0) == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b & 0xfe) == 18);
    !special
}

/// Global unicast is 2000::/3; within it, what embeds or tunnels an IPv4 address counts as that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = address.to_ipv4_mapped() {
        return is_public_v4(embedded);
    }
    let [a, b, c, ..] = address.segments();
    match (a, b) {
        (0x2002, _) => is_public_v4(Ipv4Addr::from((u32::from(b) << 16) | u32::from(c))),
        // Teredo and the rest of the IETF's protocol assignments; documentation.
        (0x2001, 0..=0x01ff) | (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => false,
        // The well-known NAT64 prefix, a /96; others embed addresses elsewhere.
        (0x0064, 0xff9b) => match address.segments() {
            [_, _, 0, 0, 0, 0, g, h] => {
                is_public_v4(Ipv4Addr::from((u32::from(g) << 16) | u32::from(h)))
            }
            _ => false,
        },
        _ => (a & 0xe000) == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_refused_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[::ffff:127.0.0.1]",
            "[ff02::1]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[64:ff9b:1::a00:1]",
            "2130706433",
            "0x7f.1",
            "127.1",
        ] {
            let url = Url::parse(&format!("https://{host}/hook")).unwrap();
            assert!(check(&url).is_err(), "{host}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for host in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "example.com"] {
            let url = Url::parse(&format!("https://{host}/hook")).unwrap();
            assert!(check(&url).is_ok(), "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_resolves_to() {
        let resolved = PublicAddressResolver.resolve("localhost".parse().unwrap()).await;
        let error = resolved.err().expect("localhost is not public");
        assert!(error.downcast_ref::<PrivateAddress>().is_some());
    }
}
