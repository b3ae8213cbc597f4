//! The history of a case in sentences, and the sentences of a refusal.
//!
//! Input: events or a refusal, and a model. Output: text in the language of the reader, and the stable name of what
//! happened. Motivations and values are left out here: who may see them is decided where they are shown.

use convenant_engine::{
    Actor, Answer, Case, Eligible, Event, EventKind, Place, Reason, Refusal, Secret, apply,
};
use convenant_lang::model::{EndId, ExitId, ExitKind, SchemeId, StepId};
use fluent_bundle::FluentValue;
use serde_json::{Value as Json, json};

use crate::problem::{Kind, Problem};
use crate::words::Words;

/// Walks through a history with the case as it was: knows in which step each event happened, and which deadline is meant by
/// a number.
#[derive(Default)]
pub struct Narrator {
    case: Case,
}

/// What happened, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Stable name.
    pub name: &'static str,
    /// The sentence.
    pub sentence: String,
}

impl Narrator {
    /// Tells the next event, in the words of the version under which it happened.
    pub fn tell(&mut self, words: &Words<'_>, event: &Event) -> Told {
        let scheme = match &event.kind {
            EventKind::Opened { scheme, .. } => *scheme,
            _ => self.case.scheme.unwrap_or(SchemeId(0)),
        };
        let (name, args) = self.parts(words, scheme, &event.kind);
        apply(&mut self.case, event);
        let args: Vec<(&str, FluentValue<'_>)> = args
            .into_iter()
            .map(|(k, v)| (k, FluentValue::from(v)))
            .collect();
        Told {
            name,
            sentence: words.say(&format!("gebeurtenis-{name}"), &args),
        }
    }

    fn step(&self) -> Option<StepId> {
        match self.case.place {
            Place::Step(step) => Some(step),
            _ => None,
        }
    }

    fn deadline(&self, words: &Words<'_>, scheme: SchemeId, id: u32) -> String {
        let found = self.case.deadlines.iter().find(|d| d.id == id);
        found.map_or_else(|| "?".to_owned(), |d| words.deadline_title(scheme, d.of))
    }

    fn exit(&self, words: &Words<'_>, scheme: SchemeId, exit: ExitId) -> String {
        words.exit_title(scheme, self.step(), exit)
    }

    fn parts(
        &self,
        words: &Words<'_>,
        scheme: SchemeId,
        kind: &EventKind,
    ) -> (&'static str, Vec<(&'static str, String)>) {
        match kind {
            EventKind::Opened { step, .. } => {
                ("geopend", vec![("stap", words.step_title(scheme, *step))])
            }
            EventKind::Assigned { kind, party } => (
                "van-de-zaak",
                vec![
                    ("soort", kind.keyword().to_owned()),
                    ("partij", words.party(*party)),
                ],
            ),
            EventKind::Supplied { facts } => (
                "feiten",
                vec![(
                    "feiten",
                    words.all_of(facts.iter().map(|(f, _)| words.fact_name(*f))),
                )],
            ),
            EventKind::Corrected {
                fact, decided_on, ..
            } => (
                if decided_on.is_empty() {
                    "verbeterd"
                } else {
                    "verbeterd-na-besluit"
                },
                vec![
                    ("feit", words.fact_name(*fact)),
                    ("n", decided_on.len().to_string()),
                ],
            ),
            EventKind::Judged {
                criterion, holds, ..
            } => (
                "beoordeeld",
                vec![
                    ("criterium", words.criterion_name(scheme, *criterion)),
                    ("uitkomst", words.yes(*holds)),
                ],
            ),
            EventKind::Submitted { evidence, issued } => (
                "bewijs",
                vec![
                    ("bewijs", words.evidence_name(*evidence)),
                    ("datum", words.date(*issued)),
                ],
            ),
            EventKind::TaskDone { task } => (
                "taak",
                vec![(
                    "taak",
                    self.step()
                        .map_or_else(String::new, |s| words.task_title(scheme, s, *task)),
                )],
            ),
            EventKind::Advised {
                exit,
                who,
                favourable,
                ..
            } => (
                if *favourable {
                    "advies-voor"
                } else {
                    "advies-tegen"
                },
                vec![
                    ("over", self.exit(words, scheme, *exit)),
                    ("wie", words.who(*who)),
                ],
            ),
            EventKind::EligibilityDecided {
                outcome, computed, ..
            } => (
                if outcome == computed {
                    "doelgroep"
                } else {
                    "doelgroep-afgeweken"
                },
                vec![
                    ("uitkomst", eligible(words, *outcome)),
                    ("berekend", eligible(words, *computed)),
                ],
            ),
            EventKind::Decided { exit, outcome, .. } => (
                "besloten",
                vec![
                    ("besluit", self.exit(words, scheme, *exit)),
                    ("uitkomst", self.outcome(words, scheme, *exit, *outcome)),
                ],
            ),
            EventKind::Voted {
                exit,
                party,
                outcome,
            } => (
                "gestemd",
                vec![
                    ("besluit", self.exit(words, scheme, *exit)),
                    ("partij", words.party(*party)),
                    ("uitkomst", self.outcome(words, scheme, *exit, *outcome)),
                ],
            ),
            EventKind::Acted { step, exit, .. } => (
                "gehandeld",
                vec![("handeling", words.exit_title(scheme, *step, *exit))],
            ),
            EventKind::Allocated {
                party,
                proposed,
                departure,
                ..
            } => (
                if departure.is_some() || party != proposed {
                    "toegewezen-afgeweken"
                } else {
                    "toegewezen"
                },
                vec![
                    ("partij", words.party(*party)),
                    ("voorgesteld", words.party(*proposed)),
                ],
            ),
            EventKind::Offered { .. } => ("aangeboden", vec![]),
            EventKind::Answered { exit, answer } => (
                match answer {
                    Answer::Accepted => "aanvaard",
                    Answer::RefusedOn(_) => "geweigerd-met-reden",
                    Answer::Refused => "geweigerd",
                },
                vec![("reden", self.ground(words, scheme, *exit, answer))],
            ),
            EventKind::Entered { step } => {
                ("stap", vec![("stap", words.step_title(scheme, *step))])
            }
            EventKind::Ended { end } => ("einde", vec![("einde", end_title(words, scheme, *end))]),
            other => self.parts_of_time(words, scheme, other),
        }
    }

