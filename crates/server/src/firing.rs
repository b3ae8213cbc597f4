//! Firing: due timers into commands of the clock, for the worker and before a person's command.
//!
//! Input: claims, or a case and a moment. Output: events. Invariants: a timer is fired under a claim, so once, whoever fires it; what was
//! due before a person acts has happened by then, in the order in which it was due.

use std::pin::Pin;
use std::sync::Arc;

use convenant_engine::{
    Actor, Command, LifeCommand, Moment, Reason, TimerKey, life_timers, timers,
};
use convenant_store::{Error as StoreError, StreamId, TimerClaim};

use crate::cases::{CaseError, Cases, Loaded, Submit};
use crate::life::SubmitLife;
use crate::regions::Region;

/// A command fires timers and a timer is a command: the future of one would hold that of the other, so this one is boxed.
type Firing<'a> = Pin<Box<dyn Future<Output = Result<(), CaseError>> + Send + 'a>>;

impl Cases {
    /// Fires a claimed timer. One that somebody else fired or stopped in the meantime is nothing.
    pub(crate) fn fire(&self, claim: TimerClaim, now: Moment) -> Firing<'_> {
        Box::pin(self.fire_one(claim, now))
    }

    async fn fire_one(&self, claim: TimerClaim, now: Moment) -> Result<(), CaseError> {
        let Some(region) = self.regions().get(claim.region.as_str()).cloned() else {
            // A region that is not served here: its timers wait until it is.
            return Ok(());
        };
        let result = match claim.name.key()? {
            TimerKey::Life(timer) => {
                let command = LifeCommand::Fire { timer };
                let mut submit = SubmitLife::new(Actor::Clock, command, now);
                submit.fires = Some(claim.clone());
                self.submit_life(&region, submit).await.map(|_| ())
            }
            timer => {
                let command = Command::Fire { timer };
                let mut submit = Submit::new(Some(claim.stream), Actor::Clock, command, now);
                submit.fires = Some(claim.clone());
                self.submit(&region, submit).await.map(|_| ())
            }
        };
        let settled = match result {
            // The case no longer knows the timer.
            Err(CaseError::Refused { refusal, .. })
                if matches!(
                    refusal.reason,
                    Reason::Stale | Reason::Ended | Reason::NotHere
                ) =>
            {
                self.store().drop_timer(&claim).await.map_err(Into::into)
            }
            other => other,
        };
        match settled {
            Err(CaseError::Store(StoreError::TimerLost)) => Ok(()),
            other => other,
        }
    }

    /// The case as it stands when everything that is due at `now` has happened.
    pub async fn caught_up(
        &self,
        region: &Arc<Region>,
        stream: StreamId,
        now: Moment,
    ) -> Result<Loaded, CaseError> {
        let (cases, owned) = (self.clone(), region.clone());
        tokio::spawn(async move { cases.fire_due(&owned, Some(stream), now).await })
            .await
            .map_err(|e| CaseError::Broken(e.to_string()))??;
        self.load(region, stream).await
    }

    /// Fires what is due at `now`: in the convenant's own life, then in this case.
    pub(crate) async fn fire_due(
        &self,
        region: &Region,
        case: Option<StreamId>,
        now: Moment,
    ) -> Result<(), CaseError> {
        while is_due(&life_timers(&region.current.program, &region.life()), now) {
            if !self.fire_all(region, StreamId::LIFE, now).await? {
                // Another node was first: its events say what is due now.
                region.reload_life(self.store()).await?;
                break;
            }
        }
        let Some(stream) = case else {
            return Ok(());
        };
        loop {
            let loaded = self.current(region, stream).await?;
            if !is_due(&timers(&loaded.version.program, &loaded.case), now) {
                return Ok(());
            }
            if !self.fire_all(region, stream, now).await?
                && !self.is_behind(region, &loaded).await?
            {
                return Ok(());
            }
        }
    }

    /// Fires the timers of one stream that are due; false when there was none.
    async fn fire_all(
        &self,
        region: &Region,
        stream: StreamId,
        now: Moment,
    ) -> Result<bool, CaseError> {
        let store = self.store();
        let claims = store
            .claim_timers_of(&region.key, stream, now, self.leases().work())
            .await?;
        let any = !claims.is_empty();
        for claim in claims {
            self.fire(claim, now).await?;
        }
        Ok(any)
    }
}

fn is_due(timers: &[(TimerKey, Moment)], now: Moment) -> bool {
    timers.iter().any(|(_, at)| *at <= now)
}
