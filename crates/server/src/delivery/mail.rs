//! Mail to people: by a mail server, or into the spool folder where there is none.
//!
//! Input: a parcel for a person with a mail address. Output: a composed mail, handed over. Invariants: the Message-ID follows from the
//! parcel's key, the thread from the case; whoever has no address that every mail server takes gets no mail.

use std::sync::Arc;

use convenant_lang::model::Channel;

use super::{Parcel, Route, Sender, Sending};
use crate::channel::Outcome;
use crate::channel::letter::{self, Address, Letter, compose};
use crate::channel::post::Post;
use crate::channel::webhook::NO_ADDRESS;
use crate::directory::Person;
use crate::regions::Region;
use crate::text::Texts;

/// Mails handed over side by side.
const AT_ONCE: usize = 8;

/// Sends mail.
pub struct Mail {
    /// Where it goes, and in whose name.
    pub post: Post,
    /// The messages.
    pub texts: Arc<Texts>,
}

impl Mail {
    fn write(&self, parcel: &Parcel) -> Option<Result<letter::Mail, letter::ComposeError>> {
        let person = parcel.person.as_ref()?;
        let to: Address = person.mail.as_ref()?.parse().ok()?;
        let letter = Letter {
            key: &parcel.key,
            thread: parcel.thread.as_deref(),
            region: parcel.region.key.as_str(),
            region_name: parcel.region.name(),
            convenant: &parcel.region.current.model().header.title,
            to: &to,
            name: &person.name,
            language: parcel.language,
            urgent: parcel.urgent,
            subject: &parcel.subject,
            text: &parcel.text,
            insight: &parcel.insight,
            base_url: &parcel.base_url,
            at: parcel.at,
        };
        let layout = parcel.region.letters.layout();
        let sender = self.post.sender(letter.region).ok()?;
        Some(compose(&letter, &sender, layout, &self.texts))
    }
}

impl Sender for Mail {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    fn to_person(&self, _region: &Region, person: &Person) -> Option<Route> {
        let address: Address = person.mail.as_ref()?.parse().ok()?;
        Some(Route {
            target: person.id.clone(),
            lane: self.post.lane(&address),
        })
    }

    fn at_once(&self, _lane: &str) -> usize {
        AT_ONCE
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let mail = match self.write(parcel) {
                Some(Ok(mail)) => mail,
                // The template of the region's mail: it may be mended.
                Some(Err(error)) => {
                    return Outcome::Later {
                        reason: error.to_string(),
                        after: None,
                    };
                }
                None => {
                    return Outcome::Refused {
                        reason: NO_ADDRESS.to_owned(),
                    };
                }
            };
            self.post.send(&mail).await
        })
    }
}
