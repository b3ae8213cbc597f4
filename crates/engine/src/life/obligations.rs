//! Evaluations and duties of the convenant itself: when they fall, and doing them.

use convenant_lang::model::{Duration, EvaluationWhen, Meta, Who};
use jiff::civil::Date;

use super::act::{Outcome, Work, refuse};
use super::{LifeEventKind, Obligation, ObligationRef};
use crate::authority::{fills, parties_of};
use crate::calendar::{Counting, due};
use crate::{Actor, Case, Reason};

/// What the file says about an evaluation or duty.
pub(super) struct Rule<'a> {
    pub meta: &'a Meta,
    pub by: Who,
    every: Option<Duration>,
    once: Option<Date>,
    within: Option<Duration>,
}

impl<'a> Work<'a> {
    /// What the file says about it.
    pub fn rule(&self, of: ObligationRef) -> Outcome<Rule<'a>> {
        let model = self.program.model();
        let found = match of {
            ObligationRef::Evaluation(index) => {
                let evaluation = model.term.evaluations.get(usize::from(index));
                evaluation.map(|e| Rule {
                    meta: &e.meta,
                    by: e.by,
                    every: match e.when {
                        EvaluationWhen::Every(every) => Some(every),
                        EvaluationWhen::On(_) => None,
                    },
                    once: match e.when {
                        EvaluationWhen::On(day) => Some(day),
                        EvaluationWhen::Every(_) => None,
                    },
                    within: None,
                })
            }
            ObligationRef::Duty(index) => {
                let duty = model.oversight.duties.get(usize::from(index));
                duty.map(|d| Rule {
                    meta: &d.meta,
                    by: d.by,
                    every: Some(d.every),
                    once: None,
                    within: Some(d.within),
                })
            }
        };
        match found {
            Some(rule) => Ok(rule),
            None => refuse(
                Reason::Unknown {
                    what: "plicht".to_owned(),
                },
                &model.term.meta,
            ),
        }
    }

    /// Every evaluation and duty of the file.
    fn all(&self) -> Vec<ObligationRef> {
        let model = self.program.model();
        let evaluations = (0..=u16::MAX)
            .zip(&model.term.evaluations)
            .map(|(index, _)| ObligationRef::Evaluation(index));
        let duties = (0..=u16::MAX)
            .zip(&model.oversight.duties)
            .map(|(index, _)| ObligationRef::Duty(index));
        evaluations.chain(duties).collect()
    }

    /// Schedules what falls on or after a day and is not scheduled: at entry into force, and after an extension.
    pub fn schedule_all(&mut self, from: Date) -> Outcome {
        for of in self.all() {
            if self.life.obligations.iter().any(|known| known.of == of) {
                continue;
            }
            let mut number = 1;
            while let Some(next) = self.occurrence(of, number)? {
                if next.opens >= from {
                    self.push(LifeEventKind::Scheduled { obligation: next });
                    break;
                }
                number += 1;
            }
        }
        Ok(())
    }

    /// The occurrence with this number, if it falls within the term.
    fn occurrence(&self, of: ObligationRef, number: u32) -> Outcome<Option<Obligation>> {
        let rule = self.rule(of)?;
        let opens = match (rule.every, rule.once, self.life.in_force) {
            (None, Some(day), _) if number == 1 => day,
            (Some(every), _, Some(start)) => {
                let Some(amount) = every.amount.checked_mul(number).filter(|n| *n > 0) else {
                    return Ok(None);
                };
                let all = Duration { amount, ..every };
                match self.after(start, all, rule.meta) {
                    Ok(day) => day,
                    // Beyond what can be counted is beyond any term.
                    Err(_) => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        if self.life.until.is_some_and(|until| opens >= until) {
            return Ok(None);
        }
        let due = match rule.within {
            None => opens,
            Some(within) => {
                let how = Counting::plain(&self.program.model().header);
                due(self.program.holidays(), opens, within, how)
                    .or_else(|_| refuse(Reason::NotCountable, rule.meta))?
            }
        };
        Ok(Some(Obligation {
            of,
            number,
            opens,
            due,
            announced: false,
            overdue: false,
            reminded: 0,
            climbed: 0,
            reached: None,
        }))
    }

    /// Holds the evaluation or does the duty, and schedules the next one.
    pub fn perform(&mut self, of: ObligationRef) -> Outcome {
        let rule = self.rule(of)?;
        self.authorise(rule.by, rule.meta)?;
        let today = self.today;
        if self.life.performed.contains(&(of, today)) {
            return Ok(());
        }
        let Some(now) = self.life.obligations.iter().find(|o| o.of == of).copied() else {
            return refuse(Reason::NotHere, rule.meta);
        };
        // Not before the one before it has fallen due: so that doing one twice does not do the next.
        if let Some(previous) = now.number.checked_sub(1).filter(|n| *n > 0)
            && let Some(previous) = self.occurrence(of, previous)?
            && today <= previous.opens
        {
            let from = previous.opens.tomorrow().unwrap_or(previous.opens);
            return refuse(Reason::TooEarly { from }, rule.meta);
        }
        self.push(LifeEventKind::Performed {
            obligation: of,
            number: now.number,
            on: today,
            in_time: today <= now.due,
        });
        let next = match now.number.checked_add(1) {
            Some(number) => self.occurrence(of, number)?,
            None => None,
        };
        self.push(match next {
            Some(obligation) => LifeEventKind::Scheduled { obligation },
            None => LifeEventKind::Finished { obligation: of },
        });
        Ok(())
    }

    fn authorise(&self, who: Who, clause: &Meta) -> Outcome {
        let model = self.program.model();
        let party = self.member()?;
        let nobody = Case::default();
        if let Actor::Person { role, .. } = self.actor {
            if !fills(model, &nobody, *role, party, self.today) {
                return refuse(Reason::NotInRole { role: *role }, clause);
            }
            let may = match who {
                Who::Role(wanted) => wanted == *role,
                Who::Body(_) => parties_of(model, &nobody, who, self.today).contains(&party),
            };
            if may {
                return Ok(());
            }
        }
        refuse(Reason::NotAllowed { may: vec![who] }, clause)
    }
}
