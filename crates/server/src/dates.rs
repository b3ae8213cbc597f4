//! The explanation of a due date in sentences: from where it counts, each day that was skipped, what moved it, and by which article.
//!
//! Input: the engine's explanation and the words of the version. Output: sentences in order, in the language of the reader. Invariant:
//! a motivation is never among them: who may see it is decided where the history is shown.

use convenant_engine::calendar::{Basis, DayOff, DueStep, MoveRule, StayRule};
use convenant_engine::{Change, DateExplanation, StartPoint};
use convenant_lang::model::{Anchor, SchemeId};
use jiff::civil::Date;
use serde::Serialize;

use crate::words::{Source, Words};

/// Why a deadline is due on its day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WhyDueView {
    /// What it is of, as named in the file; or `zaak`, `aanbod`, `evaluatie`, `bezwaar`, `besluit-bezwaar`.
    pub van: String,
    /// What it is of, for a reader.
    pub titel: String,
    /// The day it is counted from.
    #[schema(example = "2018-05-02")]
    pub begin: String,
    /// The last day.
    #[schema(example = "2018-05-18")]
    pub uiterlijk: String,
    /// The clause that it rests on.
    pub bron: Source,
    /// It is an aim, not hard.
    pub streven: bool,
    /// A hard deadline that people moved to before the day that the rule gives.
    pub ingekort: bool,
    /// The days off as they are known now give another day.
    pub anders_geteld: bool,
    /// Years of which the days that are off by decree have not been verified.
    pub niet_nagezien: Vec<i16>,
    /// Each step, in sentences.
    pub uitleg: Vec<String>,
}

