//! Which addresses may be asked: none of a private network unless the settings allow it.
//!
//! Guarantees: every address of a request, a redirect or a next page passes [`Guard::check`], and every
//! address that a name resolves to passes the resolver at the moment of the connection, so a name that
//! changes its address between check and use gains nothing. Must not know: sources, requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Finds the addresses of a host.
pub(super) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// What may be asked.
#[derive(Clone)]
pub(super) struct Guard {
    base: Url,
    allowed: Arc<[Allowed]>,
}

/// An entry of the allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    /// A host, or with a dot in front all below it.
    Host(String),
    /// A network: its address and how many bits of it count.
    Network(IpAddr, u8),
}

/// Why an address may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("it is no address: {0}")]
    Malformed(String),
    #[error("only `https:`, and `http:` to hosts in `allow`")]
    Scheme,
    #[error("it has a user or password in it")]
    Userinfo,
    #[error("port {0} is neither 80, 443 nor the one in `url`")]
    Port(u16),
    #[error("`{0}` is an address of a private network; name the host or network in `allow`")]
    Private(IpAddr),
    #[error("`allow` has `{0}`, which is neither a host nor a network like `10.0.0.0/8`")]
    Allow(String),
}

impl Guard {
    /// Returns the guard for the API at `base`.
    pub(super) fn new(base: &str, allow: &[String]) -> Result<Self, Forbidden> {
        let base = Url::parse(base).map_err(|error| Forbidden::Malformed(error.to_string()))?;
        let allowed = allow.iter().map(|text| Allowed::read(text)).collect::<Result<_, _>>()?;
        let guard = Self { base, allowed };
        guard.check(&guard.base)?;
        Ok(guard)
    }

    /// Returns the address of the API.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Checks all that an address alone tells.
    pub(super) fn check(&self, url: &Url) -> Result<(), Forbidden> {
        let Some(host) = url.host() else { return Err(Forbidden::Malformed("no host".into())) };
        match url.scheme() {
            "https" => {}
            "http" if self.allows(&host) => {}
            _ => return Err(Forbidden::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Userinfo);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !matches!(port, 80 | 443) && Some(port) != self.base.port_or_known_default() {
            return Err(Forbidden::Port(port));
        }
        match host {
            Host::Ipv4(address) => self.check_address(IpAddr::V4(address)),
            Host::Ipv6(address) => self.check_address(IpAddr::V6(address)),
            Host::Domain(_) => Ok(()),
        }
    }

    /// Returns whether `url` is of the same origin as the API, so that the secret may go there.
    pub(super) fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    fn check_address(&self, address: IpAddr) -> Result<(), Forbidden> {
        let own = plain(address);
        if is_public(own) || self.allows_address(own) {
            Ok(())
        } else {
            Err(Forbidden::Private(address))
        }
    }

    fn allows(&self, host: &Host<&str>) -> bool {
        match host {
            Host::Domain(name) => self.allows_name(name),
            Host::Ipv4(address) => self.allows_address(IpAddr::V4(*address)),
            Host::Ipv6(address) => self.allows_address(plain(IpAddr::V6(*address))),
        }
    }

    fn allows_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.allowed.iter().any(|allowed| match allowed {
            Allowed::Host(host) if host.starts_with('.') => name.ends_with(host.as_str()),
            Allowed::Host(host) => *host == name,
            Allowed::Network(..) => false,
        })
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|allowed| match (allowed, address) {
            (Allowed::Network(IpAddr::V4(network), bits), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(*bits);
                u32::from(*network).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (Allowed::Network(IpAddr::V6(network), bits), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(*bits);
                u128::from(*network).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        })
    }
}

impl Allowed {
    fn read(text: &str) -> Result<Self, Forbidden> {
        let wrong = || Forbidden::Allow(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let literal = address.trim_start_matches('[').trim_end_matches(']');
        match (literal.parse::<IpAddr>(), bits) {
            (Ok(address), bits) => {
                let most = if address.is_ipv4() { 32 } else { 128 };
                let bits = bits.unwrap_or(most);
                (bits <= most).then_some(Self::Network(address, bits)).ok_or_else(wrong)
            }
            (Err(_), None) if !text.is_empty() && !text.contains([':', ' ', '@']) => {
                Ok(Self::Host(text.trim_end_matches('.').to_ascii_lowercase()))
            }
            _ => Err(wrong()),
        }
    }
}

/// A resolver that gives only the addresses that may be asked.
pub(super) struct Resolver {
    pub(super) guard: Guard,
    pub(super) lookup: Lookup,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup) = (self.guard.clone(), Arc::clone(&self.lookup));
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = lookup(name.clone()).await?;
            if guard.allows_name(&name) {
                return Ok(addresses(found));
            }
            let mut refused = None;
            let public: Vec<IpAddr> = found
                .into_iter()
                .filter(|address| match guard.check_address(*address) {
                    Ok(()) => true,
                    Err(forbidden) => {
                        refused = Some(forbidden);
                        false
                    }
                })
                .collect();
            match refused {
                Some(forbidden) if public.is_empty() => Err(forbidden.into()),
                _ => Ok(addresses(public)),
            }
        })
    }
}

