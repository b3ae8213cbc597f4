//! Reminders before an evaluation, a duty or the last day for notice, and the escalation after what was not done.
//!
//! Input: the life and the ladders of the file. Output: their timers, and events with notifications. Invariants: each reminder and each rung
//! once per occurrence; rungs are reached in the order of the file.

use convenant_lang::model::{Duration, Ladder, Reminder, Unit, Who};
use jiff::civil::Date;

use super::act::{Outcome, Work, refuse};
use super::clock::last_day_for_notice;
use super::{Life, LifeCause, LifeEventKind, LifeTimer, Obligation, ObligationRef};
use crate::calendar::{due_from, due_on};
use crate::running::plainly;
use crate::{Actor, Moment, Program, Reason, start_of_day};

/// Reminders of one occurrence are kept as bits: no more than these are sent.
const MOST: usize = 32;

/// What the file says goes before and after an evaluation or duty.
pub(super) fn ladder(program: &Program, of: ObligationRef) -> Option<&Ladder> {
    let model = program.model();
    match of {
        ObligationRef::Evaluation(index) => {
            let found = model.term.evaluations.get(usize::from(index));
            found.map(|evaluation| &evaluation.ladder)
        }
        ObligationRef::Duty(index) => {
            let found = model.oversight.duties.get(usize::from(index));
            found.map(|duty| &duty.ladder)
        }
    }
}

/// The timers of one occurrence.
pub(super) fn timers(program: &Program, obligation: &Obligation) -> Vec<(LifeTimer, Moment)> {
    let Some(ladder) = ladder(program, obligation.of) else {
        return Vec::new();
    };
    if obligation.overdue {
        let next = ladder.escalation.get(usize::from(obligation.climbed));
        let timer = LifeTimer::Rung(obligation.of, obligation.number, obligation.climbed);
        let at = next.and_then(|rung| rung.after).map(|after| {
            let passed = after_day(obligation.due);
            later(program, obligation.due, passed, after)
        });
        return at.map(|at| (timer, at)).into_iter().collect();
    }
    let reminders = numbered(&ladder.reminders)
        .filter(|(index, _)| obligation.reminded & bit(*index) == 0)
        .filter_map(|(index, reminder)| {
            let timer = LifeTimer::Reminder(obligation.of, obligation.number, index);
            Some((timer, ahead(program, obligation.due, reminder)?))
        });
    reminders.collect()
}

/// The timers before the last day for notice.
pub(super) fn notice_timers(program: &Program, life: &Life) -> Vec<(LifeTimer, Moment)> {
    let last = life
        .until
        .and_then(|until| last_day_for_notice(program, until));
    let Some(last) = last.filter(|_| life.notice_closed != Some(life.extensions)) else {
        return Vec::new();
    };
    numbered(&program.model().term.notice_reminders)
        .filter(|(index, _)| !life.notice_reminded.contains(&(life.extensions, *index)))
        .filter_map(|(index, reminder)| {
            let timer = LifeTimer::NoticeReminder(life.extensions, index);
            Some((timer, ahead(program, last, reminder)?))
        })
        .collect()
}

fn numbered(reminders: &[Reminder]) -> impl Iterator<Item = (u16, &Reminder)> {
    (0..=u16::MAX).zip(reminders).take(MOST)
}

pub(super) fn bit(index: u16) -> u32 {
    1_u32.checked_shl(u32::from(index)).unwrap_or(0)
}

/// So long before the last day: its first moment, or in hours to the millisecond.
fn ahead(program: &Program, last: Date, reminder: &Reminder) -> Option<Moment> {
    let how = plainly(program, true);
    let holidays = program.holidays();
    let found = if reminder.before.unit == Unit::Hours {
        due_from(holidays, after_day(last), reminder.before, how).map(|due| due.passes)
    } else {
        due_on(holidays, last, reminder.before, how).map(|due| start_of_day(due.last))
    };
    found.ok()
}

