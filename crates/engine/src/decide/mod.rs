//! `decide`: a command on a case into events and effects, or a refusal.
//!
//! Input: the program, the case, who acts, the command and its surroundings. Output: a `Decision`, which changes nothing itself.
//! Invariants: pure and total; the events, folded in, give the state whose timers the effects set; a command that is already so gives an
//! empty decision or a refusal, never a second event.

mod allocate;
mod eligibility;
mod exits;
mod fire;
mod knowledge;
mod moves;
mod objection;
mod offer;
mod open;
mod pause;
mod reconcile;
mod reschedule;
mod step;
mod work;

pub(crate) use reconcile::countable;
pub use reschedule::{may_move, moved_by_hand};
pub(crate) use work::{Outcome, Work, refuse, unknown};

use crate::{Actor, Case, Command, Context, Decision, Place, Program, Reason, Refusal};

/// What a command makes of a case. The shell appends the events and carries the effects out in one transaction.
pub fn decide(
    program: &Program,
    case: &Case,
    actor: &Actor,
    command: &Command,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let mut work = Work::new(program, case, actor, context);
    match (case.place, command) {
        (Place::Nowhere, Command::Open { scheme }) => work.open(*scheme)?,
        (Place::Nowhere, _) => return refuse(Reason::NotOpened),
        (_, Command::Open { .. }) => return refuse(Reason::AlreadyOpened),
        (
            Place::End(_),
            Command::Object { .. }
            | Command::ExtendObjection { .. }
            | Command::DecideObjection { .. }
            | Command::Recompute
            | Command::Unread { .. }
            | Command::Fire { .. },
        )
        | (Place::Step(_), _) => work.carry_out(command)?,
        (Place::End(_), _) => return refuse(Reason::Ended),
    }
    work.reconcile()?;
    Ok(work.finish())
}

impl Work<'_> {
    fn carry_out(&mut self, command: &Command) -> Outcome {
        match command {
            Command::Open { .. } => refuse(Reason::AlreadyOpened),
            Command::Supply { facts } => self.supply(facts),
            Command::Correct {
                fact,
                value,
                motivation,
            } => self.correct(*fact, value, motivation),
            Command::Judge {
                criterion,
                holds,
                motivation,
            } => self.judge(*criterion, *holds, motivation),
            Command::Submit { evidence, issued } => self.submit(*evidence, *issued),
            Command::DoTask { task } => self.do_task(*task),
            Command::Advise {
                exit,
                favourable,
                motivation,
            } => self.advise(*exit, *favourable, motivation),
            Command::Exit { exit, choice } => self.exit(*exit, choice),
            Command::Always { exit, motivation } => self.always(*exit, motivation.as_deref()),
            Command::Offer {
                exit,
                neighbourhood,
                motivation,
            } => self.offer(*exit, neighbourhood.as_deref(), motivation.as_deref()),
            Command::Answer { exit, answer } => self.answer(*exit, answer),
            Command::Suspend { until, motivation } => self.suspend(*until, motivation),
            Command::Resume => self.resume_on_request(),
            Command::Extend { motivation } => self.extend(motivation),
            Command::Evaluate {
                evaluation,
                present,
            } => self.evaluate(*evaluation, present),
            Command::Object { motivation } => self.object(motivation),
            Command::ExtendObjection { motivation } => self.extend_objection(motivation),
            Command::DecideObjection { upheld, motivation } => {
                self.decide_objection(*upheld, motivation)
            }
            Command::Reschedule {
                deadline,
                due,
                motivation,
            } => self.reschedule(*deadline, *due, motivation),
            Command::Recompute => self.recompute(),
            Command::Unread { deadline, rung } => self.unread(*deadline, *rung),
            Command::Fire { timer } => self.fire(*timer),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
