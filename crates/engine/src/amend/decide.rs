//! The move of one case: from the old version into the new one.
//!
//! Input: both programs, the migration and a case of the old version. Output: the events in order: what ends under the old version, `Moved`,
//! the step that is entered when it is another one, and the deadlines. Invariant: after it the deadlines that run are those of the new
//! version, none of them due before it was, unless an exception names it.

use convenant_lang::model::{Scheme, Target};

use super::build::{Course, Fate, Migration};
use super::translation::Translation;
use crate::calendar::{Due, due_after_suspension};
use crate::decide::{Outcome, Work, countable, refuse, unknown};
use crate::running::{DeadlineSpec, Start, wanted};
use crate::{
    Actor, Case, Change, Context, DeadlineRef, Decision, EventKind, Moment, Place, Program, Reason,
    Refusal, RunningDeadline,
};

/// What the amendment makes of a case of the old version; nothing when it stays, has ended, or was moved before. Append the events
/// under the new version.
pub fn decide_migration(
    old: &Program,
    new: &Program,
    migration: &Migration,
    case: &Case,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let (Place::Step(here), Some(scheme)) = (case.place, case.scheme) else {
        return Ok(nothing());
    };
    if case.version == Some(migration.version) {
        return Ok(nothing());
    }
    let Some(course) = migration.course(scheme) else {
        return Ok(nothing());
    };
    let going = match course.fates.get(here.index()) {
        Some(Fate::GoesOn) => None,
        Some(Fate::GoesTo(target)) => Some(*target),
        Some(Fate::Stays) | None => return Ok(nothing()),
    };
    let clock = Actor::Clock;
    let mut work = Work::new(old, case, &clock, context);
    if work.today < migration.from {
        return refuse(Reason::TooEarly {
            from: migration.from,
        });
    }
    parties_known(case, &course.words)?;
    work.migrate(new, migration.version, course, going)?;
    Ok(work.finish())
}

fn nothing() -> Decision {
    Decision {
        events: Vec::new(),
        effects: Vec::new(),
    }
}

/// A case does not go where its own party, or the one where it was placed, is unknown: nobody would be bound any more.
fn parties_known(case: &Case, words: &Translation) -> Outcome {
    let placed = case.placement.as_ref().map(|placement| placement.party);
    let mut bound = case.parties.iter().copied().flatten().chain(placed);
    if bound.all(|party| words.party(party).is_some()) {
        Ok(())
    } else {
        Err(unknown("partij"))
    }
}

/// A deadline as it ran under the old version, without the time that it stood still.
struct Before<'a> {
    running: RunningDeadline,
    spec: DeadlineSpec<'a>,
    plain: Option<Due>,
}

impl<'a> Work<'a> {
    fn migrate(
        &mut self,
        new: &'a Program,
        version: u32,
        course: &Course,
        going: Option<Target>,
    ) -> Outcome {
        let going = self.settle_suspension(&course.words, going)?;
        for running in self.case.deadlines.clone() {
            if course.words.deadline(running.of).is_none() {
                let id = running.id;
                self.push(EventKind::DeadlineStopped { id, met: false });
            }
        }
        let before = self.before()?;
        self.take_up(new);
        self.push(EventKind::Moved {
            version,
            translation: Box::new(course.words.clone()),
        });
        match going {
            Some(Target::Step(step)) => {
                self.push(EventKind::Entered { step });
                self.tell_actors(step)?;
                self.leave_passed_steps()?;
            }
            Some(Target::End(end)) => self.push(EventKind::Ended { end }),
            Some(Target::Stay) | None => {}
        }
        self.keep_deadlines(&before, &course.freed)?;
        self.reconcile()
    }

    /// A suspension ends when the case leaves the steps that it is about, or the new version no longer has them. Who goes back to the step
    /// that waits goes back under the old version, and goes on from there.
    fn settle_suspension(
        &mut self,
        words: &Translation,
        going: Option<Target>,
    ) -> Outcome<Option<Target>> {
        let Some(stopped) = self.case.stopped else {
            return Ok(going);
        };
        let waits = words.step(stopped.step).map(|step| Target::Step(step.to));
        let during = stopped.during.map(Place::Step);
        if going.is_some() && going == waits && during == Some(self.case.place) {
            self.record(EventKind::Entered { step: stopped.step });
            let today = self.today;
            self.resume(stopped, today, false)?;
            return Ok(None);
        }
        let known = waits.is_some() && stopped.during.is_none_or(|step| words.step(step).is_some());
        if going.is_some() || !known {
            self.push(EventKind::Resumed {
                from: self.today.max(stopped.from),
                lapsed: false,
            });
        }
        Ok(going)
    }

