//! The guard: which addresses on the net may be called on behalf of a party.
//!
//! Input: the text of a URL; the addresses that a name stands for. Output: a URL to call, the addresses to connect to, or why not.
//! Invariants: the text that is checked is the text that is called; a name is looked up for each connection anew, all of its addresses
//! are checked, and only those are connected to; what is not publicly routed is refused unless the configuration names it.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The longest URL that is called.
const LONGEST: usize = 2048;

/// Addresses of one name that are looked at; more are not needed to reach a receiver.
const MOST_ADDRESSES: usize = 32;

/// IPv4 that is not publicly routed (the special-purpose registry of IANA), and where clouds keep what their machines may know.
const CLOSED_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT; one cloud keeps its metadata in it.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; most clouds keep their metadata in it.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // A cloud's own services, on an address that is otherwise public.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // The relays of 6to4, withdrawn (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// What of the global unicast IPv6 (2000::/3) is not publicly routed: protocol assignments (Teredo, benchmarking, ORCHID) and documentation.
const CLOSED_V6: [(Ipv6Addr, u32); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Names that mean a machine or a network near by, whatever they are looked up as.
const NEAR: [&str; 8] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home.arpa",
    "onion",
];

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// No URL, or not written as one.
    #[error("not a URL")]
    NoUrl,
    /// Longer than 2048 characters.
    #[error("the URL is too long")]
    TooLong,
    /// Not `https`.
    #[error("not https")]
    NotHttps,
    /// With a user name, a password or a fragment.
    #[error("the URL has a user name, a password or a fragment")]
    Extra,
    /// A name that only means something near by, or that ends with a dot.
    #[error("the name is not one of the public net")]
    NearName,
    /// An address that is not publicly routed.
    #[error("the address is not one of the public net")]
    NotPublic,
}

impl Forbidden {
    /// The message that tells it.
    pub fn message(self) -> &'static str {
        match self {
            Forbidden::NoUrl => "fout-webhook-geen-adres",
            Forbidden::TooLong => "fout-webhook-te-lang",
            Forbidden::NotHttps => "fout-webhook-geen-https",
            Forbidden::Extra => "fout-webhook-extra",
            Forbidden::NearName => "fout-webhook-naam",
            Forbidden::NotPublic => "fout-webhook-niet-openbaar",
        }
    }
}

/// Why a name gives no addresses to connect to.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// It may not be called.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It could not be looked up, or has no addresses.
    #[error("the name is not known")]
    Unknown(#[source] io::Error),
}

/// Whether the public net routes to this address. What carries an IPv4 address in an IPv6 one counts as that IPv4 address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match carried(v6) {
            Some(v4) => is_public_v4(v4),
            // Outside 2000::/3 lie loopback, unspecified, unique local, link-local, site-local, multicast, discard and the forms that
            // were withdrawn.
            None => {
                within_v6(v6, (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3))
                    && !CLOSED_V6.iter().any(|net| within_v6(v6, *net))
            }
        },
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    !CLOSED_V4
        .iter()
        .any(|(net, prefix)| within(v4.to_bits().into(), net.to_bits().into(), 32, *prefix))
}

fn within_v6(v6: Ipv6Addr, (net, prefix): (Ipv6Addr, u32)) -> bool {
    within(v6.to_bits(), net.to_bits(), 128, prefix)
}

/// Whether the first `prefix` of `width` bits are the same.
fn within(address: u128, net: u128, width: u32, prefix: u32) -> bool {
    let shift = width.saturating_sub(prefix);
    address.checked_shr(shift) == net.checked_shr(shift)
}

