//! The lists of homes, and what happened to each.

use convenant_engine::Moment;
use jiff::civil::Date;
use sea_orm::{QueryResult, Value};

use super::{COLUMNS, HomeActor, HomeEvent, HomeId, HomeRow, HomeStanding, home, party, text};
use crate::db::column;
use crate::{Error, RegionKey, Store, StreamId};

/// Which homes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeFilter {
    /// In one of these states; all when empty.
    pub states: Vec<HomeStanding>,
    /// In a municipality with one of these numbers.
    pub municipalities: Option<Vec<u16>>,
    /// Of a party with one of these numbers.
    pub owners: Option<Vec<u16>>,
    /// To be had on this day: from then on or before; one of which that is not known counts.
    pub available_by: Option<Date>,
    /// Offered to this case, accepted by it or let to it.
    pub case: Option<StreamId>,
}

impl HomeFilter {
    fn condition(&self, region: &RegionKey, after: Option<HomeId>) -> (String, Vec<Value>) {
        let mut sql = "region = $1".to_owned();
        let mut values = vec![text(region)];
        let states = self.states.iter().map(|s| s.name().into()).collect();
        among(
            &mut sql,
            &mut values,
            "state",
            (!self.states.is_empty()).then_some(states),
        );
        let numbers = |list: &Vec<u16>| list.iter().map(|n| i64::from(*n).into()).collect();
        let of = self.municipalities.as_ref().map(numbers);
        among(&mut sql, &mut values, "municipality", of);
        among(
            &mut sql,
            &mut values,
            "owner",
            self.owners.as_ref().map(numbers),
        );
        if let Some(day) = self.available_by {
            values.push(day.to_string().into());
            sql.push_str(&format!(
                " AND (available IS NULL OR available <= ${})",
                values.len()
            ));
        }
        among(
            &mut sql,
            &mut values,
            "stream",
            self.case.map(|case| vec![case.bytes().into()]),
        );
        if let Some(after) = after {
            values.push(after.0.into());
            sql.push_str(&format!(" AND id > ${}", values.len()));
        }
        (sql, values)
    }
}

/// One more condition: the column has one of these values; none of them when there are none.
fn among(sql: &mut String, values: &mut Vec<Value>, column: &str, list: Option<Vec<Value>>) {
    let Some(list) = list else {
        return;
    };
    if list.is_empty() {
        sql.push_str(" AND 1 = 0");
        return;
    }
    let mut places = Vec::with_capacity(list.len());
    for value in list {
        values.push(value);
        places.push(format!("${}", values.len()));
    }
    sql.push_str(&format!(" AND {column} IN ({})", places.join(", ")));
}

impl Store {
    /// Homes in the order in which they were reported, after the home `after`, `most` at most.
    pub async fn homes(
        &self,
        region: &RegionKey,
        filter: &HomeFilter,
        after: Option<HomeId>,
        most: u32,
    ) -> Result<Vec<HomeRow>, Error> {
        let (condition, mut values) = filter.condition(region, after);
        values.push(i64::from(most).into());
        let sql = format!(
            "SELECT {COLUMNS} FROM homes WHERE {condition} ORDER BY id LIMIT ${}",
            values.len()
        );
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(home).collect()
    }

    /// One home.
    pub async fn home(&self, region: &RegionKey, id: HomeId) -> Result<HomeRow, Error> {
        let sql = format!("SELECT {COLUMNS} FROM homes WHERE region = $1 AND id = $2");
        let row = self
            .inner
            .db
            .row(sql, vec![text(region), id.0.into()])
            .await?;
        home(&row.ok_or(Error::NoSuchHome)?)
    }

    /// What happened to a home, from its report on.
    pub async fn home_history(
        &self,
        region: &RegionKey,
        id: HomeId,
    ) -> Result<Vec<HomeEvent>, Error> {
        let sql = "SELECT version, at, person, party, what, motivation FROM home_events WHERE region = $1 AND home = $2 ORDER BY version";
        let rows = self
            .inner
            .db
            .rows(sql, vec![text(region), id.0.into()])
            .await?;
        if rows.is_empty() {
            return Err(Error::NoSuchHome);
        }
        rows.iter().map(happened).collect()
    }
}

fn happened(row: &QueryResult) -> Result<HomeEvent, Error> {
    Ok(HomeEvent {
        version: crate::batch::number(column(row, 0)?)?,
        at: Moment(column(row, 1)?),
        by: HomeActor {
            person: column(row, 2)?,
            party: column::<Option<i64>>(row, 3)?.map(party).transpose()?,
            motivation: column(row, 5)?,
        },
        change: serde_json::from_str(&column::<String>(row, 4)?)?,
    })
}
