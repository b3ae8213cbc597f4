//! What a region has besides its cases: versions of its file, placements, settings.

use convenant_engine::spread::CaseRef;
use convenant_engine::{Moment, Placement};
use convenant_lang::model::{PartyId, SchemeId};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::batch::number;
use crate::db::column;
use crate::occurrences::date;
use crate::open::Inner;
use crate::{Booked, Error, Hash, RegionKey, Store, StreamId};

/// A version of a region's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// SHA-256 of the source text.
    pub hash: Hash,
    /// Number that the file gives itself.
    pub number: u32,
    /// When it was adopted.
    pub adopted: Moment,
}

/// The placements of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Version: give it back with a booking.
    pub version: u64,
    /// In the order in which they were booked.
    pub placements: Vec<LedgerRow>,
}

/// A placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The case.
    pub stream: StreamId,
    /// Sequence number of the stream after the append that booked it; the latest one of a case holds.
    pub seq: u32,
    /// The placement.
    pub booked: Booked,
}

impl Ledger {
    /// The placements as the engine counts them: the latest one of each case.
    pub fn folded(&self) -> convenant_engine::Ledger {
        let mut ledger = convenant_engine::Ledger::new();
        for row in &self.placements {
            let placement = Placement {
                party: row.booked.party,
                neighbourhood: row.booked.neighbourhood.clone(),
                on: row.booked.on,
                seq: row.seq,
                departure: row.booked.departure,
            };
            ledger.place(
                CaseRef(row.stream.0.as_u128()),
                row.booked.scheme,
                placement,
            );
        }
        ledger
    }
}

impl Store {
    /// The regions that have a version, by key.
    pub async fn regions(&self) -> Result<Vec<RegionKey>, Error> {
        let rows = self
            .inner
            .db
            .rows(
                "SELECT DISTINCT region FROM versions ORDER BY region",
                Vec::new(),
            )
            .await?;
        rows.iter()
            .map(|row| RegionKey::new(&column::<String>(row, 0)?))
            .collect()
    }

    /// Keeps a version of a region's file for ever; the same text twice is one version.
    pub async fn adopt(
        &self,
        region: &RegionKey,
        number: u32,
        source: &str,
        at: Moment,
    ) -> Result<Hash, Error> {
        self.inner.require_room()?;
        let hash = Hash::of(source.as_bytes());
        let values = vec![
            region.as_str().into(),
            hash.bytes().into(),
            i64::from(number).into(),
            at.0.into(),
            source.into(),
        ];
        self.inner
            .db
            .unit(move |db, on| {
                let sql = "INSERT INTO versions (region, hash, number, adopted, source) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
                let statement = db.statement(sql, values.clone());
                Box::pin(async move {
                    on.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(hash)
    }

    /// The versions of a region, in the order of adoption.
    pub async fn versions(&self, region: &RegionKey) -> Result<Vec<VersionRow>, Error> {
        let sql = "SELECT hash, number, adopted FROM versions WHERE region = $1 ORDER BY adopted, number, hash";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(VersionRow {
                    hash: Hash::from_bytes(&column::<Vec<u8>>(row, 0)?)?,
                    number: number(column(row, 1)?)?,
                    adopted: Moment(column(row, 2)?),
                })
            })
            .collect()
    }

    /// The source text of a version.
    pub async fn source(&self, region: &RegionKey, version: Hash) -> Result<String, Error> {
        let sql = "SELECT source FROM versions WHERE region = $1 AND hash = $2";
        let row = self
            .inner
            .db
            .row(sql, vec![region.as_str().into(), version.bytes().into()])
            .await?;
        let source: String = column(&row.ok_or(Error::NoSuchVersion)?, 0)?;
        if Hash::of(source.as_bytes()) == version {
            Ok(source)
        } else {
            Err(Error::damaged(
                "the text of a version is not the one that was adopted",
            ))
        }
    }

    /// The placements of a region.
    pub async fn ledger(&self, region: &RegionKey) -> Result<Ledger, Error> {
        // The version first: with placements that are newer than it, a booking is refused, never accepted wrongly.
        let sql = "SELECT last FROM counters WHERE region = $1 AND name = 'ledger'";
        let row = self.inner.db.row(sql, vec![region.as_str().into()]).await?;
        let version = row.map_or(Ok(0), |row| column::<i64>(&row, 0))?;
        let sql = "SELECT stream, seq, scheme, party, neighbourhood, on_date, departure FROM ledger
            WHERE region = $1 AND version <= $2 ORDER BY version, n";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into(), version.into()])
            .await?;
        Ok(Ledger {
            version: u64::try_from(version)
                .map_err(|_| Error::damaged("a ledger version below zero"))?,
            placements: rows.iter().map(ledger_row).collect::<Result<_, Error>>()?,
        })
    }

    /// A setting of the whole installation (the demo's clock).
    pub async fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM settings WHERE region = '' AND name = $1";
        let row = self.inner.db.row(sql, vec![name.into()]).await?;
        row.map(|row| column(&row, 0)).transpose()
    }

    /// Keeps a setting.
    pub async fn keep_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        self.inner
            .keep(name, value, "DO UPDATE SET value = excluded.value")
            .await
    }

    /// Keeps a number under a name, unless a higher one is there: what several nodes keep never goes back.
    pub async fn raise_setting(&self, name: &str, value: i64) -> Result<(), Error> {
        let otherwise = "DO UPDATE SET value = excluded.value WHERE CAST(settings.value AS BIGINT) < CAST(excluded.value AS BIGINT)";
        self.inner.keep(name, &value.to_string(), otherwise).await
    }
}

impl Inner {
    /// Keeps a setting unless there is one.
    pub(crate) async fn keep_first_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        self.keep(name, value, "DO NOTHING").await
    }

    async fn keep(&self, name: &str, value: &str, otherwise: &'static str) -> Result<(), Error> {
        let values = vec![name.into(), value.into()];
        self.db
            .unit(move |db, on| {
                let sql = format!("INSERT INTO settings (region, name, value) VALUES ('', $1, $2) ON CONFLICT (region, name) {otherwise}");
                let statement = db.statement(sql, values.clone());
                Box::pin(async move {
                    on.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }
}

fn ledger_row(row: &QueryResult) -> Result<LedgerRow, Error> {
    let small = |index| -> Result<u16, Error> {
        u16::try_from(column::<i64>(row, index)?)
            .map_err(|_| Error::damaged("a number that is out of range"))
    };
    Ok(LedgerRow {
        stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 0)?)?,
        seq: number(column(row, 1)?)?,
        booked: Booked {
            scheme: SchemeId(small(2)?),
            party: PartyId(small(3)?),
            neighbourhood: column(row, 4)?,
            on: date(&column::<String>(row, 5)?)?,
            departure: column::<i64>(row, 6)? != 0,
        },
    })
}
