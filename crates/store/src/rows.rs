//! Many rows for one statement: an array for each column on PostgreSQL, where a trip to the server costs most; in a data folder lists of
//! rows, or what a batch writes row by row.
//!
//! Input: rows of values. Output: statements of few different texts, so that few are prepared. Placeholders are `$1`, `$2`, … on
//! PostgreSQL and `?` or `?1` on SQLite. Invariant: a value comes back as it was written, whatever stands in it.

use std::borrow::Cow;
use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement, Value};

use crate::db::Db;
use crate::{Hash, RegionKey, StreamId};

/// As many rows, for a column of which all are the same to be worth a text of its own.
const MANY: usize = 64;

/// A value of a row, of the kind that its column has; what is long is left where it is.
#[derive(PartialEq)]
pub(crate) enum Cell<'a> {
    Number(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
    Region(&'a RegionKey),
    Stream(StreamId),
    Hash(Hash),
}

impl Cell<'_> {
    /// What PostgreSQL calls its kind.
    fn kind(&self) -> &'static str {
        match self {
            Cell::Number(_) => "bigint",
            Cell::Text(_) | Cell::Region(_) => "text",
            Cell::Bytes(_) | Cell::Stream(_) | Cell::Hash(_) => "bytea",
        }
    }

    /// As PostgreSQL reads it; none for NULL.
    fn told(&self) -> Option<String> {
        let bytes = |bytes: &[u8]| format!("\\x{}", hex::encode(bytes));
        match self {
            Cell::Number(number) => number.map(|number| number.to_string()),
            Cell::Text(text) => text.as_deref().map(str::to_owned),
            Cell::Region(region) => Some(region.as_str().to_owned()),
            Cell::Bytes(all) => all.as_deref().map(bytes),
            Cell::Stream(stream) => Some(bytes(stream.0.as_bytes())),
            Cell::Hash(hash) => Some(bytes(&hash.0)),
        }
    }

    /// As an element of an array of PostgreSQL.
    fn write(&self, to: &mut String) {
        match self {
            Cell::Number(None) | Cell::Text(None) | Cell::Bytes(None) => to.push_str("NULL"),
            // Writing to a string does not fail.
            Cell::Number(Some(number)) => {
                let _ = write!(to, "{number}");
            }
            Cell::Text(Some(text)) => quote(text, to),
            Cell::Region(region) => quote(region.as_str(), to),
            Cell::Bytes(Some(bytes)) => quote_bytes(bytes, to),
            Cell::Stream(stream) => quote_bytes(stream.0.as_bytes(), to),
            Cell::Hash(hash) => quote_bytes(&hash.0, to),
        }
    }
}

fn quote(text: &str, to: &mut String) {
    to.push('"');
    for part in text.split_inclusive(['"', '\\']) {
        match part.strip_suffix(['"', '\\']) {
            Some(before) => {
                to.push_str(before);
                to.push('\\');
                to.push_str(part.get(before.len()..).unwrap_or_default());
            }
            None => to.push_str(part),
        }
    }
    to.push('"');
}

fn quote_bytes(bytes: &[u8], to: &mut String) {
    to.push_str("\"\\\\x");
    to.push_str(&hex::encode(bytes));
    to.push('"');
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Value {
        match cell {
            Cell::Number(number) => Value::BigInt(number),
            Cell::Text(text) => Value::String(text.map(Cow::into_owned)),
            Cell::Bytes(bytes) => Value::Bytes(bytes.map(Cow::into_owned)),
            Cell::Region(region) => region.as_str().into(),
            Cell::Stream(stream) => stream.bytes().into(),
            Cell::Hash(hash) => hash.bytes().into(),
        }
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Cell::Number(Some(number))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(Some(text.into()))
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(Some(text.into()))
    }
}

impl From<Option<String>> for Cell<'_> {
    fn from(text: Option<String>) -> Self {
        Cell::Text(text.map(Cow::Owned))
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Cell::Text(text.map(Cow::Borrowed))
    }
}

impl From<Vec<u8>> for Cell<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Cell::Bytes(Some(bytes.into()))
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Cell::Bytes(Some(bytes.into()))
    }
}

