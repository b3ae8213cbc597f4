//! How much of an inbox is unread: what a stream of server-sent events asks for again and again.
//!
//! Input: a region and a person. Output: the count and the number of the latest message. Invariant: one statement, so that the two belong
//! together.

use crate::db::column;
use crate::{Error, RegionKey, Store};

/// What is unread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnreadCount {
    /// Messages that were not read yet.
    pub unread: u64,
    /// Number of the latest message, read or not; 0 when there is none.
    pub last: u64,
}

impl Store {
    /// What is unread of the messages to a person.
    pub async fn unread_of_person(
        &self,
        region: &RegionKey,
        person: &str,
    ) -> Result<UnreadCount, Error> {
        let sql = "SELECT COUNT(*), COALESCE(MAX(number), 0), COUNT(read_at) FROM messages WHERE region = $1 AND person = $2";
        let values = vec![region.as_str().into(), person.into()];
        let Some(row) = self.inner.db.row(sql, values).await? else {
            return Ok(UnreadCount::default());
        };
        let read = |index| -> Result<u64, Error> {
            u64::try_from(column::<i64>(&row, index)?)
                .map_err(|_| Error::damaged("a count below zero"))
        };
        Ok(UnreadCount {
            unread: read(0)?.saturating_sub(read(2)?),
            last: read(1)?,
        })
    }
}
