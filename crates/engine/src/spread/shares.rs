//! Shares: which part of the total each party has, by the key of the file, for every stretch of time in which they stay the same.
//!
//! Input: the parties and the section `spreiding`. Output: a list of segments by first day. Invariants: only members have a
//! part; fixed shares go off first; what a predecessor had counts for its successor; whole parts sum to the whole total.

use std::fmt;

use convenant_lang::model::{
    MidPeriod, Party, PartyId, ShareKey, Spreading, Standing, TargetAmount, TargetForce,
    successor_on,
};
use jiff::civil::Date;

use super::{Fraction, Window, apportion};
use crate::calendar::Day;

/// 100%, in ten-thousandths of a percent.
const HUNDRED_PERCENT: i128 = 1_000_000;

/// Why shares cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpreadError {
    /// A number is too large for exact arithmetic.
    TooLarge,
}

impl fmt::Display for SpreadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of the spreading is too large to divide exactly; use smaller weights or totals")
    }
}

impl std::error::Error for SpreadError {}

/// The shares as they are from one day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// First day.
    pub from: Date,
    /// The total of a period, if the file states one.
    pub total: Option<i64>,
    /// The parts, in the order of the file.
    pub parts: Vec<Part>,
}

/// The part of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Which party.
    pub party: PartyId,
    /// Of the total; of 1 without a total.
    pub exact: Fraction,
    /// Whole placements; none without a total.
    pub rounded: Option<i64>,
}

/// Every segment, by first day; the first begins before every date of the file.
pub(super) fn segments(parties: &[Party], rules: &Spreading) -> Result<Vec<Segment>, SpreadError> {
    let mut days = vec![Date::MIN];
    for party in parties {
        days.extend(party.from);
        days.extend(party.until);
        days.extend(party.succession.as_ref().map(|succession| succession.from));
        days.extend(party.attributes.iter().filter_map(|attribute| attribute.on));
        if let Standing::Withdrawn(Some(left)) = party.standing {
            days.push(left);
        }
    }
    days.sort_unstable();
    days.dedup();
    let shares = Shares { parties, rules };
    days.into_iter()
        .map(|from| shares.segment(from).ok_or(SpreadError::TooLarge))
        .collect()
}

struct Shares<'a> {
    parties: &'a [Party],
    rules: &'a Spreading,
}

