//! How mail leaves: the servers of `channels.yaml`, each for the domains that it serves, and in whose name.
//!
//! Input: a YAML file, and the environment for passwords. Output: `MailConfig`, or an error with place and remedy. Invariants: nothing
//! goes unencrypted to another machine; a password stands in no file and is never printed; exactly one server takes what no other does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fluent_bundle::FluentValue;
use serde::Deserialize;

use super::letter::{Address, Sender};
use crate::text::{Language, Texts};
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
        problem: ServerProblem,
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

/// What is wrong with a server in the file.
#[derive(Debug, thiserror::Error)]
pub enum ServerProblem {
    /// Its name.
    #[error("its name has lower-case letters, digits and `-`, at most 32")]
    Name,
    /// It is elsewhere, and nothing would be encrypted.
    #[error(
        "`tls: geen` is for a server on this machine (127.0.0.1, ::1 or localhost); expected `starttls` or `tls`"
    )]
    Unencrypted,
    /// The password is not where the file says.
    #[error("the environment variable `{0}` is empty; put the password in it")]
    NoPassword(String),
    /// A user without a password, or the other way round.
    #[error(
        "`gebruiker` and `wachtwoord-uit` belong together; `wachtwoord-uit` names the environment variable with the password"
    )]
    HalfLogin,
    /// The certificates cannot be read.
    #[error("`certificaten`: {}: {source}", file.display())]
    Certificates {
        /// Their file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Out of bounds.
    #[error("`wachttijd` is a number of seconds from 1 to 600")]
    Patience,
    /// A name twice.
    #[error("it stands in the file twice; a name is unique")]
    Twice,
    /// A domain twice.
    #[error("the domain `{domain}` belongs to server `{other}` as well; keep one")]
    Domain {
        /// The domain.
        domain: String,
        /// The other server.
        other: String,
    },
}

impl ServerProblem {
    fn in_words(&self, texts: &Texts, language: Language) -> String {
        let say = |id: &str, args: &[(&str, FluentValue)]| texts.get(language, id, args);
        match self {
            ServerProblem::Name => say("kanalen-server-naam", &[]),
            ServerProblem::Unencrypted => say("kanalen-server-open", &[]),
            ServerProblem::NoPassword(variable) => say(
                "kanalen-server-wachtwoord",
                &[("naam", variable.as_str().into())],
            ),
            ServerProblem::HalfLogin => say("kanalen-server-inlog", &[]),
            ServerProblem::Certificates { file, .. } => {
                let file = file.display().to_string();
                say("kanalen-server-certificaten", &[("bestand", file.into())])
            }
            ServerProblem::Patience => say("kanalen-server-wachttijd", &[]),
            ServerProblem::Twice => say("kanalen-server-dubbel", &[]),
            ServerProblem::Domain { domain, other } => {
                let args = [
                    ("domein", domain.as_str().into()),
                    ("ander", other.as_str().into()),
                ];
                say("kanalen-server-domein", &args)
            }
        }
    }
}

impl ConfigError {
    /// What is wrong, in the language of the reader.
    pub fn in_words(&self, texts: &Texts, language: Language) -> String {
        let file = |path: &Path| ("bestand", path.display().to_string().into());
        match self {
            ConfigError::File(error) => error.in_words(texts, language),
            ConfigError::Address { path, field } => texts.get(
                language,
                "kanalen-adres",
                &[file(path), ("veld", (*field).into())],
            ),
            ConfigError::Server {
                path,
                server,
                problem,
            } => {
                let wrong = problem.in_words(texts, language);
                let args = [
                    file(path),
                    ("server", server.as_str().into()),
                    ("fout", wrong.into()),
                ];
                texts.get(language, "kanalen-server", &args)
            }
            ConfigError::Default { path, count } => {
                let args = [file(path), ("aantal", count.to_string().into())];
                texts.get(language, "kanalen-rest", &args)
            }
        }
    }
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
) -> Result<Server, ServerProblem> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if entry.naam.is_empty() || entry.naam.len() > 32 || !entry.naam.chars().all(fits) {
        return Err(ServerProblem::Name);
    }
    if entry.tls == Encryption::Geen && !is_this_machine(&entry.host) {
        return Err(ServerProblem::Unencrypted);
    }
    let login = match (entry.gebruiker, entry.wachtwoord_uit) {
        (None, None) => None,
        (Some(user), Some(variable)) => {
            let password = environment(&variable)
                .filter(|password| !password.is_empty())
                .ok_or(ServerProblem::NoPassword(variable))?;
            Some((user, Secret::new(password)))
        }
        _ => {
            return Err(ServerProblem::HalfLogin);
        }
    };
    let roots = entry.certificaten.map(|file| {
        let file = path.parent().unwrap_or(Path::new("")).join(file);
        std::fs::read(&file).map_err(|source| ServerProblem::Certificates { file, source })
    });
    let port = match entry.tls {
        Encryption::Geen => 25,
        Encryption::Starttls => 587,
        Encryption::Tls => 465,
    };
    let patience = entry.wachttijd.unwrap_or(PATIENCE);
    if !(1..=600).contains(&patience) {
        return Err(ServerProblem::Patience);
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
        let refused = |problem| ConfigError::Server {
            path: path.to_owned(),
            server: server.name.clone(),
            problem,
        };
        if !names.insert(&server.name) {
            return Err(refused(ServerProblem::Twice));
        }
        for domain in &server.domains {
            if let Some(other) = domains.insert(domain, &server.name) {
                return Err(refused(ServerProblem::Domain {
                    domain: domain.clone(),
                    other: (*other).to_owned(),
                }));
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

    #[test]
    fn what_is_wrong_is_said_in_the_language_of_the_reader() {
        let texts = Texts::new();
        for (from, to, dutch) in [
            (
                "tls: starttls",
                "tls: geen",
                "channels.yaml: server `eigen`: `tls: geen` mag alleen voor een server op deze computer. Kies `starttls` of `tls`.",
            ),
            (
                "convenant@",
                "convenant",
                "channels.yaml: `afzender` is geen mailadres. Schrijf het als naam@voorbeeld.nl.",
            ),
            (
                "    domeinen: [Gemeente.example]\n",
                "",
                "channels.yaml: 2 servers hebben geen `domeinen`. Dat hoort er één te zijn: die krijgt de mail voor alle andere domeinen.",
            ),
        ] {
            let text = GOOD.replacen(from, to, 1);
            let password = |_: &str| Some("geheim".to_owned());
            let error =
                MailConfig::parse(Path::new("channels.yaml"), &text, &password).unwrap_err();
            assert_eq!(error.in_words(&texts, Language::Dutch), dutch);
            assert_ne!(error.in_words(&texts, Language::English), dutch);
        }
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
