//! What became of each deadline of a case, and of each evaluation and duty of the convenant: for calendars, which keep what they were told.
//!
//! Input: the events of a stream. Output: one trace per deadline, also of those that stopped, with the event that changed it last.
//! Invariants: a trace is read off the states before and after each event, so it misses no kind of event; it holds no facts.

use convenant_lang::model::SchemeId;

use crate::running::{reminder_at, stands_still};
use crate::{
    Case, Event, EventKind, Life, LifeEvent, LifeEventKind, Moment, Obligation, Program,
    RunningDeadline, apply, apply_life,
};

/// The event that changed something last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Its sequence number in the stream.
    pub seq: u32,
    /// When it happened.
    pub at: Moment,
}

/// How a deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It runs.
    Running,
    /// It runs, and its clock stands still.
    StandsStill,
    /// It has passed and is still to be met.
    Overdue,
    /// It was met.
    Met,
    /// It fell away.
    Lapsed,
}

impl Standing {
    /// Whether there is nothing to do for it any more.
    pub fn is_over(self) -> bool {
        matches!(self, Standing::Met | Standing::Lapsed)
    }
}

/// What became of a deadline.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadlineTrace {
    /// As it ran last; in the ids of the version under which that was.
    pub running: RunningDeadline,
    /// How it stands.
    pub standing: Standing,
    /// The event that changed it last.
    pub touched: Touched,
    /// The case when it ran last: scheme, step and parties only.
    pub case: Case,
    /// How often the case had gone over to another version by then.
    pub moves: usize,
}

impl DeadlineTrace {
    /// The scheme under which it ran.
    pub fn scheme(&self) -> SchemeId {
        self.case.scheme.unwrap_or(SchemeId(0))
    }

    /// The moments of its reminders, all of them, past or not.
    pub fn reminders(&self, program: &Program) -> Vec<Moment> {
        let spec = program
            .scheme(self.scheme())
            .and_then(|scheme| program.deadline(scheme, self.running.of));
        let Some(spec) = spec else {
            return Vec::new();
        };
        let moment = |before: convenant_lang::model::Duration| {
            reminder_at(program, &self.running, &spec, before)
        };
        spec.reminders
            .iter()
            .filter_map(|reminder| moment(reminder.before))
            .collect()
    }
}

/// The traces of a case's deadlines, in the order in which they began.
pub fn trace<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<DeadlineTrace> {
    let mut case = Case::default();
    let mut moves = 0;
    let mut traces: Vec<DeadlineTrace> = Vec::new();
    for event in events {
        apply(&mut case, event);
        let touched = Touched {
            seq: case.seq,
            at: event.at,
        };
        let moved = matches!(event.kind, EventKind::Moved { .. });
        moves += usize::from(moved);
        for known in traces.iter_mut().filter(|t| !t.standing.is_over()) {
            match case.deadlines.iter().find(|d| d.id == known.running.id) {
                Some(running) => {
                    let standing = standing(&case, running);
                    if moved || *running != known.running || standing != known.standing {
                        known.running = running.clone();
                        known.standing = standing;
                        known.touched = touched;
                    }
                    (known.case, known.moves) = (outline(&case), moves);
                }
                None => {
                    let met = matches!(event.kind, EventKind::DeadlineStopped { met: true, .. });
                    known.standing = if met { Standing::Met } else { Standing::Lapsed };
                    known.touched = touched;
                }
            }
        }
        for running in &case.deadlines {
            if !traces.iter().any(|t| t.running.id == running.id) {
                traces.push(DeadlineTrace {
                    running: running.clone(),
                    standing: standing(&case, running),
                    touched,
                    case: outline(&case),
                    moves,
                });
            }
        }
    }
    traces
}

fn standing(case: &Case, running: &RunningDeadline) -> Standing {
    if case.overdue.contains(&running.id) {
        Standing::Overdue
    } else if stands_still(case, running) {
        Standing::StandsStill
    } else {
        Standing::Running
    }
}

/// What is needed to say whose deadline it is.
fn outline(case: &Case) -> Case {
    Case {
        scheme: case.scheme,
        place: case.place,
        parties: case.parties,
        ..Case::default()
    }
}

