//! When the days off are known better: every running case counts its deadlines again, once per edition.
//!
//! Input: the regions, the store, the days off that the regions count with. Output: events in the cases whose due dates differ. Invariants: the
//! edition is kept per region only when all its cases have been told, so that what a stop interrupts is done at the next start; a case that
//! has been told already changes nothing the second time.

use std::sync::Arc;

use convenant_engine::{Actor, Command, Moment, Reason};
use convenant_store::{CaseFilter, Error as StoreError};

use crate::cases::{CaseError, Cases, Submit};
use crate::regions::Region;

/// Cases read at a time.
const PAGE: u32 = 500;

/// Tells the running cases of every region whose cases were last counted with another edition of the days off. Gives the number of cases
/// in which a deadline moved.
pub async fn recompute(cases: &Cases, now: Moment) -> Result<u64, CaseError> {
    let mut moved = 0;
    for region in cases.regions().iter() {
        let name = setting(region);
        let holidays = region.current.program.holidays();
        let kept = cases.store().setting(&name).await?;
        if kept.as_deref() == Some(holidays.edition()) {
            continue;
        }
        // A region without a word about it has only cases that were counted with this edition, or none.
        if kept.is_some() {
            moved += tell_cases(cases, region, now).await?;
        }
        keep(cases, &name, holidays.edition()).await?;
    }
    Ok(moved)
}

async fn keep(cases: &Cases, name: &str, edition: &str) -> Result<(), StoreError> {
    cases.store().keep_setting(name, edition).await
}

fn setting(region: &Region) -> String {
    format!("feestdagen/{}", region.key.as_str())
}

async fn tell_cases(cases: &Cases, region: &Arc<Region>, now: Moment) -> Result<u64, CaseError> {
    let mut moved = 0;
    let mut after = None;
    loop {
        let rows = cases
            .store()
            .cases(&region.key, &CaseFilter::default(), after, PAGE)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(moved);
        };
        after = Some(last.head.stream);
        for row in &rows {
            let stream = Some(row.head.stream);
            let submit = Submit::new(stream, Actor::Clock, Command::Recompute, now);
            match cases.submit(region, submit).await {
                Ok(done) => moved += u64::from(!done.events.is_empty()),
                // Nothing runs in it.
                Err(CaseError::Refused { refusal, .. })
                    if matches!(refusal.reason, Reason::Ended | Reason::NotOpened) => {}
                Err(other) => return Err(other),
            }
        }
    }
}
