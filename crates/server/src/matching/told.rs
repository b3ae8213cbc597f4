//! The reasons behind a matching in words: why this home, why not another one, why none.
//!
//! Input: a stated question and its answer. Output: views for programs and for people. Invariant: rules, articles and names of facts only; a
//! value of a fact is in none of them.

use convenant_engine::Truth;
use convenant_engine::homes::{RuleFit, fit};
use convenant_engine::matching::{
    ClientIndex, HomeIndex, Level, Matching, Proof, Reasons, RuleSet, Unserved, WhyNot,
};
use convenant_engine::spread::CandidateReason;
use convenant_lang::model::Preference;
use serde::Serialize;

use super::question::Waiting;
use super::stated::{HardRule, Stated, known};
use crate::words::{Source, Words};

/// A client in a matching.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// Case number.
    pub zaak: String,
    /// The home; none when there is none for this client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub woning: Option<String>,
    /// Days that the client has waited.
    pub wacht: i64,
    /// Days until the term ends, negative once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termijn: Option<i64>,
    /// Why this home: what it keeps and grants.
    pub waarom: Vec<RuleView>,
    /// Why none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geen: Option<NoneView>,
    /// Every other home, and why not that one.
    pub andere: Vec<WhyNotView>,
}

/// A rule for a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleView {
    /// `passend`, `liefst`, `voorkeur`, or what the spreading asks: `toewijzing`, `contra-indicatie`, `lid`, `partij`, `geweigerd`.
    pub soort: &'static str,
    /// Name in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naam: Option<String>,
    /// What it says.
    pub tekst: String,
    /// `ja`, `nee` or `onbekend`.
    pub waarde: &'static str,
    /// Facts that are not known and could still change that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ontbreekt: Vec<String>,
    /// Where it comes from.
    pub bron: Source,
}

/// Why a client has no home.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NoneView {
    /// `niets-past`, `anderen-eerst`, `geen-woningen` or `met-de-hand`.
    pub reden: &'static str,
    /// In words.
    pub uitleg: String,
    /// The smallest set of rules that every home breaks one of.
    pub regels: Vec<RuleView>,
}

/// Why a client does not get one given home.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WhyNotView {
    /// The home.
    pub woning: String,
    /// By name.
    pub reden: &'static str,
    /// In words.
    pub uitleg: String,
    /// Rules that it breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regels: Vec<RuleView>,
    /// Cases that have it, or that count for the limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zaken: Vec<String>,
    /// The clause that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bron: Option<Source>,
}

/// Why a home cannot be chosen: it breaks a rule, nobody has looked at it, or it has no place.
const NOT_TO_CHOOSE: [&str; 3] = ["past-niet", "niet-bekeken", "vol"];

impl WhyNotView {
    /// Whether it could be chosen instead.
    pub fn fits(&self) -> bool {
        !NOT_TO_CHOOSE.contains(&self.reden)
    }
}

/// At most so many other homes, those that could be chosen first: they say more than those that do not fit. And how many are left out.
pub fn foremost(others: &[WhyNotView], most: usize) -> (Vec<&WhyNotView>, usize) {
    let fitting = others.iter().filter(|why| why.fits());
    let broken = others.iter().filter(|why| !why.fits());
    let told = fitting.chain(broken).take(most).collect();
    (told, others.len().saturating_sub(most))
}

/// How good a matching is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ScoreView {
    /// Clients without a home.
    pub zonder_woning: u64,
    /// By preference, in the order in which they count: the ranks of all pairs together.
    pub voorkeuren: Vec<u64>,
    /// The urgencies of the clients without a home together.
    pub termijnen: u64,
    /// The turns of all placements together.
    pub evenwicht: u64,
    /// How it is known that none is better: `prijzen` or `doorzocht`.
    pub bewijs: &'static str,
}

/// The first thing in which another choice is worse.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LevelView {
    /// `aantal`, `voorkeur`, `termijn`, `evenwicht` or `volgorde`.
    pub niveau: &'static str,
    /// In words.
    pub uitleg: String,
}

impl ScoreView {
    /// The score of a matching.
    pub fn of(matching: &Matching) -> ScoreView {
        ScoreView {
            zonder_woning: matching.score.unserved,
            voorkeuren: matching.score.preferences.clone(),
            termijnen: matching.score.urgency,
            evenwicht: matching.score.balance,
            bewijs: match matching.proof {
                Proof::Prices => "prijzen",
                Proof::Search => "doorzocht",
            },
        }
    }
}

