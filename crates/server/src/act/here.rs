//! The place where an act is done: resolves its names to ids.
//!
//! Input: a model, a case, names. Output: ids and commands. Invariant: a name that is not there is an error that lists those that are.

use std::collections::BTreeMap;

use convenant_engine::{Answer, Case, Choice, Command, DeadlineRef, Place};
use convenant_lang::model::{
    Convenant, CriterionId, Exit, ExitId, ExitKind, Handover, PartyId, PartyKind, Scheme, Step,
    StepId, TaskId,
};

use super::{ActError, Reasoned, Ruling, act_name, exit_word, list};

/// What a deadline is of, in the words of the file and the scenarios.
pub(crate) fn deadline_name(handover: &Handover, of: DeadlineRef) -> &str {
    const NAMELESS: &str = "?";
    let step = |id: StepId| handover.steps.get(id.index());
    match of {
        DeadlineRef::Step(id, _) => step(id).map_or(NAMELESS, |s| &s.name),
        DeadlineRef::Task(id, task) => step(id)
            .and_then(|s| s.tasks.get(task.index()))
            .map_or(NAMELESS, |t| &t.name),
        DeadlineRef::Case(_) => "zaak",
        DeadlineRef::Offer(..) => "aanbod",
        DeadlineRef::Evaluation(..) => "evaluatie",
        DeadlineRef::Objection => "bezwaar",
        DeadlineRef::ObjectionDecision => "besluit-bezwaar",
    }
}

/// The place where an act is done.
pub(super) struct Here<'a> {
    model: &'a Convenant,
    scheme: &'a Scheme,
    handover: &'a Handover,
    step: Option<&'a Step>,
}

impl<'a> Here<'a> {
    pub(super) fn of(model: &'a Convenant, case: &Case) -> Result<Here<'a>, ActError> {
        let scheme = case
            .scheme
            .and_then(|id| model.schemes.get(id.index()))
            .ok_or(ActError::NotInStep)?;
        let step = match case.place {
            Place::Step(step) => scheme.handover.steps.get(step.index()),
            _ => None,
        };
        Ok(Here {
            model,
            scheme,
            handover: &scheme.handover,
            step,
        })
    }

    pub(super) fn step(&self) -> Result<&'a Step, ActError> {
        self.step.ok_or(ActError::NotInStep)
    }

