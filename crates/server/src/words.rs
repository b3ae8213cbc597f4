//! The words for what a model holds: names, titles, sources, dates and amounts, in the language of the reader.
//!
//! Input: ids of a model. Output: text, and sources as data. An id that the model does not have gives `?`: a page is
//! never refused because of one.

use convenant_engine::{DeadlineRef, ObligationRef};
use convenant_lang::model::{
    Convenant, CriterionId, Deadline, Duration, EvidenceId, Exit, ExitId, ExitKind, Fact, FactId,
    Handover, Meta, PartyId, Scheme, SchemeId, Step, StepId, TaskId, Unit, Who,
};
use fluent_bundle::FluentValue;
use jiff::civil::Date;
use serde::Serialize;

use crate::act::{deadline_name, exit_word};
use crate::text::{Language, Texts};

/// Where a clause comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Source {
    /// The article of the signed text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artikel: Option<String>,
    /// The signed text, quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citaat: Option<String>,
    /// No text states it: it is an assumption of this file.
    pub aanname: bool,
    /// The line of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regel: Option<usize>,
}

impl Source {
    /// Whether something states it: an article, or the file itself as an assumption.
    pub fn is_known(&self) -> bool {
        self.aanname || self.artikel.is_some()
    }
}

/// The words for one model in one language.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The messages.
    pub texts: &'a Texts,
    /// The language.
    pub language: Language,
    /// The model.
    pub model: &'a Convenant,
    /// The first byte of each line of the file.
    pub lines: &'a [u32],
    /// The day for which it is said: a party that has been succeeded is called by its successor's name.
    pub today: Option<Date>,
}

/// What stands where an id has no name.
const NAMELESS: &str = "?";

