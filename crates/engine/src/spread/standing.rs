//! Standings: what each party is to place in a period and has placed, with what earlier periods carry over.
//!
//! Input: a compiled `Spread`, the ledger, the convenant's term, a day. Output: `Targets`. Invariants: on the day of a
//! succession target, carry and books go to the successor; carry is folded from the first period on, so it never drifts.

use std::collections::BTreeMap;

use convenant_lang::model::CalendarKind;
use convenant_lang::model::{
    CarryOver, Convenant, Duration, MonthEnd, Party, PartyId, SchemeId, Spreading, Unit,
    successor_on,
};
use jiff::civil::Date;

use super::shares::{Segment, segments};
use super::{Fraction, InForce, Ledger, PartyTarget, SpreadError, Targets, Window, period_of};
use crate::Placement;
use crate::calendar::{Counting, Holidays, due};

/// The spreading of a scheme, ready to be asked: shares are computed once per version.
#[derive(Debug, Clone)]
pub struct Spread {
    pub(super) scheme: SchemeId,
    pub(super) rules: Spreading,
    pub(super) parties: Vec<Party>,
    segments: Vec<Segment>,
    holidays: Holidays,
    month_end: MonthEnd,
}

impl Spread {
    /// Compiles the spreading of a scheme; none when the scheme has none.
    pub fn compile(
        model: &Convenant,
        scheme: SchemeId,
        holidays: &Holidays,
    ) -> Result<Option<Spread>, SpreadError> {
        let rules = model
            .schemes
            .get(scheme.index())
            .and_then(|scheme| scheme.spreading.as_ref());
        let Some(rules) = rules else {
            return Ok(None);
        };
        Ok(Some(Spread {
            scheme,
            rules: rules.clone(),
            parties: model.parties.clone(),
            segments: segments(&model.parties, rules)?,
            holidays: holidays.clone(),
            month_end: model.header.month_end,
        }))
    }

    /// The section `spreiding`.
    pub fn rules(&self) -> &Spreading {
        &self.rules
    }

    /// The period that holds the day.
    pub fn period(&self, on: Date, in_force: InForce) -> Window {
        period_of(self.rules.period, on, in_force)
    }

    /// Where every party stands on a day. Shares are those of the first day of the period (or of the convenant, when it enters
    /// into force within it); a party that joins later gets its first part in the next period, a successor takes over.
    pub fn targets(
        &self,
        ledger: &Ledger,
        in_force: InForce,
        on: Date,
    ) -> Result<Targets, SpreadError> {
        self.targets_without(
            &Books {
                spread: self,
                ledger,
                without: None,
            },
            in_force,
            on,
        )
    }

    pub(super) fn targets_without(
        &self,
        books: &Books<'_>,
        in_force: InForce,
        on: Date,
    ) -> Result<Targets, SpreadError> {
        let current = self.period(on, in_force);
        let mut carried = BTreeMap::new();
        if self.carries() {
            let mut period = self.period(in_force.from, in_force);
            while period.from < current.from {
                let standing = self.standing(books, period, in_force, period.last(), &carried)?;
                carried = self.carry(&standing);
                period = self.period(period.until, in_force);
            }
        }
        let released_from = self
            .rules
            .release
            .map(|release| self.days_before(current.until, release));
        Ok(Targets {
            period: current,
            total: self
                .segment(current, in_force)
                .and_then(|segment| segment.total),
            released_from,
            parties: self.standing(books, current, in_force, on, &carried)?,
        })
    }

    /// The party that stands in for `party` on a day.
    pub(super) fn successor(&self, party: PartyId, on: Date) -> PartyId {
        successor_on(&self.parties, party, on)
    }

    /// So long before a day, by calendar days; the first of all days when there is no such day.
    pub(super) fn days_before(&self, on: Date, length: Duration) -> Date {
        let how = Counting {
            // Working days are counted as such; no end moves.
            calendar: CalendarKind::CalendarDays,
            month_end: self.month_end,
            backward: true,
            start_counts: false,
        };
        due(&self.holidays, on, length, how)
            .or_else(|_| {
                // Working days outside the holidays data: as many calendar days.
                due(
                    &self.holidays,
                    on,
                    Duration {
                        unit: Unit::Days,
                        ..length
                    },
                    how,
                )
            })
            .unwrap_or(Date::MIN)
    }

    fn carries(&self) -> bool {
        [self.rules.shortfall, self.rules.surplus].contains(&CarryOver::Carries)
    }

