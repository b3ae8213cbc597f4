//! The clock of a convenant's life: its timers, and what happens when they fire.

use convenant_lang::model::{TermExtension, Unit};
use jiff::civil::Date;

use super::act::{Outcome, Work, entry_date, refuse};
use super::{Life, LifeCause, LifeEventKind, LifeTimer, ObligationRef, ladder};
use crate::authority::is_member;
use crate::calendar::due;
use crate::running::plainly;
use crate::{Actor, Moment, Program, Reason, TimerKey, start_of_day};

/// Every timer that the life of a convenant has, by key. The shell keeps exactly these.
pub fn life_timers(program: &Program, life: &Life) -> Vec<(TimerKey, Moment)> {
    let mut list = Vec::new();
    if life.ended || !life.established {
        return list;
    }
    let mut ladders: Vec<(LifeTimer, Moment)> = Vec::new();
    for obligation in &life.obligations {
        ladders.extend(ladder::timers(program, obligation));
    }
    if !life.ends_early {
        ladders.extend(ladder::notice_timers(program, life));
    }
    list.extend(
        ladders
            .into_iter()
            .map(|(timer, at)| (TimerKey::Life(timer), at)),
    );
    let mut add = |timer: LifeTimer, day: Date| {
        list.push((TimerKey::Life(timer), start_of_day(day)));
    };
    if life.in_force.is_none()
        && let Some(day) = entry_date(program, life)
    {
        add(LifeTimer::Entry, day);
    }
    for obligation in &life.obligations {
        if !obligation.announced {
            let timer = LifeTimer::FallsDue(obligation.of, obligation.number);
            add(timer, obligation.opens);
        }
        if !obligation.overdue {
            let passes = obligation.due.tomorrow().unwrap_or(obligation.due);
            add(LifeTimer::Passes(obligation.of, obligation.number), passes);
        }
    }
    if let Some(until) = life.until {
        add(LifeTimer::End, until);
        if life.notice_closed != Some(life.extensions)
            && !life.ends_early
            && let Some(day) = last_day_for_notice(program, until)
        {
            add(LifeTimer::Notice(life.extensions), day);
        }
    }
    list.sort_unstable();
    list
}

/// The last day on which notice before this end can be given, where the file knows notice.
pub fn last_day_for_notice(program: &Program, until: Date) -> Option<Date> {
    let (_, before) = program.model().term.notice.as_ref()?;
    due(program.holidays(), until, *before, plainly(program, true)).ok()
}

impl Work<'_> {
    /// Fires a timer; one that is not there or not due is stale.
    pub fn fire(&mut self, timer: LifeTimer) -> Outcome {
        let term = &self.program.model().term;
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly, &term.meta);
        }
        let key = TimerKey::Life(timer);
        let due = life_timers(self.program, &self.life)
            .into_iter()
            .find(|(known, _)| *known == key);
        if due.is_none_or(|(_, at)| at > self.now) {
            return refuse(Reason::Stale, &term.meta);
        }
        match timer {
            LifeTimer::Entry => self.enter_if_ready(),
            LifeTimer::FallsDue(of, _) => self.falls_due(of),
            LifeTimer::Passes(of, _) => self.passes(of),
            LifeTimer::Reminder(of, _, index) => {
                self.remind(of, index);
                Ok(())
            }
            LifeTimer::Rung(of, ..) => {
                self.climb(of, false);
                Ok(())
            }
            LifeTimer::NoticeReminder(_, index) => {
                self.remind_notice(index);
                Ok(())
            }
            LifeTimer::Notice(_) => {
                self.push(LifeEventKind::NoticeClosed);
                self.tell_all(LifeCause::NoticeCloses, self.life.until);
                Ok(())
            }
            LifeTimer::End => self.end(),
        }
    }

    fn falls_due(&mut self, of: ObligationRef) -> Outcome {
        let by = self.rule(of)?.by;
        let due = self
            .life
            .obligations
            .iter()
            .find(|o| o.of == of)
            .map(|o| o.due);
        self.push(LifeEventKind::FellDue { obligation: of });
        self.tell(LifeCause::FellDue(of), by, due);
        Ok(())
    }

    fn passes(&mut self, of: ObligationRef) -> Outcome {
        let by = self.rule(of)?.by;
        let due = self
            .life
            .obligations
            .iter()
            .find(|o| o.of == of)
            .map(|o| o.due);
        self.push(LifeEventKind::Overdue { obligation: of });
        self.tell(LifeCause::Overdue(of), by, due);
        self.climb_at_once(of);
        Ok(())
    }

    /// The term ends, or is silently extended for those who gave no notice, as long as two parties remain.
    fn end(&mut self) -> Outcome {
        let Some(until) = self.life.until else {
            return Ok(());
        };
        let extension = self.program.model().term.extension.as_ref();
        let silent = extension.filter(|e| e.by.is_none() && self.may_extend(e));
        if let Some(extension) = silent {
            let remain = (0..=u16::MAX)
                .zip(&self.program.model().parties)
                .map(|(index, _)| convenant_lang::model::PartyId(index))
                .filter(|party| is_member(self.program.model(), *party, until))
                .filter(|party| !self.life.has_left(*party, until))
                .count();
            if remain >= 2 {
                return self.extend_by(extension, until, true);
            }
        }
        self.push(LifeEventKind::Ended);
        self.tell_all(LifeCause::Ended, Some(until));
        Ok(())
    }

    /// Whether the file allows another extension.
    pub fn may_extend(&self, extension: &TermExtension) -> bool {
        !self.life.ends_early && self.life.extensions < extension.at_most
    }

    /// Extends the term from its end.
    pub fn extend_by(&mut self, extension: &TermExtension, until: Date, silently: bool) -> Outcome {
        let length = extension.by_length;
        let later = self.after(until, length, &extension.meta)?;
        if length.amount == 0 || length.unit == Unit::Hours {
            return refuse(Reason::NotCountable, &extension.meta);
        }
        self.push(LifeEventKind::Extended {
            until: later,
            silently,
        });
        self.tell_all(LifeCause::Extended, Some(later));
        self.schedule_all(until)
    }
}
