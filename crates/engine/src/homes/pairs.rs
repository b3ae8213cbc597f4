//! The rules about homes, compiled: a bit per rule for each of a great many pairs of a client and a home.
//!
//! Input: slots that hold the facts of a client and of a home. Output: `Judged`, and the ranks of the preferences in the order in which they
//! count. Invariants: at most 64 needed rules and 64 wishes; the client's slots stay while homes come and go.

use convenant_lang::model::{
    Convenant, Criterion, HomeForce, HomeRule, HomeRuleId, PartyId, Polarity, Preference, SchemeId,
    Test, Value, successor_on,
};
use jiff::civil::Date;

use super::{Client, counts, id, on_day};
use crate::rules::{DayRules, FactSlots, Rules};
use crate::{CompileError, Program};

/// Rules of one force at most: so many bits has the answer.
const MOST: usize = 64;

/// The rules about homes for clients of one scheme.
#[derive(Debug, Clone)]
pub struct HomeRules {
    needed: (Vec<HomeRuleId>, Rules),
    wished: (Vec<HomeRuleId>, Rules),
}

impl HomeRules {
    /// Compiles the rules that hold for a scheme.
    pub(crate) fn compile(model: &Convenant, scheme: SchemeId) -> Result<HomeRules, CompileError> {
        let kinds: Vec<_> = model.matched_facts().map(|fact| fact.kind()).collect();
        let of = |force: HomeForce| {
            let rules = model.homes.iter().flat_map(|homes| homes.rules_of(scheme));
            let (ids, criteria): (Vec<_>, Vec<_>) = rules
                .filter(|(_, rule)| rule.force == force)
                .map(|(id, rule)| (id, criterion(rule)))
                .unzip();
            if ids.len() > MOST {
                return Err(CompileError::TooManyConditions {
                    scheme: "woningen".to_owned(),
                    limit: MOST,
                });
            }
            Ok((ids, Rules::of("woningen", &criteria, &kinds)?))
        };
        Ok(HomeRules {
            needed: of(HomeForce::Needed)?,
            wished: of(HomeForce::Wished)?,
        })
    }

    /// `passend`: which rule each bit of `Judged::broken` and `Judged::unknown` is about.
    pub fn needed(&self) -> &[HomeRuleId] {
        &self.needed.0
    }

    /// `liefst`: which rule each bit of `Judged::granted` is about, the most important first.
    pub fn wished(&self) -> &[HomeRuleId] {
        &self.wished.0
    }
}

fn criterion(rule: &HomeRule) -> Criterion {
    Criterion {
        meta: rule.meta.clone(),
        name: rule.name.clone(),
        label: rule.label.clone(),
        polarity: Polarity::Required,
        test: Test::Condition(rule.condition.clone()),
    }
}

/// The rules about homes on one day.
#[derive(Debug, Clone)]
pub struct DayHomes<'a> {
    program: &'a Program,
    scheme: SchemeId,
    on: Date,
    rules: &'a HomeRules,
    needed: DayRules<'a>,
    wished: DayRules<'a>,
    of_case: usize,
    of_home: usize,
}

/// What the rules say of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Judged {
    /// Needed rules that the home breaks: bit `n` is rule `HomeRules::needed()[n]`.
    pub broken: u64,
    /// Needed rules of which that is not known.
    pub unknown: u64,
    /// Wishes that the home grants: bit `n` is rule `HomeRules::wished()[n]`.
    pub granted: u64,
}

impl Judged {
    /// Whether the home may be offered to the client as far as the rules go: all of them hold.
    pub fn fits(&self) -> bool {
        self.broken | self.unknown == 0
    }
}

