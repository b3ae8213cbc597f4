//! Events into the state of a case: total, never refuses, needs nothing but the event.

use convenant_lang::model::{FactId, StepId};
use jiff::civil::Date;

use crate::amend::translate;
use crate::{
    Actor, AnchorPoint, Answer, Case, Change, Closing, DateMove, Detour, Eligible, Event,
    EventKind, Held, Moment, ObjectionMade, Offers, Place, Placement, Secret, Stopped, TimerKey,
    civil_date,
};

/// Folds one event into the case. The first event has number 1: `case.seq` after it was folded in.
pub fn apply(case: &mut Case, event: &Event) {
    case.seq = case.seq.saturating_add(1);
    case.at = event.at;
    match &event.kind {
        EventKind::Opened { .. }
        | EventKind::Entered { .. }
        | EventKind::Ended { .. }
        | EventKind::TermSet { .. }
        | EventKind::TermEnded
        | EventKind::Assigned { .. } => apply_place(case, event),
        EventKind::DeadlineStarted { .. }
        | EventKind::DeadlineStopped { .. }
        | EventKind::DeadlineMoved { .. }
        | EventKind::Rescheduled { .. }
        | EventKind::Recomputed { .. }
        | EventKind::Suspended { .. }
        | EventKind::Resumed { .. }
        | EventKind::Extended { .. }
        | EventKind::Reminded { .. }
        | EventKind::Overdue { .. }
        | EventKind::Escalated { .. } => apply_deadline(case, event),
        EventKind::Moved {
            version,
            translation,
        } => translate(case, *version, translation),
        EventKind::Supplied { .. }
        | EventKind::Corrected { .. }
        | EventKind::Judged { .. }
        | EventKind::Submitted { .. } => apply_knowledge(case, event),
        _ => apply_act(case, event),
    }
}

/// The case that these events make.
pub fn replay<'a>(events: impl Iterator<Item = &'a Event>) -> Case {
    let mut case = Case::default();
    for event in events {
        apply(&mut case, event);
    }
    case
}

fn apply_place(case: &mut Case, event: &Event) {
    match &event.kind {
        EventKind::Opened { scheme, step } => {
            case.opened = Some(event.at);
            case.scheme = Some(*scheme);
            enter(case, *step, event.at);
        }
        EventKind::Entered { step } => enter(case, *step, event.at),
        EventKind::Ended { end } => {
            anchor_left(case, event.at);
            case.place = Place::End(*end);
            case.detour = None;
            case.stopped = None;
            clear_visit(case);
        }
        EventKind::Assigned { kind, party } => {
            if let Some(place) = case.parties.get_mut(*kind as usize) {
                *place = Some(*party);
            }
        }
        EventKind::TermSet { until } => case.term_until = *until,
        EventKind::TermEnded => case.term_ended = true,
        _ => {}
    }
}

fn enter(case: &mut Case, step: StepId, at: Moment) {
    anchor_left(case, at);
    let waiting = case.detour.take();
    match (case.place, case.stopped, waiting) {
        (Place::Step(left), Some(stopped), _)
            if stopped.step == left && stopped.during == Some(step) =>
        {
            case.detour = Some(Box::new(keep_visit(case, left)));
            clear_visit(case);
            case.entered = at;
        }
        (_, _, Some(detour)) if detour.step == step => restore_visit(case, *detour),
        _ => {
            clear_visit(case);
            case.entered = at;
        }
    }
    case.place = Place::Step(step);
    case.visit = case.visit.saturating_add(1);
}

fn keep_visit(case: &mut Case, step: StepId) -> Detour {
    Detour {
        step,
        entered: case.entered,
        tasks_done: std::mem::take(&mut case.tasks_done),
        advice: std::mem::take(&mut case.advice),
        votes: std::mem::take(&mut case.votes),
        offers: case.offers,
        extensions: case.extensions,
        extended: case.extended,
        evaluations: std::mem::take(&mut case.evaluations),
    }
}

fn restore_visit(case: &mut Case, detour: Detour) {
    case.entered = detour.entered;
    case.tasks_done = detour.tasks_done;
    case.advice = detour.advice;
    case.votes = detour.votes;
    case.offers = detour.offers;
    case.extensions = detour.extensions;
    case.extended = detour.extended;
    case.evaluations = detour.evaluations;
}

fn clear_visit(case: &mut Case) {
    case.tasks_done.clear();
    case.advice.clear();
    case.votes.clear();
    case.evaluations.clear();
    case.offers = Offers::default();
    case.extensions = 0;
    case.extended = None;
}

fn anchor_left(case: &mut Case, at: Moment) {
    if let Place::Step(left) = case.place {
        anchor(case, AnchorPoint::StepDone(left), at);
    }
}

/// An anchor is the first time that something happened.
fn anchor(case: &mut Case, point: AnchorPoint, at: Moment) {
    if !case.anchors.iter().any(|(known, _)| *known == point) {
        case.anchors.push((point, at));
    }
}

