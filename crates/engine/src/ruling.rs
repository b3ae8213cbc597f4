//! The decision on an objection: how long it may take, who is reminded, and who hears that it is late.
//!
//! Input: the clause `bezwaar bij …` of a scheme. Output: `Ruling`, compiled once per version. The law says what no clause does: 6 weeks, or
//! 12 when a committee decides, from the end of the period for objection; once extended by at most 6 weeks (Awb 7:10).

use convenant_lang::model::{Convenant, Duration, Reminder, Rung, Scheme, Unit, Who};

/// How much longer the decision may take when its time is extended.
pub(crate) const EXTENSION: Duration = weeks(6);

/// The word for a body to which the longer term applies.
const COMMITTEE: &str = "commissie";

/// The decision on an objection.
#[derive(Debug, Clone)]
pub(crate) struct Ruling {
    /// How long it may take.
    pub length: Duration,
    /// A week before: whoever decides.
    pub reminders: Vec<Reminder>,
    /// At once: whoever decides. After two weeks, when a penalty for lateness can begin to run (Awb 4:17): whoever refused.
    pub escalation: Vec<Rung>,
}

impl Ruling {
    /// How an objection is decided in this scheme; none where none can be made.
    pub fn of(model: &Convenant, scheme: &Scheme) -> Option<Ruling> {
        let objection = scheme.eligibility.objection.as_ref()?;
        let committee = match objection.by {
            Who::Body(body) => {
                let body = model.bodies.get(body.index());
                body.is_some_and(|body| body.word == COMMITTEE)
            }
            Who::Role(_) => false,
        };
        let rung = |after, who: Who| Rung {
            meta: objection.meta.clone(),
            after,
            to: vec![who],
        };
        let mut escalation = vec![rung(None, objection.by)];
        escalation.extend(
            scheme
                .eligibility
                .decided_by
                .map(|who| rung(Some(weeks(2)), who)),
        );
        Some(Ruling {
            length: weeks(if committee { 12 } else { 6 }),
            reminders: vec![Reminder {
                meta: objection.meta.clone(),
                before: weeks(1),
                to: vec![objection.by],
            }],
            escalation,
        })
    }
}

const fn weeks(amount: u32) -> Duration {
    Duration {
        amount,
        unit: Unit::Weeks,
    }
}