/// What a weight is read from.
#[derive(Clone, Copy)]
enum Weights<'a> {
    /// An attribute, as it was on a reference date.
    Attribute(&'a str, Date),
    /// The same for all.
    Equal,
    /// Negotiated numbers.
    Table(&'a [(PartyId, u32)]),
}

/// A party that takes a part, for so many of the days over which is divided.
#[derive(Debug, Clone, Copy)]
struct Taking {
    party: PartyId,
    /// The day on which its weight is read.
    on: Date,
    days: i128,
    of: i128,
}

/// The shares of a period in which a party joins or leaves that counts by its days; none when there is no such party. The outer none is
/// overflow.
pub(super) fn pro_rata(
    parties: &[Party],
    rules: &Spreading,
    period: Window,
) -> Option<Option<Segment>> {
    if rules.joining == MidPeriod::NextPeriod && rules.leaving == MidPeriod::NextPeriod {
        return Some(None);
    }
    let shares = Shares { parties, rules };
    let takings: Vec<Taking> = (0..=u16::MAX)
        .map(PartyId)
        .zip(parties)
        .filter(|(_, party)| party.kind == rules.over)
        .filter_map(|(id, party)| shares.taking(id, party, period))
        .collect();
    let parts = takings
        .iter()
        .any(|taking| taking.days < taking.of || taking.on != period.from);
    if !parts {
        return Some(None);
    }
    shares.divided(period.from, &takings).map(Some)
}

/// How much a party can take in a period by this attribute, with its predecessors; none on overflow.
pub(super) fn number_of(
    parties: &[Party],
    rules: &Spreading,
    (party, attribute): (PartyId, &str),
    on: Date,
) -> Option<i128> {
    let weights = Weights::Attribute(attribute, on);
    Shares { parties, rules }.weight(party, on, weights)
}

impl Shares<'_> {
    /// None on overflow.
    fn segment(&self, from: Date) -> Option<Segment> {
        let whole = |party| Taking {
            party,
            on: from,
            days: 1,
            of: 1,
        };
        let takings: Vec<Taking> = self.members(from).into_iter().map(whole).collect();
        self.divided(from, &takings)
    }

    /// On how many days of a period a party takes its part. One that another took over from is counted whole: that one goes on with it,
    /// and takes nothing of its own until the next period.
    fn taking(&self, id: PartyId, party: &Party, period: Window) -> Option<Taking> {
        let within = |day: &Date| period.from < *day && *day < period.until;
        let withdrawn = match party.standing {
            Standing::Withdrawn(day) => day,
            _ => None,
        };
        let taken_over = |of: &Party| of.succession.as_ref().map(|s| s.from).filter(within);
        let here = party.member_on(period.from);
        let from = if here {
            period.from
        } else {
            let joined = party
                .from
                .filter(within)
                .filter(|day| party.member_on(*day))?;
            let heir = self.parties.iter().any(|other| {
                taken_over(other).is_some() && other.succession.as_ref().is_some_and(|s| s.by == id)
            });
            if heir || self.rules.joining == MidPeriod::NextPeriod {
                return None;
            }
            joined
        };
        let left = [party.until, withdrawn]
            .into_iter()
            .flatten()
            .filter(within)
            .min();
        let until = match left {
            Some(left)
                if self.rules.leaving == MidPeriod::ProRata && taken_over(party).is_none() =>
            {
                left
            }
            _ => period.until,
        };
        let days =
            |from: Date, until: Date| i128::from(Day::of(until).0) - i128::from(Day::of(from).0);
        Some(Taking {
            party: id,
            on: from,
            days: days(from, until),
            of: days(period.from, period.until),
        })
    }

    /// The total divided over those who take a part. None on overflow.
    fn divided(&self, from: Date, takings: &[Taking]) -> Option<Segment> {
        let mut fixed = Vec::with_capacity(takings.len());
        let mut weights = Vec::with_capacity(takings.len());
        for taking in takings {
            let share = self.fixed(taking.party, taking.on);
            let keyed = if share > 0 {
                0
            } else {
                self.weight(taking.party, taking.on, self.key(taking.on))?
            };
            let whole = HUNDRED_PERCENT.checked_mul(taking.of)?;
            fixed.push(Fraction::new(share.checked_mul(taking.days)?, whole)?);
            // All are divided by the same number of days.
            weights.push(keyed.checked_mul(taking.days)?);
        }
        let members: Vec<PartyId> = takings.iter().map(|taking| taking.party).collect();
        let total = self.total(takings, from)?;
        let exact = divide(total.unwrap_or(Fraction::whole(1)), &fixed, &weights)?;
        let house = match total {
            Some(total) => Some(self.house(total, &exact)?),
            None => None,
        };
        let rounded = match house {
            Some(house) => apportion(u64::try_from(house).ok()?, &exact, self.rules.rounding)?
                .into_iter()
                .map(|part| i64::try_from(part).ok().map(Some))
                .collect::<Option<Vec<_>>>()?,
            None => vec![None; members.len()],
        };
        let parts = members.into_iter().zip(exact).zip(rounded);
        let parts = parts
            .filter(|((_, exact), _)| exact.is_positive())
            .map(|((party, exact), rounded)| Part {
                party,
                exact,
                rounded,
            })
            .collect();
        Some(Segment {
            from,
            total: house,
            parts,
        })
    }

    fn members(&self, on: Date) -> Vec<PartyId> {
        let ids = (0..=u16::MAX).map(PartyId);
        ids.zip(self.parties)
            .filter(|(_, party)| party.kind == self.rules.over && party.member_on(on))
            .map(|(id, _)| id)
            .collect()
    }

    /// The fixed share of a party, with those of its predecessors.
    fn fixed(&self, party: PartyId, on: Date) -> i128 {
        let shares = self.rules.fixed_shares.iter();
        shares
            .filter(|(of, _)| successor_on(self.parties, *of, on) == party)
            .map(|(_, share)| i128::from(*share))
            .sum()
    }

    fn key(&self, on: Date) -> Weights<'_> {
        match &self.rules.key {
            ShareKey::Equal => Weights::Equal,
            ShareKey::Table(rows) => Weights::Table(rows),
            ShareKey::Attribute(name) => {
                match self.rules.target.as_ref().map(|target| &target.amount) {
                    // The reference date of the total holds for a key by the same attribute.
                    Some(TargetAmount::ShareOf {
                        attribute,
                        on: Some(reference),
                        ..
                    }) if attribute == name => Weights::Attribute(name, *reference),
                    _ => Weights::Attribute(name, on),
                }
            }
        }
    }

    /// The exact total of a period: as the file says, or the sum of a negotiated table. The outer none is overflow.
    fn total(&self, takings: &[Taking], on: Date) -> Option<Option<Fraction>> {
        let (weights, factor) = match (
            self.rules.target.as_ref().map(|target| &target.amount),
            &self.rules.key,
        ) {
            (Some(TargetAmount::Count(count)), _) => {
                return Some(Some(Fraction::whole(i64::from(*count))));
            }
            (
                Some(TargetAmount::ShareOf {
                    percentage,
                    attribute,
                    on: reference,
                }),
                _,
            ) => (
                Weights::Attribute(attribute, reference.unwrap_or(on)),
                Fraction::new(i128::from(*percentage), HUNDRED_PERCENT)?,
            ),
            (None, ShareKey::Table(rows)) => (Weights::Table(rows), Fraction::whole(1)),
            (None, _) => return Some(None),
        };
        let mut sum = Fraction::ZERO;
        for taking in takings {
            let weight = self.weight(taking.party, taking.on.max(on), weights)?;
            sum = sum.plus(Fraction::new(weight.checked_mul(taking.days)?, taking.of)?)?;
        }
        Some(Some(sum.times(factor)?))
    }

    /// The total in whole placements. A part that no party has (fixed shares under 100% and no key) is not divided; a ceiling is
    /// cut off, an obligation rounded up, an aim to the nearest, so that each keeps its word.
    fn house(&self, total: Fraction, exact: &[Fraction]) -> Option<i64> {
        let mut divided = Fraction::ZERO;
        for part in exact {
            divided = divided.plus(*part)?;
        }
        let total = total.min(divided);
        let whole = match self.rules.target.as_ref().map(|target| target.force) {
            Some(TargetForce::Ceiling) => total.floor(),
            Some(TargetForce::Obligation) => {
                total.floor() + i128::from(total.remainder().is_positive())
            }
            Some(TargetForce::Aim) | None => total.plus(Fraction::new(1, 2)?)?.floor(),
        };
        i64::try_from(whole).ok()
    }

    /// The weight of a party on a day. A number of its own counts for what it took over when it is of the day of succession or
    /// later, or when the party itself only then became a member; otherwise that of its predecessors is added.
    fn weight(&self, party: PartyId, on: Date, weights: Weights<'_>) -> Option<i128> {
        self.weight_within(party, on, weights, self.parties.len())
    }

    fn weight_within(
        &self,
        party: PartyId,
        on: Date,
        weights: Weights<'_>,
        depth: usize,
    ) -> Option<i128> {
        let Some(member) = self.parties.get(party.index()) else {
            return Some(0);
        };
        let (own, dated) = match weights {
            Weights::Equal => return Some(1),
            Weights::Attribute(name, reference) => own_attribute(member, name, reference),
            Weights::Table(rows) => (
                rows.iter()
                    .find(|(of, _)| *of == party)
                    .map(|(_, number)| i128::from(*number)),
                None,
            ),
        };
        let mut sum = own.unwrap_or(0);
        let Some(depth) = depth.checked_sub(1) else {
            return Some(sum);
        };
        for (id, predecessor) in (0..=u16::MAX).map(PartyId).zip(self.parties) {
            let Some(succession) = predecessor.succession.as_ref() else {
                continue;
            };
            if succession.by != party || succession.from > on {
                continue;
            }
            let begins = [dated, member.from].into_iter().flatten();
            let included = own.is_some() && begins.into_iter().any(|day| day >= succession.from);
            if !included {
                sum = sum.checked_add(self.weight_within(id, on, weights, depth)?)?;
            }
        }
        Some(sum)
    }
}

