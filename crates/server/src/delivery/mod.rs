//! Delivery: from an intended notification to messages in inboxes, and from there out over the other channels.
//!
//! Input: outbox rows, the directory. Output: messages and deliveries (`fan_out`), handed to `Sender`s (`send`). Invariants: a notification
//! is fanned out once; a person gets one message per occasion; a delivery is tried under the same key until it arrived, was refused or was
//! given up; what one lane does holds up no other.

pub mod compose;
mod fan_out;
pub mod gather;
pub mod insight;
mod judge;
pub mod mail;
mod prune;
mod send;
mod told;
pub mod webhook;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use convenant_engine::{Cause, Moment};
use convenant_lang::model::Channel;
use convenant_store::{Error as StoreError, RegionKey};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use fan_out::{Ready, digest_occasion, occasion_of};
pub use prune::{KEEP, Progress};
pub use send::{Lanes, coordinators};

use crate::cases::CaseError;
use crate::channel::Outcome;
use crate::directory::Person;
use crate::directory::registry::Registry;
use crate::letters::LetterError;
use crate::regions::Region;
use crate::text::{Language, Texts};

/// Why nothing can be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A case cannot be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The work was broken off.
    #[error("the work was broken off: {0}")]
    Broken(String),
}

/// Why one notification or delivery cannot be made ready.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Letter(#[from] LetterError),
    #[error("{0}")]
    Case(#[from] CaseError),
    #[error("the region is not served here")]
    NoRegion,
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("nobody stands in the directory who could be told")]
    Nobody,
}

/// What is handed to a sender.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Names it for ever, unique in its region and the same at every try: Message-ID and webhook id follow from it.
    pub key: String,
    /// Names what it is about (the case), the same for everything about it; none: a thread of its own.
    pub thread: Option<String>,
    /// Region.
    pub region: Arc<Region>,
    /// The person's or endpoint's id.
    pub target: String,
    /// Who gets it; none when it goes to an endpoint, or the person is gone.
    pub person: Option<Arc<Person>>,
    /// In which language it is.
    pub language: Language,
    /// Role or body of the receiver.
    pub role: String,
    /// Party of the receiver.
    pub party: String,
    /// It did not wait for a rhythm or for quiet hours.
    pub urgent: bool,
    /// One line.
    pub subject: String,
    /// Text.
    pub text: String,
    /// Why the receiver gets this, who else does, what comes next: a sentence each.
    pub insight: Vec<String>,
    /// What happened, for an endpoint.
    pub happening: Option<Happening>,
    /// The address of the pages, without a slash at the end.
    pub base_url: String,
    /// When it was intended.
    pub at: Moment,
}

/// What happened, for a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Why it is told.
    pub cause: Cause,
    /// Number of the case; none when it is about the convenant.
    pub case: Option<String>,
    /// In words, without personal data.
    pub about: String,
    /// The last day to act.
    pub due: Option<Date>,
    /// Where more can be seen.
    pub link: String,
}

/// Where something goes by a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The person's or endpoint's id.
    pub target: String,
    /// What must not hold up anything else: `mail:<server>`, `webhook:<host>`.
    pub lane: String,
}

/// The endpoints of the parties of a region, as they are looked up.
pub type Routing<'a> =
    Pin<Box<dyn Future<Output = Result<BTreeMap<String, Vec<Route>>, StoreError>> + Send + 'a>>;

/// A try that is under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A channel out of here.
pub trait Sender: Send + Sync {
    /// Which channel; one sender each.
    fn channel(&self) -> Channel;

    /// Where something for a person goes; none when this person cannot be reached by it.
    fn to_person(&self, _region: &Region, _person: &Person) -> Option<Route> {
        None
    }

    /// Where something for a party goes, besides to its people: the endpoints of the parties of a region, by name.
    fn to_parties<'a>(&'a self, _region: &'a RegionKey) -> Routing<'a> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }

    /// How many a lane takes side by side.
    fn at_once(&self, lane: &str) -> usize;

    /// Tries once. Takes no longer than `Leases::longest_try`: after that it is broken off, and counts as ambiguous.
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a>;
}

/// Delivers notifications.
#[derive(Clone)]
pub struct Delivery {
    /// The messages.
    pub texts: Arc<Texts>,
    /// The people of each region.
    pub people: Arc<Registry>,
    /// The channels besides the inbox.
    pub senders: Vec<Arc<dyn Sender>>,
    /// The address of the pages, without a slash at the end.
    pub base_url: String,
    /// Where the jitter of retries begins: nodes that began together do not try together.
    pub seed: u64,
    /// How far the work that is done now and then has come.
    pub progress: Arc<Progress>,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    fn sender(&self, channel: &str) -> Option<&Arc<dyn Sender>> {
        self.senders
            .iter()
            .find(|sender| channel_name(sender.channel()) == channel)
    }
}

/// The name of a channel in the store and in the API.
pub fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Inbox => "inbox",
        Channel::Mail => "mail",
        Channel::Webhook => "webhook",
        Channel::Calendar => "agenda",
    }
}

/// The key of a parcel: the same at every try, on every node.
pub fn key_of(
    region: &RegionKey,
    channel: &str,
    target: &str,
    occasion: convenant_store::Occasion,
) -> String {
    format!("{region}.{channel}.{target}.{occasion}")
}
