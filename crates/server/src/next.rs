//! What can be done with a case now, by whom, and what stands in the way.
//!
//! Input: a case with its version, the region's placements and life, the moment. Output: the acts of the current step and those
//! of every step. Each act is tried on the engine itself (nothing is written), so that what is shown is what would happen.

use convenant_engine::spread::{Proposal, Question, SpreadError};
use convenant_engine::{
    Actor, Case, Choice, Command, Context, DeadlineRef, Moment, Place, Refusal, authority,
    civil_date, decide,
};
use convenant_lang::model::{
    Convenant, ExitId, ExitKind, FactId, Meta, PartyId, RoleId, Scheme, SchemeId, Step, StepId,
    TaskId, Value, Who,
};
use serde_json::{Value as Json, json};

use crate::act::exit_word;
use crate::regions::{Region, Version};

/// Something that can be done, or could if something were not missing.
#[derive(Debug, Clone)]
pub struct Possible {
    /// The act, as the API takes it; without what must still be chosen.
    pub act: Json,
    /// What it is called.
    pub title: Title,
    /// Who may.
    pub by: Vec<Who>,
    /// The parties that fill these roles in this case today.
    pub parties: Vec<PartyId>,
    /// Why not now; none when it can be done.
    pub refusal: Option<Refusal>,
    /// What is still to be filled in.
    pub asks: Asks,
    /// The clause that it rests on.
    pub meta: Meta,
}

/// What an act is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    /// By the file.
    Text(String),
    /// By a message of ours.
    Message(&'static str),
}

/// What must be filled in with an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// Nothing; or a motivation, if the file asks for one.
    Plain {
        /// A motivation is needed.
        motivation: bool,
    },
    /// Facts.
    Facts(Vec<FactId>),
    /// One of these outcomes: name, title, whether it needs a motivation.
    Outcome(Vec<(String, String, bool)>),
    /// A party of the kind with this word; the proposed one first.
    Party {
        /// `gemeente`, …
        kind: &'static str,
        /// The one that the rules put first.
        proposed: Option<PartyId>,
    },
    /// A date of issue.
    Issued,
    /// Yes or no, with a motivation.
    Judgement,
    /// An answer to an offer: name and title of each.
    Answer(Vec<(String, String)>),
    /// A decision on an objection: name and message of each outcome, with a motivation.
    Ruling(Vec<(&'static str, &'static str)>),
}

/// The case and everything around it.
pub struct Now<'a> {
    /// Region.
    pub region: &'a Region,
    /// Version of the case.
    pub version: &'a Version,
    /// The case.
    pub case: &'a Case,
    /// The moment.
    pub at: Moment,
}