impl From<Option<Vec<u8>>> for Cell<'_> {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Cell::Bytes(bytes.map(Cow::Owned))
    }
}

impl<'a> From<&'a RegionKey> for Cell<'a> {
    fn from(region: &'a RegionKey) -> Self {
        Cell::Region(region)
    }
}

impl From<StreamId> for Cell<'_> {
    fn from(stream: StreamId) -> Self {
        Cell::Stream(stream)
    }
}

impl From<Hash> for Cell<'_> {
    fn from(hash: Hash) -> Self {
        Cell::Hash(hash)
    }
}

/// Rows to insert, keys to look up, or rows that change.
pub(crate) struct Rows<'a> {
    shape: Shape,
    width: usize,
    cells: Vec<Cell<'a>>,
}

/// What the rows are.
#[derive(Clone, Copy)]
enum Shape {
    /// New rows.
    New,
    /// Keys of these columns, for a WHERE.
    Keys(&'static [&'static str]),
    /// The values of these columns: a key, what must still stand in the row, and what is set.
    Changes {
        table: &'static str,
        key: &'static [&'static str],
        since: &'static [&'static str],
        set: &'static [&'static str],
    },
}

impl<'a> Rows<'a> {
    /// Of so many columns.
    pub(crate) fn of(width: usize) -> Self {
        Self::shaped(Shape::New, width)
    }

    /// Keys of these columns, for a WHERE: one comparison per row, because SQLite reads the whole table for `IN (VALUES …)` with more
    /// than one column.
    pub(crate) fn keys(names: &'static [&'static str]) -> Self {
        Self::shaped(Shape::Keys(names), names.len())
    }

    /// Rows of a table with this key that are set in some columns, as far as what was read in others still stands there.
    pub(crate) fn changes(
        table: &'static str,
        key: &'static [&'static str],
        since: &'static [&'static str],
        set: &'static [&'static str],
    ) -> Self {
        let width = key.len() + since.len() + set.len();
        let shape = Shape::Changes {
            table,
            key,
            since,
            set,
        };
        Self::shaped(shape, width)
    }

    fn shaped(shape: Shape, width: usize) -> Self {
        Self {
            shape,
            width,
            cells: Vec::new(),
        }
    }

    /// One more row.
    pub(crate) fn push<const N: usize>(&mut self, row: [Cell<'a>; N]) {
        debug_assert_eq!(N, self.width, "a row has the width of its table");
        self.cells.extend(row);
    }

    /// The same, put together from parts.
    pub(crate) fn extend(&mut self, row: impl IntoIterator<Item = Cell<'a>>) {
        self.cells.extend(row);
        debug_assert_eq!(
            self.cells.len() % self.width,
            0,
            "a row has the width of its table"
        );
    }

    /// Changes the rows of a batch.
    pub(crate) fn change(self) -> Bulk<'a> {
        self.bulk("", "")
    }

    /// What is done with the rows of a batch.
    pub(crate) fn bulk(self, before: &'static str, after: &'static str) -> Bulk<'a> {
        Bulk {
            rows: self,
            before,
            after,
            all: false,
        }
    }

    /// The statements for all rows: `before`, the rows, `after`.
    pub(crate) fn statements(self, db: &Db, before: &str, after: &str) -> Vec<Statement> {
        if self.cells.is_empty() {
            return Vec::new();
        }
        if db.is_shared() {
            return vec![self.columns(db, before, after)];
        }
        let mut statements = Vec::new();
        let mut left = self.cells.len() / self.width;
        let mut cells = self.cells.into_iter();
        while left > 0 {
            let size = round(left);
            left -= size;
            let values = cells.by_ref().take(size * self.width).map(Value::from);
            let sql = folder(self.shape, before, size, self.width, after);
            statements.push(db.statement(sql, values.collect()));
        }
        statements
    }

    /// On PostgreSQL, one statement with an array for each column: its text is the same for any number of rows. A column in which many
    /// rows are the same goes as one value.
    fn columns(self, db: &Db, before: &str, after: &str) -> Statement {
        let same = self.same();
        let kinds: Vec<&str> = self.cells.iter().take(self.width).map(Cell::kind).collect();
        let mut arrays: Vec<String> = same
            .iter()
            .map(|same| if *same { String::new() } else { "{".to_owned() })
            .collect();
        for row in self.cells.chunks(self.width) {
            let columns = arrays.iter_mut().zip(row).zip(&same);
            for ((array, cell), _) in columns.filter(|(_, same)| !**same) {
                if array.len() > 1 {
                    array.push(',');
                }
                cell.write(array);
            }
        }
        let columns = arrays.into_iter().zip(&self.cells).zip(&same);
        let values = columns.map(|((mut array, first), same)| {
            if *same {
                return Value::String(first.told());
            }
            array.push('}');
            Value::from(array)
        });
        let values = values.collect();
        let sql = shared(self.shape, before, &kinds, &same, after);
        db.statement(sql, values)
    }

    /// The columns in which all of many rows are the same; never all columns.
    fn same(&self) -> Vec<bool> {
        let (first, rest) = self.cells.split_at(self.width);
        if rest.len() / self.width < MANY {
            return vec![false; self.width];
        }
        let mut same = vec![true; self.width];
        for row in rest.chunks(self.width) {
            for ((same, cell), first) in same.iter_mut().zip(row).zip(first) {
                *same = *same && cell == first;
            }
        }
        if same.iter().all(|same| *same) {
            same.fill(false);
        }
        same
    }

    /// Looks all up, or changes all and gives back what the statements return.
    pub(crate) async fn query(
        self,
        db: &Db,
        on: &DatabaseTransaction,
        before: &str,
        after: &str,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut found = Vec::new();
        for statement in self.statements(db, before, after) {
            found.extend(on.query_all_raw(statement).await?);
        }
        Ok(found)
    }

    /// Inserts or changes all; gives how many.
    pub(crate) async fn execute(
        self,
        db: &Db,
        on: &DatabaseTransaction,
        before: &str,
        after: &str,
    ) -> Result<u64, DbErr> {
        let mut affected = 0;
        for statement in self.statements(db, before, after) {
            affected += on.execute_raw(statement).await?.rows_affected();
        }
        Ok(affected)
    }
}

