//! Reading streams: events in order, with their secrets joined in again.
//!
//! A stream is loaded by its events alone; the row is for lists. What was erased comes back as `Secret::Erased`.

use std::collections::HashMap;

use convenant_engine::Moment;
use rusqlite::types::FromSql;
use rusqlite::{OptionalExtension, Row};
use sea_orm::QueryResult;

use crate::batch::{answer, number, sort};
use crate::db::column;
use crate::direct::{Pen, failed};
use crate::sealing::{CaseKey, SealedParts, join};
use crate::{Appended, CommandId, Error, Hash, Payload, RegionKey, Sort, Store, StreamId};

/// The head of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Stream.
    pub stream: StreamId,
    /// A case or a life.
    pub sort: Sort,
    /// Case number; empty for a life.
    pub number: String,
    /// The version of the region's file to which it is pinned.
    pub version: Hash,
    /// Number of events.
    pub seq: u32,
    /// Hash of the last one.
    pub hash: Hash,
    /// The personal facts were erased at this moment.
    pub erased: Option<Moment>,
}

/// A stream as it is loaded to decide on.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<P> {
    /// Head.
    pub head: Head,
    /// Events, in order; secrets joined in, or `Erased`.
    pub events: Vec<P>,
}

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<P> {
    /// 1, 2, 3, …
    pub seq: u32,
    /// Its hash.
    pub hash: Hash,
    /// The version that the stream took up with it.
    pub version: Option<Hash>,
    /// The event.
    pub event: P,
}

/// The columns of a head, in the order in which `head` reads them.
pub(crate) const HEAD: &str = "stream, sort, number, version, seq, hash, erased";

/// Reads the columns of `HEAD`.
pub(crate) fn head(row: &QueryResult) -> Result<Head, Error> {
    Ok(Head {
        stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 0)?)?,
        sort: sort(&column::<String>(row, 1)?)?,
        number: column(row, 2)?,
        version: Hash::from_bytes(&column::<Vec<u8>>(row, 3)?)?,
        seq: number(column(row, 4)?)?,
        hash: Hash::from_bytes(&column::<Vec<u8>>(row, 5)?)?,
        erased: column::<Option<i64>>(row, 6)?.map(Moment),
    })
}

/// The same, of a data folder.
fn head_in(row: &Row<'_>) -> Result<Head, Error> {
    let blob = |n| Ok::<_, Error>(bytes(row, n)?.unwrap_or_default());
    Ok(Head {
        stream: StreamId::from_bytes(&blob(0)?)?,
        sort: sort(&cell::<String>(row, 1)?)?,
        number: cell(row, 2)?,
        version: Hash::from_bytes(&blob(3)?)?,
        seq: number(cell(row, 4)?)?,
        hash: Hash::from_bytes(&blob(5)?)?,
        erased: cell::<Option<i64>>(row, 6)?.map(Moment),
    })
}

fn stored_in(row: &Row<'_>) -> Result<Stored, Error> {
    Ok(Stored {
        seq: number(cell(row, 0)?)?,
        at: Moment(cell(row, 1)?),
        version: bytes(row, 2)?,
        commitments: bytes(row, 3)?.unwrap_or_default(),
        payload: cell(row, 4)?,
        hash: bytes(row, 5)?.unwrap_or_default(),
    })
}

/// What stands in a data folder of the events of a stream after `after`.
fn log_rows<T>(
    pen: &Pen,
    sql: &str,
    region: &RegionKey,
    stream: StreamId,
    after: u32,
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let rows: Vec<_> = pen.read_log(|on| {
        on.prepare_cached(sql)?
            .query_map((region.as_str(), stream.0.as_bytes(), after), |row| {
                Ok(read(row))
            })?
            .collect::<rusqlite::Result<_>>()
    })?;
    rows.into_iter().collect()
}

fn cell<T: FromSql>(row: &Row<'_>, column: usize) -> Result<T, Error> {
    Ok(row.get(column).map_err(failed)?)
}

/// A column of bytes, also where somebody has put text into it: what is wrong with that, checks of the log say.
fn bytes(row: &Row<'_>, column: usize) -> Result<Option<Vec<u8>>, Error> {
    let value = row.get_ref(column).map_err(failed)?;
    let bytes = value
        .as_bytes_or_null()
        .map_err(|error| failed(error.into()))?;
    Ok(bytes.map(<[u8]>::to_vec))
}

/// An event as it lies in the table.
pub(crate) struct Stored {
    pub(crate) seq: u32,
    pub(crate) at: Moment,
    pub(crate) version: Option<Vec<u8>>,
    pub(crate) commitments: Vec<u8>,
    pub(crate) payload: String,
    pub(crate) hash: Vec<u8>,
}

impl Store {
    /// The answer that a command got before, so that it need not be decided again; `KeyReused` when it was another command.
    pub async fn answered(
        &self,
        region: &RegionKey,
        command: &CommandId,
    ) -> Result<Option<Appended>, Error> {
        let sql = "SELECT body, stream, seq, events, head, number FROM commands WHERE region = $1 AND key = $2";
        let row = self
            .inner
            .db
            .row(
                sql,
                vec![region.as_str().into(), command.key.clone().into()],
            )
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let body: Option<Vec<u8>> = column(&row, 0)?;
        if body.is_some_and(|body| body != self.inner.master.command_hash(&command.body)) {
            return Err(Error::KeyReused);
        }
        answer(&row, 1).map(Some)
    }

