//! An append made ready for the committer: secrets sealed, payloads as JSON, the row spelled out.
//!
//! Everything that can be done without the transaction is done here, in the caller's task; what is left for the
//! committer is the hash chain and the statements.

use convenant_engine::{Moment, Place};
use convenant_lang::model::PartyId;
use sha2::{Digest, Sha256};

use crate::open::Inner;
use crate::sealing::{CaseKey, SealedParts};
use crate::{
    Append, Booking, CaseState, Error, Hash, HomeWrite, Opening, Outgoing, Payload, RegionKey,
    StreamId, TimerChange, TimerClaim,
};

/// A type-erased append.
pub(crate) struct Request {
    pub(crate) region: RegionKey,
    pub(crate) stream: StreamId,
    pub(crate) expected: u32,
    pub(crate) opening: Option<Opening>,
    pub(crate) version: Option<Hash>,
    pub(crate) events: Vec<Ready>,
    /// A key made for this case with this append, as it is kept.
    pub(crate) new_key: Option<Vec<u8>>,
    pub(crate) row: Option<Row>,
    pub(crate) timers: Vec<TimerChange>,
    pub(crate) fires: Option<TimerClaim>,
    pub(crate) notifications: Vec<Outgoing>,
    pub(crate) booking: Option<Booking>,
    pub(crate) homes: Vec<HomeWrite>,
    pub(crate) command: Option<Command>,
    /// When it happens: of the last event, or of the timer that fires.
    pub(crate) at: Moment,
}

/// An event, ready to be chained.
pub(crate) struct Ready {
    pub(crate) at: Moment,
    pub(crate) payload: String,
    pub(crate) parts: SealedParts,
}

/// The idempotency key, with a keyed hash of the command.
pub(crate) struct Command {
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
}

/// The columns of a case row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) scheme: Option<i64>,
    pub(crate) step: Option<i64>,
    pub(crate) ended: Option<Moment>,
    pub(crate) overdue: i64,
    pub(crate) next_due: Option<String>,
    pub(crate) last_due: Option<String>,
    /// `,3,17,`: every party to which the case is assigned.
    pub(crate) parties: String,
    pub(crate) assigned: Vec<PartyId>,
    pub(crate) state: String,
}

impl Row {
    /// Spells a state out; `at` is when the last event happened.
    pub(crate) fn of(state: &CaseState, at: Moment) -> Result<Self, Error> {
        let mut assigned: Vec<PartyId> = state.parties.iter().flatten().copied().collect();
        assigned.sort_unstable();
        assigned.dedup();
        let mut parties = String::new();
        for party in &assigned {
            parties.push_str(if parties.is_empty() { "," } else { "" });
            parties.push_str(&format!("{},", party.0));
        }
        let due = state.deadlines.iter().map(|deadline| deadline.due);
        Ok(Self {
            scheme: state.scheme.map(|scheme| i64::from(scheme.0)),
            step: match state.place {
                Place::Step(step) => Some(i64::from(step.0)),
                Place::Nowhere | Place::End(_) => None,
            },
            ended: matches!(state.place, Place::End(_)).then_some(at),
            overdue: i64::try_from(state.overdue.len()).unwrap_or(i64::MAX),
            next_due: due.clone().min().map(|day| day.to_string()),
            last_due: due.max().map(|day| day.to_string()),
            parties,
            assigned,
            state: serde_json::to_string(state)?,
        })
    }
}