    fn before(&self) -> Outcome<Vec<Before<'a>>> {
        let scheme = self.scheme()?;
        let wanted = wanted(self.program, &self.case, self.today);
        let mut list = Vec::new();
        for running in self.case.deadlines.clone() {
            let Some(spec) = self.program.deadline(scheme, running.of) else {
                continue;
            };
            let start = wanted.iter().find(|(of, _)| *of == running.of);
            let start = start.map_or(Start::Day(running.start), |(_, start)| *start);
            let extensions = self.extensions_of(running.of);
            list.push(Before {
                plain: self.program.due(&spec, start, &extensions).ok(),
                running,
                spec,
            });
        }
        Ok(list)
    }

    /// Brings the deadlines that run on, and the new ones, in line with the new version.
    fn keep_deadlines(&mut self, before: &[Before<'_>], freed: &[DeadlineRef]) -> Outcome {
        let scheme = self.scheme()?;
        let mut list = wanted(self.program, &self.case, self.today);
        for running in &self.case.deadlines {
            if self.objection_keeps(running.of) {
                list.push((running.of, Start::Day(running.start)));
            }
        }
        for (of, start) in list {
            let Some(spec) = self.program.deadline(scheme, of) else {
                continue;
            };
            let running = self.case.deadlines.iter().find(|d| d.of == of).cloned();
            let was = running.and_then(|now| {
                let was = before.iter().find(|was| was.running.id == now.id)?;
                Some((now, was))
            });
            match was {
                Some((now, was)) => {
                    self.run_on(&now, was, (&spec, start), freed.contains(&of))?;
                }
                None => self.start_from_now(scheme, of, start)?,
            }
        }
        Ok(())
    }

    /// A deadline of both versions: the later of its two ends, or the new one where an exception says so.
    fn run_on(
        &mut self,
        now: &RunningDeadline,
        was: &Before<'_>,
        (spec, start): (&DeadlineSpec<'_>, Start),
        freed: bool,
    ) -> Outcome {
        let same_start = now.start == start.day();
        let extensions = self.extensions_of(now.of);
        let plain = countable(self.program.due(spec, start, &extensions), spec)?;
        let due = match was.plain {
            Some(old) if old == plain && same_start => return Ok(()),
            Some(old) => countable(self.stood(plain, spec, was, old), spec)?,
            None => plain,
        };
        let kept = Due {
            counted: now.counted,
            last: now.due,
            passes: now.due_at,
        };
        let due = if freed || due.passes > kept.passes {
            due
        } else {
            kept
        };
        if due != kept || !same_start {
            self.move_deadline(now.id, start.day(), due, Change::Transition);
        }
        Ok(())
    }

    /// The new end, put off by as long as the clock of the old one stood still.
    fn stood(
        &self,
        plain: Due,
        spec: &DeadlineSpec<'_>,
        was: &Before<'_>,
        old: Due,
    ) -> Result<Due, crate::calendar::CountError> {
        let late = was.running.due_at.0.saturating_sub(old.passes.0);
        let days = (was.running.counted - old.counted).get_days();
        if was.spec.length.unit == convenant_lang::model::Unit::Hours
            || spec.length.unit == convenant_lang::model::Unit::Hours
        {
            let passes = Moment(plain.passes.0.saturating_add(late.max(0)));
            let last = crate::civil_date(passes);
            return Ok(Due {
                counted: last,
                last,
                passes,
            });
        }
        if days <= 0 {
            return Ok(plain);
        }
        let until = plain.counted.saturating_add(jiff::Span::new().days(days));
        let stood = (plain.counted, until);
        let holidays = self.program.holidays();
        due_after_suspension(holidays, plain.counted, spec.length, spec.how, stood)
    }

    /// A duty that the new version brings: it does not reach back to before the move.
    fn start_from_now(&mut self, scheme: &Scheme, of: DeadlineRef, start: Start) -> Outcome {
        let Some(spec) = self.program.deadline(scheme, of) else {
            return Ok(());
        };
        let mut due = countable(self.program.due(&spec, start, &[]), &spec)?;
        if !spec.how.backward && start.day() < self.today {
            let from_now = Start::At(self.context.now);
            let later = countable(self.program.due(&spec, from_now, &[]), &spec)?;
            if later.passes > due.passes {
                due = later;
            }
        }
        self.begin_deadline(of, start.day(), due);
        Ok(())
    }
}
