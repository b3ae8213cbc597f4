//! Endpoints: where a party wants webhooks to go, and the secrets that sign them.
//!
//! Input: changes by a party, results of tries. Output: endpoints with their secrets. Invariants: secrets lie sealed under the master key,
//! bound to their endpoint, and cannot be printed; the newest signs for as long as the endpoint is there, an older one until its end; only
//! its own party can change an endpoint; consent is for one address, and does not outlive it.

mod secrets;

use std::fmt;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use crate::db::{Db, column};
use crate::open::Inner;
use crate::{Error, MasterKey, RegionKey, Store};

pub use secrets::EndpointSecrets;

/// The table, in the one spelling for both databases.
pub(crate) const TABLE: &str = "
CREATE TABLE endpoints (
    region TEXT NOT NULL, id BYTES NOT NULL, party TEXT NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL, made BIGINT NOT NULL,
    off_reason TEXT, off_at BIGINT, failing_since BIGINT, secrets BYTES NOT NULL,
    PRIMARY KEY (region, id)) CLUSTERED;
CREATE INDEX endpoints_by_party ON endpoints (region, party);
";

/// What the receiver said of being told anything. An endpoint of before there was such a question is told as it was.
pub(crate) const CONSENT: &str = "
ALTER TABLE endpoints ADD COLUMN agreed BIGINT NOT NULL DEFAULT 1;
ALTER TABLE endpoints ADD COLUMN consented BIGINT;
ALTER TABLE endpoints ADD COLUMN rate BIGINT;
ALTER TABLE endpoints ADD COLUMN no_consent TEXT;
";

const COLUMNS: &str = "id, party, url, name, made, off_reason, off_at, failing_since, secrets, agreed, consented, rate, no_consent FROM endpoints";

/// Endpoints of one party.
const MOST: usize = 10;

/// How long an endpoint may fail without one success before it is switched off, in milliseconds: a weekend and a long holiday.
const PATIENCE: i64 = 5 * 24 * 60 * 60 * 1000;

/// The reason of an endpoint that its party has switched off.
pub const BY_PARTY: &str = "webhook-partij";

/// Id of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub Uuid);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an endpoint is told anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointState {
    /// It is.
    On,
    /// Not until it is switched on again.
    Off {
        /// Why: a code of the channel's, or `BY_PARTY`.
        reason: String,
        /// Since when.
        since: Moment,
    },
}

/// What the receiver answered when it was asked whether it wants to be told anything (CloudEvents, HTTP 1.1 Web Hooks, 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// It was not asked yet.
    Unasked,
    /// It wants to be.
    Given {
        /// When it said so.
        at: Moment,
        /// Requests a minute that it allows; none: as many as there are.
        rate: Option<u32>,
    },
    /// It did not say that it does.
    Withheld {
        /// Why not: a code of the channel's.
        reason: String,
    },
}

/// Where a party wants webhooks to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Region.
    pub region: RegionKey,
    /// Id.
    pub id: EndpointId,
    /// Party, by name.
    pub party: String,
    /// Address; was checked when it was entered.
    pub url: String,
    /// What the party calls it.
    pub name: String,
    /// When it was made.
    pub made: Moment,
    /// On or off.
    pub state: EndpointState,
    /// The first failure since the last success.
    pub failing_since: Option<Moment>,
    /// Whether its party says that it was agreed on otherwise, so that it is told without consent.
    pub agreed: bool,
    /// What the receiver said of it.
    pub consent: Consent,
    /// What signs.
    pub secrets: EndpointSecrets,
}

impl Endpoint {
    /// Whether the receiver wants to be told anything, by its own word or by that of its party.
    pub fn is_wanted(&self) -> bool {
        self.agreed || matches!(self.consent, Consent::Given { .. })
    }

    /// Whether it is told what happens.
    pub fn is_told(&self) -> bool {
        self.state == EndpointState::On && self.is_wanted()
    }
}

/// An endpoint to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Address, checked.
    pub url: String,
    /// Name.
    pub name: String,
    /// Whether it is told anything from the start.
    pub on: bool,
    /// Whether it is told without consent of the receiver.
    pub agreed: bool,
}

