//! Homes in a scenario: `passend`, a list of homes with what each of them breaks, leaves unknown and grants.
//!
//! Input: an entry of `verwacht` and the state of the world. Output: the fits, for what the scenarios have shown, and the verdict.

use std::collections::BTreeSet;

use convenant_engine::homes::{Client, Fit, RuleFit, fit};
use convenant_engine::{Truth, civil_date};
use convenant_lang::model::{HomeForce, Value};

use super::expect::{Verdict, View, same_set};
use super::read::find;
use crate::facts;
use crate::world::fact_value;
use crate::yaml::{Fault, Node};

/// What is expected of a home.
struct Wanted {
    broken: Vec<String>,
    unknown: Vec<String>,
    granted: Option<Vec<String>>,
}

/// Compares every home of the list with the rules; the first difference counts.
pub fn check(node: &Node, view: &View<'_>) -> Result<Verdict, Fault> {
    for (number, (wanted, found)) in read(node, view)?.into_iter().enumerate() {
        let key = |word: &str| format!("passend {}: {word}", number + 1);
        let needed = |value: Truth| {
            names(&found, |rule| {
                rule.force == HomeForce::Needed && rule.value == value
            })
        };
        let verdict = same_set(&key("breekt"), wanted.broken, needed(Truth::False))
            .and_then(|()| same_set(&key("onbekend"), wanted.unknown, needed(Truth::Unknown)))
            .and_then(|()| {
                let granted = names(&found, |rule| {
                    rule.force == HomeForce::Wished && rule.value == Truth::True
                });
                match wanted.granted {
                    Some(wanted) => same_set(&key("vervult"), wanted, granted),
                    None => Ok(()),
                }
            });
        if verdict.is_err() {
            return Ok(verdict);
        }
    }
    Ok(Ok(()))
}

/// The fits of every home of the list.
pub fn fits(node: &Node, view: &View<'_>) -> Result<Vec<Fit>, Fault> {
    Ok(read(node, view)?.into_iter().map(|(_, fit)| fit).collect())
}

fn read(node: &Node, view: &View<'_>) -> Result<Vec<(Wanted, Fit)>, Fault> {
    let reader = view.reader();
    let facts: Vec<Option<Value>> = (0..view.program.model().facts.len())
        .map(|index| fact_value(view.case, index).cloned())
        .collect();
    let client = Client {
        facts: &facts,
        parties: &view.case.parties,
    };
    let one = |node: &Node| {
        let entries = reader.map(node, &["woning", "breekt", "onbekend", "vervult"])?;
        let list = |key: &str| {
            let texts = find(entries, key).map(|node| reader.texts(node));
            texts.transpose()
        };
        let wanted = Wanted {
            broken: list("breekt")?.unwrap_or_default(),
            unknown: list("onbekend")?.unwrap_or_default(),
            granted: list("vervult")?,
        };
        let home = reader.need(node, entries, "woning")?;
        let home = facts::home(view.document, home, view.program.model(), view.messages)?;
        let on = civil_date(view.now);
        Ok((wanted, fit(view.program, view.scheme, &client, &home, on)))
    };
    reader.items(node)?.iter().map(one).collect()
}

/// Names of the rules that fit.
fn names(fit: &Fit, which: impl Fn(&RuleFit) -> bool) -> Vec<String> {
    let rules = fit.rules.iter().filter(|rule| which(rule));
    let names: BTreeSet<String> = rules.map(|rule| rule.name.clone()).collect();
    names.into_iter().collect()
}
