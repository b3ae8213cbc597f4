//! Mail: composed, read back by another program's parser, put in the spool, and handed to a real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod letter;
mod smtp;
mod spool;

use convenant_engine::Moment;
use convenant_server::channel::html::Layout;
use convenant_server::channel::letter::{Address, Letter, Mail, Sender, compose};
use convenant_server::text::{Language, Texts};

/// What a test changes of a letter; the rest is as usual.
struct Draft {
    key: String,
    thread: Option<String>,
    to: Address,
    name: String,
    language: Language,
    urgent: bool,
    subject: String,
    text: String,
    insight: Vec<String>,
    sender: Sender,
}

impl Draft {
    fn usual() -> Draft {
        Draft {
            key: "utrecht.0190-1.4.0.3/jansen".to_owned(),
            thread: Some("0190-1".to_owned()),
            to: "c.jansen@gemeente.example".parse().unwrap(),
            name: "Carla Jansen-Çelik".to_owned(),
            language: Language::Dutch,
            urgent: false,
            subject: "Te laat: ‘Toets aan de doelgroep’ van zaak UTR-2018-0001".to_owned(),
            text: "De termijn is voorbij.\n\nZaak:  UTR-2018-0001\nBekijk de zaak: https://convenant.example/utrecht/zaken/UTR-2018-0001\n".to_owned(),
            insight: vec!["U krijgt dit bericht als coördinator namens Het Vierde Huis.".to_owned()],
            sender: Sender {
                address: "convenant@regio.example".parse().unwrap(),
                name: None,
                reply_to: None,
            },
        }
    }

    fn mail(&self) -> Mail {
        self.mail_with(&Layout::new(None).unwrap(), &Texts::new())
    }

    fn mail_with(&self, layout: &Layout, texts: &Texts) -> Mail {
        let letter = Letter {
            key: &self.key,
            thread: self.thread.as_deref(),
            region: "utrecht",
            region_name: "Utrecht",
            convenant: "Convenant Weer Thuis",
            to: &self.to,
            name: &self.name,
            language: self.language,
            urgent: self.urgent,
            subject: &self.subject,
            text: &self.text,
            insight: &self.insight,
            base_url: "https://convenant.example",
            at: Moment(1_526_680_800_000),
        };
        compose(&letter, &self.sender, layout, texts).unwrap()
    }
}