    /// A whole stream.
    pub async fn load<P: Payload>(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Loaded<P>, Error> {
        let head = self
            .head(region, stream)
            .await?
            .ok_or(Error::NoSuchStream)?;
        let mut recorded = self.events::<P>(region, stream, 0).await?;
        // Somebody may have appended between the two reads.
        recorded.truncate(head.seq as usize);
        if recorded.last().map(|last| (last.seq, last.hash)) != Some((head.seq, head.hash)) {
            return Err(Error::damaged(
                "a stream does not end with the event that its row names",
            ));
        }
        Ok(Loaded {
            head,
            events: recorded
                .into_iter()
                .map(|recorded| recorded.event)
                .collect(),
        })
    }

    /// The events of a stream after sequence number `after`, with their hashes.
    pub async fn events<P: Payload>(
        &self,
        region: &RegionKey,
        stream: StreamId,
        after: u32,
    ) -> Result<Vec<Recorded<P>>, Error> {
        let stored = self.stored(region, stream, after).await?;
        let mut sealed = self.sealed_parts(region, stream, after).await?;
        let key = if sealed.is_empty() {
            None
        } else {
            self.inner.case_key(region, stream).await?
        };
        let mut recorded = Vec::with_capacity(stored.len());
        for row in stored {
            let mut event: P = serde_json::from_str(&row.payload)?;
            if !row.commitments.is_empty() {
                let parts = SealedParts {
                    sealed: sealed.remove(&row.seq).unwrap_or_default(),
                    commitments: row.commitments,
                };
                self.unseal(region, stream, row.seq, key.as_ref(), &parts, &mut event)
                    .await?;
            }
            recorded.push(Recorded {
                seq: row.seq,
                hash: Hash::from_bytes(&row.hash)?,
                version: row.version.as_deref().map(Hash::from_bytes).transpose()?,
                event,
            });
        }
        Ok(recorded)
    }

    async fn unseal<P: Payload>(
        &self,
        region: &RegionKey,
        stream: StreamId,
        seq: u32,
        key: Option<&CaseKey>,
        parts: &SealedParts,
        event: &mut P,
    ) -> Result<(), Error> {
        let opened = match key {
            Some(key) if !parts.sealed.is_empty() => {
                Some(key.open(region, stream, seq, parts).ok_or_else(|| {
                    Error::damaged("a sealed part is not what the log committed to")
                })?)
            }
            _ => {
                // A part without a key, or a key without a part, is right only once the case was erased.
                let head = self.head(region, stream).await?;
                if head.is_some_and(|head| head.erased.is_none()) {
                    return Err(Error::damaged(
                        "a sealed part or the key of a case is missing",
                    ));
                }
                self.inner.forget_key(region, stream);
                None
            }
        };
        join(event.secrets(), opened)
            .ok_or_else(|| Error::damaged("the secrets of an event do not fit it"))
    }

    /// The rows of the events after `after`.
    pub(crate) async fn stored(
        &self,
        region: &RegionKey,
        stream: StreamId,
        after: u32,
    ) -> Result<Vec<Stored>, Error> {
        let sql = "SELECT seq, at, version, commitments, payload, hash FROM events
            WHERE region = $1 AND stream = $2 AND seq > $3 ORDER BY seq";
        if let Some(pen) = self.inner.db.pen() {
            return log_rows(pen, sql, region, stream, after, stored_in);
        }
        let values = vec![
            region.as_str().into(),
            stream.bytes().into(),
            i64::from(after).into(),
        ];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Stored {
                    seq: number(column(row, 0)?)?,
                    at: Moment(column(row, 1)?),
                    version: column(row, 2)?,
                    commitments: column::<Option<Vec<u8>>>(row, 3)?.unwrap_or_default(),
                    payload: column(row, 4)?,
                    hash: column(row, 5)?,
                })
            })
            .collect()
    }

    /// The sealed parts of the events after `after`, by sequence number.
    pub(crate) async fn sealed_parts(
        &self,
        region: &RegionKey,
        stream: StreamId,
        after: u32,
    ) -> Result<HashMap<u32, Vec<u8>>, Error> {
        let sql = "SELECT seq, parts FROM sealed WHERE region = $1 AND stream = $2 AND seq > $3";
        if let Some(pen) = self.inner.db.pen() {
            let parts = log_rows(pen, sql, region, stream, after, |row| {
                Ok((number(cell(row, 0)?)?, bytes(row, 1)?.unwrap_or_default()))
            })?;
            return Ok(parts.into_iter().collect());
        }
        let values = vec![
            region.as_str().into(),
            stream.bytes().into(),
            i64::from(after).into(),
        ];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter()
            .map(|row| Ok((number(column(row, 0)?)?, column(row, 1)?)))
            .collect()
    }

    /// The head of a stream.
    pub async fn head(&self, region: &RegionKey, stream: StreamId) -> Result<Option<Head>, Error> {
        let sql = format!("SELECT {HEAD} FROM streams WHERE region = $1 AND stream = $2");
        if let Some(pen) = self.inner.db.pen() {
            let head = pen.read_log(|on| {
                on.prepare_cached(&sql)?
                    .query_row((region.as_str(), stream.0.as_bytes()), |row| {
                        Ok(head_in(row))
                    })
                    .optional()
            })?;
            return head.transpose();
        }
        let row = self
            .inner
            .db
            .row(sql, vec![region.as_str().into(), stream.bytes().into()])
            .await?;
        row.as_ref().map(head).transpose()
    }

    /// The case with this number.
    pub async fn numbered(
        &self,
        region: &RegionKey,
        number: &str,
    ) -> Result<Option<StreamId>, Error> {
        let sql = "SELECT stream FROM streams WHERE region = $1 AND number = $2 AND number <> ''";
        let row = self
            .inner
            .db
            .row(sql, vec![region.as_str().into(), number.into()])
            .await?;
        row.map(|row| StreamId::from_bytes(&column::<Vec<u8>>(&row, 0)?))
            .transpose()
    }
}