fn addresses(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)))
}

/// Returns the system's own way to find addresses.
pub(super) fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Returns the address that is meant by one that carries another (mapped, NAT64, 6to4).
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(long) = address else { return address };
    let inner = match long.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] if high != 0 || low > 1 => Some((high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    match inner {
        Some((high, low)) => {
            IpAddr::V4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)))
        }
        None => address,
    }
}

/// Returns whether an address belongs to the public internet (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..]
        | [100, 64..=127, ..]
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        [first, ..] => first >= 224,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; in it, Teredo, benchmarks, ORCHID and documentation are not.
    match address.segments() {
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        Guard::new("https://api.example.org", &allow).unwrap()
    }

    fn allowed(guard: &Guard, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| guard.check(&url).is_ok())
    }

    #[test]
    fn addresses_of_private_networks_are_refused_in_every_spelling() {
        let guard = guard(&[]);
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://100.127.255.255/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://240.0.0.1/",
            "https://192.0.0.1/",
            "https://198.18.0.1/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[::7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
            "https://[fc00::1]/",
            "https://[fd12::1]/",
            "https://[fe80::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[fd00:ec2::254]/",
        ] {
            assert!(!allowed(&guard, url), "{url}");
        }
        for url in [
            "https://8.8.8.8/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[2606:4700::1111]/",
            "https://[::ffff:8.8.8.8]/",
            "https://[64:ff9b::808:808]/",
            "https://api.example.org/x",
            "https://other.example.org/x",
            "https://other.example.org:80/x",
        ] {
            assert!(allowed(&guard, url), "{url}");
        }
    }

    #[test]
    fn schemes_ports_and_users_are_refused() {
        let guard = guard(&["intern.corp", ".below.corp", "10.1.0.0/16", "fd00::/8"]);
        for url in [
            "http://api.example.org/",
            "ftp://api.example.org/",
            "file:///etc/passwd",
            "https://api.example.org:8443/",
            "https://api.example.org:22/",
            "https://me@api.example.org/",
            "https://me:word@api.example.org/",
            "http://10.2.0.1/",
            "http://below.corp/",
        ] {
            assert!(!allowed(&guard, url), "{url}");
        }
        for url in [
            "http://intern.corp/",
            "https://INTERN.corp./",
            "http://a.below.corp/",
            "http://10.1.2.3/",
            "https://[fd00::1]/",
        ] {
            assert!(allowed(&guard, url), "{url}");
        }
        let named = Guard::new("https://api.example.org:8443", &[]).unwrap();
        assert!(allowed(&named, "https://api.example.org:8443/"));
        assert!(!allowed(&named, "https://api.example.org:8080/"));
    }

    #[test]
    fn an_allow_list_is_read_or_refused_as_a_whole() {
        for text in ["10.0.0.0/33", "10.0.0.0/x", "http://host", "", "::1/129", "a b"] {
            assert_eq!(Allowed::read(text), Err(Forbidden::Allow(text.to_owned())), "{text}");
        }
        let every = Allowed::read("0.0.0.0/0").unwrap();
        assert_eq!(every, Allowed::Network(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        assert!(allowed(&guard(&["0.0.0.0/0"]), "http://10.9.9.9/"));
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_refused_when_connecting() {
        let answer = |addresses: &'static [&'static str]| -> Lookup {
            Arc::new(move |_| {
                let found = addresses.iter().map(|text| text.parse().unwrap()).collect();
                Box::pin(async move { Ok(found) })
            })
        };
        let resolve = async |allow: &[&str], addresses| {
            let resolver = Resolver { guard: guard(allow), lookup: answer(addresses) };
            let found = resolver.resolve("rebound.example.org".parse().unwrap()).await;
            found.map(|found| found.map(|address| address.ip().to_string()).collect::<Vec<_>>())
        };
        assert!(resolve(&[], &["127.0.0.1"]).await.is_err());
        assert!(resolve(&[], &["::ffff:10.0.0.1", "169.254.169.254"]).await.is_err());
        assert_eq!(resolve(&[], &["10.0.0.1", "8.8.8.8"]).await.unwrap(), ["8.8.8.8"]);
        assert_eq!(resolve(&["10.0.0.0/8"], &["10.0.0.1"]).await.unwrap(), ["10.0.0.1"]);
        assert_eq!(resolve(&["rebound.example.org"], &["10.0.0.1"]).await.unwrap(), ["10.0.0.1"]);
    }
}