/// The IPv4 address that is really meant: IPv4-mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056).
fn carried(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(joined(high, low))
        }
        [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

/// Looks a name up.
pub trait Lookup: Send + Sync {
    /// The addresses that the name stands for now.
    fn addresses(&self, name: &str) -> Found;
}

/// What a look-up comes to.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, name: &str) -> Found {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Says which addresses may be called.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<BTreeSet<IpAddr>>,
    lookup: Arc<dyn Lookup>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard that lets through what is public, and besides it these addresses: those by plain `http` as well.
    pub fn new(allowed: BTreeSet<IpAddr>, lookup: Arc<dyn Lookup>) -> Guard {
        Guard {
            allowed: Arc::new(allowed),
            lookup,
        }
    }

    fn may(&self, address: IpAddr) -> bool {
        is_public(address) || self.allowed.contains(&address)
    }

    /// Reads a URL and checks everything that can be checked without looking its name up.
    pub fn url(&self, text: &str) -> Result<Url, Forbidden> {
        if text.len() > LONGEST {
            return Err(Forbidden::TooLong);
        }
        let url = strict(text)?;
        match url.host() {
            Some(url::Host::Ipv4(v4)) => self.literal(&url, v4.into())?,
            Some(url::Host::Ipv6(v6)) => self.literal(&url, v6.into())?,
            Some(url::Host::Domain(name)) => {
                if url.scheme() != "https" {
                    return Err(Forbidden::NotHttps);
                }
                if is_near(name) {
                    return Err(Forbidden::NearName);
                }
            }
            None => return Err(Forbidden::NoUrl),
        }
        Ok(url)
    }

    fn literal(&self, url: &Url, address: IpAddr) -> Result<(), Forbidden> {
        if !self.may(address) {
            Err(Forbidden::NotPublic)
        } else if url.scheme() != "https" && !self.allowed.contains(&address) {
            Err(Forbidden::NotHttps)
        } else {
            Ok(())
        }
    }

    /// Looks a name up and checks what it stands for: one address that may not be called is enough to refuse them all.
    pub async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Unreachable> {
        if is_near(name) {
            return Err(Forbidden::NearName.into());
        }
        let mut found = self
            .lookup
            .addresses(name)
            .await
            .map_err(Unreachable::Unknown)?;
        if !found.iter().all(|address| self.may(*address)) {
            return Err(Forbidden::NotPublic.into());
        }
        found.truncate(MOST_ADDRESSES);
        if found.is_empty() {
            return Err(Unreachable::Unknown(io::ErrorKind::NotFound.into()));
        }
        Ok(found)
    }

    /// Checks a URL together with what its name stands for now; the answer to somebody who enters it.
    pub async fn check(&self, text: &str) -> Result<Url, Unreachable> {
        let url = self.url(text)?;
        if let Some(url::Host::Domain(name)) = url.host() {
            self.resolve(name).await?;
        }
        Ok(url)
    }
}

/// The addresses to connect to, for the HTTP client: asked for each connection.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = Guard::resolve(&guard, name.as_str()).await?;
            // The client puts the port of the URL in the place of 0.
            let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// A URL as it is to be written. The URL standard forgives much (white space, backslashes, missing slashes, a bare `@`); what one
/// reader forgives another reads differently, so it is refused here.
fn strict(text: &str) -> Result<Url, Forbidden> {
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(Forbidden::NoUrl);
    }
    let (scheme, rest) = text.split_once("://").ok_or(Forbidden::NoUrl)?;
    if !["https", "http"]
        .iter()
        .any(|s| scheme.eq_ignore_ascii_case(s))
    {
        return Err(Forbidden::NotHttps);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') || text.contains('#') {
        return Err(Forbidden::Extra);
    }
    if authority.is_empty() {
        return Err(Forbidden::NoUrl);
    }
    let url = Url::parse(text).map_err(|_| Forbidden::NoUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Forbidden::Extra);
    }
    if url.port() == Some(0) {
        return Err(Forbidden::NoUrl);
    }
    Ok(url)
}

fn is_near(name: &str) -> bool {
    let under = |near: &str| {
        name == near
            || name
                .strip_suffix(near)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    !name.contains('.') || name.ends_with('.') || NEAR.iter().any(|near| under(near))
}