    /// The shares that hold in a period.
    fn segment(&self, period: Window, in_force: InForce) -> Option<&Segment> {
        let first = period.from.max(in_force.from).min(period.last());
        let position = self
            .segments
            .partition_point(|segment| segment.from <= first);
        self.segments.get(position.checked_sub(1)?)
    }

    /// Every party with a part in the period, as it stands on a day of it.
    fn standing(
        &self,
        books: &Books<'_>,
        period: Window,
        in_force: InForce,
        on: Date,
        carried: &BTreeMap<PartyId, i64>,
    ) -> Result<Vec<PartyTarget>, SpreadError> {
        let on = on.min(period.last());
        let mut parties: BTreeMap<PartyId, PartyTarget> = BTreeMap::new();
        for part in self
            .segment(period, in_force)
            .map_or(&[][..], |segment| &segment.parts)
        {
            let party = self.successor(part.party, on);
            let target = parties.entry(party).or_insert(PartyTarget {
                party,
                exact: Fraction::ZERO,
                rounded: None,
                carried: 0,
                placed: 0,
            });
            target.exact = target.exact.plus(part.exact).ok_or(SpreadError::TooLarge)?;
            if let Some(rounded) = part.rounded {
                target.rounded = Some(target.rounded.unwrap_or(0).saturating_add(rounded));
            }
        }
        for (party, carry) in carried {
            if let Some(target) = parties.get_mut(&self.successor(*party, on)) {
                target.carried = target.carried.saturating_add(*carry);
            }
        }
        for party in self.spread_over() {
            if let Some(target) = parties.get_mut(&self.successor(party, on)) {
                let placed = books.placed(party, period.from, period.until);
                target.placed = target.placed.saturating_add(placed);
            }
        }
        Ok(parties.into_values().collect())
    }

    /// What a period leaves to the next one.
    fn carry(&self, standing: &[PartyTarget]) -> BTreeMap<PartyId, i64> {
        let kept = standing.iter().filter_map(|target| {
            let rest = target.due()?.saturating_sub(i64::from(target.placed));
            let rule = if rest > 0 {
                self.rules.shortfall
            } else {
                self.rules.surplus
            };
            (rest != 0 && rule == CarryOver::Carries).then_some((target.party, rest))
        });
        kept.collect()
    }

    /// Parties of the kind over which is spread, members or not.
    pub(super) fn spread_over(&self) -> impl Iterator<Item = PartyId> {
        let ids = (0..=u16::MAX).map(PartyId);
        ids.zip(&self.parties)
            .filter(|(_, party)| party.kind == self.rules.over)
            .map(|(id, _)| id)
    }
}

/// The ledger as one scheme reads it, without the placement that is to be replaced.
pub(super) struct Books<'a> {
    pub spread: &'a Spread,
    pub ledger: &'a Ledger,
    pub without: Option<&'a Placement>,
}

impl Books<'_> {
    /// Placements with a party under its own name.
    fn placed(&self, party: PartyId, from: Date, until: Date) -> u32 {
        let all = self.ledger.placed(self.spread.scheme, party, from, until);
        all.saturating_sub(self.left_out(party, None, from, until))
    }

    /// Placements with a party and its predecessors, in one neighbourhood or all.
    pub fn placed_with(
        &self,
        party: PartyId,
        neighbourhood: Option<&str>,
        (from, until): (Date, Date),
        on: Date,
    ) -> u32 {
        let scheme = self.spread.scheme;
        let mut sum: u32 = 0;
        for own in self
            .spread
            .spread_over()
            .filter(|own| self.spread.successor(*own, on) == party)
        {
            let placed = match neighbourhood {
                Some(name) => self.ledger.placed_in(scheme, own, name, from, until),
                None => self.ledger.placed(scheme, own, from, until),
            };
            let left_out = self.left_out(own, neighbourhood, from, until);
            sum = sum.saturating_add(placed.saturating_sub(left_out));
        }
        sum
    }

    fn left_out(
        &self,
        party: PartyId,
        neighbourhood: Option<&str>,
        from: Date,
        until: Date,
    ) -> u32 {
        u32::from(self.without.is_some_and(|placement| {
            placement.party == party
                && (from..until).contains(&placement.on)
                && (neighbourhood.is_none() || placement.neighbourhood.as_deref() == neighbourhood)
        }))
    }
}
