//! Proposals of a matching, kept with everything that was done with each of their lines.
//!
//! Input: a proposal, then acts on its lines. Output: the same, read back. Invariants: a proposal never changes; an act is a row that
//! stays, and of two acts on one line at once one wins and the other is told; no fact of a client is kept here but the id of a case.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use crate::db::{Db, column};
use crate::rows::{Cell, Rows};
use crate::{Error, Hash, HomeId, RegionKey, Store, StreamId};

/// The tables, in the one spelling for both databases.
pub(crate) const TABLES: &str = "
CREATE TABLE matchings (
    region TEXT NOT NULL, id BIGINT NOT NULL, at BIGINT NOT NULL, person TEXT NOT NULL, on_date TEXT NOT NULL, input BYTES NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, id)) CLUSTERED;
CREATE TABLE matching_lines (
    region TEXT NOT NULL, matching BIGINT NOT NULL, n BIGINT NOT NULL, stream BYTES NOT NULL, number TEXT NOT NULL, home BIGINT,
    PRIMARY KEY (region, matching, n)) CLUSTERED;
CREATE TABLE matching_acts (
    region TEXT NOT NULL, matching BIGINT NOT NULL, line BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, person TEXT NOT NULL,
    state TEXT NOT NULL, home BIGINT, motivation TEXT,
    PRIMARY KEY (region, matching, line, n)) CLUSTERED;
";

/// What stands against an act on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unless {
    /// Nothing.
    Never,
    /// The case has this home by now: it was accepted.
    HasIt(HomeId),
    /// Another line of the proposal was accepted with this home.
    Promised(HomeId),
}

/// Whether an act was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKept {
    /// It was.
    Yes,
    /// Somebody else has acted on the line since.
    Dealt,
    /// The home was agreed on for another line.
    Promised,
}

/// A proposal to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMatching {
    /// When it was made.
    pub at: Moment,
    /// The account that made it.
    pub person: String,
    /// The day that it was made for.
    pub on: jiff::civil::Date,
    /// The hash of everything that the answer depends on.
    pub input: Hash,
    /// The answer and the homes that were free, as JSON.
    pub body: String,
    /// By client, in canonical order: the case, its number, and the home.
    pub lines: Vec<(StreamId, String, Option<i64>)>,
}

/// A proposal as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingRow {
    /// Id: 1, 2, 3, … within the region.
    pub id: i64,
    /// When it was made.
    pub at: Moment,
    /// The account that made it.
    pub person: String,
    /// The day that it was made for.
    pub on: jiff::civil::Date,
    /// The hash of everything that the answer depends on.
    pub input: Hash,
    /// The answer and the homes that were free, as JSON.
    pub body: String,
}

/// A line of a proposal with what was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingLine {
    /// The case.
    pub stream: StreamId,
    /// Its number.
    pub number: String,
    /// The home that was proposed.
    pub home: Option<i64>,
    /// What was done, in order.
    pub acts: Vec<LineAct>,
}

/// What somebody did with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineAct {
    /// When.
    pub at: Moment,
    /// Who: an account.
    pub person: String,
    /// What it made of the line.
    pub state: LineState,
    /// The home that it is about.
    pub home: Option<i64>,
    /// Why; gone once the case is erased.
    pub motivation: Option<String>,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineState {
    /// The home was offered to the case.
    Accepted,
    /// Another home was chosen by hand; it is not offered yet.
    Changed,
    /// Somebody does not want it.
    Rejected,
}

impl LineState {
    fn name(self) -> &'static str {
        match self {
            LineState::Accepted => "accepted",
            LineState::Changed => "changed",
            LineState::Rejected => "rejected",
        }
    }

    fn of(name: &str) -> Result<LineState, Error> {
        [LineState::Accepted, LineState::Changed, LineState::Rejected]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| Error::damaged("a line of a matching in an unknown state"))
    }
}

