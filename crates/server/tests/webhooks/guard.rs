//! Which addresses may be called: every notation of a table, and laws over all addresses.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use convenant_server::channel::guard::{Forbidden, Found, Guard, Lookup, Unreachable, is_public};
use proptest::prelude::*;

/// A resolver that gives the next of its answers, and the last one for ever.
pub struct Script {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
    /// The names that were asked for.
    pub names: Mutex<Vec<String>>,
}

impl Script {
    pub fn of(answers: &[&[&str]]) -> Arc<Script> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Script {
            answers: answers.iter().map(parse).collect(),
            asked: AtomicUsize::new(0),
            names: Mutex::default(),
        })
    }
}

impl Lookup for Script {
    fn addresses(&self, name: &str) -> Found {
        self.names.lock().unwrap().push(name.to_owned());
        let n = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(n).or(self.answers.last()).cloned();
        Box::pin(async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

fn guard(allowed: &[&str]) -> Guard {
    let allowed: BTreeSet<IpAddr> = allowed.iter().map(|ip| ip.parse().unwrap()).collect();
    Guard::new(allowed, Script::of(&[]))
}

fn verdict(guard: &Guard, text: &str) -> String {
    match guard.url(text) {
        Ok(_) => "ok".to_owned(),
        Err(why) => why.message().trim_start_matches("fout-webhook-").to_owned(),
    }
}

#[test]
fn every_notation_of_an_address_is_seen_through() {
    let table = include_str!("addresses.txt");
    let guard = guard(&[]);
    let mut lines = 0;
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (expected, text) = line.split_once('\t').unwrap();
        let text = text.replace('␉', "\t").replace('␊', "\n");
        let found = verdict(&guard, &text);
        lines += 1;
        if found != expected {
            wrong.push(format!("{text:?}: expected {expected}, found {found}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(lines > 140, "{lines}");
    let long = format!("https://voorbeeld.nl/{}", "a".repeat(2048));
    assert_eq!(verdict(&guard, &long), "te-lang");
}

#[test]
fn the_allow_list_lets_through_what_it_names_and_nothing_else() {
    let guard = guard(&["127.0.0.1", "fd00::7"]);
    assert_eq!(verdict(&guard, "http://127.0.0.1:8080/hook"), "ok");
    assert_eq!(verdict(&guard, "http://0x7f.1:8080/hook"), "ok");
    assert_eq!(verdict(&guard, "https://[fd00::7]/"), "ok");
    assert_eq!(verdict(&guard, "http://127.0.0.2/"), "niet-openbaar");
    assert_eq!(
        verdict(&guard, "http://[::ffff:127.0.0.1]/"),
        "niet-openbaar"
    );
    assert_eq!(verdict(&guard, "http://93.184.215.14/"), "geen-https");
    assert_eq!(verdict(&guard, "http://localhost/"), "geen-https");
}

#[tokio::test]
async fn one_closed_address_of_a_name_refuses_them_all() {
    async fn check(answers: &[&[&str]]) -> Result<(), Unreachable> {
        let guard = Guard::new(BTreeSet::new(), Script::of(answers));
        guard
            .check("https://ontvanger.voorbeeld.nl/hook")
            .await
            .map(|_| ())
    }
    let public = check(&[&["93.184.215.14", "2606:4700:4700::1111"]]).await;
    assert!(public.is_ok());
    for answer in [
        &["93.184.215.14", "10.0.0.1"][..],
        &["::ffff:169.254.169.254"],
        &["64:ff9b::7f00:1", "93.184.215.14"],
    ] {
        assert!(matches!(
            check(&[answer]).await,
            Err(Unreachable::Forbidden(Forbidden::NotPublic))
        ));
    }
    assert!(matches!(check(&[]).await, Err(Unreachable::Unknown(_))));
    assert!(matches!(check(&[&[]]).await, Err(Unreachable::Unknown(_))));
}

/// What the standard library knows of an address, without our table.
fn is_closed_by_the_library(v4: Ipv4Addr) -> bool {
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_unspecified()
        || v4.is_documentation()
        || v4.is_broadcast()
        || v4.octets()[0] == 0
        || v4.octets()[0] >= 240
}

/// Any address; half of them close to the edge of a closed net.
fn v4() -> impl Strategy<Value = Ipv4Addr> {
    let edges = [
        "0.0.0.0",
        "1.0.0.0",
        "10.0.0.0",
        "11.0.0.0",
        "100.64.0.0",
        "100.128.0.0",
        "127.0.0.0",
        "128.0.0.0",
        "169.254.0.0",
        "169.255.0.0",
        "172.16.0.0",
        "172.32.0.0",
        "192.0.2.0",
        "192.168.0.0",
        "192.169.0.0",
        "198.18.0.0",
        "198.20.0.0",
        "203.0.113.0",
        "224.0.0.0",
        "240.0.0.0",
    ];
    let near = (prop::sample::select(edges.to_vec()), -3_i64..3).prop_map(|(edge, off)| {
        let edge: Ipv4Addr = edge.parse().unwrap();
        Ipv4Addr::from_bits(
            edge.to_bits()
                .wrapping_add_signed(i32::try_from(off).unwrap()),
        )
    });
    prop_oneof![near, any::<u32>().prop_map(Ipv4Addr::from_bits)]
}

/// The ways to write an IPv4 address as the host of a URL.
fn spellings(v4: Ipv4Addr) -> Vec<String> {
    let bits = v4.to_bits();
    let [a, b, c, d] = v4.octets();
    let rest = bits & 0xff_ffff;
    vec![
        v4.to_string(),
        format!("{v4}."),
        format!("{bits}"),
        format!("0x{bits:x}"),
        format!("0{bits:o}"),
        format!("{a}.{rest}"),
        format!("0x{a:X}.{b}.{}", bits & 0xffff),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!(
            "%{:02x}{}",
            v4.to_string().as_bytes()[0],
            &v4.to_string()[1..]
        ),
        v4.to_string()
            .chars()
            .map(|c| {
                char::from_u32(u32::from(c) + 0xfee0)
                    .filter(|_| c.is_ascii_digit())
                    .unwrap_or(c)
            })
            .collect(),
        format!("[{}]", v4.to_ipv6_mapped()),
        format!("[64:ff9b::{:x}:{:x}]", bits >> 16, bits & 0xffff),
        format!("[2002:{:x}:{:x}::1]", bits >> 16, bits & 0xffff),
    ]
}

proptest! {
    #[test]
    fn what_the_library_calls_closed_is_closed(v4 in v4()) {
        if is_closed_by_the_library(v4) {
            prop_assert!(!is_public(v4.into()), "{v4}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_gets_the_verdict_of_the_address(v4 in v4()) {
        let expected = if is_public(v4.into()) { "ok" } else { "niet-openbaar" };
        let guard = guard(&[]);
        for host in spellings(v4) {
            prop_assert_eq!(verdict(&guard, &format!("https://{host}/")), expected, "{}", host);
        }
    }

    #[test]
    fn the_withdrawn_forms_are_closed_whatever_they_carry(v4 in v4()) {
        let [a, b] = [v4.to_bits() >> 16, v4.to_bits() & 0xffff];
        for form in ["::", "::ffff:0:", "64:ff9b:1::", "2001:0:", "fec0::"] {
            let text = match form {
                "2001:0:" => format!("{form}{a:x}:{b:x}::"),
                _ => format!("{form}{a:x}:{b:x}"),
            };
            let v6: Ipv6Addr = text.parse().unwrap();
            prop_assert!(!is_public(v6.into()), "{v6}");
        }
    }

    #[test]
    fn what_is_public_in_ipv6_is_global_unicast(bits in any::<u128>()) {
        let v6 = Ipv6Addr::from_bits(bits);
        if is_public(v6.into()) && v6.to_ipv4_mapped().is_none() {
            prop_assert!(v6.segments()[0] >> 13 == 1 || v6.segments()[..2] == [0x64, 0xff9b], "{v6}");
        }
    }

    #[test]
    fn no_text_makes_the_guard_fall_over(text in "\\PC{0,80}", host in "[0-9a-fx.:%@\\[\\]/]{0,40}") {
        let guard = guard(&[]);
        let _ = guard.url(&text);
        if let Ok(url) = guard.url(&format!("https://{host}/"))
            && let Some(host) = url.host_str()
            && let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
        {
            prop_assert!(is_public(address), "{url}");
        }
    }
}
