//! The end of the term: when the convenant's own life moves it, every running case learns of it.
//!
//! Input: a region and the moment. Output: cases that know the end of the term, and move where the file says so. Invariant: what was told is
//! kept only when all were, so that a run that was broken off is done again, at the start or by the worker.

use convenant_engine::{Actor, Command, Moment, Reason, TimerKey};
use convenant_store::{CaseFilter, StreamId};

use crate::cases::{CaseError, Cases, Submit};
use crate::regions::Region;

impl Cases {
    /// Tells every running case of the end of the term, unless they were told.
    pub(crate) async fn tell_cases_of_term(
        &self,
        region: &Region,
        now: Moment,
    ) -> Result<(), CaseError> {
        let life = region.life();
        if region.has_told(&life) {
            return Ok(());
        }
        let running = CaseFilter {
            running: Some(true),
            ..CaseFilter::default()
        };
        let mut after = None;
        loop {
            let rows = self
                .store()
                .cases(&region.key, &running, after, 500)
                .await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = Some(last.head.stream);
            for row in &rows {
                self.tell_case_of_term(region, row.head.stream, now).await?;
            }
        }
        Ok(region.keep_told(self.store(), &life).await?)
    }

    /// Tells one case.
    pub(crate) async fn tell_case_of_term(
        &self,
        region: &Region,
        stream: StreamId,
        now: Moment,
    ) -> Result<(), CaseError> {
        let command = Command::Fire {
            timer: TimerKey::TermEnd,
        };
        let submit = Submit::new(Some(stream), Actor::Clock, command, now);
        match Box::pin(self.carry_out(region, submit)).await {
            Ok(_) => Ok(()),
            // It knows already.
            Err(CaseError::Refused { refusal, .. })
                if matches!(refusal.reason, Reason::Stale | Reason::Ended) =>
            {
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
}
