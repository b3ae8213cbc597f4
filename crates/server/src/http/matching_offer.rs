//! The home of an accepted line goes to the case, by the same act with which anybody offers a reported home.
//!
//! Input: a line, a home. Output: the offer, open in the case, with the home; or why not. Invariants: case and home change in one
//! transaction; a home that somebody else has is told and nothing has changed; doing it again after it broke off finishes it.

use std::sync::Arc;

use convenant_engine::civil_date;
use convenant_store::{
    Error as StoreError, HomeChange, HomeId, HomeState, LineState, MatchingLine,
};
use serde_json::json;

use super::App;
use super::caller::Caller;
use super::failures::{case_problem, store_problem};
use super::work::{CommandBody, act_on};
use crate::homes::{offers, standing_name};
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::sight::Viewer;

/// What came of the home of an accepted line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It is offered to the case.
    Offered,
    /// Another role offers it.
    Agreed,
}

/// Offers a home to the case of a line, where the file lets the matcher do that. Where another role offers, the line is only agreed on as
/// long as the home is free, and no other line of `lines` has it by then: that role offers it.
pub async fn offer(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    (line, lines): (&MatchingLine, &[MatchingLine]),
    home: HomeId,
) -> Result<Given, Problem> {
    let found = app.cases.store().home(&region.key, home).await;
    let state = found.map_err(store_problem)?.state;
    // By an act that broke off before it was kept.
    if state == HomeState::Offered(line.stream) {
        return Ok(Given::Offered);
    }
    let change = HomeChange::Offer {
        case: line.stream,
        departure: false,
    };
    if change.after(state).is_none() {
        return Err(gone(state, line));
    }
    let loaded = app.cases.load(region, line.stream).await;
    let loaded = loaded.map_err(|e| case_problem(app, caller.language, e))?;
    let today = civil_date(app.clock.now());
    let account = caller.account.as_ref();
    let viewer = Viewer::of(account, region, loaded.version.model(), today);
    if !viewer.is_some_and(|viewer| offers(viewer, &loaded, today)) {
        return match promised(lines, home) {
            Some(problem) => Err(problem),
            None => Ok(Given::Agreed),
        };
    }
    let command = CommandBody {
        doe: json!({ "aanbod": { "woning": home.0 } }),
        verwacht: None,
    };
    let done = act_on(app, region, caller, &line.number, None, None, command).await;
    match done {
        Ok(_) => Ok(Given::Offered),
        Err(problem) => match app.cases.store().home(&region.key, home).await {
            // Somebody was first between the look and the act.
            Ok(now) if change.after(now.state).is_none() => Err(gone(now.state, line)),
            Ok(_) | Err(StoreError::NoSuchHome) => Err(problem),
            Err(error) => Err(store_problem(error)),
        },
    }
}

/// Whether a line was accepted with this home.
fn has_agreed(line: &MatchingLine, home: HomeId) -> bool {
    let last = line.acts.last();
    last.is_some_and(|act| act.state == LineState::Accepted && act.home == Some(home.0))
}

/// That a home was agreed on for a case of these lines, and is still to be offered there.
pub fn promised(lines: &[MatchingLine], home: HomeId) -> Option<Problem> {
    let other = lines.iter().find(|other| has_agreed(other, home))?;
    let problem = Problem::new(Kind::Refused)
        .detail("koppeling-woning-toegezegd")
        .arg("zaak", other.number.as_str())
        .with("reden", "woning-toegezegd")
        .with("zaak", other.number.as_str());
    Some(problem)
}

/// A home that cannot be had any more, with what it is instead.
fn gone(state: HomeState, line: &MatchingLine) -> Problem {
    Problem::new(Kind::Refused)
        .detail("koppeling-woning-weg")
        .with("reden", "woning-weg")
        .with("stand", standing_name(state.standing()))
        .with("zaak", line.number.as_str())
}