impl Now<'_> {
    fn model(&self) -> &Convenant {
        self.version.model()
    }

    /// Who is next by the spreading for this case; none when its scheme spreads nothing or the convenant is not in force.
    pub fn proposal(&self) -> Option<Result<Proposal, SpreadError>> {
        let spread = self.version.spread(self.case.scheme?)?;
        let book = self.region.book(self.version);
        let fact = |id: FactId| match fact_value(self.case, id) {
            Some(Value::Party(party)) => Some(*party),
            _ => None,
        };
        let (life, today) = (self.region.life(), civil_date(self.at));
        let question = Question {
            on: today,
            member: &|party| life.takes_part(self.model(), party, today),
            in_force: self.region.in_force()?,
            fact: &fact,
            neighbourhood: None,
            replaces: self.case.placement.as_ref(),
        };
        Some(spread.propose(&question, &book.ledger))
    }

    /// Everything that can be done in the current step and in every step.
    pub fn possible(&self) -> Vec<Possible> {
        let Some(scheme) = self.case.scheme else {
            return Vec::new();
        };
        let Some(found) = self.version.program.scheme(scheme) else {
            return Vec::new();
        };
        let mut list = Vec::new();
        let step = match self.case.place {
            Place::Step(id) => found.handover.steps.get(id.index()).map(|step| (id, step)),
            Place::Nowhere | Place::End(_) => None,
        };
        let Some((step_id, step)) = step else {
            self.objection(found, &mut list);
            return list;
        };
        self.facts(step, &mut list);
        self.evidence(step, &mut list);
        self.tasks(step, &mut list);
        self.judgements(scheme, step, &mut list);
        for (id, exit) in (0u16..).map(ExitId).zip(&step.exits) {
            self.exit(scheme, step_id, step, id, exit, &mut list);
        }
        for (id, exit) in (0u16..).map(ExitId).zip(&found.handover.always) {
            if let ExitKind::Act {
                name,
                title,
                by,
                motivated,
                ..
            } = &exit.kind
            {
                let command = Command::Always {
                    exit: id,
                    motivation: Some("…".to_owned()),
                };
                list.push(Possible {
                    act: json!({ "altijd": { "naam": name } }),
                    title: Title::Text(title.clone()),
                    by: by.clone(),
                    parties: self.parties(by),
                    refusal: self.try_out(by, &command),
                    asks: Asks::Plain {
                        motivation: *motivated,
                    },
                    meta: exit.meta.clone(),
                });
            }
        }
        self.objection(found, &mut list);
        list
    }

    /// The objection against a refusal: to make it, to take more time for it, to decide on it. Also after the case has ended.
    fn objection(&self, scheme: &Scheme, list: &mut Vec<Possible>) {
        let Some(objection) = &scheme.eligibility.objection else {
            return;
        };
        let runs = |of: DeadlineRef| self.case.deadlines.iter().any(|d| d.of == of);
        let motivation = || "…".to_owned();
        let mut add = |word: &str, title, by: Vec<Who>, command: &Command, asks| {
            list.push(Possible {
                act: json!({ word: {} }),
                title: Title::Message(title),
                parties: self.parties(&by),
                refusal: self.try_out(&by, command),
                by,
                asks,
                meta: objection.meta.clone(),
            });
        };
        let plain = || Asks::Plain { motivation: true };
        if runs(DeadlineRef::Objection) {
            let command = Command::Object {
                motivation: motivation(),
            };
            let first = scheme.handover.steps.get(scheme.handover.start.index());
            let openers = first.map(|step| step.actors.clone()).unwrap_or_default();
            add("bezwaar", "doe-bezwaar", openers, &command, plain());
        }
        if runs(DeadlineRef::ObjectionDecision) {
            let (upheld, by) = (false, vec![objection.by]);
            let decide = Command::DecideObjection {
                upheld,
                motivation: motivation(),
            };
            let outcomes = [
                ("gegrond", "bezwaar-gegrond"),
                ("ongegrond", "bezwaar-ongegrond"),
            ];
            let asks = Asks::Ruling(outcomes.to_vec());
            add(
                "besluit-bezwaar",
                "doe-besluit-bezwaar",
                by.clone(),
                &decide,
                asks,
            );
            let extend = Command::ExtendObjection {
                motivation: motivation(),
            };
            add(
                "verleng-bezwaar",
                "doe-verleng-bezwaar",
                by,
                &extend,
                plain(),
            );
        }
    }

    fn facts(&self, step: &Step, list: &mut Vec<Possible>) {
        let missing: Vec<FactId> = step
            .supplies
            .iter()
            .map(|s| s.fact)
            .filter(|f| fact_value(self.case, *f).is_none())
            .collect();
        if missing.is_empty() {
            return;
        }
        list.push(Possible {
            act: json!({ "feiten": {} }),
            title: Title::Message("doe-feiten"),
            by: step.actors.clone(),
            parties: self.parties(&step.actors),
            refusal: None,
            asks: Asks::Facts(missing),
            meta: step.meta.clone(),
        });
    }

    fn evidence(&self, step: &Step, list: &mut Vec<Possible>) {
        for id in &step.evidence {
            let known = self
                .case
                .evidence
                .get(id.index())
                .is_some_and(Option::is_some);
            let Some(evidence) = self.model().evidence.get(id.index()).filter(|_| !known) else {
                continue;
            };
            let by = if evidence.supplied_by.is_empty() {
                &step.actors
            } else {
                &evidence.supplied_by
            };
            list.push(Possible {
                act: json!({ "bewijs": { evidence.name.clone(): "" } }),
                title: Title::Text(
                    evidence
                        .label
                        .clone()
                        .unwrap_or_else(|| evidence.name.clone()),
                ),
                by: by.clone(),
                parties: self.parties(by),
                refusal: None,
                asks: Asks::Issued,
                meta: evidence.meta.clone(),
            });
        }
    }

    fn tasks(&self, step: &Step, list: &mut Vec<Possible>) {
        for (id, task) in (0u16..).map(TaskId).zip(&step.tasks) {
            if self.case.tasks_done.contains(&id) {
                continue;
            }
            list.push(Possible {
                act: json!({ "taak": task.name }),
                title: Title::Text(task.title.clone()),
                by: task.actors.clone(),
                parties: self.parties(&task.actors),
                refusal: self.try_out(&task.actors, &Command::DoTask { task: id }),
                asks: Asks::Plain { motivation: false },
                meta: task.meta.clone(),
            });
        }
    }

    /// Open norms, in the step that decides on them.
    fn judgements(&self, scheme: SchemeId, step: &Step, list: &mut Vec<Possible>) {
        let decides = step
            .exits
            .iter()
            .any(|e| matches!(e.kind, ExitKind::Eligibility { .. }));
        let Some(scheme) = self.version.program.scheme(scheme).filter(|_| decides) else {
            return;
        };
        for (n, criterion) in scheme.eligibility.criteria.iter().enumerate() {
            let known = self.case.judgements.get(n).is_some_and(Option::is_some);
            if let (convenant_lang::model::Test::Judgement(who), false) = (&criterion.test, known) {
                list.push(Possible {
                    act: json!({ "oordeel": { "criterium": criterion.name } }),
                    title: Title::Text(
                        criterion
                            .label
                            .clone()
                            .unwrap_or_else(|| criterion.name.clone()),
                    ),
                    by: vec![*who],
                    parties: self.parties(&[*who]),
                    refusal: None,
                    asks: Asks::Judgement,
                    meta: criterion.meta.clone(),
                });
            }
        }
    }

    fn exit(
        &self,
        scheme: SchemeId,
        step_id: StepId,
        step: &Step,
        id: ExitId,
        exit: &convenant_lang::model::Exit,
        list: &mut Vec<Possible>,
    ) {
        let Some(word) = exit_word(exit) else {
            return;
        };
        let plain = || Choice::Plain {
            motivation: Some("…".to_owned()),
        };
        let contract = step.contract.as_ref();
        let (act, title, by, choice, asks) = match &exit.kind {
            ExitKind::Done(_) => (
                json!("gereed"),
                Title::Message("uitgang-gereed"),
                step.actors.clone(),
                plain(),
                Asks::Plain { motivation: false },
            ),
            ExitKind::Act {
                name,
                title,
                by,
                motivated,
                ..
            } => {
                let act = if contract.is_some_and(|c| c.flips == Some(id)) {
                    json!({ "omslag": {} })
                } else if contract.is_some_and(|c| c.fails == Some(id)) {
                    json!({ "mislukt": {} })
                } else {
                    json!({ "handeling": { "naam": name } })
                };
                let by = if by.is_empty() {
                    step.actors.clone()
                } else {
                    by.clone()
                };
                (
                    act,
                    Title::Text(title.clone()),
                    by,
                    plain(),
                    Asks::Plain {
                        motivation: *motivated,
                    },
                )
            }
            ExitKind::Eligibility { .. } => (
                json!({ "besluit": { "naam": "doelgroep" } }),
                Title::Message("uitgang-doelgroep"),
                self.deciders(scheme, step),
                Choice::Eligibility { otherwise: None },
                Asks::Plain { motivation: false },
            ),
            ExitKind::Decision {
                title,
                by,
                outcomes,
                ..
            } => (
                json!({ "besluit": { "naam": word } }),
                Title::Text(title.clone()),
                vec![*by],
                Choice::Decision {
                    outcome: 0,
                    motivation: Some("…".to_owned()),
                },
                Asks::Outcome(
                    outcomes
                        .iter()
                        .map(|o| (o.name.clone(), o.title.clone(), o.motivated))
                        .collect(),
                ),
            ),
            ExitKind::Allocate { kind, by, .. } => {
                let proposed = self.proposal().and_then(Result::ok).and_then(|p| p.chosen);
                let choice = Choice::Allocate {
                    party: proposed.unwrap_or(PartyId(0)),
                    neighbourhood: None,
                    motivation: None,
                };
                let asks = Asks::Party {
                    kind: kind.keyword(),
                    proposed,
                };
                (
                    json!({ "toewijzen": {} }),
                    Title::Message("doe-toewijzen"),
                    vec![*by],
                    choice,
                    asks,
                )
            }
            ExitKind::Offer(offer) => return self.offer(id, offer, &exit.meta, list),
            ExitKind::After(..) | ExitKind::On(..) => return,
        };
        let command = Command::Exit { exit: id, choice };
        list.push(Possible {
            act,
            title,
            parties: self.parties(&by),
            refusal: self.try_out(&by, &command),
            by,
            asks,
            meta: self.exit_meta(step_id, step, &exit.meta),
        });
    }

    /// The source of an exit, or of its step when it has none of its own.
    fn exit_meta(&self, _step_id: StepId, step: &Step, meta: &Meta) -> Meta {
        if meta.article.is_some() || meta.assumption {
            meta.clone()
        } else {
            step.meta.clone()
        }
    }

    fn offer(
        &self,
        id: ExitId,
        offer: &convenant_lang::model::Offer,
        meta: &Meta,
        list: &mut Vec<Possible>,
    ) {
        let open = self.case.offers.open.is_some();
        let (act, title, by, command, asks) = if open {
            let answers = [("aanvaard", "aanvaard"), ("geweigerd", "geweigerd")]
                .into_iter()
                .map(|(name, title)| (name.to_owned(), title.to_owned()))
                .chain(offer.grounds.iter().cloned())
                .collect();
            let answer = convenant_engine::Answer::Accepted;
            (
                json!({ "antwoord": "" }),
                "doe-antwoord",
                offer.answered_by,
                Command::Answer { exit: id, answer },
                Asks::Answer(answers),
            )
        } else {
            (
                json!("aanbod"),
                "uitgang-aanbod",
                offer.by,
                Command::Offer {
                    exit: id,
                    neighbourhood: None,
                    motivation: None,
                },
                Asks::Plain { motivation: false },
            )
        };
        list.push(Possible {
            act,
            title: Title::Message(title),
            by: vec![by],
            parties: self.parties(&[by]),
            refusal: self.try_out(&[by], &command),
            asks,
            meta: meta.clone(),
        });
    }

    /// Who decides on eligibility: the file's body, or the actors of the step.
    fn deciders(&self, scheme: SchemeId, step: &Step) -> Vec<Who> {
        let decided_by = self
            .version
            .program
            .scheme(scheme)
            .and_then(|s| s.eligibility.decided_by);
        match decided_by {
            Some(who) => vec![who],
            None => step.actors.clone(),
        }
    }

    fn parties(&self, by: &[Who]) -> Vec<PartyId> {
        let today = civil_date(self.at);
        let mut parties: Vec<PartyId> = by
            .iter()
            .flat_map(|who| authority::parties_of(self.model(), self.case, *who, today))
            .collect();
        parties.sort_unstable();
        parties.dedup();
        parties
    }

    /// Whether the engine would accept it from somebody who may.
    fn try_out(&self, by: &[Who], command: &Command) -> Option<Refusal> {
        let (party, role) = self.somebody(by)?;
        let (book, life) = (self.region.book(self.version), self.region.life());
        let context = Context {
            now: self.at,
            ledger: &book.ledger,
            life: &life,
            refusals: &[],
        };
        let actor = Actor::Person {
            person: String::new(),
            party,
            role,
        };
        decide(&self.version.program, self.case, &actor, command, &context).err()
    }

    /// A party with a role that fills one of these.
    fn somebody(&self, by: &[Who]) -> Option<(PartyId, RoleId)> {
        let today = civil_date(self.at);
        by.iter().find_map(|who| match who {
            Who::Role(role) => authority::parties_in_role(self.model(), self.case, *role, today)
                .first()
                .map(|party| (*party, *role)),
            Who::Body(body) => {
                let body = self.model().bodies.get(body.index())?;
                let seats = authority::seats(self.model(), self.case, body, today);
                seats.iter().find_map(|party| {
                    let roles = (0u16..).map(RoleId).take(self.model().roles.len());
                    roles
                        .into_iter()
                        .find(|r| authority::fills(self.model(), self.case, *r, *party, today))
                        .map(|role| (*party, role))
                })
            }
        })
    }
}

/// The value of a fact of a case, if it is known and not erased.
pub fn fact_value(case: &Case, fact: FactId) -> Option<&Value> {
    case.facts.get(fact.index())?.as_ref()?.0.value()
}