    pub(super) fn exits(
        &self,
    ) -> Result<impl Iterator<Item = (ExitId, &'a Exit)> + use<'a>, ActError> {
        Ok((0u16..).map(ExitId).zip(&self.step()?.exits))
    }

    pub(super) fn exit(
        &self,
        what: &'static str,
        name: &str,
        motivation: Option<String>,
        fits: impl Fn(&Exit) -> bool,
    ) -> Result<Command, ActError> {
        let found = self.exits()?.find(|(_, e)| fits(e));
        let (exit, _) = found.ok_or_else(|| self.unknown_exit(what, name))?;
        Ok(Command::Exit {
            exit,
            choice: Choice::Plain { motivation },
        })
    }

    pub(super) fn unknown_exit(&self, what: &'static str, name: &str) -> ActError {
        let exits = self.step.map(|s| s.exits.as_slice()).unwrap_or_default();
        ActError::Unknown {
            what,
            name: name.to_owned(),
            known: list(exits.iter().filter_map(exit_word)),
        }
    }

    /// The running deadline of this name: of a step, of a task, or of what has no name of its own.
    pub(super) fn deadline(&self, case: &Case, name: &str) -> Result<u32, ActError> {
        let named = |of: DeadlineRef| deadline_name(self.handover, of);
        let found = case.deadlines.iter().find(|d| named(d.of) == name);
        found.map(|d| d.id).ok_or_else(|| ActError::Unknown {
            what: "termijn",
            name: name.to_owned(),
            known: list(case.deadlines.iter().map(|d| named(d.of))),
        })
    }

    pub(super) fn criterion(&self, name: &str) -> Result<CriterionId, ActError> {
        let criteria = &self.scheme.eligibility.criteria;
        (0u16..)
            .zip(criteria)
            .find(|(_, c)| c.name == name)
            .map(|(n, _)| CriterionId(n))
            .ok_or_else(|| ActError::Unknown {
                what: "criterium",
                name: name.to_owned(),
                known: list(criteria.iter().map(|c| c.name.as_str())),
            })
    }

    pub(super) fn task(&self, name: &str) -> Result<TaskId, ActError> {
        let tasks = &self.step()?.tasks;
        (0u16..)
            .zip(tasks)
            .find(|(_, t)| t.name == name)
            .map(|(n, _)| TaskId(n))
            .ok_or_else(|| ActError::Unknown {
                what: "taak",
                name: name.to_owned(),
                known: list(tasks.iter().map(|t| t.name.as_str())),
            })
    }

    pub(super) fn decision(&self, name: &str) -> Result<(ExitId, &'a Exit), ActError> {
        self.exits()?
            .find(|(_, e)| match &e.kind {
                ExitKind::Eligibility { .. } => name == "doelgroep",
                ExitKind::Decision { name: n, .. } => n == name,
                _ => false,
            })
            .ok_or_else(|| self.unknown_exit("besluit", name))
    }

    pub(super) fn ruling(&self, ruling: &Ruling) -> Result<Command, ActError> {
        let (exit, found) = self.decision(&ruling.naam)?;
        let choice = match &found.kind {
            ExitKind::Decision { outcomes, .. } => {
                let name = ruling
                    .uitkomst
                    .as_deref()
                    .ok_or(ActError::Missing("uitkomst"))?;
                let outcome = (0u16..)
                    .zip(outcomes)
                    .find(|(_, o)| o.name == name)
                    .map(|(n, _)| n)
                    .ok_or_else(|| ActError::Unknown {
                        what: "uitkomst",
                        name: name.to_owned(),
                        known: list(outcomes.iter().map(|o| o.name.as_str())),
                    })?;
                Choice::Decision {
                    outcome,
                    motivation: ruling.motivering.clone(),
                }
            }
            _ => Choice::Eligibility {
                otherwise: self.departure(ruling)?,
            },
        };
        Ok(Command::Exit { exit, choice })
    }

    pub(super) fn departure(&self, ruling: &Ruling) -> Result<Option<(bool, String)>, ActError> {
        let Some(wanted) = &ruling.afwijken else {
            return Ok(None);
        };
        let met = match wanted.as_str() {
            "voldoet" => true,
            "voldoet niet" => false,
            _ => {
                return Err(ActError::Unknown {
                    what: "uitkomst",
                    name: wanted.clone(),
                    known: "voldoet, voldoet niet".to_owned(),
                });
            }
        };
        Ok(Some((met, ruling.motivering.clone().unwrap_or_default())))
    }

    pub(super) fn always(&self, name: &str) -> Result<ExitId, ActError> {
        let exits = &self.handover.always;
        (0u16..)
            .zip(exits)
            .find(|(_, e)| act_name(e) == Some(name))
            .map(|(n, _)| ExitId(n))
            .ok_or_else(|| ActError::Unknown {
                what: "altijd",
                name: name.to_owned(),
                known: list(exits.iter().filter_map(act_name)),
            })
    }

    pub(super) fn allocation(&self, parts: &BTreeMap<String, String>) -> Result<Command, ActError> {
        let mut party = None;
        for (key, text) in parts {
            match key.as_str() {
                "wijk" | "motivering" => {}
                kind => party = Some(self.party(kind, text)?),
            }
        }
        let (kind, party) = party.ok_or(ActError::Missing("gemeente"))?;
        let (exit, _) = self
            .exits()?
            .find(|(_, e)| matches!(e.kind, ExitKind::Allocate { kind: k, .. } if k == kind))
            .ok_or_else(|| self.unknown_exit("toewijzen", kind.keyword()))?;
        Ok(Command::Exit {
            exit,
            choice: Choice::Allocate {
                party,
                neighbourhood: parts.get("wijk").cloned(),
                motivation: parts.get("motivering").cloned(),
            },
        })
    }

    pub(super) fn party(&self, kind: &str, name: &str) -> Result<(PartyKind, PartyId), ActError> {
        let kind = PartyKind::ALL
            .into_iter()
            .find(|k| k.keyword() == kind)
            .ok_or_else(|| ActError::Unknown {
                what: "soort",
                name: kind.to_owned(),
                known: list(PartyKind::ALL.into_iter().map(PartyKind::keyword)),
            })?;
        let parties = &self.model.parties;
        (0u16..)
            .zip(parties)
            .find(|(_, p)| p.kind == kind && p.name == name)
            .map(|(n, _)| (kind, PartyId(n)))
            .ok_or_else(|| ActError::Unknown {
                what: "partij",
                name: name.to_owned(),
                known: list(
                    parties
                        .iter()
                        .filter(|p| p.kind == kind)
                        .map(|p| p.name.as_str()),
                ),
            })
    }

    pub(super) fn offer(&self) -> Result<(ExitId, &'a Exit), ActError> {
        self.exits()?
            .find(|(_, e)| matches!(e.kind, ExitKind::Offer(_)))
            .ok_or_else(|| self.unknown_exit("aanbod", "aanbod"))
    }

    pub(super) fn answer(&self, word: &str) -> Result<Command, ActError> {
        let (exit, found) = self.offer()?;
        let grounds = match &found.kind {
            ExitKind::Offer(offer) => offer.grounds.as_slice(),
            _ => &[],
        };
        let answer = match word {
            "aanvaard" => Answer::Accepted,
            "geweigerd" => Answer::Refused,
            ground => (0u16..)
                .zip(grounds)
                .find(|(_, (name, _))| name == ground)
                .map(|(n, _)| Answer::RefusedOn(n))
                .ok_or_else(|| ActError::Unknown {
                    what: "antwoord",
                    name: ground.to_owned(),
                    known: list(
                        ["aanvaard", "geweigerd"]
                            .into_iter()
                            .chain(grounds.iter().map(|(name, _)| name.as_str())),
                    ),
                })?,
        };
        Ok(Command::Answer { exit, answer })
    }

    pub(super) fn contract(
        &self,
        word: &'static str,
        reasoned: &Reasoned,
    ) -> Result<Command, ActError> {
        let contract = self.step()?.contract.as_ref();
        let exit = contract
            .and_then(|c| if word == "omslag" { c.flips } else { c.fails })
            .ok_or_else(|| self.unknown_exit(word, word))?;
        Ok(Command::Exit {
            exit,
            choice: Choice::Plain {
                motivation: reasoned.motivering.clone(),
            },
        })
    }
}
