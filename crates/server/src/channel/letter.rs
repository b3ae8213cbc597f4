//! A letter as mail: a complete RFC 5322 message of text and HTML, ready to hand over.
//!
//! Input: a letter with its stable key, the sender, the region's layout. Output: `Mail`. Invariants: the same letter gives the same
//! bytes; Message-ID follows from the key and the thread from the case; the message is ASCII with CRLF only and bodies are encoded; a
//! control character in a subject or a name becomes a space, so that none of them can begin a header.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use convenant_engine::Moment;
use lettre::Message;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use sha2::{Digest, Sha256};

use super::html::{Layout, Page};
use super::paragraphs::{self, Parts};
use crate::letters::LetterError;
use crate::text::{Language, Texts};

/// Characters of a subject or a name that are kept; a longer word would not fit a line of a header.
const LONGEST_HEADER: usize = 250;

/// Characters of a mail address (RFC 5321, 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// Where mail goes or comes from; it never prints itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(lettre::Address);

/// Not an address that every mail server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as `naam@voorbeeld.nl`, in ASCII, of at most 254 characters")]
pub struct BadAddress;

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Address, BadAddress> {
        let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c);
        if text.len() > LONGEST_ADDRESS || !text.chars().all(plain) {
            return Err(BadAddress);
        }
        text.parse().map(Address).map_err(|_| BadAddress)
    }
}

impl Address {
    /// What comes after the `@`, in lower case.
    pub fn domain(&self) -> String {
        self.0.domain().to_ascii_lowercase()
    }

    /// As the mail client knows it.
    pub(crate) fn inner(&self) -> &lettre::Address {
        &self.0
    }
}

/// In whose name mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Envelope and From.
    pub address: Address,
    /// Name beside it; `Convenant <region>` when there is none.
    pub name: Option<String>,
    /// Where answers go.
    pub reply_to: Option<Address>,
}

/// What is sent to one person.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Names this message for ever, unique in its region.
    pub key: &'a str,
    /// Names what it is about (the case), the same for every message about it; none: a thread of its own.
    pub thread: Option<&'a str>,
    /// The region's key.
    pub region: &'a str,
    /// The region's name.
    pub region_name: &'a str,
    /// The convenant's title.
    pub convenant: &'a str,
    /// To whom.
    pub to: &'a Address,
    /// Name of the receiver.
    pub name: &'a str,
    /// In which language it is.
    pub language: Language,
    /// It does not wait for a digest or the end of quiet hours.
    pub urgent: bool,
    /// One line.
    pub subject: &'a str,
    /// Text.
    pub text: &'a str,
    /// Why the receiver gets this, who else does, what comes next: a sentence each.
    pub insight: &'a [String],
    /// The address of the pages, without a slash at the end: only what lies below it becomes a link.
    pub base_url: &'a str,
    /// When it was intended.
    pub at: Moment,
}

/// A message that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Region and key: for files and logs.
    pub region: String,
    /// As in the letter.
    pub key: String,
    /// When it was intended.
    pub at: Moment,
    /// Envelope sender.
    pub from: Address,
    /// Envelope receiver.
    pub to: Address,
    /// The message: ASCII, CRLF.
    pub message: Vec<u8>,
}

