//! `woningen`: rules that look at the home, and a home of which it is known to whom it belongs and where it stands.
//!
//! Whether a fact of a home is used comes from `facts`, which walks every condition of the file.

use super::Check;
use super::facts::condition;
use crate::diagnostic::Code;
use crate::model::{Fact, HomeForce, Homes, PartyKind, SchemeId, Spreading, Type};

/// Kinds of party to which a home belongs; a care provider or an organisation has clients, not homes.
const WITH_HOMES: [PartyKind; 2] = [PartyKind::Municipality, PartyKind::HousingCorporation];

impl Check<'_> {
    pub(super) fn homes(&mut self) {
        let model = self.model;
        let Some(homes) = &model.homes else {
            return;
        };
        let (first, all) = (model.facts.len(), model.matched_facts().count());
        for rule in &homes.rules {
            let mut named = vec![false; all];
            condition(Some(&rule.condition), &mut named);
            let mut of_home = named.into_iter().skip(first).take(homes.facts.len());
            if !of_home.any(|named| named) {
                self.report(
                    Code::RULE_WITHOUT_HOME,
                    rule.meta.span,
                    &[("rule", &rule.name)],
                );
            }
        }
        self.not_too_many(homes);
        for spreading in model.schemes.iter().filter_map(|s| s.spreading.as_ref()) {
            self.belongs(homes, spreading);
        }
        self.once(homes, |fact| fact.kind == Type::Neighbourhood);
        for kind in WITH_HOMES {
            let over = |spreading: &Spreading| spreading.over == kind;
            let mut spread = model.schemes.iter().filter_map(|s| s.spreading.as_ref());
            if spread.any(over) {
                self.once(homes, |fact| fact.kind == Type::Party(Some(kind)));
            }
        }
    }

    /// At most so many rules of a force for the clients of a scheme; the first one too many is told, once.
    fn not_too_many(&mut self, homes: &Homes) {
        let schemes = (0u16..).map(SchemeId).zip(&self.model.schemes);
        let mut told = Vec::new();
        for (id, scheme) in schemes {
            for force in [HomeForce::Needed, HomeForce::Wished] {
                let mut rules = homes.rules_of(id).filter(|(_, rule)| rule.force == force);
                let Some((_, rule)) = rules.nth(Homes::MOST_RULES) else {
                    continue;
                };
                if !told.contains(&rule.meta.span) {
                    told.push(rule.meta.span);
                    let most = Homes::MOST_RULES.to_string();
                    let args = [("scheme", &*scheme.name), ("most", &*most)];
                    self.report(Code::HOME_RULES_TOO_MANY, rule.meta.span, &args);
                }
            }
        }
    }

    /// A home counts for a party of the spreading, so one of its facts names that party.
    fn belongs(&mut self, homes: &Homes, spreading: &Spreading) {
        if WITH_HOMES.contains(&spreading.over) && homes.party(spreading.over).is_none() {
            self.report_with(
                Code::HOME_WITHOUT_PARTY,
                homes.meta.span,
                &[("kind", spreading.over.keyword())],
                &[(spreading.sources.over.span, "rel-spread")],
            );
        }
    }

    /// At most one fact says this.
    fn once(&mut self, homes: &Homes, says: impl Fn(&Fact) -> bool) {
        let mut found = homes.facts.iter().filter(|fact| says(fact));
        if let (Some(first), Some(second)) = (found.next(), found.next()) {
            self.report_with(
                Code::HOME_FACT_TWICE,
                second.meta.span,
                &[("fact", &second.name), ("first", &first.name)],
                &[(first.meta.span, "rel-first")],
            );
        }
    }

    /// Facts of a home that no clause uses; where it stands and to whom it belongs count for the spreading.
    pub(super) fn home_facts(&mut self, used: &[bool]) {
        let model = self.model;
        let facts = model.homes.iter().flat_map(|homes| &homes.facts);
        for (fact, used) in facts.zip(used) {
            let counts = matches!(fact.kind, Type::Neighbourhood | Type::Party(_));
            if !used && !counts {
                self.report(
                    Code::HOME_FACT_UNUSED,
                    fact.meta.span,
                    &[("fact", &fact.name)],
                );
            }
        }
    }
}