/// The number of a party as it was on the reference date: the last one of that day or before, else one without a date,
/// else the first one after it. With it the date that it is of.
fn own_attribute(party: &Party, name: &str, reference: Date) -> (Option<i128>, Option<Date>) {
    let named = || {
        party
            .attributes
            .iter()
            .filter(|attribute| attribute.name == name)
    };
    let before = named()
        .filter(|attribute| attribute.on.is_some_and(|on| on <= reference))
        .max_by_key(|attribute| attribute.on);
    let found = before
        .or_else(|| named().find(|attribute| attribute.on.is_none()))
        .or_else(|| named().min_by_key(|attribute| attribute.on));
    (
        found.map(|attribute| i128::from(attribute.value)),
        found.and_then(|attribute| attribute.on),
    )
}

/// The exact parts of a total: fixed shares first, the rest by weight. None on overflow.
fn divide(total: Fraction, fixed: &[Fraction], weights: &[i128]) -> Option<Vec<Fraction>> {
    let mut sum: i128 = 0;
    for weight in weights {
        sum = sum.checked_add(*weight)?;
    }
    let mut rest = Fraction::whole(1);
    for fixed in fixed {
        rest = rest.minus(*fixed)?;
    }
    let rest = rest.max(Fraction::ZERO);
    let parts = fixed.iter().zip(weights).map(|(fixed, weight)| {
        let share = if fixed.is_positive() {
            *fixed
        } else if *weight > 0 {
            Fraction::new(*weight, sum)?.times(rest)?
        } else {
            return Some(Fraction::ZERO);
        };
        total.times(share)
    });
    parts.collect()
}
