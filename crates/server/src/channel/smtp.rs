//! Mail over SMTP: a conversation of single steps, so that it is always known how far it came.
//!
//! Input: a `Mail` for one receiver. Output: an `Outcome`. Invariants: before the message is handed over every trouble is `Later` (or
//! `Refused` when the server says so for good); once it is on its way and no answer comes it is `Ambiguous`; what is wrong with the
//! server or with our login is never held against the receiver; no step takes longer than the server's patience.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;

use super::Outcome;
use super::config::{Encryption, MailConfig, Server};
use super::letter::{Address, Mail};

/// A connection that was idle for so long is not used again: servers close them after some minutes.
const IDLE: Duration = Duration::from_secs(30);

/// Mails over one connection.
const MAILS: u32 = 100;

/// Idle connections kept per server.
const SPARE: usize = 4;

/// How much longer the answer to a whole message may take: the server may scan it first (RFC 5321, 4.5.3.2.6).
const SCAN: u32 = 2;

/// The step in which the server takes the whole message over.
const END_OF_DATA: &str = "END-OF-DATA";

/// The reasons of a mail that did not arrive; `explain` puts them in words. Behind most stands the step, behind an answer its codes.
const NO_SERVER: &str = "smtp-geen-server";
const NO_STARTTLS: &str = "smtp-geen-starttls";
const SILENT: &str = "smtp-stil";
const ANSWERED: &str = "smtp-antwoord";
const UNTRUSTED: &str = "smtp-onveilig";
const UNREACHABLE: &str = "smtp-niet-bereikbaar";
const LOST: &str = "smtp-verbinding";
const NO_SMTP: &str = "smtp-geen-smtp";
const UNABLE: &str = "smtp-kan-niet";

/// All of them.
pub const REASONS: [&str; 9] = [
    NO_SERVER,
    NO_STARTTLS,
    SILENT,
    ANSWERED,
    UNTRUSTED,
    UNREACHABLE,
    LOST,
    NO_SMTP,
    UNABLE,
];

/// Mail servers, each with its idle connections.
pub struct Smtp {
    servers: Vec<Upstream>,
    by_domain: BTreeMap<String, usize>,
    default: usize,
}

/// Why mail cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// Its certificates cannot be read.
    #[error("mail server `{server}`: the certificates cannot be used; expected PEM: {source}")]
    Certificates {
        /// Which server.
        server: String,
        /// Why.
        source: Error,
    },
    /// No server.
    #[error("there is no mail server that takes all other domains")]
    NoServer,
}

struct Upstream {
    server: Server,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
    mails: u32,
}

/// A step that did not go well.
struct Trouble {
    outcome: Outcome,
    /// The conversation can go on with another mail.
    usable: bool,
    /// The server had closed the connection: nothing of this mail was said to it.
    stale: bool,
}

impl Smtp {
    /// Readies the servers; opens no connection yet.
    pub fn new(config: &MailConfig) -> Result<Smtp, SmtpError> {
        let mut smtp = Smtp {
            servers: Vec::new(),
            by_domain: BTreeMap::new(),
            default: 0,
        };
        for (index, server) in config.servers.iter().enumerate() {
            if server.domains.is_empty() {
                smtp.default = index;
            }
            for domain in &server.domains {
                smtp.by_domain.insert(domain.clone(), index);
            }
            smtp.servers.push(Upstream {
                server: server.clone(),
                tls: tls(server)?,
                idle: Mutex::default(),
            });
        }
        if smtp.servers.is_empty() {
            return Err(SmtpError::NoServer);
        }
        Ok(smtp)
    }

    /// What this receiver's mail shares with other mail: the server that takes it.
    pub fn lane(&self, to: &Address) -> String {
        let name = self.upstream(to).map_or("", |u| u.server.name.as_str());
        format!("mail:{name}")
    }

    /// Hands one mail over.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        match self.upstream(&mail.to) {
            Some(upstream) => upstream.send(mail).await,
            None => later(NO_SERVER),
        }
    }

    fn upstream(&self, to: &Address) -> Option<&Upstream> {
        let index = self.by_domain.get(&to.domain()).unwrap_or(&self.default);
        self.servers.get(*index)
    }
}

