//! The shapes in which the API shows cases, deadlines, facts, explanations and spreading. Field names are Dutch.
//!
//! Input: the engine's values with the words of their version. Output: serde structs. Invariant: a fact's value stands in a
//! view only when the viewer may see it.

use std::collections::BTreeMap;

use convenant_engine::spread::{PartyTarget, Proposal, Targets};
use convenant_engine::{Case, Eligible, Explanation, Moment, Place, RunningDeadline, Truth};
use convenant_lang::model::{FactId, PartyId, PartyKind, Polarity, PrivacyClass, Spreading, Value};
use convenant_store::CaseState;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;

use crate::history::{end_title, reason_name};
use crate::next::{Asks, Possible, Title, fact_value};
use crate::sight::Viewer;
use crate::value;
use crate::words::{Source, Words};

/// A moment as RFC 3339.
pub fn moment(at: Moment) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|t| t.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}

/// Where a case is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlaceView {
    /// `stap` or `einde`.
    pub soort: &'static str,
    /// Name in the file.
    pub naam: String,
    /// Title.
    pub titel: String,
    /// For an end: whether it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geslaagd: Option<bool>,
}

/// A deadline that runs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeadlineView {
    /// Case number.
    pub zaak: String,
    /// What it is of, as named in the file; or `zaak`, `aanbod`, `evaluatie`, `bezwaar`.
    pub van: String,
    /// What it is of, for a reader.
    pub titel: String,
    /// The day it is counted from.
    #[schema(example = "2018-05-02")]
    pub begin: String,
    /// The last day.
    #[schema(example = "2018-05-18")]
    pub uiterlijk: String,
    /// It has passed.
    pub te_laat: bool,
    /// It is an aim, not hard.
    pub streven: bool,
    /// Its length, in the words of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lengte: Option<String>,
    /// Roles and bodies that must act.
    pub voor: Vec<String>,
    /// The parties of the case, by kind.
    pub partijen: BTreeMap<String, String>,
    /// Where it comes from.
    pub bron: Source,
}

/// A case in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CaseSummary {
    /// Number.
    #[schema(example = "UTR-2018-0042")]
    pub nummer: String,
    /// Region key.
    pub regio: String,
    /// Scheme.
    pub regeling: String,
    /// Where it is.
    pub plaats: PlaceView,
    /// Since when it is there.
    pub sinds: String,
    /// When it was opened.
    pub geopend: String,
    /// Sequence number: for `If-Match`.
    pub volgnummer: u32,
    /// A deadline has passed.
    pub te_laat: bool,
    /// The first last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eerstvolgende: Option<String>,
    /// The parties of the case, by kind.
    pub partijen: BTreeMap<String, String>,
    /// The deadline of the step stands still, until this day at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opgeschort_tot: Option<String>,
    /// The personal facts were erased at this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gewist: Option<String>,
    /// The version of the convenant, by hash.
    pub versie: String,
}

/// A fact of a case.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FactView {
    /// Name in the file.
    pub naam: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vraag: Option<String>,
    /// `gewoon`, `persoonsgegeven` or `bijzonder`.
    pub klasse: &'static str,
    /// It is known.
    pub bekend: bool,
    /// You may see its value.
    pub zichtbaar: bool,
    /// Its value, when it is known and you may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub waarde: Option<Json>,
    /// Its value for a reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tekst: Option<String>,
}

/// Something that can be done.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PossibleView {
    /// The act, as `doe` of an `opdracht`; without what is still to be filled in.
    #[schema(value_type = Object)]
    pub doe: Json,
    /// What it is called.
    pub titel: String,
    /// Roles and bodies that may.
    pub door: Vec<String>,
    /// The parties behind them today.
    pub partijen: Vec<String>,
    /// It can be done now.
    pub kan: bool,
    /// Why not, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reden: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uitleg: Option<String>,
    /// Facts to supply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feiten: Vec<String>,
    /// Outcomes or answers to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keuzes: Vec<ChoiceView>,
    /// The party that the spreading puts first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voorstel: Option<String>,
    /// Where it comes from.
    pub bron: Source,
}

/// An outcome or answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ChoiceView {
    /// Name in the file.
    pub naam: String,
    /// Title.
    pub titel: String,
    /// It needs a motivation.
    pub motivering: bool,
}