    fn parts_of_time(
        &self,
        words: &Words<'_>,
        scheme: SchemeId,
        kind: &EventKind,
    ) -> (&'static str, Vec<(&'static str, String)>) {
        match kind {
            EventKind::DeadlineStarted { deadline } => (
                "termijn-begonnen",
                vec![
                    ("termijn", words.deadline_title(scheme, deadline.of)),
                    ("datum", words.date(deadline.due)),
                ],
            ),
            EventKind::DeadlineStopped { id, met } => (
                if *met {
                    "termijn-gehaald"
                } else {
                    "termijn-vervallen"
                },
                vec![("termijn", self.deadline(words, scheme, *id))],
            ),
            EventKind::DeadlineMoved { id, due, .. } => (
                "termijn-verschoven",
                vec![
                    ("termijn", self.deadline(words, scheme, *id)),
                    ("datum", words.date(*due)),
                ],
            ),
            EventKind::Rescheduled {
                id,
                was,
                due,
                shortened,
                ..
            } => (
                if *shortened {
                    "termijn-verzet-ingekort"
                } else {
                    "termijn-verzet"
                },
                vec![
                    ("termijn", self.deadline(words, scheme, *id)),
                    ("was", words.date(*was)),
                    ("datum", words.date(*due)),
                ],
            ),
            EventKind::Recomputed { id, was, due, .. } => (
                "termijn-herrekend",
                vec![
                    ("termijn", self.deadline(words, scheme, *id)),
                    ("was", words.date(*was)),
                    ("datum", words.date(*due)),
                ],
            ),
            EventKind::Suspended { from, until, .. } => (
                "opgeschort",
                vec![("van", words.date(*from)), ("tot", words.date(*until))],
            ),
            EventKind::Resumed { from, lapsed } => (
                if *lapsed {
                    "hervat-verstreken"
                } else {
                    "hervat"
                },
                vec![("van", words.date(*from))],
            ),
            EventKind::Extended { .. } => ("verlengd", vec![]),
            EventKind::Evaluated { present, .. } => {
                ("geevalueerd", vec![("aanwezig", words.whos(present))])
            }
            EventKind::Objected { .. } => ("bezwaar", vec![]),
            EventKind::ObjectionVoted { upheld, .. } => (
                if *upheld {
                    "bezwaar-stem-gegrond"
                } else {
                    "bezwaar-stem-ongegrond"
                },
                vec![],
            ),
            EventKind::ObjectionExtended { .. } => ("bezwaar-verdaagd", vec![]),
            EventKind::ObjectionDecided { upheld, .. } => (
                if *upheld {
                    "bezwaar-gegrond"
                } else {
                    "bezwaar-ongegrond"
                },
                vec![],
            ),
            EventKind::Reminded { id, .. } => (
                "herinnerd",
                vec![("termijn", self.deadline(words, scheme, *id))],
            ),
            EventKind::Overdue { id } => (
                "te-laat",
                vec![("termijn", self.deadline(words, scheme, *id))],
            ),
            EventKind::Escalated { id, unread, .. } => (
                if *unread {
                    "geescaleerd-ongelezen"
                } else {
                    "geescaleerd"
                },
                vec![("termijn", self.deadline(words, scheme, *id))],
            ),
            EventKind::TermSet { until: Some(until) } => {
                ("looptijd", vec![("datum", words.date(*until))])
            }
            EventKind::TermSet { until: None } => ("looptijd-open", vec![]),
            EventKind::TermEnded => ("looptijd-voorbij", vec![]),
            EventKind::Moved { version, .. } => {
                ("overgegaan", vec![("versie", version.to_string())])
            }
            EventKind::Elapsed { .. } => ("vanzelf", vec![]),
            _ => ("gebeurd", vec![]),
        }
    }

    fn outcome(&self, words: &Words<'_>, scheme: SchemeId, exit: ExitId, outcome: u16) -> String {
        let Some(exit) = words.exit(scheme, self.step(), exit) else {
            return "?".to_owned();
        };
        match &exit.kind {
            ExitKind::Decision { outcomes, .. } => outcomes
                .get(usize::from(outcome))
                .map_or_else(|| "?".to_owned(), |o| o.title.clone()),
            _ => eligible(
                words,
                if outcome == 0 {
                    Eligible::Met
                } else {
                    Eligible::Unmet
                },
            ),
        }
    }

    fn ground(&self, words: &Words<'_>, scheme: SchemeId, exit: ExitId, answer: &Answer) -> String {
        let (Answer::RefusedOn(n), Some(exit)) = (answer, words.exit(scheme, self.step(), exit))
        else {
            return String::new();
        };
        match &exit.kind {
            ExitKind::Offer(offer) => offer
                .grounds
                .get(usize::from(*n))
                .map_or_else(String::new, |(_, title)| title.clone()),
            _ => String::new(),
        }
    }
}

