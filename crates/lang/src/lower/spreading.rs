//! The section `spreiding`: what is spread over whom, by which shares, in which order.
//!
//! Input: its node. Output: `Spreading`. Invariant: `woningen over …` is there once; every clause but `aandeel`, `hoogstens`
//! and the key's rows at most once.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Cap, CapPer, CarryOver, Departure, FactId, Meta, MidPeriod, PartyId, PartyKind, Preference,
    Rounding, ShareKey, Span, SpreadPeriod, SpreadTarget, Spreading, SpreadingSources,
    TargetAmount, TargetForce, Type,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, read};

impl<'a> Lower<'a> {
    pub(super) fn spreading(&mut self, section: Node<'a>, around: &Meta) -> Spreading {
        let whole = read::keyword(&section);
        let mut spreading = Spreading {
            meta: read::meta(&section, around),
            unit: "woningen".to_owned(),
            over: PartyKind::Municipality,
            period: SpreadPeriod::Year,
            target: None,
            key: ShareKey::Equal,
            fixed_shares: Vec::new(),
            rounding: Rounding::LargestRemainder,
            preference: Vec::new(),
            contra_indications: Vec::new(),
            capacity: None,
            joining: MidPeriod::NextPeriod,
            leaving: MidPeriod::NextPeriod,
            shortfall: CarryOver::Lapses,
            surplus: CarryOver::Lapses,
            release: None,
            caps: Vec::new(),
            decided_by: None,
            home_found_by: None,
            departure: None,
            sources: SpreadingSources::default(),
        };
        spreading.sources = sources(&spreading.meta);
        let clauses = self.clauses(section, Rule::spreading_items);
        // First what is spread over whom: the other clauses speak of parties of that kind.
        let mut seen = Seen::default();
        for clause in clauses.iter().filter(|c| c.as_rule() == Rule::spread) {
            if self.first_time(&mut seen, clause) {
                spreading.sources.over = read::meta(clause, &spreading.meta);
                let word = |rule| read::child(clause, rule).map_or("", |w| w.as_str());
                spreading.unit = word(Rule::spread_unit).to_owned();
                spreading.over = read::kind(word(Rule::kinds));
                spreading.period = read::period(word(Rule::period));
            }
        }
        // What is said of two things: `tekort` and `overschot`, `toetreding` and `uittreding`.
        let mut told: Vec<(&'a str, Span)> = Vec::new();
        for clause in &clauses {
            match clause.as_rule() {
                Rule::spread => {}
                Rule::fixed_share => self.fixed_share(clause, &mut spreading),
                Rule::cap => spreading.caps.extend(self.cap(clause, &spreading.meta)),
                Rule::carry_over | Rule::membership => {
                    let rules = [Rule::carry_what, Rule::membership_word];
                    let what = rules
                        .into_iter()
                        .find_map(|rule| read::child(clause, rule))
                        .map_or("", |w| w.as_str());
                    let place = read::span(clause);
                    match told.iter().find(|(w, _)| *w == what) {
                        Some((_, first)) => self.duplicate_clause(place, *first, what),
                        None => told.push((what, place)),
                    }
                    one_of_two(clause, what, &mut spreading);
                }
                _ if self.first_time(&mut seen, clause) => {
                    self.spreading_clause(clause, &mut spreading)
                }
                _ => {}
            }
        }
        if !seen.has(Rule::spread) {
            self.missing_clause(whole, "woningen", "spreiding", spreading.meta.span);
        }
        if !seen.has(Rule::share_key) {
            match &spreading.target {
                // A percentage of something is divided by that something.
                Some(SpreadTarget {
                    amount: TargetAmount::ShareOf { attribute, .. },
                    ..
                }) => {
                    spreading.key = ShareKey::Attribute(attribute.clone());
                }
                _ => self.missing_clause(whole, "sleutel", "spreiding", spreading.meta.span),
            }
        }
        spreading
    }

    fn spreading_clause(&mut self, clause: &Node<'a>, spreading: &mut Spreading) {
        let meta = read::meta(clause, &spreading.meta);
        match clause.as_rule() {
            Rule::spread_target => spreading.target = self.spread_target(clause, &spreading.meta),
            Rule::share_key => {
                spreading.sources.key = meta;
                if let Some(key) = self.share_key(clause, spreading.over) {
                    spreading.key = key;
                }
            }
            Rule::rounding => {
                spreading.sources.rounding = meta;
                let word = read::child(clause, Rule::rounding_word).map_or("", |w| w.as_str());
                spreading.rounding = match word {
                    "sainte-laguë" => Rounding::SainteLague,
                    "d'hondt" => Rounding::DHondt,
                    _ => Rounding::LargestRemainder,
                };
            }
            Rule::preference => {
                spreading.sources.preference = meta;
                spreading.preference = self.preference(clause, spreading.over);
            }
            Rule::contra_indication => {
                spreading.contra_indications =
                    self.contra_indications(clause, spreading.over, meta);
            }
            Rule::capacity => {
                spreading.capacity = read::name(clause)
                    .and_then(|name| self.attribute_name(&name))
                    .map(|attribute| (meta, attribute));
            }
            Rule::release => {
                spreading.sources.release = meta;
                spreading.release = self.lasting(clause);
            }
            Rule::fixed_by => {
                let kind = read::child(clause, Rule::kind);
                let fits = kind
                    .as_ref()
                    .is_some_and(|k| read::kind(k.as_str()) == spreading.over);
                if let Some(kind) = kind.filter(|_| !fits) {
                    let wrong = Diagnostic::new(Code::WRONG_PARTY_KIND, read::span(&kind));
                    self.report(
                        wrong
                            .with("name", kind.as_str())
                            .with("wanted", spreading.over.keyword()),
                    );
                }
                spreading.decided_by = Some(self.by(clause));
            }
            Rule::home_found => spreading.home_found_by = Some(self.by(clause)),
            Rule::departure => {
                let by = read::child(clause, Rule::who).map(|who| self.who(&who));
                spreading.departure = Some(Departure {
                    meta: read::meta(clause, &spreading.meta),
                    by,
                });
            }
            _ => {}
        }
    }

    fn spread_target(&mut self, clause: &Node<'a>, around: &Meta) -> Option<SpreadTarget> {
        let force = match read::child(clause, Rule::force).map_or("", |w| w.as_str()) {
            "verplichting" => TargetForce::Obligation,
            "plafond" => TargetForce::Ceiling,
            _ => TargetForce::Aim,
        };
        let amount = match read::name(clause) {
            None => TargetAmount::Count(self.counted(clause)?),
            Some(name) => {
                let (percentage, on) = (self.shared(clause), self.dated(clause));
                let attribute = self.attribute_name(&name)?;
                TargetAmount::ShareOf {
                    percentage: percentage?,
                    attribute,
                    on,
                }
            }
        };
        Some(SpreadTarget {
            meta: read::meta(clause, around),
            force,
            amount,
        })
    }

    /// An attribute that at least one party has.
    fn attribute_name(&mut self, name: &Node<'a>) -> Option<String> {
        let word = read::bare(name);
        if self.names.attributes.contains_key(word) {
            return Some(word.to_owned());
        }
        let known: Vec<&'a str> = self.names.attributes.keys().copied().collect();
        self.unknown_name(Code::UNKNOWN_ATTRIBUTE, name, known.into_iter());
        None
    }

    fn share_key(&mut self, clause: &Node<'a>, over: PartyKind) -> Option<ShareKey> {
        let Some(table) = read::child(clause, Rule::key_table) else {
            let name = read::name(clause)?;
            return match name.as_str() {
                "gelijk" => Some(ShareKey::Equal),
                _ => self.attribute_name(&name).map(ShareKey::Attribute),
            };
        };
        let mut rows: Vec<(PartyId, u32)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for row in self.clauses(table, Rule::key_items) {
            let Some(label) = read::labels(&row).next() else {
                continue;
            };
            let (party, number) = (self.party_of(&label, over), self.counted(&row));
            let (Some(party), Some(number)) = (party, number) else {
                continue;
            };
            let place = read::span(&label);
            match places.get(&party) {
                Some(first) => self.duplicate_name(read::bare(&label), place, *first),
                None => {
                    places.insert(party, place);
                    rows.push((party, number));
                }
            }
        }
        Some(ShareKey::Table(rows))
    }

    fn fixed_share(&mut self, clause: &Node<'a>, spreading: &mut Spreading) {
        let Some(label) = read::labels(clause).next() else {
            return;
        };
        let (party, share) = (self.party_of(&label, spreading.over), self.shared(clause));
        let (Some(party), Some(share)) = (party, share) else {
            return;
        };
        if spreading.fixed_shares.iter().any(|(p, _)| *p == party) {
            let wrong = Diagnostic::new(Code::DUPLICATE_CLAUSE, read::span(clause));
            self.report(wrong.with("name", read::bare(&label)));
        } else {
            let meta = read::meta(clause, &spreading.meta);
            spreading.sources.fixed_shares.push(meta);
            spreading.fixed_shares.push((party, share));
        }
    }

    /// A party of the kind that the section spreads over.
    fn party_of(&mut self, label: &Node<'a>, over: PartyKind) -> Option<PartyId> {
        let party = self.party(label)?;
        if self
            .kinds
            .get(party.index())
            .is_some_and(|kind| *kind != over)
        {
            let wrong = Diagnostic::new(Code::WRONG_PARTY_KIND, read::span(label));
            self.report(
                wrong
                    .with("name", read::bare(label))
                    .with("wanted", over.keyword()),
            );
            return None;
        }
        Some(party)
    }

    fn contra_indications(
        &mut self,
        clause: &Node<'a>,
        over: PartyKind,
        meta: Meta,
    ) -> Vec<(Meta, FactId)> {
        let mut found: Vec<(FactId, Span)> = Vec::new();
        for name in read::children(clause, Rule::name) {
            let Some(fact) = self.fact_that(&name, names_party(over), "w-party") else {
                continue;
            };
            let place = read::span(&name);
            match found.iter().find(|(other, _)| *other == fact) {
                Some((_, first)) => self.duplicate_name(name.as_str(), place, *first),
                None => found.push((fact, place)),
            }
        }
        found
            .into_iter()
            .map(|(fact, _)| (meta.clone(), fact))
            .collect()
    }

    fn preference(&mut self, clause: &Node<'a>, over: PartyKind) -> Vec<Preference> {
        let mut list = Vec::new();
        for part in clause.clone().into_inner() {
            let place = read::span(&part);
            let preference = match part.as_rule() {
                Rule::furthest_behind => Preference::FurthestBehind,
                Rule::name => match self.fact_that(&part, names_party(over), "w-party") {
                    Some(fact) => Preference::Fact(fact),
                    None => continue,
                },
                _ => continue,
            };
            match list.iter().find(|(p, _)| *p == preference) {
                Some((_, first)) => self.duplicate_name(part.as_str(), place, *first),
                None => list.push((preference, place)),
            }
        }
        list.into_iter().map(|(preference, _)| preference).collect()
    }

    fn cap(&mut self, clause: &Node<'a>, around: &Meta) -> Option<Cap> {
        let (at_most, within) = (self.counted(clause), self.recurring(clause));
        let wijk = read::child(clause, Rule::cap_per).is_some_and(|w| w.as_str() == "wijk");
        Some(Cap {
            meta: read::meta(clause, around),
            at_most: at_most?,
            per: if wijk {
                CapPer::Neighbourhood
            } else {
                CapPer::Party
            },
            within: within?,
            departure: read::child(clause, Rule::may_depart).is_some(),
        })
    }
}

/// Whether a fact of this type can name a party of the kind that is spread over.
fn names_party(over: PartyKind) -> impl Fn(&Type) -> bool {
    move |kind| matches!(kind, Type::Party(of) if of.is_none_or(|kind| kind == over))
}

/// `tekort`, `overschot`, `toetreding` or `uittreding`, and what happens then.
fn one_of_two(clause: &Node<'_>, what: &str, spreading: &mut Spreading) {
    let meta = read::meta(clause, &spreading.meta);
    let sources = &mut spreading.sources;
    let carry = if read::child(clause, Rule::carries).is_some() {
        CarryOver::Carries
    } else {
        CarryOver::Lapses
    };
    let within = if read::child(clause, Rule::pro_rata).is_some() {
        MidPeriod::ProRata
    } else {
        MidPeriod::NextPeriod
    };
    match what {
        "tekort" => (spreading.shortfall, sources.shortfall) = (carry, meta),
        "overschot" => (spreading.surplus, sources.surplus) = (carry, meta),
        "toetreding" => (spreading.joining, sources.joining) = (within, meta),
        _ => (spreading.leaving, sources.leaving) = (within, meta),
    }
}

/// Sources as they are while no clause says otherwise: that of the section.
fn sources(section: &Meta) -> SpreadingSources {
    SpreadingSources {
        over: section.clone(),
        key: section.clone(),
        fixed_shares: Vec::new(),
        rounding: section.clone(),
        preference: section.clone(),
        joining: section.clone(),
        leaving: section.clone(),
        shortfall: section.clone(),
        surplus: section.clone(),
        release: section.clone(),
    }
}