/// What a batch does with some rows: `before`, the rows, `after`.
pub(crate) struct Bulk<'a> {
    rows: Rows<'a>,
    before: &'static str,
    after: &'static str,
    /// Each row must be there.
    pub(crate) all: bool,
}

impl<'a> Bulk<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.cells.is_empty()
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.cells.len() / self.rows.width
    }

    /// In statements of many rows.
    pub(crate) fn statements(self, db: &Db) -> Vec<Statement> {
        self.rows.statements(db, self.before, self.after)
    }

    /// The text for one row, on SQLite. Without another thread in between, one row after another is faster than many in one statement.
    pub(crate) fn one(&self) -> String {
        let sql = folder(self.rows.shape, self.before, 1, self.rows.width, self.after);
        // A batch is all or nothing: without this, SQLite would copy pages first, to undo this one statement only.
        match (sql.strip_prefix("INSERT"), sql.strip_prefix("UPDATE")) {
            (Some(rest), _) => format!("INSERT OR ROLLBACK{rest}"),
            (_, Some(rest)) => format!("UPDATE OR ROLLBACK{rest}"),
            _ => sql,
        }
    }

    /// Row by row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Cell<'a>]> {
        self.rows.cells.chunks(self.rows.width)
    }
}

/// The largest of 1, 2, 4, 8, 16, 24, 32, … 64 that is not more.
fn round(rows: usize) -> usize {
    match rows {
        64.. => 64,
        16.. => rows & !7,
        _ => rows.checked_ilog2().map_or(0, |log| 1 << log),
    }
}