/// What a reader sees of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    /// Who it is from, by name.
    pub from: String,
    /// Subject, one line.
    pub subject: String,
    /// As text, with its footer.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Why a letter cannot become mail.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The HTML.
    #[error(transparent)]
    Layout(#[from] LetterError),
    /// The message.
    #[error("the message cannot be made: {0}")]
    Message(#[from] lettre::error::Error),
}

macro_rules! plain_header {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok($type(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

plain_header!(
    /// RFC 2919.
    ListId,
    "List-Id"
);
plain_header!(
    /// RFC 3834: no vacation notices in answer to this.
    AutoSubmitted,
    "Auto-Submitted"
);
plain_header!(
    /// RFC 3282.
    ContentLanguage,
    "Content-Language"
);
plain_header!(
    /// RFC 2156, as mail programs know it.
    Importance,
    "Importance"
);

/// Makes both forms of a letter.
pub fn forms(
    letter: &Letter<'_>,
    sender: &Sender,
    layout: &Layout,
    texts: &Texts,
) -> Result<Forms, LetterError> {
    let text = clean(letter.text);
    let page = page(letter, sender, &text, texts);
    Ok(Forms {
        html: layout.render(&page)?,
        from: page.afzender,
        subject: page.onderwerp,
        text: with_footer(letter, &text),
    })
}

/// Makes the message of a letter.
pub fn compose(
    letter: &Letter<'_>,
    sender: &Sender,
    layout: &Layout,
    texts: &Texts,
) -> Result<Mail, ComposeError> {
    let Forms {
        from,
        subject,
        text,
        html,
    } = forms(letter, sender, layout, texts)?;
    let domain = format!("{}.{}", label(letter.region), sender.address.domain());
    let mut builder = Message::builder()
        .message_id(Some(message_id(letter.key, &domain)))
        .date(UNIX_EPOCH + Duration::from_millis(letter.at.0.max(0).unsigned_abs()))
        .from(mailbox(&from, &sender.address))
        .to(mailbox(letter.name, letter.to))
        .subject(subject)
        .header(ListId(format!("<{domain}>")))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(ContentLanguage(letter.language.tag().to_owned()));
    if let Some(address) = &sender.reply_to {
        builder = builder.reply_to(mailbox(&from, address));
    }
    if letter.urgent {
        builder = builder.header(Importance("high".to_owned()));
    }
    if let Some(thread) = letter.thread {
        // A message that was never sent: every mail about a case answers the same one, whichever of them a reader gets.
        let root = message_id(&format!("{}/{thread}", letter.region), &domain);
        builder = builder.in_reply_to(root.clone()).references(root);
    }
    let alternatives = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{}", short_id(letter.key)))
        .singlepart(part(
            ContentType::TEXT_PLAIN,
            text,
            ContentTransferEncoding::QuotedPrintable,
        ))
        .singlepart(part(
            ContentType::TEXT_HTML,
            html,
            ContentTransferEncoding::Base64,
        ));
    Ok(Mail {
        region: letter.region.to_owned(),
        key: letter.key.to_owned(),
        at: letter.at,
        from: sender.address.clone(),
        to: letter.to.clone(),
        message: builder.multipart(alternatives)?.formatted(),
    })
}

/// What the layout is filled with.
fn page(letter: &Letter<'_>, sender: &Sender, text: &str, texts: &Texts) -> Page {
    let Parts { blocks, button } = paragraphs::read(text, letter.base_url);
    let first = blocks.iter().find(|b| !b.alinea.is_empty());
    Page {
        taal: letter.language.tag(),
        afzender: match &sender.name {
            Some(name) => header_line(name),
            None => header_line(&format!("Convenant {}", letter.region_name)),
        },
        convenant: one_line(letter.convenant),
        onderwerp: header_line(letter.subject),
        voorproef: first.map_or_else(String::new, |b| b.alinea.clone()),
        dringend: letter
            .urgent
            .then(|| texts.get(letter.language, "brief-dringend", &[])),
        blokken: blocks,
        knop: button,
        uitleg: letter.insight.iter().map(|line| one_line(line)).collect(),
    }
}

/// One alternative. The encoding is chosen here and not left to what the text happens to hold, so that a line with a lone dot, a long
/// line or a bare line feed is never on the wire.
fn part(kind: ContentType, text: String, encoding: ContentTransferEncoding) -> SinglePart {
    // Text is always fit for these two encodings; the fallback is the one of the library.
    let body = Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new);
    SinglePart::builder().header(kind).body(body)
}

/// The text with its footer below the mark that mail programs know (RFC 3676, 4.3).
fn with_footer(letter: &Letter<'_>, text: &str) -> String {
    let mut whole = format!("{}\n\n-- \n", text.trim_end());
    for line in letter.insight {
        whole.push_str(&one_line(line));
        whole.push('\n');
    }
    whole.push_str(&one_line(letter.convenant));
    whole.push('\n');
    whole
}

fn mailbox(name: &str, address: &Address) -> Mailbox {
    let name = header_line(name);
    Mailbox::new((!name.is_empty()).then_some(name), address.0.clone())
}

fn message_id(key: &str, domain: &str) -> String {
    format!("<{}@{domain}>", short_id(key))
}

/// An identifier that follows from a key.
pub(crate) fn short_id(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    hex::encode(digest.get(..16).unwrap_or(&[]))
}

/// A region's key as part of a domain name.
fn label(region: &str) -> String {
    crate::spool::slug(region)
}

/// One line, whatever a template or a name put in it.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if is_space_or_control(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A subject or a name: one line that fits a header and is not taken for an encoded word (RFC 2047).
fn header_line(text: &str) -> String {
    let line = one_line(text).replace("=?", "= ?");
    match line.char_indices().nth(LONGEST_HEADER) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

fn is_space_or_control(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text without other control characters than the end of a line.
fn clean(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    unix.chars()
        .map(|c| match c {
            '\n' => '\n',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}
