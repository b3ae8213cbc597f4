//! Deliveries: what is still to go out by a channel other than the inbox, tried until it arrived, was refused or was given up.
//!
//! A lane is what must not hold up anything else (a mail server, a host); within a lane the parties take turns. A worker claims
//! under a lease and settles with its fencing token. Invariant: the same occasion has one delivery per channel and target.

mod claim;
mod gather;

pub use gather::Gathered;

use std::sync::Arc;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use serde::{Deserialize, Serialize};

use crate::batch::number;
use crate::db::{Db, column};
use crate::rows::{Cell, Rows};
use crate::{Error, NewMessage, Occasion, RegionKey, Store};

/// A delivery to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// `mail`, `webhook`.
    pub channel: String,
    /// The person's or endpoint's id.
    pub target: String,
    /// Of what.
    pub occasion: Occasion,
    /// What must not hold up anything else: `mail:…`, `webhook:…`.
    pub lane: String,
    /// The party that it is for: within a lane they take turns.
    pub party: String,
    /// When it was intended.
    pub at: Moment,
    /// Not before this moment.
    pub due_at: Moment,
    /// When more than so many wait for the same target they go as one.
    pub gather_above: u32,
    /// JSON of what is no message to a person.
    pub payload: Option<String>,
}

/// A delivery to try, held by this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// Region.
    pub region: RegionKey,
    /// Id in the region.
    pub id: i64,
    /// The message that it carries; none when it carries several (see `Store::gathered`), or has a payload.
    pub number: Option<i64>,
    /// Channel.
    pub channel: String,
    /// Target.
    pub target: String,
    /// Of what: the same at every try.
    pub occasion: Occasion,
    /// Lane.
    pub lane: String,
    /// Region and party: whose turn it was.
    pub turn: String,
    /// When it was intended.
    pub at: Moment,
    /// JSON of what is no message.
    pub payload: Option<String>,
    /// How often it was tried before.
    pub attempts: u32,
    /// How often it may have arrived.
    pub ambiguous: u32,
    /// Fencing token.
    pub token: i64,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken over.
    Delivered,
    /// Again at that moment; perhaps it arrived nevertheless.
    Again {
        /// When.
        at: Moment,
        /// Why.
        reason: String,
        /// It may have arrived.
        ambiguous: bool,
    },
    /// Not tried, because it would come at a bad time: at that moment.
    Wait {
        /// When.
        at: Moment,
    },
    /// Given up: a dead letter, of which these people are told in the inbox.
    Dead {
        /// Why.
        reason: String,
        /// It may have arrived.
        ambiguous: bool,
        /// Messages about it.
        messages: Vec<NewMessage>,
    },
}

/// A try to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Region.
    pub region: RegionKey,
    /// Which.
    pub id: i64,
    /// Fencing token of the claim.
    pub token: i64,
    /// What became of it.
    pub verdict: Verdict,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried, for the first time or again.
    Waiting,
    /// Taken over by the other side.
    Delivered,
    /// Given up.
    Dead,
    /// Given up, and left at that by a person.
    Dismissed,
    /// Goes with others as one.
    Gathered,
}

/// A delivery, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Id in the region.
    pub id: i64,
    /// The message; 0 when it carries several or none.
    pub number: i64,
    /// Channel.
    pub channel: String,
    /// Target.
    pub target: String,
    /// State; of a gathered one the state of what it went with.
    pub state: DeliveryState,
    /// It goes with others as one.
    pub gathered: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// How often it may have arrived.
    pub ambiguous: u32,
    /// The next try, while it waits.
    pub due_at: Moment,
    /// What the last try gave, when it did not arrive.
    pub outcome: Option<String>,
    /// When it came into this state.
    pub settled: Option<Moment>,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// Region and party.
    pub turn: String,
    /// When it was intended.
    pub at: Moment,
    /// Subject of the message, or of the first of several; none when it carries no message.
    pub subject: Option<String>,
}

pub(crate) const INSERT: &str = "INSERT INTO deliveries (region, id, number, channel, target, occasion, lane, turn, at, gather_above, payload,
    state, attempts, ambiguous, due_at, lease_until, token, outcome, settled, gathered_into) VALUES ";

