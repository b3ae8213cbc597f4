//! Homes: reported by corporations, offered to cases, accepted and let; with everything that ever happened to each.
//!
//! Input: reports and changes. Output: homes as they are, and their histories. Invariants: a home is not personal data, and nothing of
//! a client is kept here but the id of a case; what a change needs is checked where it is written, so that of two at once one wins and
//! the other is told why; every change is a row that stays, in the same transaction. Parties are kept by the number that the
//! placements have too.

mod change;
mod read;
mod report;

use std::fmt;

use convenant_engine::Moment;
use jiff::civil::Date;
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};

pub(crate) use self::change::{REGION, Written, look_up};
pub use self::read::HomeFilter;
pub use self::report::{NotReported, Reported, WhyNotReported};
use crate::db::column;
use crate::{Error, RegionKey, StreamId};

/// The tables, in the one spelling for both databases.
pub(crate) const TABLES: &str = "
CREATE TABLE homes (
    region TEXT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, owner BIGINT NOT NULL, reference TEXT,
    municipality BIGINT, available TEXT, facts TEXT NOT NULL, state TEXT NOT NULL, stream BYTES,
    reported BIGINT NOT NULL, changed BIGINT NOT NULL,
    PRIMARY KEY (region, id)) CLUSTERED;
CREATE UNIQUE INDEX homes_by_reference ON homes (region, owner, reference) WHERE reference IS NOT NULL;
CREATE INDEX homes_by_state ON homes (region, state, id);
CREATE INDEX homes_by_stream ON homes (region, stream) WHERE stream IS NOT NULL;
CREATE TABLE home_events (
    region TEXT NOT NULL, home BIGINT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, person TEXT, party BIGINT,
    what TEXT NOT NULL, motivation TEXT,
    PRIMARY KEY (region, home, version)) CLUSTERED;
";

/// Id of a home: 1, 2, 3, … within its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HomeId(pub i64);

impl fmt::Display for HomeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a home stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HomeState {
    /// Nobody has it: it can be offered.
    Free,
    /// Offered to a case, which has not answered.
    Offered(StreamId),
    /// A case has accepted it.
    Accepted(StreamId),
    /// Let to the client of a case.
    Let(StreamId),
    /// Not to be had any more, without having been let to a client.
    Withdrawn,
}

/// Where a home stands, without the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HomeStanding {
    /// See `HomeState::Free`.
    Free,
    /// See `HomeState::Offered`.
    Offered,
    /// See `HomeState::Accepted`.
    Accepted,
    /// See `HomeState::Let`.
    Let,
    /// See `HomeState::Withdrawn`.
    Withdrawn,
}

impl HomeStanding {
    /// Every one.
    pub const ALL: [HomeStanding; 5] = [
        HomeStanding::Free,
        HomeStanding::Offered,
        HomeStanding::Accepted,
        HomeStanding::Let,
        HomeStanding::Withdrawn,
    ];

    fn name(self) -> &'static str {
        match self {
            HomeStanding::Free => "free",
            HomeStanding::Offered => "offered",
            HomeStanding::Accepted => "accepted",
            HomeStanding::Let => "let",
            HomeStanding::Withdrawn => "withdrawn",
        }
    }
}

impl HomeState {
    /// Without the case.
    pub fn standing(self) -> HomeStanding {
        match self {
            HomeState::Free => HomeStanding::Free,
            HomeState::Offered(_) => HomeStanding::Offered,
            HomeState::Accepted(_) => HomeStanding::Accepted,
            HomeState::Let(_) => HomeStanding::Let,
            HomeState::Withdrawn => HomeStanding::Withdrawn,
        }
    }

    /// The case that it is offered to, or that has it.
    pub fn case(self) -> Option<StreamId> {
        match self {
            HomeState::Offered(case) | HomeState::Accepted(case) | HomeState::Let(case) => {
                Some(case)
            }
            HomeState::Free | HomeState::Withdrawn => None,
        }
    }

    fn of(name: &str, case: Option<Vec<u8>>) -> Result<HomeState, Error> {
        let case = case.map(|bytes| StreamId::from_bytes(&bytes)).transpose()?;
        match (name, case) {
            ("free", None) => Ok(HomeState::Free),
            ("offered", Some(case)) => Ok(HomeState::Offered(case)),
            ("accepted", Some(case)) => Ok(HomeState::Accepted(case)),
            ("let", Some(case)) => Ok(HomeState::Let(case)),
            ("withdrawn", None) => Ok(HomeState::Withdrawn),
            _ => Err(Error::damaged("a home in an unknown state")),
        }
    }
}

/// What is known of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeFacts {
    /// The number of its municipality, where the facts name one.
    pub municipality: Option<u16>,
    /// From when on it can be lived in, where known.
    pub available: Option<Date>,
    /// JSON of the facts that the convenant declares, by name, in the spelling that every version reads. Never an address.
    pub facts: String,
}

