//! What became of notifications: digests on each of their days, the inbox of every person, mail in the spool.
//!
//! Input: a data folder that went through kills. Output: what is missing, double or half.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use convenant_engine::{Moment, Notification};
use convenant_lang::model::Who;
use convenant_server::accounts::Accounts;
use convenant_server::delivery::{Ready, digest_occasion, key_of, occasion_of};
use convenant_server::schedule::Plan;
use convenant_server::spool::Spool;
use convenant_store::{Occasion, OutboxId, OutboxRow, OutboxState, StreamId};

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
        let begun = convenant_engine::start_of_day(self.begun);
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

    /// Every intended notification is in the inbox of its people once, and its mail is in the spool, whole.
    pub async fn delivered(&self, logs: &[Log], others: &[OutboxRow], wrong: &mut Wrong) {
        let sql = "SELECT hex(occasion), person, COUNT(*) FROM messages WHERE region = $region GROUP BY occasion, person";
        let mut inbox: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.rows(sql).await {
            let text = |index| row.try_get_by_index::<String>(index).unwrap();
            if row.try_get_by_index::<i64>(2).unwrap() != 1 {
                wrong.push(format!("{}: told of {} twice", text(1), text(0)));
            }
            inbox.entry(text(0)).or_default().insert(text(1));
        }
        let accounts = Accounts::of_roles(std::iter::once(self.model()));
        // Two notifications of one append for the same reason are one occasion.
        let mut told: BTreeSet<String> = BTreeSet::new();
        for row in logs.iter().flat_map(|log| &log.notes).chain(others) {
            if row.state != OutboxState::Delivered {
                wrong.push(format!(
                    "{}: {:?} after {} tries",
                    row.id, row.state, row.attempts
                ));
                continue;
            }
            let (occasion, people) = self.receivers(row, &accounts);
            let told_of = inbox.get(&occasion);
            if !told_of.is_some_and(|who| !who.is_empty() && who.is_superset(&people)) {
                wrong.push(format!("{}: {told_of:?} were told, not {people:?}", row.id));
            }
            told.insert(occasion);
        }
        let never = inbox.keys().filter(|occasion| !told.contains(*occasion));
        wrong.extend(never.map(|id| format!("{id}: in the inbox, and not intended")));
        self.spooled(wrong).await;
    }

    /// Every delivery ended, alone or with others, and what was sent is in the spool once.
    async fn spooled(&self, wrong: &mut Wrong) {
        let sql = "SELECT channel, target, hex(occasion), at, state, due_at, token FROM deliveries WHERE region = $region";
        // Where each letter is, and whether it was taken over from a node that was killed or stood still.
        let mut letters: BTreeMap<PathBuf, bool> = BTreeMap::new();
        let spool = Spool::new("");
        for row in self.rows(sql).await {
            let text = |index| row.try_get_by_index::<String>(index).unwrap();
            let number = |index| row.try_get_by_index::<i64>(index).unwrap();
            let digits = u128::from_str_radix(&text(2), 16).unwrap();
            let key = key_of(
                &self.key,
                &text(0),
                &text(1),
                Occasion(digits.to_be_bytes()),
            );
            match number(4) {
                1 => {
                    let path = spool.path_of(self.key.as_str(), &key, Moment(number(3)));
                    letters.insert(path, number(6) > 1);
                }
                // Quiet hours, or a rhythm.
                0 if number(5) > self.now.0 => {}
                4 => {}
                state => wrong.push(format!("{key}: ended in state {state}")),
            }
        }
        // A message of after the filling that the file sends by mail has a delivery.
        let begun = convenant_engine::start_of_day(self.begun.tomorrow().unwrap());
        let sql = format!(
            "SELECT m.number FROM messages m JOIN outbox o ON o.region = m.region AND o.stream = m.stream AND o.seq = m.seq AND o.n = m.n
            WHERE m.region = $region AND m.at > {} AND o.body LIKE '%\"escalation\"%'
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.region = m.region AND d.number = m.number)",
            begun.0
        );
        for row in self.rows(&sql).await {
            let number: i64 = row.try_get_by_index(0).unwrap();
            wrong.push(format!("{} {number}: an escalation without mail", self.key));
        }
        self.letters(&letters, wrong);
    }

    /// The letters are there, whole; a second copy under the same id only of what another node took over.
    fn letters(&self, letters: &BTreeMap<PathBuf, bool>, wrong: &mut Wrong) {
        let mut there: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        for spool in self.spools {
            let Ok(folder) = std::fs::read_dir(spool.join(self.key.as_str())) else {
                continue;
            };
            for entry in folder {
                let path = entry.unwrap().path();
                // What a node was writing when it was killed, the node that took over wrote elsewhere.
                if self.spools.len() > 1 && path.extension().is_some_and(|end| end == "tmp") {
                    continue;
                }
                if !is_whole(&path) {
                    wrong.push(format!("{} is not whole", path.display()));
                }
                let name = path.strip_prefix(spool).unwrap().to_owned();
                there.entry(name).or_default().push(message_id(&path));
            }
        }
        for (path, taken_over) in letters {
            match there.get(path).map(Vec::as_slice) {
                None => wrong.push(format!("{} is missing", path.display())),
                Some([first, more @ ..]) if more.iter().any(|id| id != first) => {
                    wrong.push(format!("{} has several ids", path.display()));
                }
                Some([_, _, ..]) if !taken_over => {
                    wrong.push(format!("{} was sent twice for no reason", path.display()));
                }
                Some(_) => {}
            }
        }
        let surplus = there.keys().filter(|path| !letters.contains_key(*path));
        wrong.extend(surplus.map(|p| format!("{} is one too many", p.display())));
        let ids: BTreeSet<&str> = there.values().map(|ids| ids[0].as_str()).collect();
        if ids.len() != there.len() {
            wrong.push(format!("{}: letters share an id", self.key));
        }
    }

    /// The occasion of what stands in the outbox, in hexadecimal digits, and the people who must be told: of a role those of its parties.
    fn receivers(&self, row: &OutboxRow, accounts: &Accounts) -> (String, BTreeSet<String>) {
        let (stream, seq) = (row.id.stream, row.id.seq);
        let hex = |occasion: Occasion| occasion.to_string().to_uppercase();
        if let Ok(ready) = serde_json::from_str::<Ready>(&row.body) {
            let occasion = digest_occasion(stream, seq);
            return (hex(occasion), BTreeSet::from([ready.persoon]));
        }
        let note: Notification = serde_json::from_str(&row.body).unwrap();
        let people = accounts
            .iter()
            .filter(|account| {
                Who::Role(account.role) == note.to && note.parties.contains(&account.party)
            })
            .map(|account| account.person.clone())
            .collect();
        (hex(occasion_of(stream, seq, note.cause).unwrap()), people)
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

fn message_id(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let id = text.lines().find(|line| line.starts_with("Message-ID: "));
    id.unwrap_or_default().to_owned()
}
