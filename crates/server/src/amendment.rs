//! Amendments at work: from the first day of a new version, the running cases that its `overgang` moves go over to it.
//!
//! Input: the versions of a region and the moment. Output: moved cases, each in one append that pins it to the new version. Invariants: a
//! case is moved once; one that the rules keep, or cannot place in the new version, stays under its own.

use std::sync::Arc;

use convenant_engine::{
    Actor, Case, Context, Migration, Moment, apply, decide_migration, migration, start_of_day,
};
use convenant_store::{Append, CaseFilter, CaseState, Error as StoreError, StreamId};

use crate::cases::{CaseError, Cases, Loaded, TRIES};
use crate::regions::{Region, Version};

/// The moment at which the current version of a region begins, when it amends another one.
pub fn begins(region: &Region) -> Option<Moment> {
    let amends = region.current.model().header.amends?;
    Some(start_of_day(amends.from))
}

impl Cases {
    /// The version under which a case opens at this moment: the one that is amended, until the amendment begins.
    pub async fn version_at(
        &self,
        region: &Region,
        now: Moment,
    ) -> Result<Arc<Version>, CaseError> {
        let early = begins(region).is_some_and(|begins| now < begins);
        if early && let Some(before) = self.amended(region).await?.pop() {
            return Ok(before);
        }
        Ok(region.current.clone())
    }

    /// The stored versions that the current one amends, in the order of adoption.
    async fn amended(&self, region: &Region) -> Result<Vec<Arc<Version>>, CaseError> {
        let Some(amends) = region.current.model().header.amends else {
            return Ok(Vec::new());
        };
        let mut versions = Vec::new();
        for row in self.store().versions(&region.key).await? {
            if row.number == amends.version && row.hash != region.current.hash {
                versions.push(region.version(self.store(), row.hash).await?);
            }
        }
        Ok(versions)
    }

    /// Moves every running case that the amendment moves; gives their number. Nothing before the amendment begins.
    pub async fn migrate(&self, region: &Region, now: Moment) -> Result<u64, CaseError> {
        if begins(region).is_none_or(|begins| now < begins) {
            return Ok(0);
        }
        let mut moved: u64 = 0;
        for old in self.amended(region).await? {
            match migration(&old.program, &region.current.program) {
                Ok(course) => {
                    let count = self.migrate_from(region, &old, &course, now).await?;
                    moved = moved.saturating_add(count);
                }
                Err(error) => {
                    tracing::error!(region = %region.key, %error, "running cases stay under their version");
                }
            }
        }
        Ok(moved)
    }

    async fn migrate_from(
        &self,
        region: &Region,
        old: &Version,
        course: &Migration,
        now: Moment,
    ) -> Result<u64, CaseError> {
        let filter = CaseFilter {
            running: Some(true),
            version: Some(old.hash),
            ..CaseFilter::default()
        };
        let (mut after, mut moved) = (None, 0_u64);
        loop {
            let rows = self.store().cases(&region.key, &filter, after, 500).await?;
            let Some(last) = rows.last() else {
                return Ok(moved);
            };
            after = Some(last.head.stream);
            for row in &rows {
                let went = self
                    .migrate_one(region, old, course, row.head.stream, now)
                    .await?;
                moved = moved.saturating_add(u64::from(went));
            }
        }
    }

    async fn migrate_one(
        &self,
        region: &Region,
        old: &Version,
        course: &Migration,
        stream: StreamId,
        now: Moment,
    ) -> Result<bool, CaseError> {
        for _ in 0..TRIES {
            let loaded = self.load(region, stream).await?;
            if loaded.version.hash != old.hash {
                return Ok(false);
            }
            let (book, life) = (region.book(&region.current), region.life());
            let context = Context {
                now: now.max(loaded.case.at),
                ledger: &book.ledger,
                life: &life,
                refusals: &[],
            };
            let new = &region.current;
            let decided =
                decide_migration(&old.program, &new.program, course, &loaded.case, &context);
            let decision = match decided {
                Ok(decision) if decision.events.is_empty() => return Ok(false),
                Ok(decision) => decision,
                Err(refusal) => {
                    let (number, reason) =
                        (&loaded.number, crate::history::reason_name(&refusal.reason));
                    tracing::warn!(%number, reason, "a case stays under its version");
                    return Ok(false);
                }
            };
            let mut after = Case::clone(&loaded.case);
            for event in &decision.events {
                apply(&mut after, event);
            }
            let mut append = Append::new(region.key.clone(), stream, loaded.case.seq);
            append.effects(&decision.effects)?;
            append.version = Some(new.hash);
            append.row = Some(CaseState::of(&after));
            let state = (&after, new.model());
            append.homes = self
                .homes_along(region, &Actor::Clock, &loaded, state, &decision.events)
                .await?;
            append.events = decision.events;
            match self.store().append(append).await {
                Ok(_) => {
                    self.keep(Loaded {
                        case: Arc::new(after),
                        version: new.clone(),
                        ..loaded
                    });
                    return Ok(true);
                }
                Err(StoreError::Conflict { .. }) => self.forget(stream),
                // A home of the case has changed: it is looked at again.
                Err(StoreError::HomeConflict { .. } | StoreError::HomeRefused { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(CaseError::Busy)
    }
}
