//! Escalations that nobody reads: after the time that the file gives they go on to the next rung (`ongelezen na … verder`).
//!
//! Input: messages that wait to be read, the time. Output: commands of the clock. Invariants: an escalation that one of its receivers read goes
//! on by its ladder only; whichever node is first, the next rung is reached once.

use std::sync::Arc;

use convenant_engine::{
    Actor, Case, Cause, Command, DeadlineRef, LifeCause, LifeCommand, Moment, Program,
    life_unread_at, unread_at,
};
use convenant_store::{Awaiting, StreamId};

use crate::cases::{CaseError, Cases, Submit};
use crate::delivery::compose::About;
use crate::life::SubmitLife;
use crate::regions::Region;

/// Escalations looked at in one go.
const MOST: u32 = 500;

/// After how long an escalation that could not go on is looked at again, in milliseconds.
const AGAIN: i64 = 15 * 60_000;

/// The running deadline of an escalation of a case, and when the rung counts as unread; none when nothing comes after it.
fn case_unread_at(
    program: &Program,
    case: &Case,
    of: DeadlineRef,
    rung: u16,
) -> Option<(u32, Moment)> {
    let scheme = program.scheme(case.scheme?)?;
    let running = case.deadlines.iter().find(|running| running.of == of)?;
    let spec = program.deadline(scheme, of)?;
    Some((running.id, unread_at(program, &spec, running, rung)?))
}

/// When an escalation goes on to the next rung unless somebody reads it; none when it does not.
pub(crate) fn goes_on_at(region: &Region, about: About<'_>, cause: Cause) -> Option<Moment> {
    let program = &about.version(region).program;
    match (cause, about) {
        (Cause::Escalation(of, rung), About::Case(loaded)) => {
            case_unread_at(program, &loaded.case, of, rung).map(|(_, at)| at)
        }
        (Cause::Life(LifeCause::Escalation(of, _)), About::Life) => {
            let life = region.life();
            let found = life.obligations.iter().find(|o| o.of == of)?;
            life_unread_at(program, found)
        }
        _ => None,
    }
}

impl Cases {
    /// Lets the escalations go on that nobody has read by `now`; gives how many there were. One that cannot go on waits for later: the
    /// others do not wait for it.
    pub async fn pass_on_unread(&self, now: Moment) -> Result<u64, CaseError> {
        let mut count: u64 = 0;
        for awaiting in self.store().unread_escalations(now, MOST).await? {
            let Some(served) = self.regions().get(awaiting.region.as_str()).cloned() else {
                continue;
            };
            let (region, occasion) = (&awaiting.region, awaiting.occasion);
            match self.pass_on(&served, &awaiting, now).await {
                // It was met, or somebody was first.
                Ok(()) | Err(CaseError::Refused { .. }) => {
                    self.store().passed_on(region, occasion).await?;
                    count = count.saturating_add(1);
                }
                Err(error) => {
                    tracing::error!(%region, stream = %awaiting.stream, %error, "an escalation that nobody read did not go on; it will be tried again");
                    let later = Moment(now.0.saturating_add(AGAIN));
                    self.store().put_off(region, occasion, later).await?;
                }
            }
        }
        Ok(count)
    }

    async fn pass_on(
        &self,
        region: &Arc<Region>,
        awaiting: &Awaiting,
        now: Moment,
    ) -> Result<(), CaseError> {
        let cause = serde_json::from_str(&awaiting.awaits.cause);
        match cause.map_err(convenant_store::Error::from)? {
            Cause::Life(LifeCause::Escalation(obligation, rung)) => {
                let command = LifeCommand::Unread { obligation, rung };
                let submit = SubmitLife::new(Actor::Clock, command, now);
                self.submit_life(region, submit).await.map(|_| ())
            }
            Cause::Escalation(of, rung) if awaiting.stream != StreamId::LIFE => {
                let loaded = self.load(region, awaiting.stream).await?;
                let program = &loaded.version.program;
                let Some((deadline, _)) = case_unread_at(program, &loaded.case, of, rung) else {
                    return Ok(());
                };
                let command = Command::Unread { deadline, rung };
                let submit = Submit::new(Some(awaiting.stream), Actor::Clock, command, now);
                self.submit(region, submit).await.map(|_| ())
            }
            // Nothing else waits to be read.
            _ => Ok(()),
        }
    }
}