impl Words<'_> {
    /// The explanation as data, with its sentences.
    pub fn why_due_view(&self, scheme: SchemeId, why: &DateExplanation<'_>) -> WhyDueView {
        WhyDueView {
            van: self.deadline_name(scheme, why.of),
            titel: self.deadline_title(scheme, why.of),
            begin: why.start.to_string(),
            uiterlijk: why.due.to_string(),
            bron: self.source(why.clause),
            streven: why.aim,
            ingekort: why.shortened,
            anders_geteld: why.counted_otherwise,
            niet_nagezien: why.unverified.clone(),
            uitleg: self.why_due(scheme, why),
        }
    }

    /// The explanation, a sentence per step.
    pub fn why_due(&self, scheme: SchemeId, why: &DateExplanation<'_>) -> Vec<String> {
        let from = self.start_point(scheme, why.from);
        let mut told: Vec<String> = Vec::new();
        for step in &why.count.steps {
            told.extend(self.due_step(step, Some(&from)));
        }
        for moved in &why.moves {
            told.push(self.change(&moved.moved.why, moved.moved.was, moved.moved.due));
            let steps = moved.steps.iter();
            told.extend(steps.filter_map(|step| self.due_step(step, None)));
        }
        if why.shortened {
            told.push(self.say("waarom-ingekort", &[]));
        }
        if why.counted_otherwise {
            told.push(self.say("waarom-anders-geteld", &[]));
        }
        if !why.unverified.is_empty() {
            let years = self.all_of(why.unverified.iter().map(ToString::to_string));
            told.push(self.say("waarom-niet-nagezien", &[("jaren", years.into())]));
        }
        told
    }

    /// What a deadline counts from.
    fn start_point(&self, scheme: SchemeId, from: StartPoint) -> String {
        let named = |id: &str, name: String| self.say(id, &[("naam", name.into())]);
        match from {
            StartPoint::Anchor(Anchor::Entered) => self.say("waarom-vanaf-stap", &[]),
            StartPoint::Anchor(Anchor::CaseOpened) => self.say("waarom-vanaf-opening", &[]),
            StartPoint::Anchor(Anchor::TermEnd) => self.say("waarom-vanaf-looptijd", &[]),
            StartPoint::Anchor(Anchor::StepDone(step)) => {
                named("waarom-vanaf-klaar", self.step_title(scheme, step))
            }
            StartPoint::Anchor(Anchor::TaskDone(step, task)) => {
                named("waarom-vanaf-klaar", self.task_title(scheme, step, task))
            }
            StartPoint::Anchor(Anchor::ExitTaken(step, exit)) => named(
                "waarom-vanaf-gebeurd",
                self.exit_title(scheme, Some(step), exit),
            ),
            StartPoint::Anchor(Anchor::Fact(fact)) => {
                named("waarom-vanaf-gegeven", self.fact_name(fact))
            }
            StartPoint::Offered => self.say("waarom-vanaf-aanbod", &[]),
            StartPoint::Evaluated => self.say("waarom-vanaf-evaluatie", &[]),
            StartPoint::Decided => self.say("waarom-vanaf-besluit", &[]),
            StartPoint::ObjectionEnded => self.say("waarom-vanaf-bezwaartermijn", &[]),
        }
    }

    /// A step of the count; the start of what goes on after a move says itself.
    fn due_step(&self, step: &DueStep, from: Option<&str>) -> Option<String> {
        let on = |id: &str, day: Date| self.say(id, &[("datum", self.date(day).into())]);
        Some(match step {
            DueStep::Start {
                on,
                counts,
                backward,
            } => {
                let id = match (backward, counts) {
                    (true, _) => "waarom-terug",
                    (false, true) => "waarom-begin-telt",
                    (false, false) => "waarom-begin",
                };
                let args = [
                    ("datum", self.date(*on).into()),
                    ("wat", from?.to_owned().into()),
                ];
                self.say(id, &args)
            }
            DueStep::Rounded { to, .. } => on("waarom-afgerond", *to),
            DueStep::Counted { length, to } => {
                let args = [
                    ("duur", self.duration(*length).into()),
                    ("datum", self.date(*to).into()),
                ];
                self.say("waarom-geteld", &args)
            }
            DueStep::Skipped { on, why } => {
                let args = [
                    ("datum", self.date(*on).into()),
                    ("reden", self.day_off(why, *on).into()),
                ];
                self.say("waarom-overgeslagen", &args)
            }
            DueStep::Moved { to, by, .. } => on(
                match by {
                    MoveRule::NextDay => "waarom-schuift-atw",
                    MoveRule::TwoDays => "waarom-twee-dagen",
                    MoveRule::WorkingDays => "waarom-schuift",
                },
                *to,
            ),
            DueStep::Stayed {
                on: day, because, ..
            } => on(
                match because {
                    StayRule::Backward => "waarom-blijft-terug",
                    StayRule::NotCovered => "waarom-blijft-buiten-atw",
                    StayRule::CalendarDays => "waarom-blijft-kalenderdagen",
                },
                *day,
            ),
        })
    }

    /// Why a day is off, with the ground.
    fn day_off(&self, why: &DayOff, on: Date) -> String {
        match why {
            DayOff::Saturday => self.say("dag-zaterdag", &[]),
            DayOff::Sunday => self.say("dag-zondag", &[]),
            DayOff::Holiday { name, basis } => {
                let id = match basis {
                    Basis::Recognised => "dag-feestdag",
                    Basis::GoodFriday => "dag-goede-vrijdag",
                    Basis::Decree => "dag-besluit",
                };
                let args = [
                    ("naam", name.as_str().into()),
                    ("jaar", on.year().to_string().into()),
                ];
                self.say(id, &args)
            }
        }
    }

    /// What moved a deadline.
    fn change(&self, why: &Change, was: Date, due: Date) -> String {
        let mut args = vec![
            ("was", self.date(was).into()),
            ("datum", self.date(due).into()),
        ];
        let id = match why {
            Change::Suspension { from, until } => {
                args.push(("van", self.date(*from).into()));
                args.push(("tot", self.date(*until).into()));
                "waarom-stilgestaan"
            }
            Change::Extension { length } => {
                args.push(("duur", self.duration(*length).into()));
                "waarom-verlengd"
            }
            Change::Restarted => "waarom-opnieuw",
            Change::Transition => "waarom-overgegaan",
            Change::ByHand => "waarom-verzet",
            Change::Calendar { .. } => "waarom-kalender",
            Change::Unsaid => "waarom-verschoven",
        };
        self.say(id, &args)
    }
}