impl<'a> Words<'a> {
    /// The same words, for a day.
    pub fn on(self, today: Date) -> Words<'a> {
        Words {
            today: Some(today),
            ..self
        }
    }

    /// The party of a case today.
    pub fn party_today(&self, id: PartyId) -> String {
        self.party(
            self.today
                .map_or(id, |day| self.model.successor_on(id, day)),
        )
    }

    /// A message.
    pub fn say(&self, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        self.texts.get(self.language, id, args)
    }

    /// A scheme.
    pub fn scheme(&self, id: SchemeId) -> Option<&'a Scheme> {
        self.model.schemes.get(id.index())
    }

    /// The steps of a scheme.
    pub fn handover(&self, id: SchemeId) -> Option<&'a Handover> {
        self.scheme(id).map(|s| &s.handover)
    }

    /// A step.
    pub fn step(&self, scheme: SchemeId, id: StepId) -> Option<&'a Step> {
        self.handover(scheme).and_then(|h| h.steps.get(id.index()))
    }

    /// An exit of a step, or of every step when the step is none.
    pub fn exit(&self, scheme: SchemeId, step: Option<StepId>, id: ExitId) -> Option<&'a Exit> {
        match step {
            Some(step) => self.step(scheme, step)?.exits.get(id.index()),
            None => self.handover(scheme)?.always.get(id.index()),
        }
    }

    /// A fact.
    pub fn fact(&self, id: FactId) -> Option<&'a Fact> {
        self.model.facts.get(id.index())
    }

    /// A fact's name.
    pub fn fact_name(&self, id: FactId) -> String {
        self.fact(id).map_or(NAMELESS, |f| &f.name).to_owned()
    }

    /// A piece of evidence's name.
    pub fn evidence_name(&self, id: EvidenceId) -> String {
        self.model
            .evidence
            .get(id.index())
            .map_or(NAMELESS, |e| &e.name)
            .to_owned()
    }

    /// A criterion's name.
    pub fn criterion_name(&self, scheme: SchemeId, id: CriterionId) -> String {
        self.scheme(scheme)
            .and_then(|s| s.eligibility.criteria.get(id.index()))
            .map_or(NAMELESS, |c| &c.name)
            .to_owned()
    }

    /// A party's name.
    pub fn party(&self, id: PartyId) -> String {
        self.model
            .parties
            .get(id.index())
            .map_or(NAMELESS, |p| &p.name)
            .to_owned()
    }

    /// The name of a role or body.
    pub fn who(&self, who: Who) -> String {
        match who {
            Who::Role(id) => self.model.roles.get(id.index()).map(|r| &r.name),
            Who::Body(id) => self.model.bodies.get(id.index()).map(|b| &b.name),
        }
        .map_or(NAMELESS, String::as_str)
        .to_owned()
    }

    /// `a, b en c`.
    pub fn whos(&self, whos: &[Who]) -> String {
        self.all_of(whos.iter().map(|w| self.who(*w)))
    }

    /// `a, b en c`.
    pub fn all_of(&self, items: impl Iterator<Item = String>) -> String {
        let mut items: Vec<String> = items.collect();
        match items.pop() {
            None => String::new(),
            Some(last) if items.is_empty() => last,
            Some(last) => format!("{} {} {last}", items.join(", "), self.say("en", &[])),
        }
    }

    /// A step's title.
    pub fn step_title(&self, scheme: SchemeId, id: StepId) -> String {
        self.step(scheme, id)
            .map_or(NAMELESS, |s| &s.title)
            .to_owned()
    }

    /// A task's title.
    pub fn task_title(&self, scheme: SchemeId, step: StepId, id: TaskId) -> String {
        self.step(scheme, step)
            .and_then(|s| s.tasks.get(id.index()))
            .map_or(NAMELESS, |t| &t.title)
            .to_owned()
    }

    /// An exit's title.
    pub fn exit_title(&self, scheme: SchemeId, step: Option<StepId>, id: ExitId) -> String {
        let Some(exit) = self.exit(scheme, step, id) else {
            return NAMELESS.to_owned();
        };
        match &exit.kind {
            ExitKind::Decision { title, .. } | ExitKind::Act { title, .. } => title.clone(),
            ExitKind::Done(_) => self.say("uitgang-gereed", &[]),
            ExitKind::Eligibility { .. } => self.say("uitgang-doelgroep", &[]),
            ExitKind::Allocate { kind, .. } => {
                self.say("uitgang-toewijzen", &[("soort", kind.keyword().into())])
            }
            ExitKind::Offer(_) => self.say("uitgang-aanbod", &[]),
            ExitKind::After(..) | ExitKind::On(..) => self.say("uitgang-vanzelf", &[]),
        }
    }

    /// The word by which an exit is taken.
    pub fn exit_name(&self, scheme: SchemeId, step: Option<StepId>, id: ExitId) -> String {
        self.exit(scheme, step, id)
            .and_then(exit_word)
            .unwrap_or(NAMELESS)
            .to_owned()
    }

    /// What a deadline is of, for a reader.
    pub fn deadline_title(&self, scheme: SchemeId, of: DeadlineRef) -> String {
        match of {
            DeadlineRef::Step(step, _) => self.step_title(scheme, step),
            DeadlineRef::Task(step, task) => self.task_title(scheme, step, task),
            DeadlineRef::Case(_) => self.say("termijn-zaak", &[]),
            DeadlineRef::Offer(..) => self.say("termijn-aanbod", &[]),
            DeadlineRef::Evaluation(step, _) => self.say(
                "termijn-evaluatie",
                &[("stap", self.step_title(scheme, step).into())],
            ),
            DeadlineRef::Objection => self.say("termijn-bezwaar", &[]),
            DeadlineRef::ObjectionDecision => self.say("termijn-besluit-bezwaar", &[]),
        }
    }

    /// What a deadline is of, in the words of the file and the scenarios.
    pub fn deadline_name(&self, scheme: SchemeId, of: DeadlineRef) -> String {
        let handover = self.handover(scheme);
        handover.map_or_else(String::new, |h| deadline_name(h, of).to_owned())
    }

    /// The clause of the file that makes a deadline.
    pub fn deadline(&self, scheme: SchemeId, of: DeadlineRef) -> Option<&'a Deadline> {
        match of {
            DeadlineRef::Step(step, n) => self.step(scheme, step)?.deadlines.get(usize::from(n)),
            DeadlineRef::Task(step, task) => self
                .step(scheme, step)?
                .tasks
                .get(task.index())?
                .deadline
                .as_ref(),
            DeadlineRef::Case(n) => self.handover(scheme)?.deadlines.get(usize::from(n)),
            DeadlineRef::Offer(..)
            | DeadlineRef::Evaluation(..)
            | DeadlineRef::Objection
            | DeadlineRef::ObjectionDecision => None,
        }
    }

    /// Where a deadline comes from, and its length.
    pub fn deadline_source(
        &self,
        scheme: SchemeId,
        of: DeadlineRef,
    ) -> Option<(&'a Meta, Option<Duration>)> {
        match of {
            DeadlineRef::Offer(step, exit) => {
                let exit = self.exit(scheme, Some(step), exit)?;
                let answer = match &exit.kind {
                    ExitKind::Offer(offer) => offer.answer,
                    _ => None,
                };
                Some((&exit.meta, answer))
            }
            DeadlineRef::Evaluation(step, n) => {
                let evaluation = self.step(scheme, step)?.evaluations.get(usize::from(n))?;
                Some((&evaluation.meta, Some(evaluation.every)))
            }
            DeadlineRef::Objection => {
                let objection = self.scheme(scheme)?.eligibility.objection.as_ref()?;
                Some((&objection.meta, Some(objection.within)))
            }
            DeadlineRef::ObjectionDecision => {
                let objection = self.scheme(scheme)?.eligibility.objection.as_ref()?;
                Some((&objection.meta, None))
            }
            _ => {
                let deadline = self.deadline(scheme, of)?;
                Some((&deadline.meta, Some(deadline.length)))
            }
        }
    }

    /// Who must act before a deadline passes.
    pub fn deadline_whos(&self, scheme: SchemeId, of: DeadlineRef) -> Vec<Who> {
        let found = match of {
            DeadlineRef::Step(step, _) => self.step(scheme, step).map(|s| s.actors.clone()),
            DeadlineRef::Task(step, task) => self
                .step(scheme, step)
                .and_then(|s| s.tasks.get(task.index()))
                .map(|t| t.actors.clone()),
            DeadlineRef::Offer(step, exit) => {
                self.exit(scheme, Some(step), exit)
                    .and_then(|e| match &e.kind {
                        ExitKind::Offer(offer) => Some(vec![offer.answered_by]),
                        _ => None,
                    })
            }
            DeadlineRef::Evaluation(step, n) => self
                .step(scheme, step)
                .and_then(|s| s.evaluations.get(usize::from(n)))
                .map(|e| vec![e.by]),
            DeadlineRef::ObjectionDecision => self
                .scheme(scheme)
                .and_then(|s| s.eligibility.objection.as_ref())
                .map(|objection| vec![objection.by]),
            DeadlineRef::Case(_) | DeadlineRef::Objection => None,
        };
        found.unwrap_or_default()
    }

    /// An evaluation or duty of the convenant itself: its title, who must do it, and its source.
    pub fn obligation(&self, of: ObligationRef) -> Option<(String, Who, &'a Meta)> {
        match of {
            ObligationRef::Evaluation(n) => {
                let evaluation = self.model.term.evaluations.get(usize::from(n))?;
                let title = self.say("leven-evaluatie", &[]);
                Some((title, evaluation.by, &evaluation.meta))
            }
            ObligationRef::Duty(n) => {
                let duty = self.model.oversight.duties.get(usize::from(n))?;
                Some((duty.title.clone(), duty.by, &duty.meta))
            }
        }
    }

    /// A source as data.
    pub fn source(&self, meta: &Meta) -> Source {
        Source {
            artikel: meta.article.clone(),
            citaat: (!meta.quotes.is_empty()).then(|| meta.quotes.join(" ")),
            aanname: meta.assumption,
            regel: self.line(meta),
        }
    }

    fn line(&self, meta: &Meta) -> Option<usize> {
        let before = self
            .lines
            .partition_point(|start| *start <= meta.span.start);
        (meta.span.end > 0 && before > 0).then_some(before)
    }

    /// A source in a few words: `artikel 4.2`, `aanname`.
    pub fn source_text(&self, meta: &Meta) -> String {
        match &meta.article {
            Some(article) => self.say("bron-artikel", &[("artikel", article.as_str().into())]),
            None if meta.assumption => self.say("bron-aanname", &[]),
            None => self.say("bron-geen", &[]),
        }
    }

    /// `15 maart 2017`.
    pub fn date(&self, date: Date) -> String {
        self.texts.date(self.language, date)
    }

    /// `10 werkdagen`.
    pub fn duration(&self, duration: Duration) -> String {
        let id = match duration.unit {
            Unit::Hours => "duur-uren",
            Unit::Days => "duur-dagen",
            Unit::WorkingDays => "duur-werkdagen",
            Unit::Weeks => "duur-weken",
            Unit::Months => "duur-maanden",
            Unit::Years => "duur-jaren",
        };
        self.say(id, &[("n", i64::from(duration.amount).into())])
    }

    /// Yes or no.
    pub fn yes(&self, yes: bool) -> String {
        self.say(if yes { "ja" } else { "nee" }, &[])
    }
}

/// The first byte of each line of a text.
pub fn line_starts(text: &str) -> Vec<u32> {
    std::iter::once(0)
        .chain(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .filter_map(|(i, _)| u32::try_from(i.saturating_add(1)).ok()),
        )
        .collect()
}
