//! The lists that people look at: cases, deadlines, counts.

use convenant_engine::{Moment, RunningDeadline};
use convenant_lang::model::{PartyId, SchemeId, StepId};
use jiff::civil::Date;
use sea_orm::{QueryResult, Value};

use crate::db::column;
use crate::read::{HEAD, head};
use crate::{CaseState, Error, Hash, Head, RegionKey, Store, StreamId};

/// A row of the list of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Head.
    pub head: Head,
    /// What the row shows.
    pub state: CaseState,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// Which cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// In this scheme.
    pub scheme: Option<SchemeId>,
    /// In this step (give the scheme too: steps are numbered per scheme).
    pub step: Option<StepId>,
    /// Assigned to one of these parties: each is a party in one version only, because another numbers them otherwise.
    pub assigned: Option<Vec<(Hash, PartyId)>>,
    /// Only running (true) or only ended (false).
    pub running: Option<bool>,
    /// Only with a deadline that has passed.
    pub overdue: bool,
    /// Only with a running deadline whose last day is before this one.
    pub due_before: Option<Date>,
    /// Only with this version.
    pub version: Option<Hash>,
}

/// A deadline that runs in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRow {
    /// The case.
    pub stream: StreamId,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: Hash,
    /// What its row shows.
    pub state: CaseState,
    /// The deadline.
    pub deadline: RunningDeadline,
    /// Whether it has passed.
    pub overdue: bool,
}

/// Which deadlines; both days inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeadlineFilter {
    /// Last day on or after this day.
    pub from: Option<Date>,
    /// Last day on or before this day.
    pub until: Option<Date>,
    /// Of cases that are assigned to this party.
    pub party: Option<PartyId>,
}

/// How many cases there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Running.
    pub running: u64,
    /// Ended.
    pub ended: u64,
    /// Running, with a deadline that has passed.
    pub overdue: u64,
    /// Running, by scheme and step.
    pub by_step: Vec<(SchemeId, StepId, u64)>,
    /// Notifications not yet delivered.
    pub waiting: u64,
    /// Events in the region's log.
    pub events: u64,
}

/// Conditions with their values, so that the numbers of the placeholders fit.
struct Where {
    sql: String,
    values: Vec<Value>,
}

impl Where {
    /// `$1` is the region.
    fn region(region: &RegionKey) -> Self {
        Self {
            sql: "region = $1 AND sort = 'case'".to_owned(),
            values: vec![region.as_str().into()],
        }
    }

    /// One more condition, in which `?` stands for the value.
    fn and(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.values.push(value.into());
            let place = format!("${}", self.values.len());
            self.sql.push_str(" AND ");
            self.sql.push_str(&condition.replace('?', &place));
        }
    }

    /// Assigned to one of these, each in the version that numbers it so.
    fn assigned(&mut self, to: &[(Hash, PartyId)]) {
        let mut either = Vec::with_capacity(to.len());
        for (version, party) in to {
            self.values.push(version.bytes().into());
            let version = self.values.len();
            self.values.push(i64::from(party.0).into());
            let of_party = OF_PARTY.replace('?', &format!("${}", self.values.len()));
            either.push(format!("(version = ${version} AND {of_party})"));
        }
        let any = if either.is_empty() {
            "1 = 0".to_owned()
        } else {
            either.join(" OR ")
        };
        self.and_if(true, &format!("({any})"));
    }

    /// One more condition without a value.
    fn and_if(&mut self, wanted: bool, condition: &str) {
        if wanted {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
        }
    }
}

const OF_PARTY: &str =
    "stream IN (SELECT stream FROM case_parties WHERE case_parties.region = $1 AND party = ?)";

fn case_row(row: &QueryResult) -> Result<CaseRow, Error> {
    Ok(CaseRow {
        head: head(row)?,
        ended: column::<Option<i64>>(row, 7)?.map(Moment),
        state: state(row, 8)?,
    })
}

fn state(row: &QueryResult, index: usize) -> Result<CaseState, Error> {
    let text: Option<String> = column(row, index)?;
    let text = text.ok_or_else(|| Error::damaged("a case without a state in its row"))?;
    Ok(serde_json::from_str(&text)?)
}

impl Store {
    /// The row of one case.
    pub async fn case(&self, region: &RegionKey, stream: StreamId) -> Result<CaseRow, Error> {
        let mut conditions = Where::region(region);
        conditions.and("stream = ?", Some(stream.bytes()));
        let sql = format!(
            "SELECT {HEAD}, ended, state FROM streams WHERE {}",
            conditions.sql
        );
        let row = self.inner.db.row(sql, conditions.values).await?;
        case_row(&row.ok_or(Error::NoSuchStream)?)
    }