/// Tells the reasons behind one matching.
pub struct Teller<'a> {
    stated: &'a Stated<'a>,
    matching: &'a Matching,
    reasons: Reasons<'a>,
    /// By program of the question.
    words: Vec<Words<'a>>,
}

impl<'a> Teller<'a> {
    /// `words` by program of the question.
    pub fn new(
        stated: &'a Stated<'a>,
        matching: &'a Matching,
        words: Vec<Words<'a>>,
    ) -> Teller<'a> {
        Teller {
            stated,
            matching,
            reasons: Reasons::of(&stated.problem, matching),
            words,
        }
    }

    /// Every client, in canonical order.
    pub fn lines(&self) -> Vec<LineView> {
        let clients = self.stated.problem.client_indices();
        clients.filter_map(|client| self.line(client)).collect()
    }

    /// One client.
    pub fn line(&self, index: ClientIndex) -> Option<LineView> {
        let client = self.stated.client(index)?;
        let words = self.words.get(client.program)?;
        let deadlines = self.stated.problem.clients().get(index.index())?;
        let home = self.matching.home(index);
        let unserved = self.reasons.unserved(index);
        let others = self
            .reasons
            .all(index)
            .filter(|(other, _)| Some(*other) != home);
        Some(LineView {
            zaak: client.name.clone(),
            woning: home.map(|home| self.home_name(home)),
            wacht: deadlines.waiting,
            termijn: deadlines.term_left,
            waarom: home.map_or_else(Vec::new, |home| self.merits(words, client, home)),
            geen: unserved.map(|unserved| self.none(words, index, client, &unserved)),
            andere: others
                .map(|(other, why)| self.why_not(words, client, other, &why))
                .collect(),
        })
    }

    /// The level in which another choice is worse, for a client.
    pub fn level(&self, client: &Waiting, level: Level) -> Option<LevelView> {
        let words = self.words.get(client.program)?;
        let (niveau, uitleg) = match level {
            Level::Served => ("aantal", words.say("koppeling-niveau-aantal", &[])),
            Level::Preference(number) => {
                let preference = self.preference(words, client, number);
                let args = [("voorkeur", preference.tekst.into())];
                ("voorkeur", words.say("koppeling-niveau-voorkeur", &args))
            }
            Level::Urgency => ("termijn", words.say("koppeling-niveau-termijn", &[])),
            Level::Balance => ("evenwicht", words.say("koppeling-niveau-evenwicht", &[])),
            Level::Order => ("volgorde", words.say("koppeling-niveau-volgorde", &[])),
        };
        Some(LevelView { niveau, uitleg })
    }

    fn home_name(&self, home: HomeIndex) -> String {
        let found = self.stated.question.homes.get(home.index());
        found.map_or_else(String::new, |home| home.name.clone())
    }

    fn case_names(&self, clients: &[ClientIndex]) -> Vec<String> {
        let names = clients
            .iter()
            .filter_map(|client| self.stated.client(*client));
        names.map(|client| client.name.clone()).collect()
    }

    /// The rules about homes, judged for a pair.
    fn judged(&self, client: &Waiting, home: HomeIndex) -> Vec<RuleFit> {
        let question = self.stated.question;
        let program = question.programs.get(client.program);
        let facts = question.homes.get(home.index());
        let facts = facts.and_then(|home| home.facts.get(client.program));
        match program.zip(facts) {
            Some((program, facts)) => {
                fit(program, client.scheme, &known(client), facts, question.on).rules
            }
            None => Vec::new(),
        }
    }

    /// What a home keeps and grants.
    fn merits(&self, words: &Words<'_>, client: &Waiting, home: HomeIndex) -> Vec<RuleView> {
        let mut merits: Vec<RuleView> = Vec::new();
        if let Some((reason, clause)) = self.stated.standing(client, home)
            && let CandidateReason::Preferred(_) = reason
        {
            merits.push(RuleView {
                soort: "voorkeur",
                naam: None,
                tekst: words.candidate_reason(reason).1,
                waarde: "ja",
                ontbreekt: Vec::new(),
                bron: words.source(&clause),
            });
        }
        let rules = self.judged(client, home);
        merits.extend(rules.iter().map(|rule| rule_view(words, rule)));
        merits
    }

    fn none(
        &self,
        words: &Words<'_>,
        index: ClientIndex,
        client: &Waiting,
        unserved: &Unserved,
    ) -> NoneView {
        let (reden, text, rules) = match unserved {
            Unserved::ByHand => ("met-de-hand", "koppeling-geen-met-de-hand", Vec::new()),
            Unserved::NothingJudged => ("geen-woningen", "koppeling-geen-woningen", Vec::new()),
            Unserved::NothingFits(rules) => (
                "niets-past",
                "koppeling-niets-past",
                self.conflict(words, index, client, *rules),
            ),
            Unserved::OthersFirst(_) => ("anderen-eerst", "koppeling-anderen-eerst", Vec::new()),
        };
        NoneView {
            reden,
            uitleg: words.say(text, &[]),
            regels: rules,
        }
    }

    /// Rules of the smallest conflict: broken by some home when one breaks it, and else not known; with every fact that is missing.
    fn conflict(
        &self,
        words: &Words<'_>,
        index: ClientIndex,
        client: &Waiting,
        rules: RuleSet,
    ) -> Vec<RuleView> {
        let mut views: Vec<RuleView> = Vec::new();
        for bit in rules.rules() {
            let mut found: Option<RuleView> = None;
            for pair in self.stated.problem.pairs(index) {
                if !pair.broken.contains(bit) {
                    continue;
                }
                let only = RuleSet::NONE.with(bit);
                for view in self.broken(words, client, pair.home, only) {
                    match &mut found {
                        None => found = Some(view),
                        Some(known) => {
                            if view.waarde == "nee" {
                                known.waarde = "nee";
                            }
                            let new = view.ontbreekt.into_iter();
                            let new = new.filter(|name| !known.ontbreekt.contains(name));
                            known.ontbreekt.extend(new.collect::<Vec<_>>());
                        }
                    }
                }
            }
            views.extend(found);
        }
        views
    }

    /// The rules that a pair breaks, or of which it is not known whether it keeps them.
    fn broken(
        &self,
        words: &Words<'_>,
        client: &Waiting,
        home: HomeIndex,
        broken: RuleSet,
    ) -> Vec<RuleView> {
        let judged = self.judged(client, home);
        let standing = self.stated.standing(client, home);
        let spread = self.stated.spread(client);
        let other = |soort, text: &str, bron: Option<Source>| RuleView {
            soort,
            naam: None,
            tekst: words.say(text, &[]),
            waarde: "nee",
            ontbreekt: Vec::new(),
            bron: bron.unwrap_or_default(),
        };
        let section = || spread.map(|spread| words.source(&spread.rules().meta));
        let clause = || standing.as_ref().map(|(_, clause)| words.source(clause));
        let rules = (0u32..).zip(self.stated.rules(client));
        rules
            .filter(|(bit, _)| broken.contains(*bit))
            .filter_map(|(_, rule)| {
                Some(match rule {
                    HardRule::Needed(id) => {
                        let mut judged = judged.iter();
                        rule_view(words, judged.find(|rule| rule.rule == *id)?)
                    }
                    HardRule::Allocated(kind) => {
                        let own = client.parties.get(*kind as usize).copied().flatten();
                        let own = own.map(|party| words.party_today(party));
                        let args = [("partij", own.unwrap_or_default().into())];
                        RuleView {
                            tekst: words.say("koppeling-regel-toewijzing", &args),
                            ..other("toewijzing", "koppeling-regel-toewijzing", section())
                        }
                    }
                    HardRule::NoContraIndication => other(
                        "contra-indicatie",
                        "koppeling-regel-contra-indicatie",
                        clause(),
                    ),
                    HardRule::HasPart => other("lid", "koppeling-regel-lid", clause()),
                    HardRule::PartyKnown => other("partij", "koppeling-regel-partij", section()),
                    HardRule::NotRefused => other("geweigerd", "koppeling-regel-geweigerd", None),
                })
            })
            .collect()
    }

    fn why_not(
        &self,
        words: &Words<'_>,
        client: &Waiting,
        home: HomeIndex,
        why: &WhyNot,
    ) -> WhyNotView {
        let say = |id: &str| words.say(id, &[]);
        let mut view = WhyNotView {
            woning: self.home_name(home),
            reden: "",
            uitleg: String::new(),
            regels: Vec::new(),
            zaken: Vec::new(),
            bron: None,
        };
        (view.reden, view.uitleg) = match why {
            WhyNot::Chosen => ("gekozen", say("koppeling-waarom-gekozen")),
            WhyNot::ByHand => ("met-de-hand", say("koppeling-waarom-met-de-hand")),
            WhyNot::NotJudged => ("niet-bekeken", say("koppeling-waarom-niet-bekeken")),
            WhyNot::Broken(rules) => {
                view.regels = self.broken(words, client, home, *rules);
                ("past-niet", say("koppeling-waarom-past-niet"))
            }
            WhyNot::NoPlaces => ("vol", say("koppeling-waarom-vol")),
            WhyNot::OwnIsPreferred(number) => {
                let preference = self.preference(words, client, *number);
                view.bron = Some(preference.bron);
                let args = [("voorkeur", preference.tekst.into())];
                ("voorkeur", words.say("koppeling-waarom-voorkeur", &args))
            }
            WhyNot::Taken(clients) => {
                view.zaken = self.case_names(clients);
                ("vergeven", say("koppeling-waarom-vergeven"))
            }
            WhyNot::CapReached(cap, clients) => {
                view.zaken = self.case_names(clients);
                let limit = self.stated.limits.get(*cap);
                view.bron = limit.map(|limit| words.source(&limit.clause));
                ("grens", say("koppeling-waarom-grens"))
            }
            WhyNot::Balance => ("evenwicht", say("koppeling-waarom-evenwicht")),
            WhyNot::Order => ("volgorde", say("koppeling-waarom-volgorde")),
        };
        view
    }

    /// A preference by its number: `voorkeur` of the spreading, then each `liefst`.
    fn preference(&self, words: &Words<'_>, client: &Waiting, number: u16) -> RuleView {
        let spread = self.stated.spread(client);
        let program = self.stated.question.programs.get(client.program);
        let wished = number.checked_sub(1).and_then(|place| {
            let wished = program?.homes(client.scheme)?.wished();
            let homes = program?.model().homes.as_ref()?;
            homes.rules.get(wished.get(usize::from(place))?.index())
        });
        if let Some(rule) = wished {
            return RuleView {
                soort: "liefst",
                naam: Some(rule.name.clone()),
                tekst: rule.label.clone().unwrap_or_else(|| rule.name.clone()),
                waarde: "ja",
                ontbreekt: Vec::new(),
                bron: words.source(&rule.meta),
            };
        }
        let facts = spread.iter().flat_map(|spread| &spread.rules().preference);
        let facts = facts.filter_map(|preference| match preference {
            Preference::Fact(fact) => Some(words.fact_name(*fact)),
            Preference::FurthestBehind => None,
        });
        let names = words.all_of(facts);
        RuleView {
            soort: "voorkeur",
            naam: None,
            tekst: words.say("koppeling-voorkeur", &[("feiten", names.into())]),
            waarde: "ja",
            ontbreekt: Vec::new(),
            bron: spread
                .map(|spread| words.source(&spread.rules().sources.preference))
                .unwrap_or_default(),
        }
    }
}