/// The title of an end.
pub fn end_title(words: &Words<'_>, scheme: SchemeId, end: EndId) -> String {
    words
        .handover(scheme)
        .and_then(|h| h.ends.get(end.index()))
        .map_or_else(|| "?".to_owned(), |e| e.title.clone())
}

/// An outcome of eligibility, as it is called.
pub fn eligible(words: &Words<'_>, outcome: Eligible) -> String {
    let id = match outcome {
        Eligible::Met => "voldoet",
        Eligible::Unmet => "voldoet-niet",
        Eligible::Unknown => "onbekend",
    };
    words.say(id, &[])
}

/// Who did it: role and party, or the clock.
pub fn actor(words: &Words<'_>, by: &Actor) -> String {
    match by {
        Actor::Clock => words.say("de-klok", &[]),
        Actor::Person { party, role, .. } => format!(
            "{} ({})",
            words.party(*party),
            words.who(convenant_lang::model::Who::Role(*role))
        ),
    }
}

/// The motivation of an event.
pub fn motivation(kind: &EventKind) -> Option<&Secret> {
    match kind {
        EventKind::Corrected { motivation, .. }
        | EventKind::Judged { motivation, .. }
        | EventKind::Advised { motivation, .. }
        | EventKind::Extended { motivation }
        | EventKind::Objected { motivation }
        | EventKind::ObjectionExtended { motivation }
        | EventKind::ObjectionDecided { motivation, .. } => Some(motivation),
        EventKind::EligibilityDecided { motivation, .. }
        | EventKind::Decided { motivation, .. }
        | EventKind::Acted { motivation, .. }
        | EventKind::Suspended { motivation, .. }
        | EventKind::Offered {
            departure: motivation,
            ..
        }
        | EventKind::Allocated {
            departure: motivation,
            ..
        } => motivation.as_ref(),
        _ => None,
    }
}

/// A refusal as a problem: the reason by its stable name, in words, with its article and what would help.
pub fn refused(words: &Words<'_>, scheme: Option<SchemeId>, refusal: &Refusal) -> Problem {
    let scheme = scheme.unwrap_or(SchemeId(0));
    let name = reason_name(&refusal.reason);
    let kind = match &refusal.reason {
        Reason::NotInRole { .. } | Reason::NotAllowed { .. } | Reason::ClockOnly => Kind::Forbidden,
        Reason::Unknown { .. } | Reason::MotivationNeeded | Reason::WrongValue { .. } => {
            Kind::BadValue
        }
        _ => Kind::Refused,
    };
    let mut problem = Problem::new(kind)
        .detail(format!("weigering-{name}"))
        .with("reden", name);
    for (key, text, data) in particulars(words, scheme, &refusal.reason) {
        problem = problem.arg(key, text);
        if !data.is_null() {
            problem = problem.with(key, data);
        }
    }
    match &refusal.clause {
        Some(meta) => problem.with("bron", json!(words.source(meta))),
        None => problem,
    }
}