    /// Cases in order of creation, after the case `after`.
    pub async fn cases(
        &self,
        region: &RegionKey,
        filter: &CaseFilter,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, Error> {
        let mut conditions = Where::region(region);
        conditions.and("stream > ?", after.map(StreamId::bytes));
        conditions.and(
            "scheme = ?",
            filter.scheme.map(|scheme| i64::from(scheme.0)),
        );
        conditions.and("step = ?", filter.step.map(|step| i64::from(step.0)));
        if let Some(to) = &filter.assigned {
            conditions.assigned(to);
        }
        conditions.and("next_due < ?", filter.due_before.map(|day| day.to_string()));
        conditions.and("version = ?", filter.version.map(Hash::bytes));
        conditions.and_if(filter.running == Some(true), "ended IS NULL");
        conditions.and_if(filter.running == Some(false), "ended IS NOT NULL");
        conditions.and_if(filter.overdue, "overdue > 0");
        let sql = format!(
            "SELECT {HEAD}, ended, state FROM streams WHERE {} ORDER BY stream LIMIT {limit}",
            conditions.sql
        );
        let rows = self.inner.db.rows(sql, conditions.values).await?;
        rows.iter().map(case_row).collect()
    }

    /// Running deadlines, earliest first.
    pub async fn deadlines(
        &self,
        region: &RegionKey,
        filter: &DeadlineFilter,
        limit: u32,
    ) -> Result<Vec<DeadlineRow>, Error> {
        let mut conditions = Where::region(region);
        conditions.and_if(true, "next_due IS NOT NULL");
        // Text compares like the dates that it spells: four digits of the year in every date that a deadline can have.
        conditions.and("next_due <= ?", filter.until.map(|day| day.to_string()));
        conditions.and("last_due >= ?", filter.from.map(|day| day.to_string()));
        conditions.and(OF_PARTY, filter.party.map(|party| i64::from(party.0)));
        let sql = format!(
            "SELECT {HEAD}, ended, state FROM streams WHERE {}",
            conditions.sql
        );
        let mut deadlines = Vec::new();
        for row in self.inner.db.rows(sql, conditions.values).await? {
            let case = case_row(&row)?;
            for deadline in &case.state.deadlines {
                let early = filter.from.is_some_and(|from| deadline.due < from);
                let late = filter.until.is_some_and(|until| deadline.due > until);
                if !early && !late {
                    deadlines.push(DeadlineRow {
                        stream: case.head.stream,
                        number: case.head.number.clone(),
                        version: case.head.version,
                        overdue: case.state.overdue.contains(&deadline.id),
                        deadline: deadline.clone(),
                        state: case.state.clone(),
                    });
                }
            }
        }
        deadlines.sort_by(|a, b| {
            (a.deadline.due, &a.number, a.deadline.id).cmp(&(
                b.deadline.due,
                &b.number,
                b.deadline.id,
            ))
        });
        deadlines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(deadlines)
    }

    /// Counts of a region.
    pub async fn counts(&self, region: &RegionKey) -> Result<Counts, Error> {
        let db = &self.inner.db;
        let values = || vec![Value::from(region.as_str())];
        let sql = "SELECT scheme, step, COUNT(*), SUM(CASE WHEN overdue > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN ended IS NULL THEN 0 ELSE 1 END)
            FROM streams WHERE region = $1 AND sort = 'case' GROUP BY scheme, step ORDER BY scheme, step";
        let mut counts = Counts::default();
        for row in db.rows(sql, values()).await? {
            let ended = count(&row, 4)?;
            let here = count(&row, 2)?.saturating_sub(ended);
            counts.ended += ended;
            counts.running += here;
            // A case that has ended has no running deadlines.
            counts.overdue += count(&row, 3)?;
            if let (Some(scheme), Some(step)) = (small(&row, 0)?, small(&row, 1)?) {
                counts.by_step.push((SchemeId(scheme), StepId(step), here));
            }
        }
        let sql = "SELECT COUNT(*) FROM outbox WHERE region = $1 AND state = 0";
        counts.waiting = db
            .row(sql, values())
            .await?
            .map_or(Ok(0), |row| count(&row, 0))?;
        let sql = "SELECT CAST(COALESCE(SUM(seq), 0) AS BIGINT) FROM streams WHERE region = $1";
        counts.events = db
            .row(sql, values())
            .await?
            .map_or(Ok(0), |row| count(&row, 0))?;
        Ok(counts)
    }
}

fn count(row: &QueryResult, index: usize) -> Result<u64, Error> {
    let count: i64 = column(row, index)?;
    u64::try_from(count).map_err(|_| Error::damaged("a count below zero"))
}

fn small(row: &QueryResult, index: usize) -> Result<Option<u16>, Error> {
    let number: Option<i64> = column(row, index)?;
    number
        .map(u16::try_from)
        .transpose()
        .map_err(|_| Error::damaged("a number that is out of range"))
}
