//! How mail leaves: the servers of `channels.yaml`, each for the domains that it serves, and in whose name.
//!
//! Input: a YAML file, and the environment for passwords. Output: `MailConfig`, or an error with place and remedy. Invariants: nothing
//! goes unencrypted to another machine; a password stands in no file and is never printed; exactly one server takes what no other does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::letter::{Address, Sender};
use crate::yaml::{self, FileError};

/// What stands in the file, for errors.
const EXPECTED: &str = "`mail:` with `afzender` and `servers`, each with `naam`, `host` and `tls`";

/// How long a step may take when the file does not say.
const PATIENCE: u64 = 60;

/// A password or another secret: it never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Not: on this machine only.
    Geen,
    /// By STARTTLS, and not without.
    Starttls,
    /// From the first byte.
    Tls,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name here.
    pub name: String,
    /// Where it is.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encryption.
    pub encryption: Encryption,
    /// Certificates that may have signed its own (PEM); none: those of the system.
    pub roots: Option<Vec<u8>>,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// The domains whose mail it takes, in lower case; none: all others.
    pub domains: BTreeSet<String>,
    /// How long a step of the conversation may take.
    pub patience: Duration,
}

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// In whose name.
    pub sender: Sender,
    /// By which servers; exactly one has no domains.
    pub servers: Vec<Server>,
}

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// An address.
    #[error(
        "{path}: `{field}` is no mail address; expected an address such as `naam@voorbeeld.nl`"
    )]
    Address {
        /// The file.
        path: PathBuf,
        /// Which key.
        field: &'static str,
    },
    /// A server.
    #[error("{path}: server `{server}`: {problem}")]
    Server {
        /// The file.
        path: PathBuf,
        /// Which.
        server: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Not exactly one server for what no other takes.
    #[error(
        "{path}: {count} servers have no `domeinen`; expected exactly one, which takes the mail for all other domains"
    )]
    Default {
        /// The file.
        path: PathBuf,
        /// How many.
        count: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mail: MailEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MailEntry {
    afzender: String,
    naam: Option<String>,
    antwoord_aan: Option<String>,
    servers: Vec<ServerEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServerEntry {
    naam: String,
    host: String,
    poort: Option<u16>,
    tls: Encryption,
    certificaten: Option<PathBuf>,
    gebruiker: Option<String>,
    wachtwoord_uit: Option<String>,
    #[serde(default)]
    domeinen: Vec<String>,
    /// Seconds.
    wachttijd: Option<u64>,
}

impl MailConfig {
    /// Reads a file; `environment` gives the passwords that it names.
    pub fn read(
        path: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<MailConfig, ConfigError> {
        let text = yaml::text(path, EXPECTED)?;
        MailConfig::parse(path, &text, environment)
    }

    fn parse(
        path: &Path,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<MailConfig, ConfigError> {
        let File { mail } = yaml::value(path, text, EXPECTED)?;
        let address = |field, text: &str| {
            text.parse::<Address>().map_err(|_| ConfigError::Address {
                path: path.to_owned(),
                field,
            })
        };
        let sender = Sender {
            address: address("afzender", &mail.afzender)?,
            name: mail.naam,
            reply_to: mail
                .antwoord_aan
                .map(|text| address("antwoord-aan", &text))
                .transpose()?,
        };
        let mut servers = Vec::new();
        for entry in mail.servers {
            let name = entry.naam.clone();
            let server =
                server(path, entry, environment).map_err(|problem| ConfigError::Server {
                    path: path.to_owned(),
                    server: name,
                    problem,
                })?;
            servers.push(server);
        }
        once(path, &servers)?;
        Ok(MailConfig { sender, servers })
    }
}

fn server(
    path: &Path,
    entry: ServerEntry,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Server, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if entry.naam.is_empty() || entry.naam.len() > 32 || !entry.naam.chars().all(fits) {
        return Err("its name has lower-case letters, digits and `-`, at most 32".to_owned());
    }
    if entry.tls == Encryption::Geen && !is_this_machine(&entry.host) {
        return Err(
            "`tls: geen` is for a server on this machine (127.0.0.1, ::1 or localhost); expected `starttls` or `tls`"
                .to_owned(),
        );
    }
    let login = match (entry.gebruiker, entry.wachtwoord_uit) {
        (None, None) => None,
        (Some(user), Some(variable)) => {
            let password = environment(&variable)
                .filter(|password| !password.is_empty())
                .ok_or_else(|| {
                    format!(
                        "the environment variable `{variable}` is empty; put the password in it"
                    )
                })?;
            Some((user, Secret::new(password)))
        }
        _ => {
            return Err("`gebruiker` and `wachtwoord-uit` belong together; `wachtwoord-uit` names the environment variable with the password".to_owned());
        }
    };
    let roots = entry.certificaten.map(|file| {
        let file = path.parent().unwrap_or(Path::new("")).join(file);
        std::fs::read(&file).map_err(|e| format!("`certificaten`: {}: {e}", file.display()))
    });
    let port = match entry.tls {
        Encryption::Geen => 25,
        Encryption::Starttls => 587,
        Encryption::Tls => 465,
    };
    let patience = entry.wachttijd.unwrap_or(PATIENCE);
    if !(1..=600).contains(&patience) {
        return Err("`wachttijd` is a number of seconds from 1 to 600".to_owned());
    }
    Ok(Server {
        name: entry.naam,
        host: entry.host,
        port: entry.poort.unwrap_or(port),
        encryption: entry.tls,
        roots: roots.transpose()?,
        login,
        domains: entry
            .domeinen
            .iter()
            .map(|domain| domain.trim().to_ascii_lowercase())
            .collect(),
        patience: Duration::from_secs(patience),
    })
}

fn is_this_machine(host: &str) -> bool {
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// Every name and every domain once, and one server for the rest.
fn once(path: &Path, servers: &[Server]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    let mut domains: BTreeMap<&str, &str> = BTreeMap::new();
    for server in servers {
        let refused = |problem: String| ConfigError::Server {
            path: path.to_owned(),
            server: server.name.clone(),
            problem,
        };
        if !names.insert(&server.name) {
            return Err(refused(
                "it stands in the file twice; a name is unique".to_owned(),
            ));
        }
        for domain in &server.domains {
            if let Some(other) = domains.insert(domain, &server.name) {
                return Err(refused(format!(
                    "the domain `{domain}` belongs to server `{other}` as well; keep one"
                )));
            }
        }
    }
    let count = servers.iter().filter(|s| s.domains.is_empty()).count();
    if count == 1 {
        Ok(())
    } else {
        Err(ConfigError::Default {
            path: path.to_owned(),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const GOOD: &str = "mail:\n  afzender: convenant@voorbeeld.nl\n  servers:\n  - naam: eigen\n    host: smtp.voorbeeld.nl\n    tls: starttls\n    gebruiker: convenant\n    wachtwoord-uit: WACHTWOORD\n  - naam: gemeente\n    host: mail.gemeente.example\n    poort: 2525\n    tls: tls\n    domeinen: [Gemeente.example]\n";

    fn parse(text: &str) -> Result<MailConfig, String> {
        let environment = |name: &str| (name == "WACHTWOORD").then(|| "geheim".to_owned());
        MailConfig::parse(Path::new("channels.yaml"), text, &environment).map_err(|e| e.to_string())
    }

    fn refused(from: &str, to: &str, why: &str) {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn servers_have_the_ports_of_their_kind_and_domains_in_lower_case() {
        let config = parse(GOOD).unwrap();
        let ports: Vec<u16> = config.servers.iter().map(|s| s.port).collect();
        assert_eq!(ports, [587, 2525]);
        let domains = config.servers.last().unwrap().domains.iter();
        assert_eq!(domains.collect::<Vec<_>>(), ["gemeente.example"]);
    }

    #[test]
    fn a_password_is_in_the_environment_and_is_never_printed() {
        let config = parse(GOOD).unwrap();
        let (_, password) = config.servers.first().unwrap().login.clone().unwrap();
        assert_eq!(password.reveal(), "geheim");
        let shown = format!("{config:?}");
        assert!(!shown.contains("geheim") && !shown.contains('@'), "{shown}");
        refused("WACHTWOORD", "ANDERS", "`ANDERS` is empty");
        refused(
            "wachtwoord-uit: WACHTWOORD",
            "wachtwoord: geheim",
            "unknown field",
        );
        refused("    wachtwoord-uit: WACHTWOORD\n", "", "belong together");
    }

    #[test]
    fn what_could_hurt_or_mislead_is_refused() {
        refused("tls: starttls", "tls: geen", "on this machine");
        refused("tls: starttls", "tls: soms", "unknown variant");
        refused(
            "convenant@voorbeeld.nl",
            "\"a@b.nl\\r\\nBcc: c@d.nl\"",
            "`afzender` is no mail address",
        );
        refused(
            "    domeinen: [Gemeente.example]\n",
            "",
            "2 servers have no `domeinen`",
        );
        refused("naam: gemeente", "naam: eigen", "twice");
        refused(
            "host: smtp",
            "wachttijd: 0\n    host: smtp",
            "from 1 to 600",
        );
        refused("mail:", "x: &x 1\nmail:", "anchors and aliases");
        let twice =
            "domeinen: [a.nl]\n  - naam: derde\n    host: x.nl\n    tls: tls\n    domeinen: [a.nl]";
        refused("domeinen: [Gemeente.example]", twice, "as well");
    }
}