fn anchor_exit(case: &mut Case, exit: convenant_lang::model::ExitId, at: Moment) {
    if let Place::Step(step) = case.place {
        anchor(case, AnchorPoint::ExitTaken(step, exit), at);
    }
}

fn apply_deadline(case: &mut Case, event: &Event) {
    match &event.kind {
        EventKind::DeadlineStarted { deadline } => {
            case.next_deadline = case.next_deadline.max(deadline.id.saturating_add(1));
            case.deadlines.push(deadline.clone());
        }
        EventKind::DeadlineStopped { id, met } => stop_deadline(case, *id, *met, event.at),
        EventKind::DeadlineMoved {
            id,
            start,
            counted,
            due,
            due_at,
            why,
        } => {
            if let Some(running) = case.deadlines.iter_mut().find(|d| d.id == *id) {
                running.start = *start;
            }
            move_deadline(case, *id, event.at, (*counted, *due, *due_at), why.clone());
        }
        EventKind::Rescheduled {
            id, due, due_at, ..
        } => move_deadline(case, *id, event.at, (*due, *due, *due_at), Change::ByHand),
        EventKind::Recomputed {
            id,
            counted,
            due,
            due_at,
            edition,
            ..
        } => {
            let why = Change::Calendar {
                edition: edition.clone(),
            };
            move_deadline(case, *id, event.at, (*counted, *due, *due_at), why);
        }
        EventKind::Suspended {
            from,
            until,
            during,
            ..
        } => {
            if let Place::Step(step) = case.place {
                case.stopped = Some(Stopped {
                    from: *from,
                    until: *until,
                    step,
                    during: *during,
                });
            }
        }
        EventKind::Resumed { .. } => case.stopped = None,
        EventKind::Extended { .. } => {
            case.extensions = case.extensions.saturating_add(1);
            case.extended = Some(civil_date(event.at));
        }
        EventKind::Reminded { id, reminder } => {
            case.fired.push(TimerKey::Reminder(*id, *reminder));
        }
        EventKind::Escalated { id, rung, .. } => {
            case.fired.push(TimerKey::Rung(*id, *rung));
            if let Some(running) = case.deadlines.iter_mut().find(|d| d.id == *id) {
                running.reached.push((*rung, event.at));
            }
        }
        EventKind::Overdue { id } => case.overdue.push(*id),
        _ => {}
    }
}

fn move_deadline(
    case: &mut Case,
    id: u32,
    at: Moment,
    (counted, due, due_at): (Date, Date, Moment),
    why: Change,
) {
    let Some(running) = case.deadlines.iter_mut().find(|d| d.id == id) else {
        return;
    };
    running.moves.push(DateMove {
        at,
        was: running.due,
        counted,
        due,
        due_at,
        why,
    });
    running.counted = counted;
    (running.due, running.due_at) = (due, due_at);
    running.reached.clear();
    forget_fired(case, id);
    if due_at > at {
        case.overdue.retain(|late| *late != id);
    }
}

fn stop_deadline(case: &mut Case, id: u32, met: bool, at: Moment) {
    let Some(position) = case.deadlines.iter().position(|d| d.id == id) else {
        return;
    };
    let stopped = case.deadlines.remove(position);
    let late = case.overdue.contains(&id) || at >= stopped.due_at;
    let closing = match (met, late) {
        (false, _) => Closing::Lapsed,
        (true, true) => Closing::Late,
        (true, false) => Closing::InTime,
    };
    case.overdue.retain(|late| *late != id);
    forget_fired(case, id);
    case.closed.push((stopped.of, stopped.due, closing));
}

fn forget_fired(case: &mut Case, id: u32) {
    case.fired.retain(|key| match key {
        TimerKey::Reminder(of, _) | TimerKey::Rung(of, _) => *of != id,
        _ => true,
    });
}

fn apply_knowledge(case: &mut Case, event: &Event) {
    match &event.kind {
        EventKind::Supplied { facts } => {
            for (fact, value) in facts {
                set_fact(case, *fact, value.clone());
            }
        }
        EventKind::Corrected { fact, value, .. } => set_fact(case, *fact, value.clone()),
        EventKind::Judged {
            criterion, holds, ..
        } => put(&mut case.judgements, criterion.index(), *holds),
        EventKind::Submitted { evidence, issued } => {
            put(&mut case.evidence, evidence.index(), *issued);
        }
        _ => {}
    }
}

fn set_fact(case: &mut Case, fact: FactId, value: Secret) {
    let seq = case.seq;
    put(&mut case.facts, fact.index(), (value, seq));
}

/// Puts a value in a list in which shorter means not known.
pub(crate) fn put<T: Clone>(list: &mut Vec<Option<T>>, index: usize, value: T) {
    if list.len() <= index {
        list.resize(index + 1, None);
    }
    if let Some(place) = list.get_mut(index) {
        *place = Some(value);
    }
}