/// A case with everything that the viewer may see.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CaseView {
    /// The summary.
    #[serde(flatten)]
    pub samenvatting: CaseSummary,
    /// Deadlines that run, the earliest first.
    pub termijnen: Vec<DeadlineView>,
    /// Facts.
    pub gegevens: Vec<FactView>,
    /// What can be done now, and by whom.
    pub nu_mogelijk: Vec<PossibleView>,
}

/// Why a client is eligible, is not, or why that is not known.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ExplanationView {
    /// Scheme.
    pub regeling: String,
    /// The day of evaluation.
    pub dag: String,
    /// `voldoet`, `voldoet niet` or `onbekend`.
    pub uitkomst: &'static str,
    /// The clauses that decide.
    pub beslissend: Vec<String>,
    /// Facts that are missing and can still change the outcome.
    pub ontbrekende_feiten: Vec<String>,
    /// Judgements that are missing and can still change the outcome.
    pub ontbrekende_oordelen: Vec<String>,
    /// Every clause, in the order of the file.
    pub clausules: Vec<ClauseView>,
}

/// A criterion or exclusion with its value.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClauseView {
    /// Name.
    pub naam: String,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tekst: Option<String>,
    /// `criterium` or `uitsluiting`.
    pub soort: &'static str,
    /// `ja`, `nee` or `onbekend`: whether it holds (an exclusion that holds excludes).
    pub waarde: &'static str,
    /// It decides the outcome.
    pub beslist: bool,
    /// Who judges it, when it is an open norm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oordeel_van: Option<String>,
    /// Facts that it reads.
    pub feiten: Vec<String>,
    /// Where it comes from.
    pub bron: Source,
}

/// A party in the spreading.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TargetView {
    /// Party.
    pub partij: String,
    /// Its exact part, as a fraction.
    #[schema(example = "3600/881")]
    pub exact: String,
    /// Its part in whole placements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doel: Option<i64>,
    /// Carried over from earlier periods.
    pub meegenomen: i64,
    /// Placed in this period.
    pub geplaatst: u32,
    /// How many of those departed from the rules, with a motivation.
    pub afwijkingen: u32,
    /// What it left of its part, free for all from `vrijgegeven_vanaf` on.
    pub vrijgegeven: i64,
    /// Still to place; negative when it is ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub achter: Option<i64>,
}

/// A party in the ranking.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CandidateView {
    /// Party.
    pub partij: String,
    /// The rules put it first.
    pub gekozen: bool,
    /// Why it stands where it stands, by name.
    pub reden: &'static str,
    /// Why, in words.
    pub uitleg: String,
    /// The clause that it rests on.
    pub bron: Source,
}

/// The spreading of one scheme.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SpreadingView {
    /// Scheme.
    pub regeling: String,
    /// What is spread.
    pub eenheid: String,
    /// First day of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub van: Option<String>,
    /// First day after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tot: Option<String>,
    /// Total of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totaal: Option<i64>,
    /// What parties left of their part is free for all from this day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vrijgegeven_vanaf: Option<String>,
    /// Every party with a part.
    pub partijen: Vec<TargetView>,
    /// Who is next; for a client without known facts, or for the case that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aan_de_beurt: Option<String>,
    /// Every party, the best first.
    pub volgorde: Vec<CandidateView>,
    /// Facts of the preference that are not known: the choice is provisional.
    pub ontbrekende_feiten: Vec<String>,
    /// Where it comes from.
    pub bron: Source,
}