/// So long after a day or moment has passed. A count that is not possible is due at once: better early than never.
fn later(program: &Program, day: Date, from: Moment, after: Duration) -> Moment {
    let how = plainly(program, false);
    let found = if after.unit == Unit::Hours {
        due_from(program.holidays(), from, after, how)
    } else {
        due_on(program.holidays(), day, after, how)
    };
    found.map_or(from, |due| due.passes)
}

fn after_day(day: Date) -> Moment {
    start_of_day(day.tomorrow().unwrap_or(day))
}

/// When the last rung that was reached counts as unread, so that the next one is reached ([`super::LifeCommand::Unread`]); none when there
/// is no next one or the file does not say it.
pub fn life_unread_at(program: &Program, obligation: &Obligation) -> Option<Moment> {
    let ladder = ladder(program, obligation.of)?;
    let (after, reached) = (ladder.unread_after?, obligation.reached?);
    ladder.escalation.get(usize::from(obligation.climbed))?;
    let found = due_from(program.holidays(), reached, after, plainly(program, false));
    Some(found.map_or(reached, |due| due.passes))
}

impl Work<'_> {
    fn obligation(&self, of: ObligationRef) -> Option<Obligation> {
        self.life.obligations.iter().find(|o| o.of == of).copied()
    }

    /// A reminder is due.
    pub fn remind(&mut self, of: ObligationRef, index: u16) {
        let program = self.program;
        let due = self.obligation(of).map(|o| o.due);
        self.push(LifeEventKind::Reminded {
            obligation: of,
            reminder: index,
        });
        let found = ladder(program, of).and_then(|l| l.reminders.get(usize::from(index)));
        self.tell_each(LifeCause::Reminder(of, index), found.map(|r| &r.to), due);
    }

    /// A reminder before the last day for notice is due.
    pub fn remind_notice(&mut self, index: u16) {
        let program = self.program;
        self.push(LifeEventKind::NoticeReminded { reminder: index });
        let found = program
            .model()
            .term
            .notice_reminders
            .get(usize::from(index));
        let last = self
            .life
            .until
            .and_then(|until| last_day_for_notice(program, until));
        self.tell_each(LifeCause::NoticeReminder(index), found.map(|r| &r.to), last);
    }

    /// The next rung is reached.
    pub fn climb(&mut self, of: ObligationRef, unread: bool) {
        let program = self.program;
        let Some(now) = self.obligation(of) else {
            return;
        };
        self.push(LifeEventKind::Escalated {
            obligation: of,
            rung: now.climbed,
            unread,
        });
        let found = ladder(program, of).and_then(|l| l.escalation.get(usize::from(now.climbed)));
        let cause = LifeCause::Escalation(of, now.climbed);
        self.tell_each(cause, found.map(|r| &r.to), Some(now.due));
    }

    /// The rungs that are reached at once when it was not done in time.
    pub fn climb_at_once(&mut self, of: ObligationRef) {
        let first = ladder(self.program, of).and_then(|ladder| ladder.escalation.first());
        if first.is_some_and(|rung| rung.after.is_none()) {
            self.climb(of, false);
        }
    }

    /// The rung stayed unread for as long as the file says. The second time nothing happens.
    pub fn unread(&mut self, of: ObligationRef, rung: u16) -> Outcome {
        let clause = &self.program.model().term.meta;
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly, clause);
        }
        let Some(now) = self.obligation(of).filter(|o| o.overdue) else {
            return refuse(Reason::Stale, clause);
        };
        let next = rung.saturating_add(1);
        if now.climbed > next {
            return Ok(());
        }
        let at = life_unread_at(self.program, &now);
        if now.climbed != next || at.is_none_or(|at| at > self.now) {
            return refuse(Reason::Stale, clause);
        }
        self.climb(of, true);
        Ok(())
    }

    fn tell_each(&mut self, cause: LifeCause, to: Option<&Vec<Who>>, due: Option<Date>) {
        for who in to.into_iter().flatten() {
            self.tell(cause, *who, due);
        }
    }
}
