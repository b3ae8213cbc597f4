//! The convenant's own life at work: decide, append, and tell the cases of a new end of the term.
//!
//! Input: a party's or the clock's command on the life of a region. Output: what happened, written, or why not. Invariants: as for
//! cases: through the engine only, one command per idempotency key, never cancelled half-way.

use std::sync::Arc;

use convenant_engine::{
    Actor, Life, LifeCommand, LifeEvent, Moment, apply_life, civil_date, decide_life,
};
use convenant_store::{
    Append, Appended, CommandId, Error as StoreError, Opening, Sort, StreamId, TimerClaim,
};

use crate::cases::{CaseError, Cases, TRIES};
use crate::regions::Region;

/// A command to carry out on the convenant's own life.
#[derive(Debug, Clone)]
pub struct SubmitLife {
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: LifeCommand,
    /// When.
    pub now: Moment,
    /// Idempotency key, with what was asked under it.
    pub id: Option<CommandId>,
    /// The timer that this firing settles.
    pub fires: Option<TimerClaim>,
}

impl SubmitLife {
    /// A command without conditions.
    pub fn new(actor: Actor, command: LifeCommand, now: Moment) -> SubmitLife {
        SubmitLife {
            actor,
            command,
            now,
            id: None,
            fires: None,
        }
    }
}

/// A command carried out.
#[derive(Debug, Clone, Default)]
pub struct LifeDone {
    /// What happened; empty when it was already so.
    pub events: Vec<LifeEvent>,
    /// The command had been carried out before.
    pub repeated: bool,
}

impl Cases {
    /// Carries out a command on the convenant's own life, in a task of its own.
    pub async fn submit_life(
        &self,
        region: &Arc<Region>,
        submit: SubmitLife,
    ) -> Result<LifeDone, CaseError> {
        let (cases, region) = (self.clone(), region.clone());
        tokio::spawn(async move { cases.carry_out_life(&region, submit).await })
            .await
            .map_err(|e| CaseError::Broken(e.to_string()))?
    }

    /// What a command made of the life when it was carried out before, under the same key.
    pub async fn answered_life(
        &self,
        region: &Region,
        id: Option<&CommandId>,
    ) -> Result<Option<LifeDone>, CaseError> {
        let Some(id) = id else {
            return Ok(None);
        };
        match self.store().answered(&region.key, id).await? {
            Some(before) => self.life_repeated(region, &before).await.map(Some),
            None => Ok(None),
        }
    }

    async fn carry_out_life(
        &self,
        region: &Region,
        submit: SubmitLife,
    ) -> Result<LifeDone, CaseError> {
        if let Some(done) = self.answered_life(region, submit.id.as_ref()).await? {
            return Ok(done);
        }
        for _ in 0..TRIES {
            if submit.actor != Actor::Clock {
                self.fire_due(region, None, submit.now).await?;
            }
            let life = region.life();
            match self.attempt_life(region, &submit, &life).await {
                Err(CaseError::Store(StoreError::Conflict { .. })) => {}
                // What was refused may have been decided on a life that another node has changed.
                Err(CaseError::Refused { .. }) if self.life_is_behind(region, &life).await? => {}
                other => return other,
            }
            region.reload_life(self.store()).await?;
        }
        Err(CaseError::Busy)
    }

    async fn attempt_life(
        &self,
        region: &Region,
        submit: &SubmitLife,
        life: &Life,
    ) -> Result<LifeDone, CaseError> {
        let SubmitLife {
            actor,
            command,
            now,
            id,
            fires,
        } = submit;
        let refused = |refusal| CaseError::Refused {
            refusal: Box::new(refusal),
            version: region.current.clone(),
            case: None,
        };
        let program = &region.current.program;
        let decision = decide_life(program, life, actor, command, *now).map_err(refused)?;
        let nothing = decision.events.is_empty() && decision.effects.is_empty();
        if nothing && fires.is_none() && id.is_none() {
            return Ok(LifeDone::default());
        }
        let mut after = life.clone();
        for event in &decision.events {
            apply_life(&mut after, event);
        }
        let mut append = Append::new(region.key.clone(), StreamId::LIFE, life.seq);
        append.effects(&decision.effects)?;
        append.opening = (life.seq == 0).then(|| Opening {
            version: region.current.hash,
            sort: Sort::Life,
            year: civil_date(*now).year(),
        });
        append.version = (!decision.events.is_empty())
            .then(|| region.life_takes_up())
            .flatten();
        append.fires = fires.clone();
        append.command = id.clone();
        append.events = decision.events.clone();
        let written = self.store().append(append).await?;
        if written.repeated {
            return self.life_repeated(region, &written).await;
        }
        if !decision.events.is_empty() {
            region.set_life(after);
        }
        self.tell_cases_of_term(region, *now).await?;
        Ok(LifeDone {
            events: decision.events,
            repeated: false,
        })
    }

    async fn life_repeated(
        &self,
        region: &Region,
        before: &Appended,
    ) -> Result<LifeDone, CaseError> {
        let after = before.seq.saturating_sub(before.events);
        let events = self
            .store()
            .events::<LifeEvent>(&region.key, before.stream, after)
            .await?;
        let events = events.into_iter().filter(|r| r.seq <= before.seq);
        Ok(LifeDone {
            events: events.map(|r| r.event).collect(),
            repeated: true,
        })
    }

    async fn life_is_behind(&self, region: &Region, life: &Life) -> Result<bool, CaseError> {
        let head = self.store().head(&region.key, StreamId::LIFE).await?;
        Ok(head.is_some_and(|head| head.seq != life.seq))
    }
}