impl Store {
    /// Settles tries, all in one transaction; gives how many claims still held.
    pub async fn settle_deliveries(
        &self,
        now: Moment,
        settlements: Vec<Settlement>,
    ) -> Result<u64, Error> {
        if settlements.is_empty() {
            return Ok(0);
        }
        let settlements = Arc::new(settlements);
        self.inner
            .db
            .unit(move |db, on| {
                let settlements = settlements.clone();
                Box::pin(async move {
                    let mut held = 0;
                    for settlement in settlements.iter() {
                        held += settle(db, on, now, settlement).await?;
                    }
                    Ok(held)
                })
            })
            .await
    }

    /// The deliveries of these messages.
    pub async fn deliveries_of(
        &self,
        region: &RegionKey,
        numbers: &[i64],
    ) -> Result<Vec<DeliveryRow>, Error> {
        let db = &self.inner.db;
        let mut keys = Rows::keys(&["d.region", "d.number"]);
        for number in numbers {
            keys.push([region.as_str().into(), (*number).into()]);
        }
        let before = format!("SELECT {SHOWN_COLUMNS} FROM {SHOWN_TABLES} WHERE ");
        let mut found = Vec::new();
        for statement in keys.statements(db, &before, "") {
            for row in db.read(statement).await? {
                found.push(shown(&row)?);
            }
        }
        found.sort_by_key(|row: &DeliveryRow| (row.number, row.id));
        Ok(found)
    }

    /// What was given up and is left to a person, newest first, with an id below `before`.
    pub async fn dead_letters(
        &self,
        region: &RegionKey,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, Error> {
        let sql = format!(
            "SELECT {SHOWN_COLUMNS}, d.turn, d.at,
                (SELECT m.subject FROM messages m WHERE m.region = d.region AND m.number = CASE WHEN d.number > 0 THEN d.number ELSE
                    (SELECT MIN(g.number) FROM deliveries g WHERE g.region = d.region AND g.gathered_into = d.id) END)
            FROM {SHOWN_TABLES} WHERE d.region = $1 AND d.state = 2 AND d.id < $2 ORDER BY d.id DESC LIMIT $3"
        );
        let values = vec![
            region.as_str().into(),
            before.unwrap_or(i64::MAX).into(),
            i64::from(limit).into(),
        ];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok(DeadLetter {
                    delivery: shown(row)?,
                    turn: column(row, 11)?,
                    at: Moment(column(row, 12)?),
                    subject: column(row, 13)?,
                })
            })
            .collect()
    }

    /// Tries a dead letter again, from now on and under the same id (so it is never gathered). False when there is no such dead letter.
    pub async fn retry(&self, region: &RegionKey, id: i64, now: Moment) -> Result<bool, Error> {
        self.revive(region, id, now, "state = 0, attempts = 1, due_at = $3")
            .await
    }

    /// Leaves a dead letter at that. False when there is no such dead letter.
    pub async fn dismiss(&self, region: &RegionKey, id: i64, now: Moment) -> Result<bool, Error> {
        self.revive(region, id, now, "state = 3, settled = $3")
            .await
    }

    async fn revive(
        &self,
        region: &RegionKey,
        id: i64,
        now: Moment,
        change: &'static str,
    ) -> Result<bool, Error> {
        let values: Vec<Value> = vec![region.as_str().into(), id.into(), now.0.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let values = values.clone();
                Box::pin(async move {
                    let sql = format!(
                        "UPDATE deliveries SET {change}, lease_until = 0 WHERE region = $1 AND id = $2 AND state = 2"
                    );
                    let done = on.execute_raw(db.statement(sql, values)).await?;
                    Ok(done.rows_affected() > 0)
                })
            })
            .await
    }
}

/// Of a gathered delivery, what is shown is what it went with.
const SHOWN_COLUMNS: &str = "d.id, d.number, d.channel, d.target, COALESCE(i.state, d.state), d.state, COALESCE(i.attempts, d.attempts),
    COALESCE(i.ambiguous, d.ambiguous), COALESCE(i.due_at, d.due_at), COALESCE(i.outcome, d.outcome), COALESCE(i.settled, d.settled)";