/// How a server proves who it is.
fn tls(server: &Server) -> Result<Option<TlsParameters>, SmtpError> {
    if server.encryption == Encryption::Geen {
        return Ok(None);
    }
    let made = || -> Result<TlsParameters, Error> {
        let mut builder = TlsParameters::builder(server.host.clone());
        if let Some(pem) = &server.roots {
            builder = builder
                .certificate_store(CertificateStore::None)
                .add_root_certificate(Certificate::from_pem(pem)?);
        }
        builder.build()
    };
    made().map(Some).map_err(|source| SmtpError::Certificates {
        server: server.name.clone(),
        source,
    })
}

impl Upstream {
    async fn send(&self, mail: &Mail) -> Outcome {
        if let Some(idle) = self.take() {
            match self.over(idle, mail).await {
                Err(trouble) if trouble.stale => {}
                Err(trouble) => return trouble.outcome,
                Ok(()) => return Outcome::Delivered,
            }
        }
        match self.open().await {
            Ok(connection) => {
                let fresh = Idle {
                    connection,
                    since: Instant::now(),
                    mails: 0,
                };
                let done = self.over(fresh, mail).await;
                done.map_or_else(|trouble| trouble.outcome, |()| Outcome::Delivered)
            }
            Err(outcome) => outcome,
        }
    }

    /// One mail over a connection, which is kept when it can be used again.
    async fn over(&self, mut idle: Idle, mail: &Mail) -> Result<(), Trouble> {
        let done = self.converse(&mut idle.connection, mail).await;
        let usable = match &done {
            Ok(()) => true,
            Err(trouble) if trouble.usable => {
                let reset = self.patiently(1, idle.connection.command(Rset)).await;
                matches!(reset, Some(Ok(_)))
            }
            Err(_) => false,
        };
        idle.mails = idle.mails.saturating_add(1);
        idle.since = Instant::now();
        if usable && idle.mails < MAILS {
            self.keep(idle);
        } else if usable {
            // It has the mail; how it takes leave changes nothing.
            let _ = self.patiently(1, idle.connection.command(Quit)).await;
        }
        done
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Mail,
    ) -> Result<(), Trouble> {
        let from = MailFrom::new(Some(mail.from.inner().clone()), Vec::new());
        let said = self.patiently(1, connection.command(from)).await;
        step("MAIL", said).map_err(|trouble| trouble.about_us())?;
        let to = Rcpt::new(mail.to.inner().clone(), Vec::new());
        let said = self.patiently(1, connection.command(to)).await;
        step("RCPT", said)?;
        let said = self.patiently(1, connection.command(Data)).await;
        step("DATA", said)?;
        let said = self
            .patiently(SCAN, connection.message(&mail.message))
            .await;
        handed_over(said)
    }

    /// A connection that is encrypted and logged in as the file says.
    async fn open(&self) -> Result<AsyncSmtpConnection, Outcome> {
        let server = &self.server;
        let hello = ClientId::default();
        let implicit = self
            .tls
            .clone()
            .filter(|_| server.encryption == Encryption::Tls);
        let address = (server.host.as_str(), server.port);
        let opening = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(server.patience),
            &hello,
            implicit,
            None::<IpAddr>,
        );
        let opened = self.patiently(1, opening).await;
        let mut connection = of_server("CONNECT", opened)?;
        if let (Encryption::Starttls, Some(tls)) = (server.encryption, &self.tls) {
            if !connection.can_starttls() {
                return Err(later(NO_STARTTLS));
            }
            let done = self
                .patiently(1, connection.starttls(tls.clone(), &hello))
                .await;
            of_server("STARTTLS", done)?;
        }
        if let Some((user, password)) = &server.login {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let done = self
                .patiently(1, connection.auth(&mechanisms, &credentials))
                .await;
            of_server("AUTH", done)?;
        }
        Ok(connection)
    }

    /// The result, or nothing when it takes too long; the connection is then lost.
    async fn patiently<T>(&self, times: u32, step: impl Future<Output = T>) -> Option<T> {
        let most = self.server.patience.saturating_mul(times);
        tokio::time::timeout(most, step).await.ok()
    }

    fn take(&self) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < IDLE);
        idle.pop()
    }

    fn keep(&self, one: Idle) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < SPARE {
            idle.push(one);
        }
    }
}

