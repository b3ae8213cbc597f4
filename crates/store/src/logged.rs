//! The events of whole streams, each as one text: a row-by-row interface is slower than the check of what it brings.
//!
//! A range of streams in -> each stream with its row and its log, as they are at one moment. Invariant: a log can be read in one way
//! only; what its numbers and lengths do not fit is no log.

use sea_orm::DbBackend;

use crate::db::column;
use crate::{Error, RegionKey, Store};

/// A stream with its row and its events.
pub(crate) struct LoggedStream<'a> {
    pub(crate) stream: &'a [u8],
    /// Number, hash and version, if there is a row.
    pub(crate) head: Option<(i64, &'a [u8], &'a [u8])>,
    /// To be read by `records`; empty when there are no events.
    pub(crate) log: &'a [u8],
}

/// An event as it stands in a log.
#[derive(Default)]
pub(crate) struct Record<'a> {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) version: &'a [u8],
    pub(crate) commitments: &'a [u8],
    pub(crate) hash: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// The length of a hash.
const HASH: usize = 32;
/// Between two payloads. JSON never holds it unescaped; if a payload does, there are more payloads than events.
const BETWEEN: u8 = 0x1e;

/// What one statement reads, of all its streams: whether there is a row, its number, four lengths; then the stream, hash and version of
/// the row, and the log. What SQLite puts together as text it does not look at: any bytes may be in it.
const STREAMS_SQLITE: &str = "CAST(string_agg(concat(seq IS NOT NULL, ',', COALESCE(seq, 0), ',', octet_length(stream), ',',
    COALESCE(octet_length(hash), 0), ',', COALESCE(octet_length(version), 0), ',', octet_length(log), ';', stream, hash, version, log), '') AS BLOB)";
const STREAMS_POSTGRES: &str = "string_agg(convert_to(concat((seq IS NOT NULL)::int, ',', COALESCE(seq, 0), ',', octet_length(stream), ',',
    COALESCE(octet_length(hash), 0), ',', COALESCE(octet_length(version), 0), ',', octet_length(log), ';'), 'UTF8')
    || stream || COALESCE(hash, '') || COALESCE(version, '') || log, '')";

/// A log: how many events; of each its number and moment; all hashes; all payloads with a mark after each; then, of each that has a version
/// or commitments, or a hash of another length, its number and their lengths, and version and commitments.
const LOG_SQLITE: &str = "concat(count(*), ';', string_agg(seq || ',' || at, ';'), ';', string_agg(hash, ''), string_agg(payload, char(30)), char(30),
    string_agg(concat(seq, ',', octet_length(hash), ',', COALESCE(octet_length(version), 0), ',', COALESCE(octet_length(commitments), 0), ';',
        version, commitments), '') FILTER (WHERE version IS NOT NULL OR commitments IS NOT NULL OR octet_length(hash) <> 32))";