/// What became of an occurrence of an evaluation or duty of the convenant itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObligationTrace {
    /// As it was scheduled last.
    pub obligation: Obligation,
    /// How it stands.
    pub standing: Standing,
    /// The event that changed it last.
    pub touched: Touched,
}

/// The traces of a convenant's evaluations and duties, in the order in which they were scheduled.
pub fn trace_life<'a>(events: impl Iterator<Item = &'a LifeEvent>) -> Vec<ObligationTrace> {
    let mut life = Life::default();
    let mut traces: Vec<ObligationTrace> = Vec::new();
    for event in events {
        apply_life(&mut life, event);
        let touched = Touched {
            seq: life.seq,
            at: event.at,
        };
        for known in traces.iter_mut().filter(|t| !t.standing.is_over()) {
            let Obligation { of, number, .. } = known.obligation;
            let now = life
                .obligations
                .iter()
                .find(|o| o.of == of && o.number == number);
            let performed = matches!(&event.kind,
                LifeEventKind::Performed { obligation, number: n, .. } if (*obligation, *n) == (of, number));
            let standing = match now {
                _ if performed => Standing::Met,
                Some(obligation) if obligation.overdue => Standing::Overdue,
                Some(_) => Standing::Running,
                None => Standing::Lapsed,
            };
            let planned = now.map_or(known.obligation, |o| *o);
            let dates = |o: &Obligation| (o.opens, o.due);
            if standing != known.standing || dates(&planned) != dates(&known.obligation) {
                *known = ObligationTrace {
                    obligation: planned,
                    standing,
                    touched,
                };
            }
        }
        for obligation in &life.obligations {
            let same = |t: &ObligationTrace| {
                (t.obligation.of, t.obligation.number) == (obligation.of, obligation.number)
            };
            if !traces.iter().any(same) {
                traces.push(ObligationTrace {
                    obligation: *obligation,
                    standing: Standing::Running,
                    touched,
                });
            }
        }
    }
    traces
}

/// What holds of the traces of every log: those that are not over are what runs in the case, and each change has its own number.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(crate) fn check(log: &[Event], case: &Case) {
    let traces = trace(log.iter());
    let mut running: Vec<_> = traces
        .iter()
        .filter(|t| !t.standing.is_over())
        .map(|t| (t.running.clone(), standing(case, &t.running)))
        .collect();
    running.sort_by_key(|(deadline, _)| deadline.id);
    let mut expected: Vec<_> = case
        .deadlines
        .iter()
        .map(|d| (d.clone(), standing(case, d)))
        .collect();
    expected.sort_by_key(|(deadline, _)| deadline.id);
    assert_eq!(running, expected);
    for trace in &traces {
        assert!(trace.case.facts.is_empty(), "no facts in a trace");
    }
    let Some((_, before)) = log.split_last() else {
        return;
    };
    // A calendar that read the log one event ago takes the later entry for the newer one.
    for earlier in trace(before.iter()) {
        let later = traces.iter().find(|t| t.running.id == earlier.running.id);
        let later = later.unwrap();
        let same = (&earlier.running, earlier.standing) == (&later.running, later.standing);
        let newer = earlier.touched.seq < later.touched.seq;
        assert!(newer || (same && earlier.touched == later.touched));
    }
}

/// The same of the evaluations and duties of a convenant.
#[cfg(test)]
pub(crate) fn check_life(log: &[LifeEvent], life: &Life) {
    let traces = trace_life(log.iter());
    let numbers = |o: &Obligation| (o.of, o.number, o.opens, o.due);
    let mut running: Vec<_> = traces
        .iter()
        .filter(|t| !t.standing.is_over())
        .map(|t| (numbers(&t.obligation), t.standing == Standing::Overdue))
        .collect();
    running.sort_unstable();
    let mut expected: Vec<_> = life
        .obligations
        .iter()
        .map(|o| (numbers(o), o.overdue))
        .collect();
    expected.sort_unstable();
    assert_eq!(running, expected);
}
