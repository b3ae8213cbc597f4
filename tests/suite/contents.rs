//! Everything in the database of a data folder, as text: to see that two are the same, or that nothing has changed.

use std::collections::BTreeMap;
use std::path::Path;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

/// Rows by table, sorted; each column as SQL would write it, with its name.
pub type Contents = BTreeMap<String, Vec<String>>;

/// Reads every table; columns for which `random` says so are left out.
pub async fn contents(data: &Path, random: impl Fn(&str, &str) -> bool) -> Contents {
    let sql = open(data, "ro").await;
    let mut all = Contents::new();
    for table in texts(
        &sql,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .await
    {
        let named = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns: Vec<String> = texts(&sql, &named).await;
        let kept: Vec<String> = columns
            .iter()
            .filter(|column| !random(&table, column))
            .map(|column| format!("'{column}=' || quote({column})"))
            .collect();
        if kept.is_empty() {
            continue;
        }
        let row = format!("SELECT {} AS row FROM {table}", kept.join(" || ' ' || "));
        let mut rows = texts(&sql, &row).await;
        rows.sort();
        all.insert(table, rows);
    }
    sql.close().await.unwrap();
    all
}

/// Changes the database behind the back of the program.
pub async fn tamper(data: &Path, statement: &str) {
    let sql = open(data, "rw").await;
    sql.execute_unprepared(statement).await.unwrap();
    sql.close().await.unwrap();
}

async fn open(data: &Path, mode: &str) -> DatabaseConnection {
    let file = data.join("convenant.db");
    Database::connect(format!("sqlite:{}?mode={mode}", file.display()))
        .await
        .unwrap()
}

async fn texts(sql: &DatabaseConnection, statement: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Sqlite, statement);
    let rows = sql.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}