/// A home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeRow {
    /// Id.
    pub id: HomeId,
    /// Grows with every change; a change names the one that it rests on.
    pub version: u32,
    /// The number of the party that reported it.
    pub owner: u16,
    /// What that party calls it; unique among its homes.
    pub reference: Option<String>,
    /// Facts.
    pub facts: HomeFacts,
    /// State.
    pub state: HomeState,
    /// When it was reported.
    pub reported: Moment,
    /// When it changed last.
    pub changed: Moment,
}

/// A home to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHome {
    /// The number of the party that it is of.
    pub owner: u16,
    /// What that party calls it.
    pub reference: Option<String>,
    /// Facts.
    pub facts: HomeFacts,
}

/// Who changes a home, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeActor {
    /// Account; none for the clock.
    pub person: Option<String>,
    /// The number of their party.
    pub party: Option<u16>,
    /// Why. About the home: nothing of a client belongs here.
    pub motivation: Option<String>,
}

/// What happens to a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HomeChange {
    /// It was reported; always the first, and only that.
    Report(HomeFacts),
    /// Other facts, from now on; not once it is let or withdrawn.
    Correct(HomeFacts),
    /// A free one is not to be had any more.
    Withdraw,
    /// A free one is offered to a case.
    Offer {
        /// Which.
        case: StreamId,
        /// It breaks a rule for this client: a departure. Which rule, and why, is the case's to keep.
        departure: bool,
    },
    /// The case it is offered to refuses it: free again.
    Refuse {
        /// Which.
        case: StreamId,
        /// The valid ground, by name; none when there is none, and then the refusal counts.
        ground: Option<String>,
    },
    /// The case it is offered to accepts it.
    Accept {
        /// Which.
        case: StreamId,
    },
    /// Let to the client of the case that accepted it.
    Let,
    /// Free again, said by hand: it was accepted and not taken after all, or withdrawn too early.
    Release,
    /// Free again with what happened in the case that it was offered to, or that had accepted it.
    FallAway {
        /// Which.
        case: StreamId,
        /// What happened there.
        why: FellAway,
    },
}

/// Why a case has no use for a home any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FellAway {
    /// The case has ended, without success where it had accepted the home.
    Ended,
    /// Homes are offered to the case anew, or it is allocated anew.
    SearchesAgain,
    /// The offer is over without an answer: the case went another way, or another home was offered.
    OtherWay,
}

impl HomeChange {
    /// The state after it; none when it cannot happen in this one.
    pub fn after(&self, state: HomeState) -> Option<HomeState> {
        match (self, state) {
            // What somebody was offered or has accepted stays what it was: the rules were asked about that.
            (HomeChange::Correct(_), HomeState::Free) => Some(state),
            (HomeChange::Withdraw, HomeState::Free) => Some(HomeState::Withdrawn),
            (HomeChange::Offer { case, .. }, HomeState::Free) => Some(HomeState::Offered(*case)),
            (HomeChange::Refuse { case, .. }, HomeState::Offered(to)) if to == *case => {
                Some(HomeState::Free)
            }
            (HomeChange::Accept { case }, HomeState::Offered(to)) if to == *case => {
                Some(HomeState::Accepted(*case))
            }
            (HomeChange::Let, HomeState::Accepted(case)) => Some(HomeState::Let(case)),
            (HomeChange::Release, HomeState::Accepted(_) | HomeState::Withdrawn) => {
                Some(HomeState::Free)
            }
            (
                HomeChange::FallAway { case, .. },
                HomeState::Offered(of) | HomeState::Accepted(of),
            ) if of == *case => Some(HomeState::Free),
            _ => None,
        }
    }
}

/// A change of a home that comes with something that happens in a case, or alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeWrite {
    /// Which home.
    pub home: HomeId,
    /// The version that it rests on.
    pub expected: u32,
    /// What.
    pub change: HomeChange,
    /// By whom.
    pub by: HomeActor,
}

/// Something that happened to a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeEvent {
    /// The version of the home that it made.
    pub version: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub change: HomeChange,
    /// By whom.
    pub by: HomeActor,
}

const COLUMNS: &str = "id, version, owner, reference, municipality, available, facts, state, stream, reported, changed";

pub(crate) fn home(row: &QueryResult) -> Result<HomeRow, Error> {
    Ok(HomeRow {
        id: HomeId(column(row, 0)?),
        version: crate::batch::number(column(row, 1)?)?,
        owner: party(column(row, 2)?)?,
        reference: column(row, 3)?,
        facts: HomeFacts {
            municipality: column::<Option<i64>>(row, 4)?.map(party).transpose()?,
            available: column::<Option<String>>(row, 5)?
                .map(|day| crate::occurrences::date(&day))
                .transpose()?,
            facts: column(row, 6)?,
        },
        state: HomeState::of(&column::<String>(row, 7)?, column(row, 8)?)?,
        reported: Moment(column(row, 9)?),
        changed: Moment(column(row, 10)?),
    })
}

fn party(number: i64) -> Result<u16, Error> {
    u16::try_from(number).map_err(|_| Error::damaged("a party with a number out of range"))
}

fn text(region: &RegionKey) -> Value {
    region.as_str().into()
}