impl<'a> DayHomes<'a> {
    pub(crate) fn new(
        program: &'a Program,
        scheme: SchemeId,
        rules: &'a HomeRules,
        on: Date,
    ) -> DayHomes<'a> {
        let (month_end, holidays) = (program.model().header.month_end, program.holidays());
        let (of_case, of_home) = counts(program);
        DayHomes {
            program,
            scheme,
            on,
            rules,
            needed: rules.needed.1.bound(on, month_end, holidays),
            wished: rules.wished.1.bound(on, month_end, holidays),
            of_case,
            of_home,
        }
    }

    /// The rules, compiled.
    pub fn rules(&self) -> &'a HomeRules {
        self.rules
    }

    /// Slots for a client and a home, everything unknown. Reuse them.
    pub fn slots(&self) -> FactSlots {
        self.rules.needed.1.slots()
    }

    /// Puts a client in the slots, in the place of the one before.
    pub fn set_client(&self, slots: &mut FactSlots, client: &Client<'_>) {
        for place in 0..self.of_case {
            let value = client.facts.get(place).and_then(Option::as_ref);
            self.set(slots, place, value);
        }
        for place in 0..client.parties.len() {
            let value = client.party(place);
            self.set(slots, self.of_case + self.of_home + place, value.as_ref());
        }
    }

    /// Puts a home in the slots, in the place of the one before.
    pub fn set_home(&self, slots: &mut FactSlots, home: &[Option<Value>]) {
        for place in 0..self.of_home {
            let value = home.get(place).and_then(Option::as_ref);
            self.set(slots, self.of_case + place, value);
        }
    }

    fn set(&self, slots: &mut FactSlots, place: usize, value: Option<&Value>) {
        match value {
            Some(value) => slots.set(id(place), on_day(self.program, value, self.on)),
            None => slots.forget(id(place)),
        }
    }

    /// Judges the pair in the slots.
    pub fn judge(&self, slots: &FactSlots) -> Judged {
        let (broken, unknown) = self.needed.verdict(slots).bits(&self.rules.needed.1);
        let (missed, unsure) = self.wished.verdict(slots).bits(&self.rules.wished.1);
        let all = match self.rules.wished().len() {
            MOST => u64::MAX,
            few => (1 << few) - 1,
        };
        Judged {
            broken,
            unknown,
            granted: all & !(missed | unsure),
        }
    }

    /// The ranks of a pair by each preference, the one that dominates first: `voorkeur` of the spreading, then each `liefst`. Lower is
    /// better; a fact that is not known prefers nothing.
    pub fn ranks(&self, client: &Client<'_>, home: &[Option<Value>], judged: Judged) -> Vec<u32> {
        let mut ranks = Vec::with_capacity(1 + self.rules.wished().len());
        ranks.push(self.preferred(client, home));
        let wishes = 0..self.rules.wished().len();
        ranks.extend(wishes.map(|bit| u32::from(judged.granted >> bit & 1 == 0)));
        ranks
    }

    /// The place in `voorkeur` of the first fact that names the party of the home; how many there are when none does.
    fn preferred(&self, client: &Client<'_>, home: &[Option<Value>]) -> u32 {
        let spreading = self
            .program
            .scheme(self.scheme)
            .and_then(|s| s.spreading.as_ref());
        let Some(spreading) = spreading else {
            return 0;
        };
        let of_home = self.party_of(home);
        let mut place = 0;
        for preference in &spreading.preference {
            let Preference::Fact(fact) = preference else {
                break;
            };
            let wanted = client.facts.get(fact.index()).and_then(Option::as_ref);
            if let (Some(Value::Party(wanted)), Some(found)) = (wanted, of_home)
                && successor_on(&self.program.model().parties, *wanted, self.on) == found
            {
                return place;
            }
            place += 1;
        }
        place
    }

    /// The party for which a home counts in the spreading of the scheme, or its successor; none when that is not known.
    pub fn party_of(&self, home: &[Option<Value>]) -> Option<PartyId> {
        let model = self.program.model();
        let spreading = self.program.scheme(self.scheme)?.spreading.as_ref()?;
        let fact = model.homes.as_ref()?.party(spreading.over)?;
        match home.get(fact.index())? {
            Some(Value::Party(party)) => Some(successor_on(&model.parties, *party, self.on)),
            _ => None,
        }
    }

    /// The neighbourhood in which a home stands.
    pub fn neighbourhood_of<'h>(&self, home: &'h [Option<Value>]) -> Option<&'h str> {
        let fact = self.program.model().homes.as_ref()?.neighbourhood()?;
        match home.get(fact.index())? {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        }
    }
}
