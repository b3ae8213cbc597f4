//! The events of whole streams, each as one text: a row-by-row interface is slower than the check of what it brings.
//!
//! A range of streams in -> each stream with its row and its log, as they are at one moment. Invariant: a log can be read in one way
//! only; what its numbers and lengths do not fit is no log.

use sea_orm::DbBackend;

use crate::batch::number;
use crate::db::column;
use crate::{Error, Hash, RegionKey, Store};

/// A stream with its row and its events.
pub(crate) struct LoggedStream {
    pub(crate) stream: Vec<u8>,
    /// Number, hash and version, if there is a row.
    pub(crate) head: Option<(u32, Hash, Hash)>,
    /// To be read by `records`; none when there are no events.
    pub(crate) log: Option<Vec<u8>>,
}

/// An event as it stands in a log.
pub(crate) struct Record<'a> {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) version: &'a [u8],
    pub(crate) commitments: &'a [u8],
    pub(crate) hash: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// How many; of each its number, moment and length of payload; all hashes; all payloads; then of each that has a version or commitments
/// its number, their lengths, and they. What SQLite puts together as text it does not look at: any bytes may be in it.
const LOG_SQLITE: &str = "CAST(concat(count(*), ';', string_agg(seq || ',' || at || ',' || octet_length(payload) || ';', ''),
    string_agg(hash, ''), string_agg(payload, ''),
    string_agg(CASE WHEN version IS NULL AND commitments IS NULL THEN NULL ELSE
        concat(seq, ',', COALESCE(octet_length(version), 0), ',', COALESCE(octet_length(commitments), 0), ';', version, commitments) END, '')) AS BLOB)";

/// The same; every list in the same order, because they are of the same rows.
const LOG_POSTGRES: &str = "convert_to(concat(count(*), ';', string_agg(concat(seq, ',', at, ',', octet_length(payload), ';'), '')), 'UTF8')
    || string_agg(hash, '') || convert_to(string_agg(payload, ''), 'UTF8')
    || COALESCE(string_agg(CASE WHEN version IS NULL AND commitments IS NULL THEN NULL ELSE
        convert_to(concat(seq, ',', COALESCE(octet_length(version), 0), ',', COALESCE(octet_length(commitments), 0), ';'), 'UTF8')
        || COALESCE(version, '') || COALESCE(commitments, '') END, ''), '')";

impl Store {
    /// The stream that has `skipped` streams between it and `after`; none when there are not so many.
    pub(crate) async fn logged_end(
        &self,
        region: &RegionKey,
        after: &[u8],
        skipped: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT stream FROM streams WHERE region = $1 AND stream > $2 ORDER BY stream LIMIT 1 OFFSET $3";
        let values = vec![
            region.as_str().into(),
            after.to_vec().into(),
            skipped.into(),
        ];
        let row = self.inner.db.row(sql, values).await?;
        row.map(|row| column(&row, 0)).transpose()
    }

    /// The streams after `after`, up to and including `until`, whether they have a row, events or both.
    pub(crate) async fn logged(
        &self,
        region: &RegionKey,
        after: Vec<u8>,
        until: Option<Vec<u8>>,
    ) -> Result<Vec<LoggedStream>, Error> {
        let db = &self.inner.db;
        let log = match db.backend {
            DbBackend::Postgres => LOG_POSTGRES,
            _ => LOG_SQLITE,
        };
        let below = match until {
            Some(_) => "stream <= $3",
            None => "$3 = $3",
        };
        // From one stream to the next by the key: that finds those without a row too, without reading every event.
        let sql = format!(
            "WITH RECURSIVE logged (stream) AS (
                SELECT (SELECT stream FROM events WHERE region = $1 AND stream > $2 AND {below} ORDER BY stream LIMIT 1)
                UNION ALL
                SELECT (SELECT stream FROM events WHERE region = $1 AND stream > logged.stream AND {below} ORDER BY stream LIMIT 1)
                FROM logged WHERE logged.stream IS NOT NULL)
            SELECT COALESCE(s.stream, l.stream), s.seq, s.hash, s.version,
                CASE WHEN l.stream IS NULL THEN NULL ELSE (SELECT {log} FROM events WHERE region = $1 AND stream = l.stream) END
            FROM (SELECT stream FROM logged WHERE stream IS NOT NULL) l
            FULL JOIN (SELECT stream, seq, hash, version FROM streams WHERE region = $1 AND stream > $2 AND {below}) s
                ON s.stream = l.stream"
        );
        let values = vec![
            region.as_str().into(),
            after.into(),
            until.unwrap_or_default().into(),
        ];
        let rows = db.rows(sql, values).await?;
        rows.iter()
            .map(|row| {
                let head = match column::<Option<i64>>(row, 1)? {
                    None => None,
                    Some(seq) => Some((
                        number(seq)?,
                        Hash::from_bytes(&column::<Vec<u8>>(row, 2)?)?,
                        Hash::from_bytes(&column::<Vec<u8>>(row, 3)?)?,
                    )),
                };
                Ok(LoggedStream {
                    stream: column(row, 0)?,
                    head,
                    log: column(row, 4)?,
                })
            })
            .collect()
    }
}

/// The records of a log, by number; none when it is not what its numbers say.
pub(crate) fn records(log: &[u8]) -> Option<Vec<Record<'_>>> {
    let ([count], mut rest) = numbers(log)?;
    let mut records = Vec::new();
    let mut lengths = Vec::new();
    for _ in 0..count {
        let ([seq, at, length], after) = numbers(rest)?;
        rest = after;
        lengths.push(usize::try_from(length).ok()?);
        records.push(Record {
            seq,
            at,
            version: &[],
            commitments: &[],
            hash: &[],
            payload: &[],
        });
    }
    for record in &mut records {
        (record.hash, rest) = rest.split_at_checked(32)?;
    }
    for (record, length) in records.iter_mut().zip(lengths) {
        (record.payload, rest) = rest.split_at_checked(length)?;
    }
    if !records.is_sorted_by_key(|record| record.seq) {
        records.sort_by_key(|record| record.seq);
    }
    while !rest.is_empty() {
        let ([seq, version, commitments], after) = numbers(rest)?;
        let at = records
            .binary_search_by_key(&seq, |record| record.seq)
            .ok()?;
        let record = records.get_mut(at)?;
        (record.version, rest) = after.split_at_checked(usize::try_from(version).ok()?)?;
        (record.commitments, rest) = rest.split_at_checked(usize::try_from(commitments).ok()?)?;
    }
    Some(records)
}

/// Whole numbers with `,` between them and `;` after the last, and what comes after that.
fn numbers<const N: usize>(text: &[u8]) -> Option<([i64; N], &[u8])> {
    let end = text.iter().position(|byte| *byte == b';')?;
    let (list, rest) = text.split_at_checked(end)?;
    let mut list = list.split(|byte| *byte == b',');
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = std::str::from_utf8(list.next()?).ok()?.parse().ok()?;
    }
    list.next().is_none().then_some((numbers, rest.get(1..)?))
}