/// Names and days in a refusal: as an argument of its sentence, and as data.
fn particulars(
    words: &Words<'_>,
    scheme: SchemeId,
    reason: &Reason,
) -> Vec<(&'static str, String, Json)> {
    let names =
        |key, names: Vec<String>| vec![(key, words.all_of(names.iter().cloned()), json!(names))];
    match reason {
        Reason::Unknown { what } => vec![("wat", what.clone(), json!(what))],
        Reason::NotInRole { role } => {
            let role = words.who(convenant_lang::model::Who::Role(*role));
            vec![("rol", role.clone(), json!(role))]
        }
        Reason::NotAllowed { may } => names("mag", may.iter().map(|w| words.who(*w)).collect()),
        Reason::WrongValue { fact } | Reason::AlreadyKnown { fact } | Reason::NotKnown { fact } => {
            let fact = words.fact_name(*fact);
            vec![("feit", fact.clone(), json!(fact))]
        }
        Reason::Incomplete {
            facts,
            evidence,
            tasks: _,
        } => {
            // Tasks are named by the step, which a refusal does not carry: the caller adds them.
            let missing = facts
                .iter()
                .map(|f| words.fact_name(*f))
                .chain(evidence.iter().map(|e| words.evidence_name(*e)))
                .collect();
            names("ontbreekt", missing)
        }
        Reason::Undecided { facts, criteria } => {
            let missing = facts
                .iter()
                .map(|f| words.fact_name(*f))
                .chain(criteria.iter().map(|c| words.criterion_name(scheme, *c)))
                .collect();
            names("ontbreekt", missing)
        }
        Reason::ConditionNotMet { missing } => names(
            "ontbreekt",
            missing.iter().map(|f| words.fact_name(*f)).collect(),
        ),
        Reason::AdviceNeeded { of } => names("van", of.iter().map(|w| words.who(*w)).collect()),
        Reason::Absent { who } => names("afwezig", who.iter().map(|w| words.who(*w)).collect()),
        Reason::TooEarly { from } => {
            vec![("vanaf", words.date(*from), json!(from.to_string()))]
        }
        Reason::ConsentNeeded { of, outside, .. } => {
            let missing = of
                .iter()
                .map(|p| words.party(*p))
                .chain(outside.iter().cloned())
                .collect();
            names("van", missing)
        }
        _ => Vec::new(),
    }
}

/// The stable name of a reason, as in the scenarios.
pub fn reason_name(reason: &Reason) -> &'static str {
    match reason {
        Reason::NotOpened => "niet-geopend",
        Reason::AlreadyOpened => "al-geopend",
        Reason::Ended => "afgelopen",
        Reason::NotInForce => "niet-van-kracht",
        Reason::Unknown { .. } => "onbekende-naam",
        Reason::NotHere => "niet-hier",
        Reason::NotInRole { .. } => "niet-in-rol",
        Reason::NotAllowed { .. } => "mag-niet",
        Reason::ClockOnly => "alleen-de-klok",
        Reason::MotivationNeeded => "motivering-nodig",
        Reason::WrongValue { .. } => "verkeerde-waarde",
        Reason::AlreadyKnown { .. } => "al-bekend",
        Reason::NotKnown { .. } => "nog-niet-bekend",
        Reason::Incomplete { .. } => "niet-compleet",
        Reason::Undecided { .. } => "niet-te-beslissen",
        Reason::AdviceNeeded { .. } => "advies-nodig",
        Reason::ConditionNotMet { .. } => "voorwaarde-niet-vervuld",
        Reason::AlreadyVoted => "al-gestemd",
        Reason::Offer => "aanbod",
        Reason::TooEarly { .. } => "te-vroeg",
        Reason::UsedUp => "opgebruikt",
        Reason::Suspension => "opschorting",
        Reason::Absent { .. } => "afwezig",
        Reason::NotAllocatable => "niet-toe-te-wijzen",
        Reason::CapReached => "grens-bereikt",
        Reason::OtherScheme => "andere-regeling",
        Reason::Stale => "verlopen",
        Reason::NotCountable => "niet-te-tellen",
        Reason::WrongDay => "verkeerde-dag",
        Reason::ConsentNeeded { .. } => "instemming-nodig",
        Reason::NotAParty => "geen-partij",
    }
}
