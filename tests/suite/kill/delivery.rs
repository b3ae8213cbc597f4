//! What became of notifications: digests on each of their days, the inbox of every party, letters in the spool.
//!
//! Input: a data folder that went through kills. Output: what is missing, double or half.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use convenant_engine::{Cause, Moment, Notification};
use convenant_lang::model::Channel;
use convenant_server::delivery::Ready;
use convenant_server::schedule::Plan;
use convenant_server::spool::Spool;
use convenant_store::{OutboxId, OutboxRow, OutboxState, StreamId};

use super::audit::{Audit, Log, Wrong};

impl Audit<'_> {
    /// Every digest happened on each of its days; gives the streams of their notifications.
    pub async fn occurrences(&self, wrong: &mut Wrong) -> Vec<OutboxRow> {
        let sql = "SELECT schedule, on_date, MIN(at) FROM occurrences WHERE region = $region GROUP BY schedule, on_date";
        let happened: BTreeSet<(String, String)> = self
            .rows(sql)
            .await
            .iter()
            .map(|row| {
                (
                    row.try_get_by_index(0).unwrap(),
                    row.try_get_by_index(1).unwrap(),
                )
            })
            .collect();
        let holidays = self.program().holidays();
        let begun = convenant_engine::start_of_day("2019-03-16".parse().unwrap());
        let mut expected = BTreeSet::new();
        // The clock runs on: what was due in its last minute may have happened or not.
        let mut just_now = BTreeSet::new();
        for digest in &self.model().digests {
            let plan = Plan::new(&digest.schedule).unwrap();
            let mut after = begun;
            while let Some(next) = plan
                .next(after, |day| holidays.is_day_off(day))
                .filter(|n| n.at <= self.now)
            {
                let time = next.wall.time().strftime("%H:%M");
                let name = (
                    format!("{}@{time}", digest.name),
                    next.wall.date().to_string(),
                );
                if next.at.0 > self.now.0 - 60_000 {
                    just_now.insert(name);
                } else {
                    expected.insert(name);
                }
                after = next.at;
            }
        }
        let first = expected
            .iter()
            .map(|(_, day)| day.clone())
            .min()
            .unwrap_or_default();
        let happened = happened
            .into_iter()
            .filter(|name| name.1 >= first && !just_now.contains(name))
            .collect();
        if happened != expected {
            wrong.push(format!(
                "{}: at {}, digests missing {:?}, too many {:?}",
                self.key,
                jiff::Timestamp::from_millisecond(self.now.0).unwrap(),
                expected.difference(&happened).collect::<Vec<_>>(),
                happened.difference(&expected).collect::<Vec<_>>()
            ));
        }
        let sql = "SELECT hex(stream), seq, n, at, body, state, attempts FROM outbox WHERE region = $region
            AND stream NOT IN (SELECT stream FROM streams WHERE region = $region AND sort = 'case')";
        self.rows(sql)
            .await
            .iter()
            .map(|row| self.outbox_row(row))
            .collect()
    }

    fn outbox_row(&self, row: &sea_orm::QueryResult) -> OutboxRow {
        let number = |index| u32::try_from(row.try_get_by_index::<i64>(index).unwrap()).unwrap();
        OutboxRow {
            id: OutboxId {
                region: self.key.clone(),
                stream: stream(row, 0),
                seq: number(1),
                n: number(2),
            },
            at: Moment(row.try_get_by_index(3).unwrap()),
            body: row.try_get_by_index(4).unwrap(),
            state: match row.try_get_by_index::<i64>(5).unwrap() {
                0 => OutboxState::Waiting,
                1 => OutboxState::Delivered,
                _ => OutboxState::Failed,
            },
            attempts: number(6),
        }
    }

    /// Every intended notification is in the inbox of its parties once, and its letters are in the spool, whole.
    pub async fn delivered(&self, logs: &[Log], others: &[OutboxRow], wrong: &mut Wrong) {
        let sql = "SELECT hex(stream), seq, n, COUNT(*), COUNT(DISTINCT party) FROM inbox WHERE region = $region GROUP BY stream, seq, n";
        let mut inbox: BTreeMap<OutboxId, (i64, i64)> = BTreeMap::new();
        for row in self.rows(sql).await {
            let number = |index| row.try_get_by_index::<i64>(index).unwrap();
            let id = OutboxId {
                region: self.key.clone(),
                stream: stream(&row, 0),
                seq: u32::try_from(number(1)).unwrap(),
                n: u32::try_from(number(2)).unwrap(),
            };
            inbox.insert(id, (number(3), number(4)));
        }
        let spool = Spool::new(self.data.join("post"));
        let mut letters = BTreeSet::new();
        for row in logs.iter().flat_map(|log| &log.notes).chain(others) {
            if row.state != OutboxState::Delivered {
                wrong.push(format!(
                    "{}: {:?} after {} tries",
                    row.id, row.state, row.attempts
                ));
                continue;
            }
            let (parties, channels) = self.receivers(&row.body);
            let mail = channels.contains(&Channel::Mail);
            let in_app = channels.contains(&Channel::Inbox) || !mail;
            let wanted = if in_app { parties.len() as i64 } else { 0 };
            let (count, distinct) = inbox.remove(&row.id).unwrap_or_default();
            if count != wanted || distinct != wanted {
                wrong.push(format!("{}: {count} in the inbox, not {wanted}", row.id));
            }
            for party in parties.iter().filter(|_| mail) {
                let key = format!("{}.{party}", row.id);
                letters.insert(spool.path_of(self.key.as_str(), &key, row.at));
            }
        }
        wrong.extend(
            inbox
                .keys()
                .map(|id| format!("{id}: in the inbox, and not intended")),
        );
        let folder = self.data.join("post").join(self.key.as_str());
        let there: BTreeSet<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        wrong.extend(
            letters
                .difference(&there)
                .map(|p| format!("{} is missing", p.display())),
        );
        wrong.extend(
            there
                .difference(&letters)
                .map(|p| format!("{} is one too many", p.display())),
        );
        wrong.extend(
            there
                .iter()
                .filter(|path| !is_whole(path))
                .map(|p| format!("{} is not whole", p.display())),
        );
    }

    /// Parties and channels of what stands in the outbox.
    fn receivers(&self, body: &str) -> (Vec<u16>, Vec<Channel>) {
        if let Ok(ready) = serde_json::from_str::<Ready>(body) {
            return (vec![ready.partij.0], ready.kanalen);
        }
        let note: Notification = serde_json::from_str(body).unwrap();
        let channels = match note.cause {
            Cause::Notice(id) => self.model().notices[id.index()].channels.clone(),
            _ => vec![Channel::Inbox, Channel::Mail],
        };
        (note.parties.iter().map(|party| party.0).collect(), channels)
    }
}

/// The stream whose id stands in a column in hexadecimal digits.
pub fn stream(row: &sea_orm::QueryResult, column: usize) -> StreamId {
    row.try_get_by_index::<String>(column)
        .unwrap()
        .parse()
        .unwrap()
}

/// A complete letter: all its headers, a body, and the end of its last line.
fn is_whole(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let has = |name: &str| head.lines().any(|line| line.starts_with(name));
    [
        "Message-ID: <",
        "Date: ",
        "From: ",
        "To: ",
        "Subject: ",
        "Content-Type: ",
    ]
    .into_iter()
    .all(has)
        && body.trim().len() > 20
        && body.ends_with("\r\n")
}