/// The same; every list is in the same order, because they are of the same rows.
const LOG_POSTGRES: &str = "convert_to(concat(count(*), ';', string_agg(concat(seq, ',', at), ';'), ';'), 'UTF8')
    || string_agg(hash, '') || convert_to(concat(string_agg(payload, chr(30)), chr(30)), 'UTF8')
    || COALESCE(string_agg(convert_to(concat(seq, ',', octet_length(hash), ',', COALESCE(octet_length(version), 0), ',',
        COALESCE(octet_length(commitments), 0), ';'), 'UTF8') || COALESCE(version, '') || COALESCE(commitments, ''), '')
        FILTER (WHERE version IS NOT NULL OR commitments IS NOT NULL OR octet_length(hash) <> 32), '')";

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

    /// The streams after `after`, up to and including `until`, whether they have a row, events or both; to be read by `streams`.
    pub(crate) async fn logged(
        &self,
        region: &RegionKey,
        after: Vec<u8>,
        until: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Error> {
        let db = &self.inner.db;
        let (streams, log, none) = match db.backend {
            DbBackend::Postgres => (STREAMS_POSTGRES, LOG_POSTGRES, "''::bytea"),
            _ => (STREAMS_SQLITE, LOG_SQLITE, "X''"),
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
                FROM logged WHERE logged.stream IS NOT NULL),
            every_stream AS MATERIALIZED (
                SELECT COALESCE(s.stream, l.stream) AS stream, s.seq, s.hash, s.version,
                    CASE WHEN l.stream IS NULL THEN {none} ELSE (SELECT {log} FROM events WHERE region = $1 AND stream = l.stream) END AS log
                FROM (SELECT stream FROM logged WHERE stream IS NOT NULL) l
                FULL JOIN (SELECT stream, seq, hash, version FROM streams WHERE region = $1 AND stream > $2 AND {below}) s
                    ON s.stream = l.stream)
            SELECT {streams} FROM every_stream"
        );
        let values = vec![
            region.as_str().into(),
            after.into(),
            until.unwrap_or_default().into(),
        ];
        let row = db.row(sql, values).await?;
        let text = row.map(|row| column::<Option<Vec<u8>>>(&row, 0));
        Ok(text.transpose()?.flatten().unwrap_or_default())
    }
}

/// The streams in what was read; none when it is not what its lengths say.
pub(crate) fn streams(text: &[u8]) -> Option<Vec<LoggedStream<'_>>> {
    let mut rest = text;
    let mut streams = Vec::new();
    while !rest.is_empty() {
        let ([has_row, seq, lengths @ ..], after) = numbers::<6>(rest)?;
        rest = after;
        let mut fields: [&[u8]; 4] = [&[]; 4];
        for (field, length) in fields.iter_mut().zip(lengths) {
            (*field, rest) = split(rest, length)?;
        }
        let [stream, hash, version, log] = fields;
        streams.push(LoggedStream {
            stream,
            head: (has_row == 1).then_some((seq, hash, version)),
            log,
        });
    }
    Some(streams)
}

/// The records of a log, by number; none when it is not what its numbers and lengths say.
pub(crate) fn records(log: &[u8]) -> Option<Vec<Record<'_>>> {
    let ([count], mut rest) = numbers(log)?;
    let mut records = Vec::new();
    for _ in 0..count {
        let ([seq, at], after) = numbers(rest)?;
        rest = after;
        records.push(Record {
            seq,
            at,
            ..Record::default()
        });
    }
    for record in &mut records {
        (record.hash, rest) = rest.split_at_checked(HASH)?;
    }
    for record in &mut records {
        let end = memchr::memchr(BETWEEN, rest)?;
        record.payload = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
    }
    if !records.is_sorted_by_key(|record| record.seq) {
        records.sort_by_key(|record| record.seq);
    }
    while !rest.is_empty() {
        let ([seq, hash, version, commitments], after) = numbers(rest)?;
        if usize::try_from(hash).ok()? != HASH {
            return None;
        }
        let at = records
            .binary_search_by_key(&seq, |record| record.seq)
            .ok()?;
        let record = records.get_mut(at)?;
        (record.version, rest) = split(after, version)?;
        (record.commitments, rest) = split(rest, commitments)?;
    }
    Some(records)
}

fn split(text: &[u8], length: i64) -> Option<(&[u8], &[u8])> {
    text.split_at_checked(usize::try_from(length).ok()?)
}

/// Whole numbers with `,` between them and `;` after the last, and what comes after that.
fn numbers<const N: usize>(text: &[u8]) -> Option<([i64; N], &[u8])> {
    let mut numbers = [0; N];
    let mut rest = text;
    for (n, number) in numbers.iter_mut().enumerate() {
        let after = if n + 1 == N { b';' } else { b',' };
        let end = rest.iter().position(|byte| *byte == after)?;
        *number = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
        rest = rest.get(end + 1..)?;
    }
    Some((numbers, rest))
}