impl Store {
    /// Keeps a proposal; gives its id.
    pub async fn keep_matching(
        &self,
        region: &RegionKey,
        matching: NewMatching,
    ) -> Result<i64, Error> {
        self.inner.require_room()?;
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let (region, matching) = (region.clone(), matching.clone());
                Box::pin(async move {
                    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, 'matchings', 1)
                        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + 1 RETURNING last";
                    let values = vec![region.as_str().into()];
                    let row = sea_orm::ConnectionTrait::query_one_raw(on, db.statement(sql, values))
                        .await?
                        .ok_or_else(|| Error::damaged("the matching got no id"))?;
                    let id: i64 = column(&row, 0)?;
                    let mut head = Rows::of(7);
                    head.push([
                        region.as_str().into(),
                        id.into(),
                        matching.at.0.into(),
                        matching.person.into(),
                        matching.on.to_string().into(),
                        matching.input.bytes().into(),
                        matching.body.into(),
                    ]);
                    let before = "INSERT INTO matchings (region, id, at, person, on_date, input, body) VALUES ";
                    head.execute(db, on, before, "").await?;
                    let mut lines = Rows::of(6);
                    for (n, (stream, number, home)) in (0i64..).zip(matching.lines) {
                        lines.push([
                            region.as_str().into(),
                            id.into(),
                            n.into(),
                            stream.bytes().into(),
                            number.into(),
                            Cell::Number(home),
                        ]);
                    }
                    let before = "INSERT INTO matching_lines (region, matching, n, stream, number, home) VALUES ";
                    lines.execute(db, on, before, "").await?;
                    Ok(id)
                })
            })
            .await
    }

    /// The proposals of a region, the latest first.
    pub async fn matchings(
        &self,
        region: &RegionKey,
        limit: u32,
    ) -> Result<Vec<MatchingRow>, Error> {
        let sql = format!(
            "SELECT {HEAD} FROM matchings WHERE region = $1 ORDER BY id DESC LIMIT {limit}"
        );
        let values = vec![region.as_str().into()];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(head).collect()
    }

    /// A proposal with its lines; none when there is none with this id.
    pub async fn matching(
        &self,
        region: &RegionKey,
        id: i64,
    ) -> Result<Option<(MatchingRow, Vec<MatchingLine>)>, Error> {
        let db = &self.inner.db;
        let values = || vec![region.as_str().into(), id.into()];
        let sql = format!("SELECT {HEAD} FROM matchings WHERE region = $1 AND id = $2");
        let Some(row) = db.row(sql, values()).await? else {
            return Ok(None);
        };
        let sql = "SELECT stream, number, home FROM matching_lines WHERE region = $1 AND matching = $2 ORDER BY n";
        let rows = db.rows(sql, values()).await?;
        let lines = rows.iter().map(|row| {
            Ok(MatchingLine {
                stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 0)?)?,
                number: column(row, 1)?,
                home: column(row, 2)?,
                acts: Vec::new(),
            })
        });
        let mut lines: Vec<MatchingLine> = lines.collect::<Result<_, Error>>()?;
        let sql = "SELECT line, at, person, state, home, motivation FROM matching_acts WHERE region = $1 AND matching = $2 ORDER BY line, n";
        for row in db.rows(sql, values()).await? {
            let line: i64 = column(&row, 0)?;
            let line = usize::try_from(line).ok().and_then(|n| lines.get_mut(n));
            let line = line.ok_or_else(|| Error::damaged("an act on a line that is not there"))?;
            line.acts.push(LineAct {
                at: Moment(column(&row, 1)?),
                person: column(&row, 2)?,
                state: LineState::of(&column::<String>(&row, 3)?)?,
                home: column(&row, 4)?,
                motivation: column(&row, 5)?,
            });
        }
        Ok(Some((head(&row)?, lines)))
    }

    /// Keeps an act on a line on which `before` acts were done, as far as what others did meanwhile allows it.
    pub async fn act_on_line(
        &self,
        region: &RegionKey,
        (matching, line): (i64, usize),
        before: usize,
        act: LineAct,
        unless: Unless,
    ) -> Result<LineKept, Error> {
        self.inner.require_room()?;
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let place: Vec<Value> = vec![region.as_str().into(), matching.into(), number(line).into()];
        let mut values = place.clone();
        values.extend([
            number(before).into(),
            act.at.0.into(),
            act.person.into(),
            act.state.name().into(),
            Value::BigInt(act.home),
            Value::String(act.motivation),
        ]);
        self.inner
            .db
            .unit(move |db, on| {
                let (place, values) = (place.clone(), values.clone());
                Box::pin(async move { keep_act(db, on, place, values, unless).await })
            })
            .await
    }
}

/// `place` is region, matching and line.
async fn keep_act(
    db: &Db,
    on: &DatabaseTransaction,
    place: Vec<Value>,
    values: Vec<Value>,
    unless: Unless,
) -> Result<LineKept, Error> {
    // Who acts on another line of this proposal waits.
    let lock = format!(
        "SELECT id FROM matchings WHERE region = $1 AND id = $2{}",
        db.for_update()
    );
    let head = place.iter().take(2).cloned().collect();
    on.query_one_raw(db.statement(lock, head)).await?;
    let against = match unless {
        Unless::Never => None,
        Unless::HasIt(home) => Some((
            "SELECT h.id FROM matching_lines l JOIN homes h ON h.region = l.region AND h.stream = l.stream
                WHERE l.region = $1 AND l.matching = $2 AND l.n = $3 AND h.id = $4",
            home,
            LineKept::Dealt,
        )),
        Unless::Promised(home) => Some((
            "SELECT line FROM matching_acts WHERE region = $1 AND matching = $2 AND line <> $3 AND home = $4 AND state = 'accepted'",
            home,
            LineKept::Promised,
        )),
    };
    if let Some((sql, home, outcome)) = against {
        let mut asked = place;
        asked.push(home.0.into());
        if on.query_one_raw(db.statement(sql, asked)).await?.is_some() {
            return Ok(outcome);
        }
    }
    let sql =
        "INSERT INTO matching_acts (region, matching, line, n, at, person, state, home, motivation)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING n";
    let kept = on.query_one_raw(db.statement(sql, values)).await?;
    Ok(match kept {
        Some(_) => LineKept::Yes,
        None => LineKept::Dealt,
    })
}

const HEAD: &str = "id, at, person, on_date, input, body";

fn head(row: &QueryResult) -> Result<MatchingRow, Error> {
    let day: String = column(row, 3)?;
    let input: Vec<u8> = column(row, 4)?;
    Ok(MatchingRow {
        id: column(row, 0)?,
        at: Moment(column(row, 1)?),
        person: column(row, 2)?,
        on: day
            .parse()
            .map_err(|_| Error::damaged("the day of a matching"))?,
        input: Hash::from_bytes(&input)?,
        body: column(row, 5)?,
    })
}
