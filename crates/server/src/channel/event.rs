//! What a webhook tells: a CloudEvent (1.0, structured JSON) in the NL GOV profile.
//!
//! Input: a `HookEvent`. Output: the body of the request. Invariants: the same event gives the same bytes, however often it is sent;
//! `source` and `id` together name it for good; nothing personal is in it: the receiver fetches the rest at `dataref`, with an account
//! of its own ('informatiearm notificeren'); it stays under the 64 KB that everybody on the way must let through.

use chrono::DateTime;
use cloudevents::event::ExtensionValue;
use cloudevents::{EventBuilder, EventBuilderV10};
use convenant_engine::{Cause, Moment};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

/// The reverse domain name under which the types of event are; the domain is named, not an organisation, which may be renamed.
const TYPES: &str = "nl.uitstroomconvenanten";

/// Characters of the text that says what it is about.
const LONGEST_ABOUT: usize = 300;

/// The largest event that is sent (Size Limits of the profile).
const LARGEST: usize = 64 * 1024;

/// The kinds of event, one `type` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    /// A notice of the region's file.
    Notice,
    /// A deadline comes near.
    Reminder,
    /// A deadline has passed.
    Escalation,
    /// More time was given.
    Extension,
    /// A last day was changed by hand.
    Reschedule,
    /// An objection was made.
    Objection,
    /// The time to decide on the objection was extended.
    ObjectionExtended,
    /// The objection was decided.
    ObjectionDecided,
    /// A step begins that this party has something to do in.
    ToDo,
    /// Something in the life of the convenant itself.
    Life,
    /// A test, asked for by the receiver.
    Test,
}

impl HookKind {
    /// Every kind.
    pub const ALL: [HookKind; 11] = [
        HookKind::Notice,
        HookKind::Reminder,
        HookKind::Escalation,
        HookKind::Extension,
        HookKind::Reschedule,
        HookKind::Objection,
        HookKind::ObjectionExtended,
        HookKind::ObjectionDecided,
        HookKind::ToDo,
        HookKind::Life,
        HookKind::Test,
    ];

    /// The kind for what caused a notification.
    pub fn of(cause: Cause) -> HookKind {
        match cause {
            Cause::Notice(_) => HookKind::Notice,
            Cause::Reminder(..) => HookKind::Reminder,
            Cause::Escalation(..) => HookKind::Escalation,
            Cause::Extension(_) => HookKind::Extension,
            Cause::Rescheduled(_) => HookKind::Reschedule,
            Cause::Objection => HookKind::Objection,
            Cause::ObjectionExtended => HookKind::ObjectionExtended,
            Cause::ObjectionDecided => HookKind::ObjectionDecided,
            Cause::Life(_) => HookKind::Life,
            Cause::ToDo(_) => HookKind::ToDo,
        }
    }

    fn name(self) -> &'static str {
        match self {
            HookKind::Notice => "melding",
            HookKind::Reminder => "herinnering",
            HookKind::Escalation => "overschrijding",
            HookKind::Extension => "verlenging",
            HookKind::Reschedule => "verzet",
            HookKind::Objection => "bezwaar-gemaakt",
            HookKind::ObjectionExtended => "bezwaar-verdaagd",
            HookKind::ObjectionDecided => "bezwaar-beslist",
            HookKind::ToDo => "te-doen",
            HookKind::Life => "convenant",
            HookKind::Test => "proef",
        }
    }

    /// The `type` of a CloudEvent.
    pub fn type_name(self) -> String {
        format!("{TYPES}.{}", self.name())
    }
}

/// Whether a text can stand in `source` as who publishes events: `oin:00000001823288444000`, `kvknr:09220932`, `gemeente-zeist`.
pub fn is_publisher(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":.-_%".contains(&b))
}

/// Something to tell a party's systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookEvent {
    /// Stable id, unique in the region: the same on every try.
    pub id: String,
    /// What kind.
    pub kind: HookKind,
    /// The region's key.
    pub region: String,
    /// When it was put in the log.
    pub at: Moment,
    /// The case, by number; none when it is about the convenant.
    pub case: Option<String>,
    /// What it is about, in words without personal data.
    pub about: String,
    /// The last day to act.
    pub due: Option<Date>,
    /// Where more can be fetched, with an account.
    pub link: String,
    /// Number of the message in the region, growing; for the order only, numbers may be missing.
    pub number: Option<u64>,
}

/// Why an event cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A moment that no calendar has, or an attribute that the SDK refuses.
    #[error("the event cannot be written as a CloudEvent")]
    Attribute,
    /// Larger than 64 KB.
    #[error("the event is larger than 64 KB")]
    TooLarge,
}

impl HookEvent {
    /// The id as it is sent, in the event and as `webhook-id`. Without full stops, which part what is signed (Standard Webhooks).
    pub fn wire_id(&self) -> String {
        clean(&self.id).replace('.', "_")
    }

    /// The body of the request. `publisher` is who publishes it, as the part of a URN.
    pub fn body(&self, publisher: &str) -> Result<Vec<u8>, EventError> {
        let time = DateTime::from_timestamp_millis(self.at.0).ok_or(EventError::Attribute)?;
        let source = format!("urn:nld:{publisher}:systeem:convenant-{}", self.region);
        let mut event = EventBuilderV10::new()
            .id(self.wire_id())
            .source(source)
            .ty(self.kind.type_name())
            .time(time)
            .extension("dataref", text(&self.link))
            .data("application/json", self.data());
        if let Some(case) = self.case.as_deref().filter(|case| !case.is_empty()) {
            event = event.subject(clean(case));
        }
        if let Some(number) = self.number {
            // Ordered as text; no `sequencetype`, because the numbers of one receiver have gaps.
            event = event.extension("sequence", text(&format!("{number:020}")));
        }
        let event = event.build().map_err(|_| EventError::Attribute)?;
        let value = serde_json::to_value(&event).map_err(|_| EventError::Attribute)?;
        // By way of a value, whose members are in a fixed order: the SDK keeps extensions in a hash map.
        let bytes = value.to_string().into_bytes();
        if bytes.len() > LARGEST {
            return Err(EventError::TooLarge);
        }
        Ok(bytes)
    }

    fn data(&self) -> Json {
        let about: String = clean(&self.about).chars().take(LONGEST_ABOUT).collect();
        json!({
            "regio": self.region,
            "zaak": self.case,
            "onderwerp": about,
            "uiterlijk": self.due.map(|due| due.to_string()),
            "verwijzing": self.link,
        })
    }
}

fn text(value: &str) -> ExtensionValue {
    ExtensionValue::String(clean(value))
}

/// Without what the type `String` of CloudEvents does not allow: control characters and noncharacters.
fn clean(value: &str) -> String {
    let noncharacter =
        |c: char| matches!(u32::from(c), 0xFDD0..=0xFDEF) || u32::from(c) & 0xFFFE == 0xFFFE;
    value
        .chars()
        .filter(|c| !c.is_control() && !noncharacter(*c))
        .collect()
}