/// A change of an endpoint by its party; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// Address; another one has not given consent.
    pub url: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Whether it is told without consent of the receiver.
    pub agreed: Option<bool>,
    /// Switched on, or off; with either its failures are forgotten.
    pub on: Option<bool>,
    /// A new secret; those before sign along for 24 hours.
    pub rotate: bool,
    /// Older secrets sign no longer.
    pub withdraw_older: bool,
}

/// How a try went, as far as the endpoint is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It took the event.
    Delivered,
    /// It did not; after five days without a success it is switched off for this reason.
    Failed(String),
    /// It is gone for good: switched off at once, for this reason.
    Gone(String),
}

impl Store {
    /// The endpoints of a party, or of all, oldest first.
    pub async fn endpoints(
        &self,
        region: &RegionKey,
        party: Option<&str>,
    ) -> Result<Vec<Endpoint>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE region = $1 AND ($2 IS NULL OR party = $2) ORDER BY id"
        );
        let values = vec![
            region.as_str().into(),
            Value::String(party.map(str::to_owned)),
        ];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter()
            .map(|row| endpoint(&self.inner.master, region, row))
            .collect()
    }

    /// One endpoint.
    pub async fn endpoint(&self, region: &RegionKey, id: EndpointId) -> Result<Endpoint, Error> {
        let sql = format!("SELECT {COLUMNS} WHERE region = $1 AND id = $2");
        let values = vec![region.as_str().into(), bytes(id)];
        let row = self.inner.db.row(sql, values).await?;
        endpoint(
            &self.inner.master,
            region,
            &row.ok_or(Error::NoSuchEndpoint)?,
        )
    }

    /// Makes an endpoint, with its first secret.
    pub async fn make_endpoint(
        &self,
        region: &RegionKey,
        party: &str,
        new: NewEndpoint,
        at: Moment,
    ) -> Result<Endpoint, Error> {
        self.inner.require_room()?;
        let made = Endpoint {
            region: region.clone(),
            id: EndpointId(Uuid::now_v7()),
            party: party.to_owned(),
            url: new.url,
            name: new.name,
            made: at,
            state: if new.on {
                EndpointState::On
            } else {
                by_party(at)
            },
            failing_since: None,
            agreed: new.agreed,
            consent: Consent::Unasked,
            secrets: EndpointSecrets::new()?,
        };
        let inner = self.inner.clone();
        let row = made.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let (inner, row) = (inner.clone(), row.clone());
                Box::pin(async move { insert(&inner, db, on, &row).await })
            })
            .await?;
        Ok(made)
    }

    /// Changes an endpoint of a party; gives it as it is now.
    pub async fn change_endpoint(
        &self,
        region: &RegionKey,
        party: &str,
        id: EndpointId,
        change: EndpointChange,
        at: Moment,
    ) -> Result<Endpoint, Error> {
        let party = party.to_owned();
        self.update_endpoint(region, id, move |endpoint| {
            if endpoint.party != party {
                return Err(Error::NoSuchEndpoint);
            }
            carry_out(endpoint, &change, at)
        })
        .await
    }

    /// Keeps how a try went; gives the endpoint as it is now.
    pub async fn endpoint_tried(
        &self,
        region: &RegionKey,
        id: EndpointId,
        tried: Tried,
        at: Moment,
    ) -> Result<Endpoint, Error> {
        self.update_endpoint(region, id, move |endpoint| {
            count(endpoint, &tried, at);
            Ok(())
        })
        .await
    }

    /// Keeps what the receiver at this address said of being told; gives the endpoint as it is now, with another address untouched.
    pub async fn endpoint_asked(
        &self,
        region: &RegionKey,
        id: EndpointId,
        url: &str,
        consent: Consent,
    ) -> Result<Endpoint, Error> {
        let url = url.to_owned();
        self.update_endpoint(region, id, move |endpoint| {
            if endpoint.url == url {
                endpoint.consent = consent.clone();
            }
            Ok(())
        })
        .await
    }

    /// Removes an endpoint of a party, with its secrets.
    pub async fn remove_endpoint(
        &self,
        region: &RegionKey,
        party: &str,
        id: EndpointId,
    ) -> Result<(), Error> {
        let values = vec![region.as_str().into(), bytes(id), party.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let sql = "DELETE FROM endpoints WHERE region = $1 AND id = $2 AND party = $3";
                let statement = db.statement(sql, values.clone());
                Box::pin(async move {
                    match on.execute_raw(statement).await?.rows_affected() {
                        0 => Err(Error::NoSuchEndpoint),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// Reads, changes and writes one endpoint in one transaction.
    async fn update_endpoint<F>(
        &self,
        region: &RegionKey,
        id: EndpointId,
        change: F,
    ) -> Result<Endpoint, Error>
    where
        F: Fn(&mut Endpoint) -> Result<(), Error> + Clone + Send + Sync + 'static,
    {
        let (inner, region) = (self.inner.clone(), region.clone());
        self.inner
            .db
            .unit(move |db, on| {
                let (inner, region, change) = (inner.clone(), region.clone(), change.clone());
                Box::pin(async move {
                    let sql = format!(
                        "SELECT {COLUMNS} WHERE region = $1 AND id = $2{}",
                        db.for_update()
                    );
                    let values = vec![region.as_str().into(), bytes(id)];
                    let row = on.query_one_raw(db.statement(sql, values)).await?;
                    let row = row.ok_or(Error::NoSuchEndpoint)?;
                    let before = endpoint(&inner.master, &region, &row)?;
                    let mut after = before.clone();
                    change(&mut after)?;
                    if after != before {
                        write(&inner, db, on, &after).await?;
                    }
                    Ok(after)
                })
            })
            .await
    }
}

fn by_party(at: Moment) -> EndpointState {
    EndpointState::Off {
        reason: BY_PARTY.to_owned(),
        since: at,
    }
}

fn carry_out(endpoint: &mut Endpoint, change: &EndpointChange, at: Moment) -> Result<(), Error> {
    if let Some(url) = change.url.as_ref().filter(|url| **url != endpoint.url) {
        endpoint.url.clone_from(url);
        endpoint.consent = Consent::Unasked;
    }
    if let Some(agreed) = change.agreed {
        endpoint.agreed = agreed;
    }
    if let Some(name) = &change.name {
        endpoint.name.clone_from(name);
    }
    match change.on {
        Some(true) => {
            endpoint.state = EndpointState::On;
            endpoint.failing_since = None;
        }
        Some(false) if endpoint.state == EndpointState::On => {
            endpoint.state = by_party(at);
            endpoint.failing_since = None;
        }
        Some(false) | None => {}
    }
    if change.rotate {
        endpoint.secrets.rotate(at)?;
    }
    if change.withdraw_older {
        endpoint.secrets.withdraw_older();
    }
    Ok(())
}

fn count(endpoint: &mut Endpoint, tried: &Tried, at: Moment) {
    let reason = match tried {
        Tried::Delivered => {
            endpoint.failing_since = None;
            return;
        }
        Tried::Failed(reason) => {
            let since = *endpoint.failing_since.get_or_insert(at);
            if at.0.saturating_sub(since.0) < PATIENCE {
                return;
            }
            reason
        }
        Tried::Gone(reason) => reason,
    };
    if endpoint.state == EndpointState::On {
        endpoint.state = EndpointState::Off {
            reason: reason.clone(),
            since: at,
        };
    }
}

fn bytes(id: EndpointId) -> Value {
    id.0.as_bytes().to_vec().into()
}

async fn insert(
    inner: &Inner,
    db: &Db,
    on: &DatabaseTransaction,
    row: &Endpoint,
) -> Result<(), Error> {
    // Two that make one at the same time wait for each other here, so that both count right.
    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, 'endpoints', 1)
        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + 1";
    let region: Value = row.region.as_str().into();
    on.execute_raw(db.statement(sql, vec![region.clone()]))
        .await?;
    let sql = "SELECT COUNT(*) FROM endpoints WHERE region = $1 AND party = $2";
    let values = vec![region.clone(), row.party.as_str().into()];
    let counted = on.query_one_raw(db.statement(sql, values)).await?;
    let there = counted.map_or(Ok(0), |row| column::<i64>(&row, 0))?;
    if usize::try_from(there).is_ok_and(|there| there >= MOST) {
        return Err(Error::TooManyEndpoints { most: MOST });
    }
    let sql = "INSERT INTO endpoints (region, id, party, url, name, made, off_reason, off_at, secrets, agreed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (reason, since) = off(row);
    let values = vec![
        region,
        bytes(row.id),
        row.party.as_str().into(),
        row.url.as_str().into(),
        row.name.as_str().into(),
        row.made.0.into(),
        reason,
        since,
        row.secrets.seal(&inner.master, &row.region, row.id)?.into(),
        i64::from(row.agreed).into(),
    ];
    on.execute_raw(db.statement(sql, values)).await?;
    Ok(())
}

/// The columns for when consent was given, for how many requests a minute, and why it was not.
fn consent(row: &Endpoint) -> [Value; 3] {
    let (at, rate, reason) = match &row.consent {
        Consent::Unasked => (None, None, None),
        Consent::Given { at, rate } => (Some(at.0), rate.map(i64::from), None),
        Consent::Withheld { reason } => (None, None, Some(reason.clone())),
    };
    [
        Value::BigInt(at),
        Value::BigInt(rate),
        Value::String(reason),
    ]
}

fn consent_of(row: &QueryResult) -> Result<Consent, Error> {
    let (at, rate, reason) = (
        column(row, 10)?,
        column::<Option<i64>>(row, 11)?,
        column(row, 12)?,
    );
    Ok(match (at, reason) {
        (Some(at), _) => Consent::Given {
            at: Moment(at),
            rate: rate.and_then(|rate| u32::try_from(rate).ok()),
        },
        (None, Some(reason)) => Consent::Withheld { reason },
        (None, None) => Consent::Unasked,
    })
}

/// The columns for why and since when it is off.
fn off(row: &Endpoint) -> (Value, Value) {
    let (reason, since) = match &row.state {
        EndpointState::On => (None, None),
        EndpointState::Off { reason, since } => (Some(reason.clone()), Some(since.0)),
    };
    (Value::String(reason), Value::BigInt(since))
}

async fn write(
    inner: &Inner,
    db: &Db,
    on: &DatabaseTransaction,
    row: &Endpoint,
) -> Result<(), Error> {
    let (reason, since) = off(row);
    let sql = "UPDATE endpoints SET url = $3, name = $4, off_reason = $5, off_at = $6, failing_since = $7, secrets = $8,
        agreed = $9, consented = $10, rate = $11, no_consent = $12 WHERE region = $1 AND id = $2";
    let mut values = vec![
        row.region.as_str().into(),
        bytes(row.id),
        row.url.as_str().into(),
        row.name.as_str().into(),
        reason,
        since,
        Value::BigInt(row.failing_since.map(|moment| moment.0)),
        row.secrets.seal(&inner.master, &row.region, row.id)?.into(),
        i64::from(row.agreed).into(),
    ];
    values.extend(consent(row));
    on.execute_raw(db.statement(sql, values)).await?;
    Ok(())
}

fn endpoint(master: &MasterKey, region: &RegionKey, row: &QueryResult) -> Result<Endpoint, Error> {
    let id = Uuid::from_slice(&column::<Vec<u8>>(row, 0)?)
        .map(EndpointId)
        .map_err(|_| Error::damaged("an endpoint's id that is none"))?;
    let reason: Option<String> = column(row, 5)?;
    let since: Option<i64> = column(row, 6)?;
    Ok(Endpoint {
        region: region.clone(),
        id,
        party: column(row, 1)?,
        url: column(row, 2)?,
        name: column(row, 3)?,
        made: Moment(column(row, 4)?),
        state: match (reason, since) {
            (Some(reason), Some(since)) => EndpointState::Off {
                reason,
                since: Moment(since),
            },
            _ => EndpointState::On,
        },
        failing_since: column::<Option<i64>>(row, 7)?.map(Moment),
        agreed: column::<i64>(row, 9)? != 0,
        consent: consent_of(row)?,
        secrets: EndpointSecrets::unseal(master, region, id, &column::<Vec<u8>>(row, 8)?)?,
    })
}