fn rule_view(words: &Words<'_>, rule: &RuleFit) -> RuleView {
    RuleView {
        soort: match rule.force {
            convenant_lang::model::HomeForce::Needed => "passend",
            convenant_lang::model::HomeForce::Wished => "liefst",
        },
        naam: Some(rule.name.clone()),
        tekst: rule.label.clone().unwrap_or_else(|| rule.name.clone()),
        waarde: match rule.value {
            Truth::True => "ja",
            Truth::False => "nee",
            Truth::Unknown => "onbekend",
        },
        ontbreekt: if rule.value == Truth::Unknown {
            rule.missing.clone()
        } else {
            Vec::new()
        },
        bron: words.source(&rule.source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_that_could_be_chosen_come_first() {
        let others = ["past-niet", "naar-ander", "vol", "verlies"].map(|reden| WhyNotView {
            woning: reden.to_owned(),
            reden,
            uitleg: String::new(),
            regels: Vec::new(),
            zaken: Vec::new(),
            bron: None,
        });
        let (told, more) = foremost(&others, 3);
        let names: Vec<_> = told.iter().map(|why| why.woning.as_str()).collect();
        assert_eq!(
            (names, more),
            (vec!["naar-ander", "verlies", "past-niet"], 1)
        );
        assert_eq!(foremost(&others, 9).1, 0);
    }
}