/// For SQLite: `before (?,?),(?,?) after`, or `before (a = ? AND b = ?) OR (a = ? AND b = ?) after`; a change is one row.
fn folder(shape: Shape, before: &str, rows: usize, width: usize, after: &str) -> String {
    let mut sql = String::with_capacity(before.len() + after.len() + rows * width * 16);
    if let Shape::Changes {
        table,
        key,
        since,
        set,
    } = shape
    {
        let held = [key, since].concat();
        sql.push_str("UPDATE ");
        sql.push_str(table);
        list(&mut sql, " SET ", set, ", ", |name, n| {
            format!("{name} = ?{}", held.len() + n)
        });
        list(&mut sql, " WHERE ", &held, " AND ", |name, n| {
            format!("{name} = ?{n}")
        });
        return sql;
    }
    sql.push_str(before);
    for row in 0..rows {
        match shape {
            Shape::Keys(names) => {
                // A numbered parameter is a named one to SQLite, and names are looked up one after another.
                let first = if row == 0 { "(" } else { " OR (" };
                list(&mut sql, first, names, " AND ", |name, _| {
                    format!("{name} = ?")
                });
                sql.push(')');
            }
            _ => {
                sql.push_str(if row == 0 { "(" } else { ",(" });
                for column in 0..width {
                    sql.push_str(if column == 0 { "?" } else { ",?" });
                }
                sql.push(')');
            }
        }
    }
    sql.push_str(after);
    sql
}

/// For PostgreSQL: an insertion of, a search for, or an update from the rows of `unnest($1::text::text[], $2::text::bytea[])`, and beside
/// them what all rows have in common.
fn shared(shape: Shape, before: &str, kinds: &[&str], same: &[bool], after: &str) -> String {
    let place = |n: usize| same.get(n - 1).copied().unwrap_or(false);
    let mut rows = String::new();
    list(&mut rows, "SELECT ", kinds, ", ", |kind, n| {
        match place(n) {
            true => format!("${n}::text::{kind}"),
            false => format!("c{n}"),
        }
    });
    let many: Vec<(usize, &str)> = (1..)
        .zip(kinds)
        .filter(|(n, _)| !place(*n))
        .map(|(n, kind)| (n, *kind))
        .collect();
    let arrays: Vec<String> = many
        .iter()
        .map(|(n, kind)| format!("${n}::text::{kind}[]"))
        .collect();
    let names: Vec<String> = many.iter().map(|(n, _)| format!("c{n}")).collect();
    let (arrays, names) = (arrays.join(", "), names.join(", "));
    rows.push_str(&format!(" FROM unnest({arrays}) AS many ({names})"));
    match shape {
        Shape::New => {
            let into = before.trim_end().trim_end_matches("VALUES");
            format!("{into}{rows}{after}")
        }
        Shape::Keys(names) if many.len() == 1 => {
            let mut sql = before.to_owned();
            list(&mut sql, "", names, " AND ", |name, n| {
                let kind = kinds.get(n - 1).copied().unwrap_or_default();
                match place(n) {
                    true => format!("{name} = ${n}::text::{kind}"),
                    // One look along the index, instead of one for every row.
                    false => format!("{name} = ANY (${n}::text::{kind}[])"),
                }
            });
            sql.push_str(after);
            sql
        }
        Shape::Keys(names) => {
            format!("{before}({}) IN ({rows}){after}", names.join(", "))
        }
        Shape::Changes {
            table,
            key,
            since,
            set,
        } => {
            let held = [key, since].concat();
            let mut sql = format!("UPDATE {table}");
            list(&mut sql, " SET ", set, ", ", |name, n| {
                format!("{name} = new.v{}", held.len() + n)
            });
            sql.push_str(&format!(" FROM ({rows})"));
            list(&mut sql, " AS new (", kinds, ", ", |_, n| format!("v{n}"));
            list(&mut sql, ") WHERE ", &held, " AND ", |name, n| {
                format!("{table}.{name} = new.v{n}")
            });
            sql
        }
    }
}

/// `first`, the names as they are spelled, each with its number from 1 on, with something in between.
fn list(
    sql: &mut String,
    first: &str,
    names: &[&str],
    between: &str,
    spelled: impl Fn(&str, usize) -> String,
) {
    for (n, name) in names.iter().enumerate() {
        sql.push_str(if n == 0 { first } else { between });
        sql.push_str(&spelled(name, n + 1));
    }
}
