//! `spreiding`: shares that add up, over parties that are members, by a key that every one of them has.
//!
//! Shares are in ten-thousandths of a percent, as in the model: `WHOLE` is 100%.

use std::collections::HashSet;

use jiff::civil::Date;

use super::membership::{ever_member, members_of};
use super::{Check, surely_reaches};
use crate::diagnostic::Code;
use crate::model::{
    Duration, ExitKind, Party, PartyId, Preference, Scheme, ShareKey, Span, SpreadPeriod,
    Spreading, TargetAmount, Unit,
};
use crate::value::date_to_text;

/// 100%.
const WHOLE: i64 = 1_000_000;

impl Check<'_> {
    pub(super) fn spreading(&mut self) {
        for scheme in &self.model.schemes {
            self.allocation(scheme);
            let Some(spreading) = &scheme.spreading else {
                continue;
            };
            if members_of(self.model, spreading.over).next().is_none() {
                self.report(
                    Code::SPREAD_OVER_NOBODY,
                    spreading.sources.over.span,
                    &[("kind", spreading.over.keyword())],
                );
                continue;
            }
            self.target(spreading);
            self.fixed_shares(spreading);
            match &spreading.key {
                ShareKey::Table(rows) => self.table(spreading, rows),
                ShareKey::Attribute(name) => {
                    self.attribute(spreading, name, spreading.sources.key.span);
                }
                ShareKey::Equal => {}
            }
            self.capacity(spreading);
            self.preferences(spreading);
            for cap in &spreading.caps {
                if cap.at_most == 0 {
                    self.report(Code::CAP_ZERO, cap.meta.span, &[]);
                }
                self.zero(cap.within, cap.meta.span);
            }
            if let Some(release) = spreading.release
                && period_length(spreading.period).is_some_and(|p| surely_reaches(release, p))
            {
                self.report(Code::RELEASE_TOO_EARLY, spreading.sources.release.span, &[]);
            }
        }
    }

    /// Spreading and `toewijzen … volgens spreiding` need each other.
    fn allocation(&mut self, scheme: &Scheme) {
        let allocation = scheme
            .handover
            .steps
            .iter()
            .flat_map(|s| &s.exits)
            .find(|e| matches!(e.kind, ExitKind::Allocate { .. }));
        match (&scheme.spreading, allocation) {
            (Some(spreading), None) => self.report_with(
                Code::SPREADING_UNUSED,
                spreading.meta.span,
                &[],
                &[(scheme.handover.meta.span, "rel-handover")],
            ),
            (None, Some(exit)) => {
                self.report(Code::ALLOCATE_WITHOUT_SPREADING, exit.meta.span, &[]);
            }
            _ => {}
        }
    }

    fn target(&mut self, spreading: &Spreading) {
        let Some(target) = &spreading.target else {
            return;
        };
        match &target.amount {
            TargetAmount::Count(0) => {
                self.report(Code::TARGET_IMPOSSIBLE, target.meta.span, &[]);
            }
            TargetAmount::Count(_) => {}
            TargetAmount::ShareOf {
                percentage,
                attribute,
                ..
            } => {
                if !(1..=WHOLE).contains(percentage) {
                    self.report(Code::TARGET_IMPOSSIBLE, target.meta.span, &[]);
                }
                self.attribute(spreading, attribute, target.meta.span);
            }
        }
    }

    /// `aandeel`: of members, each once, together no more than everything, and with somebody for what is left.
    fn fixed_shares(&mut self, spreading: &Spreading) {
        let shares = &spreading.fixed_shares;
        let mut seen = HashSet::new();
        let spans = spreading.sources.fixed_shares.iter().map(|meta| meta.span);
        for ((party, _), span) in shares.iter().zip(spans) {
            self.sharer(spreading, *party, span);
            seen.insert(*party);
        }
        let span = spreading
            .sources
            .fixed_shares
            .last()
            .map_or(spreading.meta.span, |meta| meta.span);
        if shares.is_empty() {
            return;
        }
        let total = shares
            .iter()
            .fold(0_i64, |sum, (_, share)| sum.saturating_add(*share));
        let others = members_of(self.model, spreading.over)
            .any(|(index, _)| !seen.iter().any(|p| p.index() == index));
        let text = percentage_text(total);
        let args = [("total", text.as_str())];
        if total > WHOLE || shares.iter().any(|(_, share)| *share <= 0) {
            self.report(Code::SHARES_TOO_LARGE, span, &args);
        } else if total == WHOLE && others {
            self.report(Code::SHARES_LEAVE_NOTHING, span, &args);
        } else if total < WHOLE && !others {
            self.report(Code::SHARES_LEAVE_REST, span, &args);
        }
    }

    /// A party with a share of its own is of the right kind and a member at some time.
    fn sharer(&mut self, spreading: &Spreading, party: PartyId, span: Span) {
        let Some(party) = self.model.parties.get(party.index()) else {
            return;
        };
        if party.kind != spreading.over || !ever_member(self.model, party) {
            self.report_with(
                Code::SHARE_OF_STRANGER,
                span,
                &[("party", &party.name), ("kind", spreading.over.keyword())],
                &[(party.meta.span, "rel-party")],
            );
        }
    }

    /// `sleutel tabel`: numbers that add up to the target, for every member that has no share of its own.
    fn table(&mut self, spreading: &Spreading, rows: &[(PartyId, u32)]) {
        let span = spreading.sources.key.span;
        let mut seen: HashSet<PartyId> = spreading
            .fixed_shares
            .iter()
            .map(|(party, _)| *party)
            .collect();
        let mut sum = 0_i64;
        for (party, number) in rows {
            self.sharer(spreading, *party, span);
            seen.insert(*party);
            sum = sum.saturating_add(i64::from(*number));
        }
        if sum == 0 {
            self.report(Code::TABLE_ZERO, span, &[]);
            return;
        }
        self.table_sum(spreading, sum);
        let model = self.model;
        for (index, party) in members_of(model, spreading.over) {
            let here = seen.iter().any(|p| p.index() == index);
            if !here && !self.follows(index) {
                self.report_with(
                    Code::TABLE_MISSES_PARTY,
                    span,
                    &[("party", &party.name)],
                    &[(party.meta.span, "rel-party")],
                );
            }
        }
    }

    fn table_sum(&mut self, spreading: &Spreading, sum: i64) {
        let Some(target) = &spreading.target else {
            return;
        };
        let TargetAmount::Count(count) = target.amount else {
            return;
        };
        let fixed = spreading
            .fixed_shares
            .iter()
            .fold(0_i64, |sum, (_, share)| sum.saturating_add(*share));
        // What the fixed shares leave need not be whole: the table may round it either way.
        let left = i128::from(count) * i128::from(WHOLE - fixed.clamp(0, WHOLE));
        let apart = (i128::from(sum) * i128::from(WHOLE) - left).abs();
        if apart >= i128::from(WHOLE) {
            self.report_with(
                Code::TABLE_DIFFERS,
                spreading.sources.key.span,
                &[
                    ("sum", &sum.to_string()),
                    ("target", &(left / i128::from(WHOLE)).to_string()),
                ],
                &[(target.meta.span, "rel-target")],
            );
        }
    }

    /// Every member that takes a share has the attribute, all with one reference date.
    fn attribute(&mut self, spreading: &Spreading, name: &str, needed: Span) {
        let fixed: HashSet<usize> = spreading
            .fixed_shares
            .iter()
            .map(|(party, _)| party.index())
            .collect();
        let model = self.model;
        let mut first: Option<(&Party, Option<Date>)> = None;
        self.not_all_zero(spreading, name, needed, &fixed);
        for (index, party) in members_of(model, spreading.over) {
            if fixed.contains(&index) {
                continue;
            }
            let inherits = self.follows(index);
            let Some(attribute) = party.attributes.iter().find(|a| a.name == name) else {
                if !inherits {
                    self.report_with(
                        Code::KEY_MISSING,
                        party.meta.span,
                        &[("party", &party.name), ("attribute", name)],
                        &[(needed, "rel-key")],
                    );
                }
                continue;
            };
            if inherits {
                continue;
            }
            match first {
                None => first = Some((party, attribute.on)),
                Some((other, on)) if on != attribute.on => {
                    self.report_with(
                        Code::KEY_DATES_DIFFER,
                        attribute.meta.span,
                        &[
                            ("attribute", name),
                            ("party", &party.name),
                            ("date", &day_text(attribute.on)),
                            ("other", &other.name),
                            ("otherdate", &day_text(on)),
                        ],
                        &[(other.meta.span, "rel-party")],
                    );
                }
                Some(_) => {}
            }
        }
    }

    /// Somebody has something to divide by: with nothing but zeros nobody gets a part.
    fn not_all_zero(
        &mut self,
        spreading: &Spreading,
        name: &str,
        needed: Span,
        fixed: &HashSet<usize>,
    ) {
        let members = members_of(self.model, spreading.over);
        let keyed = members.filter(|(index, _)| !fixed.contains(index));
        let mut numbers = keyed
            .flat_map(|(_, party)| &party.attributes)
            .filter(|attribute| attribute.name == name)
            .peekable();
        if numbers.peek().is_some() && numbers.all(|attribute| attribute.value == 0) {
            self.report(Code::KEY_ZERO, needed, &[("attribute", name)]);
        }
    }

    /// Every member says how many it can take, where the file counts with that.
    fn capacity(&mut self, spreading: &Spreading) {
        let Some((meta, name)) = &spreading.capacity else {
            return;
        };
        let model = self.model;
        for (index, party) in members_of(model, spreading.over) {
            let known = party.attributes.iter().any(|a| a.name == *name);
            if !known && !self.follows(index) {
                self.report_with(
                    Code::CAPACITY_MISSING,
                    party.meta.span,
                    &[("party", &party.name), ("attribute", name)],
                    &[(meta.span, "rel-capacity")],
                );
            }
        }
    }

    /// Whether the party at `index` takes over from another: it inherits the share of that one.
    fn follows(&self, index: usize) -> bool {
        self.model.parties.iter().any(|party| {
            party
                .succession
                .as_ref()
                .is_some_and(|s| s.by.index() == index)
        })
    }

    fn preferences(&mut self, spreading: &Spreading) {
        let span = spreading.sources.preference.span;
        let mut last = false;
        for preference in &spreading.preference {
            if last {
                self.report(Code::PREFERENCE_UNREACHABLE, span, &[]);
                return;
            }
            last = *preference == Preference::FurthestBehind;
        }
        if !last && !spreading.preference.is_empty() && spreading.target.is_some() {
            self.report(Code::PREFERENCE_NAMES_NOBODY, span, &[]);
        }
    }
}

/// The length of a period; the term has none that is known here.
fn period_length(period: SpreadPeriod) -> Option<Duration> {
    let amount = match period {
        SpreadPeriod::Year => 12,
        SpreadPeriod::HalfYear => 6,
        SpreadPeriod::Quarter => 3,
        SpreadPeriod::Month => 1,
        SpreadPeriod::Term => return None,
    };
    Some(Duration {
        amount,
        unit: Unit::Months,
    })
}

fn day_text(day: Option<Date>) -> String {
    day.map_or_else(|| "(geen datum)".to_owned(), date_to_text)
}

/// A percentage as the language spells it, without trailing zeros.
fn percentage_text(share: i64) -> String {
    let (whole, rest) = (share / 10_000, (share % 10_000).abs());
    if rest == 0 {
        return format!("{whole}%");
    }
    let decimals = format!("{rest:04}");
    format!("{whole},{}%", decimals.trim_end_matches('0'))
}