const SHOWN_TABLES: &str =
    "deliveries d LEFT JOIN deliveries i ON i.region = d.region AND i.id = d.gathered_into";

fn shown(row: &QueryResult) -> Result<DeliveryRow, Error> {
    Ok(DeliveryRow {
        id: column(row, 0)?,
        number: column(row, 1)?,
        channel: column(row, 2)?,
        target: column(row, 3)?,
        state: state(column(row, 4)?)?,
        gathered: state(column(row, 5)?)? == DeliveryState::Gathered,
        attempts: number(column(row, 6)?)?,
        ambiguous: number(column(row, 7)?)?,
        due_at: Moment(column(row, 8)?),
        outcome: column(row, 9)?,
        settled: column::<Option<i64>>(row, 10)?.map(Moment),
    })
}

fn state(number: i64) -> Result<DeliveryState, Error> {
    Ok(match number {
        0 => DeliveryState::Waiting,
        1 => DeliveryState::Delivered,
        2 => DeliveryState::Dead,
        3 => DeliveryState::Dismissed,
        4 => DeliveryState::Gathered,
        _ => return Err(Error::damaged("a delivery in an unknown state")),
    })
}

pub(crate) fn row_of<'a>(
    region: &'a RegionKey,
    id: i64,
    number: i64,
    delivery: &'a NewDelivery,
) -> [Cell<'a>; 20] {
    [
        region.into(),
        id.into(),
        number.into(),
        delivery.channel.as_str().into(),
        delivery.target.as_str().into(),
        delivery.occasion.bytes().into(),
        delivery.lane.as_str().into(),
        format!("{region}/{}", delivery.party).into(),
        delivery.at.0.into(),
        i64::from(delivery.gather_above).into(),
        delivery.payload.as_deref().into(),
        0i64.into(),
        0i64.into(),
        0i64.into(),
        delivery.due_at.0.into(),
        0i64.into(),
        0i64.into(),
        Cell::Text(None),
        Cell::Number(None),
        Cell::Number(None),
    ]
}

async fn settle(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    settlement: &Settlement,
) -> Result<u64, Error> {
    let (state, due, reason, ambiguous) = match &settlement.verdict {
        Verdict::Delivered => (1i64, None, None, false),
        Verdict::Again {
            at,
            reason,
            ambiguous,
        } => (0, Some(at.0), Some(reason.clone()), *ambiguous),
        Verdict::Wait { at } => return wait(db, on, settlement, *at).await,
        Verdict::Dead {
            reason, ambiguous, ..
        } => (2, None, Some(reason.clone()), *ambiguous),
    };
    let sql = "UPDATE deliveries SET state = $4, due_at = COALESCE($5, due_at), outcome = $6, ambiguous = ambiguous + $7, settled = $8,
        lease_until = 0 WHERE region = $1 AND id = $2 AND token = $3 AND state = 0";
    let values = vec![
        settlement.region.as_str().into(),
        settlement.id.into(),
        settlement.token.into(),
        state.into(),
        Value::BigInt(due),
        Value::String(reason),
        i64::from(ambiguous).into(),
        Value::BigInt((state != 0).then_some(now.0)),
    ];
    let held = on
        .execute_raw(db.statement(sql, values))
        .await?
        .rows_affected();
    if let (1.., Verdict::Dead { messages, .. }) = (held, &settlement.verdict) {
        let messages: Vec<&NewMessage> = messages.iter().collect();
        crate::messages::insert(db, on, now, &messages, &[]).await?;
    }
    Ok(held)
}

/// As if it had not been claimed.
async fn wait(
    db: &Db,
    on: &DatabaseTransaction,
    settlement: &Settlement,
    at: Moment,
) -> Result<u64, Error> {
    let sql = "UPDATE deliveries SET due_at = $4, attempts = attempts - 1, lease_until = 0
        WHERE region = $1 AND id = $2 AND token = $3 AND state = 0";
    let values = vec![
        settlement.region.as_str().into(),
        settlement.id.into(),
        settlement.token.into(),
        at.0.into(),
    ];
    let done = on.execute_raw(db.statement(sql, values)).await?;
    Ok(done.rows_affected())
}