impl Request {
    /// Makes an append ready; returns the case key if it was used, to be remembered once the append is written.
    pub(crate) async fn of<P: Payload>(
        inner: &Inner,
        mut append: Append<P>,
    ) -> Result<(Self, Option<CaseKey>), Error> {
        // A timer that changes nothing is settled without an event, and a command that changes nothing is remembered.
        let moment = append
            .events
            .last()
            .map(Payload::at)
            .or(append.fires.as_ref().map(|claim| claim.due_at));
        let Some(at) = moment.or(append.command.as_ref().map(|_| Moment(0))) else {
            return Err(Error::Malformed(
                "neither events, nor a timer that fires, nor a command to remember",
            ));
        };
        if moment.is_none() {
            append.row = None;
        }
        if (append.expected == 0) != append.opening.is_some() {
            return Err(Error::Malformed(
                "a stream is opened at sequence number 0, and only there",
            ));
        }
        if append.events.is_empty() && (append.opening.is_some() || append.version.is_some()) {
            return Err(Error::Malformed("a version is taken up by an event"));
        }
        let other =
            |claim: &TimerClaim| (&claim.region, claim.stream) != (&append.region, append.stream);
        if append.fires.as_ref().is_some_and(other) {
            return Err(Error::Malformed("a timer fires in its own stream"));
        }
        if append.events.is_empty() && !append.notifications.is_empty() {
            return Err(Error::Malformed("a notification comes with an event"));
        }
        let version = append
            .opening
            .map(|opening| opening.version)
            .or(append.version);
        if let Some(version) = version {
            inner.require_version(&append.region, version).await?;
        }
        let mut key = None;
        let mut new_key = None;
        let mut events = Vec::with_capacity(append.events.len());
        for (seq, mut event) in (append.expected.saturating_add(1)..).zip(append.events) {
            let at = event.at();
            let secrets = event.secrets();
            let mut parts = SealedParts::default();
            if !secrets.is_empty() {
                if key.is_none() {
                    let (found, wrapped) = inner
                        .case_key_or_new(&append.region, append.stream, append.expected == 0)
                        .await?;
                    key = Some(found);
                    new_key = wrapped;
                }
                if let Some(key) = &key {
                    parts = key.seal(&append.region, append.stream, seq, secrets)?;
                }
            }
            let payload = serde_json::to_string(&event)?;
            events.push(Ready { at, payload, parts });
        }
        let request = Self {
            row: append
                .row
                .as_ref()
                .map(|state| Row::of(state, at))
                .transpose()?,
            command: append.command.map(|command| Command {
                body: inner.master.command_hash(&command.body),
                key: command.key,
            }),
            region: append.region,
            stream: append.stream,
            expected: append.expected,
            opening: append.opening,
            version,
            events,
            new_key,
            timers: append.timers,
            fires: append.fires,
            notifications: append.notifications,
            booking: append.booking,
            homes: append.homes,
            at,
        };
        Ok((request, key))
    }

    /// Whether anything in it is sealed.
    pub(crate) fn has_secrets(&self) -> bool {
        self.events
            .iter()
            .any(|event| !event.parts.sealed.is_empty())
    }
}

/// What the hash of an event covers.
pub(crate) struct Link<'a> {
    pub(crate) seq: u32,
    pub(crate) at: Moment,
    pub(crate) version: Option<&'a [u8]>,
    pub(crate) commitments: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// What the chain of a stream begins with: a stream cannot be passed off as another one.
pub(crate) fn genesis(region: &RegionKey, stream: StreamId) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"convenant log 1\0");
    hasher.update(region.as_str().as_bytes());
    hasher.update(b"\0");
    hasher.update(stream.0.as_bytes());
    Hash(hasher.finalize().into())
}

impl Hash {
    /// SHA-256 of the previous hash and of everything in the event's row, lengths included.
    pub(crate) fn link(self, link: &Link<'_>) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(link.seq.to_be_bytes());
        hasher.update(link.at.0.to_be_bytes());
        let lengths = [link.version.map_or(0, <[u8]>::len), link.commitments.len()];
        for length in lengths {
            hasher.update((length as u64).to_be_bytes());
        }
        hasher.update(link.version.unwrap_or_default());
        hasher.update(link.commitments);
        hasher.update(link.payload);
        Hash(hasher.finalize().into())
    }
}