fn rested_on(case: &mut Case, facts: &[FactId]) {
    if !facts.is_empty() {
        case.decisions.push((case.seq, facts.to_vec()));
    }
}

fn apply_act(case: &mut Case, event: &Event) {
    match &event.kind {
        EventKind::TaskDone { task } => {
            case.tasks_done.push(*task);
            if let Place::Step(step) = case.place {
                anchor(case, AnchorPoint::TaskDone(step, *task), event.at);
            }
        }
        EventKind::Advised {
            exit,
            who,
            favourable,
            ..
        } => {
            case.advice.retain(|(on, by, _)| (on, by) != (exit, who));
            case.advice.push((*exit, *who, *favourable));
        }
        EventKind::Voted {
            exit,
            party,
            outcome,
        } => {
            case.votes.retain(|(on, by, _)| (on, by) != (exit, party));
            case.votes.push((*exit, *party, *outcome));
        }
        EventKind::EligibilityDecided {
            exit,
            outcome,
            facts,
            ..
        } => {
            case.eligibility = Some((case.seq, *outcome));
            case.eligibility_exit = match case.place {
                Place::Step(step) => Some((step, *exit)),
                _ => None,
            };
            case.objection = None;
            rested_on(case, facts);
            anchor_exit(case, *exit, event.at);
        }
        EventKind::Decided { exit, .. } | EventKind::Elapsed { exit } => {
            anchor_exit(case, *exit, event.at);
        }
        EventKind::Acted {
            step, exit, facts, ..
        } => {
            case.last_act = Some((*step, *exit, event.at));
            rested_on(case, facts);
            if step.is_some() {
                anchor_exit(case, *exit, event.at);
            }
        }
        EventKind::Allocated { .. } => apply_allocated(case, event),
        EventKind::Offered {
            exit,
            neighbourhood,
            departure,
        } => {
            case.offers.open = Some((*exit, civil_date(event.at)));
            let departs = departure.is_some();
            case.offered_in = neighbourhood.clone().map(|name| (name, departs));
        }
        EventKind::Answered { exit, answer } => {
            case.offers.open = None;
            match answer {
                Answer::Accepted => {
                    anchor_exit(case, *exit, event.at);
                    settle(case);
                }
                Answer::Refused => case.offers.counted = case.offers.counted.saturating_add(1),
                Answer::RefusedOn(_) => {}
            }
        }
        EventKind::Evaluated { evaluation, .. } => apply_evaluated(case, *evaluation, event.at),
        EventKind::Objected { .. }
        | EventKind::ObjectionVoted { .. }
        | EventKind::ObjectionExtended { .. }
        | EventKind::ObjectionDecided { .. } => apply_objection(case, event),
        _ => {}
    }
}

fn apply_objection(case: &mut Case, event: &Event) {
    if matches!(event.kind, EventKind::Objected { .. }) {
        let by = match &event.by {
            Actor::Person { party, role, .. } => Some((*party, *role)),
            Actor::Clock => None,
        };
        case.objection = Some(ObjectionMade {
            by,
            extended: false,
            votes: Vec::new(),
            upheld: None,
        });
    }
    let Some(made) = &mut case.objection else {
        return;
    };
    match &event.kind {
        EventKind::ObjectionVoted { party, upheld } => {
            made.votes.retain(|(by, _)| by != party);
            made.votes.push((*party, *upheld));
        }
        EventKind::ObjectionExtended { .. } => made.extended = true,
        EventKind::ObjectionDecided { upheld, .. } => {
            made.upheld = Some(*upheld);
            if *upheld {
                case.eligibility = Some((case.seq, Eligible::Met));
            }
        }
        _ => {}
    }
}

/// The home that was accepted is where the placement counts from now on.
fn settle(case: &mut Case) {
    if let (Some(placement), Some((name, departs))) = (&mut case.placement, case.offered_in.take())
    {
        placement.neighbourhood = Some(name);
        placement.departure |= departs;
    }
}

fn apply_allocated(case: &mut Case, event: &Event) {
    let EventKind::Allocated {
        exit,
        party,
        neighbourhood,
        facts,
        departure,
        ..
    } = &event.kind
    else {
        return;
    };
    case.placement = Some(Placement {
        party: *party,
        neighbourhood: neighbourhood.clone(),
        on: civil_date(event.at),
        seq: case.seq,
        departure: departure.is_some(),
    });
    rested_on(case, facts);
    anchor_exit(case, *exit, event.at);
}

fn apply_evaluated(case: &mut Case, evaluation: u16, at: Moment) {
    let on = civil_date(at);
    let due = case
        .deadlines
        .iter()
        .find(|d| matches!(d.of, crate::DeadlineRef::Evaluation(_, index) if index == evaluation))
        .map_or(on, |d| d.due);
    case.evaluations
        .retain(|held| held.evaluation != evaluation);
    case.evaluations.push(Held {
        evaluation,
        due,
        on,
    });
}
