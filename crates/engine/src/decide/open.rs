//! Opening a case.

use convenant_lang::model::{Relation, Scheme, SchemeId};

use super::work::{Outcome, Work, refuse, refuse_by, unknown};
use crate::rules::Env;
use crate::{Actor, EventKind, Reason};

impl Work<'_> {
    /// Opens the case: the convenant is in force, the other scheme does not stand in the way, and the opener acts in the first step. The
    /// opener's party becomes the party of the case of its kind.
    pub fn open(&mut self, id: SchemeId) -> Outcome {
        let Some(scheme) = self.program.scheme(id) else {
            return Err(unknown("regeling"));
        };
        let Actor::Person { party, .. } = self.actor else {
            return refuse(Reason::ClockOnly);
        };
        let start = scheme.handover.start;
        let Some(step) = scheme.handover.steps.get(start.index()) else {
            return Err(unknown("stap"));
        };
        let Some(kind) = self.model.parties.get(party.index()).map(|p| p.kind) else {
            return Err(unknown("partij"));
        };
        self.push(EventKind::Opened {
            scheme: id,
            step: start,
        });
        self.push(EventKind::Assigned {
            kind,
            party: *party,
        });
        self.authorise(&step.actors, &step.meta)?;
        let life = self.context.life;
        if !life.is_in_force(self.today) {
            return refuse_by(Reason::NotInForce, &self.model.term.meta);
        }
        self.relations(scheme)?;
        if life.until.is_some() {
            self.push(EventKind::TermSet { until: life.until });
        }
        self.tell_actors(start)?;
        self.leave_passed_steps()
    }

    fn relations(&self, scheme: &Scheme) -> Outcome {
        let prior = self.context.refusals;
        for relation in &scheme.relations {
            match relation {
                Relation::OnlyAfterRefusal { meta, under } => {
                    if !prior.iter().any(|refusal| refusal.scheme == *under) {
                        return refuse_by(Reason::OtherScheme, meta);
                    }
                }
                Relation::NotAfterRefusal {
                    meta,
                    under,
                    within,
                } => {
                    let recent = |env: &Env<'_>| {
                        prior.iter().any(|refusal| {
                            refusal.scheme == *under
                                && env
                                    .after(refusal.on, *within)
                                    .map_or(true, |free| self.today < free)
                        })
                    };
                    if self.with_env(recent) {
                        return refuse_by(Reason::OtherScheme, meta);
                    }
                }
            }
        }
        Ok(())
    }
}
