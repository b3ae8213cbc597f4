//! Where mail goes: to mail servers, or into a folder where there are none.
//!
//! Input: composed mail. Output: an `Outcome`. Invariant: in a folder the addresses are under a domain that never delivers.

use std::path::PathBuf;

use super::Outcome;
use super::config::MailConfig;
use super::letter::{Address, BadAddress, Mail, Sender};
use super::smtp::{Smtp, SmtpError};
use crate::spool::{Spool, slug};

/// The domain of a mail that stays in a folder; the reserved one that never delivers (RFC 2606).
pub const MAIL_DOMAIN: &str = "convenant.invalid";

/// Where mail goes.
pub enum Post {
    /// Into a folder.
    Folder(Spool),
    /// To mail servers.
    Servers {
        /// The servers.
        smtp: Smtp,
        /// In whose name.
        sender: Sender,
    },
}

impl Post {
    /// A folder.
    pub fn folder(folder: PathBuf) -> Post {
        Post::Folder(Spool::new(folder))
    }

    /// The servers of a configuration.
    pub fn servers(config: &MailConfig) -> Result<Post, SmtpError> {
        Ok(Post::Servers {
            smtp: Smtp::new(config)?,
            sender: config.sender.clone(),
        })
    }

    /// In whose name a region's mail is sent.
    pub fn sender(&self, region: &str) -> Result<Sender, BadAddress> {
        match self {
            Post::Servers { sender, .. } => Ok(sender.clone()),
            Post::Folder(_) => Ok(Sender {
                address: format!("convenant@{}.{MAIL_DOMAIN}", slug(region)).parse()?,
                name: None,
                reply_to: None,
            }),
        }
    }

    /// What this receiver's mail shares with other mail.
    pub fn lane(&self, to: &Address) -> String {
        match self {
            Post::Servers { smtp, .. } => smtp.lane(to),
            Post::Folder(_) => "mail:folder".to_owned(),
        }
    }

    /// Hands one mail over.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        match self {
            Post::Servers { smtp, .. } => smtp.send(mail).await,
            Post::Folder(spool) => spool.send(mail).await,
        }
    }
}