impl Trouble {
    /// The server does not take mail from us: that says nothing about this receiver.
    fn about_us(self) -> Trouble {
        match self.outcome {
            Outcome::Refused { reason } => Trouble {
                outcome: Outcome::Later {
                    reason,
                    after: None,
                },
                ..self
            },
            _ => self,
        }
    }
}

/// A step before the message is handed over.
fn step<T>(name: &str, said: Option<Result<T, Error>>) -> Result<(), Trouble> {
    let error = match said {
        Some(Ok(_)) => return Ok(()),
        Some(Err(error)) => error,
        None => {
            return Err(Trouble {
                outcome: later(&format!("{SILENT} {name}")),
                usable: false,
                stale: false,
            });
        }
    };
    let reason = what(name, &error);
    let closing = error.status().is_some_and(|code| u16::from(code) == 421);
    let answered = error.status().is_some();
    Err(Trouble {
        outcome: if error.is_permanent() {
            Outcome::Refused { reason }
        } else {
            later(&reason)
        },
        usable: answered && !closing,
        // Of a new connection the same may be said, and then it is final.
        stale: name == "MAIL" && (closing || !answered),
    })
}

/// The answer to a whole message; without one it may have arrived.
fn handed_over<T>(said: Option<Result<T, Error>>) -> Result<(), Trouble> {
    let answered = match &said {
        Some(Ok(_)) => true,
        Some(Err(error)) => error.status().is_some(),
        None => false,
    };
    let reason = match said {
        said if answered => return step(END_OF_DATA, said),
        Some(Err(error)) => what(END_OF_DATA, &error),
        _ => format!("{SILENT} {END_OF_DATA}"),
    };
    Err(Trouble {
        outcome: Outcome::Ambiguous { reason },
        usable: false,
        stale: false,
    })
}

/// A step that is between the server and us: whatever goes wrong, the mail goes later.
fn of_server<T>(name: &str, said: Option<Result<T, Error>>) -> Result<T, Outcome> {
    match said {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(later(&what(name, &error))),
        None => Err(later(&format!("{SILENT} {name}"))),
    }
}

fn later(reason: &str) -> Outcome {
    Outcome::Later {
        reason: reason.to_owned(),
        after: None,
    }
}

/// What went wrong at a step, in codes: what a server says may repeat an address or the message.
fn what(step: &str, error: &Error) -> String {
    use std::error::Error as _;
    if let Some(code) = error.status() {
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        return match said.split_whitespace().next().filter(|w| is_enhanced(w)) {
            Some(enhanced) => format!("{ANSWERED} {step} {code} {enhanced}"),
            None => format!("{ANSWERED} {step} {code}"),
        };
    }
    let mut reason = if error.is_response() {
        NO_SMTP
    } else if error.is_client() {
        UNABLE
    } else {
        LOST
    };
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            reason = match io.kind() {
                _ if io.get_ref().is_some_and(|e| e.is::<rustls::Error>()) => UNTRUSTED,
                std::io::ErrorKind::ConnectionRefused => UNREACHABLE,
                _ => LOST,
            };
            break;
        }
        source = inner.source();
    }
    format!("{reason} {step}")
}

/// An enhanced status code (RFC 3463): `5.1.1`.
fn is_enhanced(word: &str) -> bool {
    let mut parts = word.split('.');
    let class = parts.next().is_some_and(|p| matches!(p, "2" | "4" | "5"));
    let number = |p: &str| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    let rest: Vec<&str> = parts.collect();
    class && rest.len() == 2 && rest.into_iter().all(number)
}
