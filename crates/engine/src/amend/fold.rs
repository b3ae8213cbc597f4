//! The fold of `Moved`: the state of a case, id by id, in the words of the new version.
//!
//! Total: what the new version does not have leaves the state; the history keeps it.

use convenant_lang::model::{ExitId, PartyId, StepId, TaskId, Who};

use super::translation::{StepTranslation, Translation, at};
use crate::fold::put;
use crate::{Case, Detour, Held, Offers, Place, Stopped, TimerKey};

/// Translates the state of a case. A case whose step the new version does not have is nowhere until the next event places it.
pub(crate) fn translate(case: &mut Case, version: u32, words: &Translation) {
    let here = match case.place {
        Place::Step(step) => words.step(step),
        Place::Nowhere | Place::End(_) => None,
    };
    case.version = Some(version);
    case.scheme = Some(words.scheme);
    visit(case, here, words);
    knowledge(case, words);
    deadlines(case, words);
    case.stopped = case.stopped.and_then(|stopped| suspension(stopped, words));
    let waiting = case.detour.take();
    case.detour = waiting.and_then(|detour| waiting_visit(*detour, words).map(Box::new));
    case.place = here.map_or(Place::Nowhere, |step| Place::Step(step.to));
    for party in &mut case.parties {
        *party = party.and_then(|party| words.party(party));
    }
    case.placement = case.placement.take().and_then(|mut placement| {
        placement.party = words.party(placement.party)?;
        Some(placement)
    });
    case.last_act = case.last_act.and_then(|(step, exit, moment)| {
        let (step, exit) = words.exit(step, exit)?;
        Some((step, exit, moment))
    });
    case.eligibility_exit = case.eligibility_exit.and_then(|(step, exit)| {
        let (step, exit) = words.exit(Some(step), exit)?;
        Some((step?, exit))
    });
    if let Some(made) = &mut case.objection {
        made.by = made
            .by
            .and_then(|(party, role)| Some((words.party(party)?, words.role(role)?)));
        made.votes = made
            .votes
            .iter()
            .filter_map(|(party, upheld)| Some((words.party(*party)?, *upheld)))
            .collect();
    }
    case.anchors = std::mem::take(&mut case.anchors)
        .into_iter()
        .filter_map(|(point, moment)| Some((words.anchor(point)?, moment)))
        .collect();
}

fn visit(case: &mut Case, here: Option<&StepTranslation>, words: &Translation) {
    case.tasks_done = tasks(&case.tasks_done, here);
    case.advice = advice(&case.advice, here, words);
    case.votes = votes(&case.votes, here, words);
    case.offers = offers(case.offers, here);
    case.evaluations = evaluations(&case.evaluations, here);
}

fn waiting_visit(detour: Detour, words: &Translation) -> Option<Detour> {
    let there = words.step(detour.step)?;
    let step = Some(there);
    Some(Detour {
        step: there.to,
        entered: detour.entered,
        tasks_done: tasks(&detour.tasks_done, step),
        advice: advice(&detour.advice, step, words),
        votes: votes(&detour.votes, step, words),
        offers: offers(detour.offers, step),
        extensions: detour.extensions,
        extended: detour.extended,
        evaluations: evaluations(&detour.evaluations, step),
    })
}

fn tasks(done: &[TaskId], step: Option<&StepTranslation>) -> Vec<TaskId> {
    let to = |task: &TaskId| Some(at(&step?.tasks, task.index())?.to);
    done.iter().filter_map(to).collect()
}

fn advice(
    given: &[(ExitId, Who, bool)],
    step: Option<&StepTranslation>,
    words: &Translation,
) -> Vec<(ExitId, Who, bool)> {
    let to = |(exit, who, favourable): &(ExitId, Who, bool)| {
        let exit = at(&step?.exits, exit.index())?.to;
        Some((exit, words.who(*who)?, *favourable))
    };
    given.iter().filter_map(to).collect()
}