impl Words<'_> {
    /// Where a case is.
    pub fn place_view(&self, state: &CaseState) -> PlaceView {
        let scheme = state.scheme.unwrap_or(convenant_lang::model::SchemeId(0));
        match state.place {
            Place::Step(step) => PlaceView {
                soort: "stap",
                naam: self
                    .step(scheme, step)
                    .map_or_else(String::new, |s| s.name.clone()),
                titel: self.step_title(scheme, step),
                geslaagd: None,
            },
            Place::End(end) => {
                let found = self.handover(scheme).and_then(|h| h.ends.get(end.index()));
                PlaceView {
                    soort: "einde",
                    naam: found.map_or_else(String::new, |e| e.name.clone()),
                    titel: end_title(self, scheme, end),
                    geslaagd: found.map(|e| e.succeeded),
                }
            }
            Place::Nowhere => PlaceView {
                soort: "stap",
                naam: String::new(),
                titel: String::new(),
                geslaagd: None,
            },
        }
    }

    /// The parties of a case, by kind.
    pub fn parties_view(&self, parties: &[Option<PartyId>; 6]) -> BTreeMap<String, String> {
        PartyKind::ALL
            .into_iter()
            .zip(parties)
            .filter_map(|(kind, party)| {
                Some((kind.keyword().to_owned(), self.party_today((*party)?)))
            })
            .collect()
    }

    /// A deadline.
    pub fn deadline_view(
        &self,
        number: &str,
        state: &CaseState,
        deadline: &RunningDeadline,
    ) -> DeadlineView {
        let scheme = state.scheme.unwrap_or(convenant_lang::model::SchemeId(0));
        let source = self.deadline_source(scheme, deadline.of);
        let whos = self.deadline_whos(scheme, deadline.of);
        DeadlineView {
            zaak: number.to_owned(),
            van: self.deadline_name(scheme, deadline.of),
            titel: self.deadline_title(scheme, deadline.of),
            begin: deadline.start.to_string(),
            uiterlijk: deadline.due.to_string(),
            te_laat: state.overdue.contains(&deadline.id),
            streven: self.deadline(scheme, deadline.of).is_some_and(|d| d.aim),
            lengte: source
                .and_then(|(_, length)| length)
                .map(|l| self.duration(l)),
            voor: whos.iter().map(|w| self.who(*w)).collect(),
            partijen: self.parties_view(&state.parties),
            bron: source
                .map(|(meta, _)| self.source(meta))
                .unwrap_or_default(),
        }
    }

    /// A fact of a case for a viewer.
    pub fn fact_view(
        &self,
        case: &Case,
        id: FactId,
        viewer: Option<Viewer>,
        on: Date,
    ) -> Option<FactView> {
        let fact = self.fact(id)?;
        let sees = viewer.is_some_and(|v| v.may_see(self.model, case, fact, on));
        let value: Option<&Value> = fact_value(case, id);
        let shown = value.filter(|_| sees);
        Some(FactView {
            naam: fact.name.clone(),
            vraag: fact.label.clone(),
            klasse: match fact.class {
                PrivacyClass::Ordinary => "gewoon",
                PrivacyClass::Personal => "persoonsgegeven",
                PrivacyClass::Special => "bijzonder",
            },
            bekend: value.is_some(),
            zichtbaar: sees,
            waarde: shown.map(|v| value::to_json(self.model, &fact.kind, v)),
            tekst: shown.map(|v| value::to_text(self, &fact.kind, v)),
        })
    }

    /// Something that can be done.
    pub fn possible_view(
        &self,
        scheme: convenant_lang::model::SchemeId,
        possible: &Possible,
    ) -> PossibleView {
        let refusal = possible.refusal.as_ref();
        let uitleg = refusal.map(|r| {
            crate::history::refused(self, Some(scheme), r)
                .body(self.texts, self.language, "")
                .detail
        });
        let choice = |(naam, titel): &(String, String)| ChoiceView {
            naam: naam.clone(),
            titel: titel.clone(),
            motivering: false,
        };
        PossibleView {
            doe: possible.act.clone(),
            titel: match &possible.title {
                Title::Text(text) => text.clone(),
                Title::Message(id) => self.say(id, &[]),
            },
            door: possible.by.iter().map(|w| self.who(*w)).collect(),
            partijen: possible.parties.iter().map(|p| self.party(*p)).collect(),
            kan: refusal.is_none(),
            reden: refusal.map(|r| reason_name(&r.reason).to_owned()),
            uitleg,
            feiten: match &possible.asks {
                Asks::Facts(facts) => facts.iter().map(|f| self.fact_name(*f)).collect(),
                _ => Vec::new(),
            },
            keuzes: match &possible.asks {
                Asks::Outcome(outcomes) => outcomes
                    .iter()
                    .map(|(naam, titel, motivering)| ChoiceView {
                        naam: naam.clone(),
                        titel: titel.clone(),
                        motivering: *motivering,
                    })
                    .collect(),
                Asks::Answer(answers) => answers.iter().map(choice).collect(),
                Asks::Ruling(outcomes) => outcomes
                    .iter()
                    .map(|(naam, title)| ChoiceView {
                        naam: (*naam).to_owned(),
                        titel: self.say(title, &[]),
                        motivering: true,
                    })
                    .collect(),
                _ => Vec::new(),
            },
            voorstel: match &possible.asks {
                Asks::Party { proposed, .. } => proposed.map(|p| self.party(p)),
                _ => None,
            },
            bron: self.source(&possible.meta),
        }
    }

    /// An explanation.
    pub fn explanation_view(&self, explanation: &Explanation) -> ExplanationView {
        let scheme = explanation.scheme;
        let clauses = explanation.clauses.iter().map(|clause| {
            let mut facts = Vec::new();
            if let Some(condition) = &clause.condition {
                collect_facts(condition, &mut facts);
            }
            ClauseView {
                naam: clause.name.clone(),
                tekst: clause.label.clone(),
                soort: match clause.polarity {
                    Polarity::Required => "criterium",
                    Polarity::Excluding => "uitsluiting",
                },
                waarde: match clause.value {
                    Truth::True => "ja",
                    Truth::False => "nee",
                    Truth::Unknown => "onbekend",
                },
                beslist: clause.deciding,
                oordeel_van: clause.judged_by.map(|w| self.who(w)),
                feiten: facts,
                bron: self.source(&clause.source),
            }
        });
        ExplanationView {
            regeling: self
                .scheme(scheme)
                .map_or_else(String::new, |s| s.name.clone()),
            dag: explanation.on.to_string(),
            uitkomst: match explanation.outcome {
                Eligible::Met => "voldoet",
                Eligible::Unmet => "voldoet niet",
                Eligible::Unknown => "onbekend",
            },
            beslissend: explanation
                .deciding
                .iter()
                .map(|c| self.criterion_name(scheme, *c))
                .collect(),
            ontbrekende_feiten: explanation
                .missing_facts
                .iter()
                .map(|f| self.fact_name(*f))
                .collect(),
            ontbrekende_oordelen: explanation
                .missing_judgements
                .iter()
                .map(|c| self.criterion_name(scheme, *c))
                .collect(),
            clausules: clauses.collect(),
        }
    }

    fn target_view(&self, target: &PartyTarget) -> TargetView {
        TargetView {
            partij: self.party(target.party),
            exact: target.exact.to_string(),
            doel: target.rounded,
            meegenomen: target.carried,
            geplaatst: target.placed,
            afwijkingen: target.departures,
            vrijgegeven: target.released,
            achter: target
                .due()
                .map(|due| due.saturating_sub(i64::from(target.placed))),
        }
    }

    /// The spreading of a scheme.
    pub fn spreading_view(
        &self,
        scheme: &str,
        rules: &Spreading,
        targets: Option<&Targets>,
        proposal: Option<&Proposal>,
    ) -> SpreadingView {
        let candidates = proposal.map(|p| p.ranked.as_slice()).unwrap_or_default();
        SpreadingView {
            regeling: scheme.to_owned(),
            eenheid: rules.unit.clone(),
            van: targets.map(|t| t.period.from.to_string()),
            tot: targets.map(|t| t.period.until.to_string()),
            totaal: targets.and_then(|t| t.total),
            vrijgegeven_vanaf: targets
                .and_then(|t| t.released_from)
                .map(|day| day.to_string()),
            partijen: targets
                .map(|t| t.parties.iter().map(|p| self.target_view(p)).collect())
                .unwrap_or_default(),
            aan_de_beurt: proposal.and_then(|p| p.chosen).map(|p| self.party(p)),
            volgorde: candidates
                .iter()
                .map(|c| {
                    let (reden, uitleg) = self.candidate_reason(c.reason);
                    CandidateView {
                        partij: self.party(c.party),
                        gekozen: c.chosen,
                        reden,
                        uitleg,
                        bron: self.source(&c.clause),
                    }
                })
                .collect(),
            ontbrekende_feiten: proposal
                .map(|p| p.missing.iter().map(|f| self.fact_name(*f)).collect())
                .unwrap_or_default(),
            bron: self.source(&rules.meta),
        }
    }
}
fn collect_facts(node: &convenant_engine::Node, into: &mut Vec<String>) {
    for fact in &node.facts {
        if !into.contains(&fact.name) {
            into.push(fact.name.clone());
        }
    }
    for part in &node.parts {
        collect_facts(part, into);
    }
}