fn votes(
    cast: &[(ExitId, PartyId, u16)],
    step: Option<&StepTranslation>,
    words: &Translation,
) -> Vec<(ExitId, PartyId, u16)> {
    let to = |(exit, party, outcome): &(ExitId, PartyId, u16)| {
        let exit = at(&step?.exits, exit.index())?;
        let outcome = *at(&exit.outcomes, usize::from(*outcome))?;
        Some((exit.to, words.party(*party)?, outcome))
    };
    cast.iter().filter_map(to).collect()
}

fn offers(offers: Offers, step: Option<&StepTranslation>) -> Offers {
    let open = offers.open.and_then(|(exit, day)| {
        let exit = at(&step?.exits, exit.index())?.to;
        Some((exit, day))
    });
    Offers {
        counted: offers.counted,
        open,
    }
}

fn evaluations(held: &[Held], step: Option<&StepTranslation>) -> Vec<Held> {
    let to = |held: &Held| {
        let evaluation = *at(&step?.evaluations, usize::from(held.evaluation))?;
        Some(Held {
            evaluation,
            ..*held
        })
    };
    held.iter().filter_map(to).collect()
}

fn suspension(stopped: Stopped, words: &Translation) -> Option<Stopped> {
    let to = |step: StepId| words.step(step).map(|found| found.to);
    let during = match stopped.during {
        Some(step) => Some(to(step)?),
        None => None,
    };
    Some(Stopped {
        step: to(stopped.step)?,
        during,
        ..stopped
    })
}

fn knowledge(case: &mut Case, words: &Translation) {
    let facts = std::mem::take(&mut case.facts);
    for (known, translated) in facts.into_iter().zip(&words.facts) {
        if let (Some((secret, seq)), Some(fact)) = (known, translated)
            && let Some(secret) = words.secret(fact, &secret)
        {
            put(&mut case.facts, fact.to.index(), (secret, seq));
        }
    }
    let judgements = std::mem::take(&mut case.judgements);
    for (known, translated) in judgements.into_iter().zip(&words.criteria) {
        if let (Some(holds), Some(criterion)) = (known, translated) {
            put(&mut case.judgements, criterion.index(), holds);
        }
    }
    let evidence = std::mem::take(&mut case.evidence);
    for (known, translated) in evidence.into_iter().zip(&words.evidence) {
        if let (Some(issued), Some(evidence)) = (known, translated) {
            put(&mut case.evidence, evidence.index(), issued);
        }
    }
    for (_, facts) in &mut case.decisions {
        *facts = facts
            .iter()
            .filter_map(|fact| words.fact(*fact).map(|found| found.to))
            .collect();
    }
    case.decisions.retain(|(_, facts)| !facts.is_empty());
}

fn deadlines(case: &mut Case, words: &Translation) {
    let running = &case.deadlines;
    let fired = |key: &TimerKey| {
        let (TimerKey::Reminder(id, index) | TimerKey::Rung(id, index)) = *key else {
            return None;
        };
        let of = running.iter().find(|deadline| deadline.id == id)?.of;
        let (_, marks) = words.deadline(of)?;
        let index = usize::from(index);
        match key {
            TimerKey::Reminder(..) => {
                at(&marks.reminders, index).map(|to| TimerKey::Reminder(id, *to))
            }
            _ => at(&marks.rungs, index).map(|to| TimerKey::Rung(id, *to)),
        }
    };
    case.fired = case.fired.iter().filter_map(fired).collect();
    case.deadlines.retain_mut(|deadline| {
        let found = words.deadline(deadline.of);
        if let Some((of, _)) = &found {
            deadline.of = *of;
        }
        found.is_some()
    });
    let left = &case.deadlines;
    case.overdue
        .retain(|id| left.iter().any(|deadline| deadline.id == *id));
    case.closed = std::mem::take(&mut case.closed)
        .into_iter()
        .filter_map(|(of, due, closing)| Some((words.deadline(of)?.0, due, closing)))
        .collect();
}
