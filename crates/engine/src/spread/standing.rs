//! Standings: what each party is to place in a period and has placed, with what earlier periods carry over.
//!
//! Input: a compiled `Spread`, the ledger, the convenant's term, a day. Output: `Targets`. Invariants: on the day of a
//! succession target, carry and books go to the successor; carry is folded from the first period on, so it never drifts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use convenant_lang::model::CalendarKind;
use convenant_lang::model::{
    CarryOver, Convenant, Duration, MonthEnd, Party, PartyId, SchemeId, Spreading, Unit,
    successor_on,
};
use jiff::civil::Date;

use super::ledger::Reading;
use super::shares::{Segment, number_of, pro_rata, segments};
use super::{InForce, Ledger, PartyTarget, SpreadError, Targets, Window, period_of};
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

    /// Whose spreading it is.
    pub fn scheme(&self) -> SchemeId {
        self.scheme
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
        self.targets_without(&Books::of(self, ledger, None), in_force, on)
    }

    pub(super) fn targets_without(
        &self,
        books: &Books<'_>,
        in_force: InForce,
        on: Date,
    ) -> Result<Targets, SpreadError> {
        let current = self.period(on, in_force);
        let carried = self.carried(books, in_force, current)?;
        let released_from = self
            .rules
            .release
            .map(|release| self.days_before(current.until, release));
        let mut parties = self.standing(books, current, in_force, on, &carried)?;
        if released_from.is_some_and(|from| from <= on) {
            for target in &mut parties {
                let left = target.due().unwrap_or(0) - i64::from(target.placed);
                target.released = left.max(0);
            }
        }
        Ok(Targets {
            period: current,
            total: self
                .segment(current, in_force)?
                .and_then(|segment| segment.total),
            released_from,
            parties,
        })
    }

    /// How many a party can take in a period, where the file counts with that; none when it does not, or when the number is too large.
    pub(super) fn capacity(&self, party: PartyId, on: Date) -> Option<i128> {
        let (_, attribute) = self.rules.capacity.as_ref()?;
        number_of(&self.parties, &self.rules, (party, attribute), on)
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

    /// What the periods before this one leave to it, by party: folded from the first one on, in one reading of the books.
    fn carried(
        &self,
        books: &Books<'_>,
        in_force: InForce,
        current: Window,
    ) -> Result<Vec<i64>, SpreadError> {
        let mut carried = vec![0; self.parties.len()];
        let first = self.period(in_force.from, in_force);
        let carries = [self.rules.shortfall, self.rules.surplus].contains(&CarryOver::Carries);
        if !carries || first.from >= current.from {
            return Ok(carried);
        }
        let mut readings: Vec<(PartyId, Reading<'_>)> = self
            .spread_over()
            .map(|party| (party, books.ledger.read(self.scheme, party)))
            .collect();
        for (_, reading) in &mut readings {
            reading.read_before(first.from);
        }
        let mut period = first;
        while period.from < current.from {
            carried = self.carried_on(books, &mut readings, in_force, period, &carried)?;
            period = self.period(period.until, in_force);
        }
        Ok(carried)
    }

    /// What a period leaves to the next one.
    fn carried_on(
        &self,
        books: &Books<'_>,
        readings: &mut [(PartyId, Reading<'_>)],
        in_force: InForce,
        period: Window,
        carried: &[i64],
    ) -> Result<Vec<i64>, SpreadError> {
        let on = period.last();
        // None for who has no part: it is owed nothing, whatever it placed.
        let mut rest: Vec<Option<i64>> = vec![None; self.parties.len()];
        let segment = self.segment(period, in_force)?;
        for part in segment.iter().flat_map(|segment| &segment.parts) {
            let heir = rest.get_mut(self.successor(part.party, on).index());
            if let (Some(rest), Some(rounded)) = (heir, part.rounded) {
                *rest = Some(rest.unwrap_or(0).saturating_add(rounded));
            }
        }
        for (party, reading) in readings {
            let placed = i64::from(reading.read_before(period.until));
            let left_out = i64::from(books.left_out(*party, None, period.from, period.until));
            let carry = carried.get(party.index()).copied().unwrap_or(0);
            let heir = rest.get_mut(self.successor(*party, on).index());
            if let Some(Some(rest)) = heir {
                *rest = rest.saturating_add(carry).saturating_add(left_out - placed);
            }
        }
        let kept = rest.into_iter().map(|rest| {
            let rest = rest.unwrap_or(0);
            let rule = if rest > 0 {
                self.rules.shortfall
            } else {
                self.rules.surplus
            };
            if rule == CarryOver::Carries { rest } else { 0 }
        });
        Ok(kept.collect())
    }

    /// The days on which something in the file changes the shares.
    pub(super) fn changes(&self) -> impl Iterator<Item = Date> {
        self.segments
            .iter()
            .map(|segment| segment.from)
            .filter(|day| *day > Date::MIN)
    }

    /// The shares that hold in a period.
    pub(super) fn segment(
        &self,
        period: Window,
        in_force: InForce,
    ) -> Result<Option<Cow<'_, Segment>>, SpreadError> {
        let first = period.from.max(in_force.from).min(period.last());
        let divided = Window {
            from: first,
            until: period.until,
        };
        let by_days = pro_rata(&self.parties, &self.rules, divided).ok_or(SpreadError::TooLarge)?;
        if let Some(segment) = by_days {
            return Ok(Some(Cow::Owned(segment)));
        }
        let position = self
            .segments
            .partition_point(|segment| segment.from <= first);
        let before = position.checked_sub(1);
        Ok(before
            .and_then(|before| self.segments.get(before))
            .map(Cow::Borrowed))
    }

    /// Every party with a part in the period, as it stands on a day of it.
    fn standing(
        &self,
        books: &Books<'_>,
        period: Window,
        in_force: InForce,
        on: Date,
        carried: &[i64],
    ) -> Result<Vec<PartyTarget>, SpreadError> {
        let on = on.min(period.last());
        let mut parties: BTreeMap<PartyId, PartyTarget> = BTreeMap::new();
        let segment = self.segment(period, in_force)?;
        for part in segment.iter().flat_map(|segment| &segment.parts) {
            let party = self.successor(part.party, on);
            match parties.get_mut(&party) {
                Some(target) => {
                    target.exact = target.exact.plus(part.exact).ok_or(SpreadError::TooLarge)?;
                    let rounded = target.rounded.zip(part.rounded);
                    target.rounded = rounded.map(|(one, other)| one.saturating_add(other));
                }
                None => {
                    let (exact, rounded) = (part.exact, part.rounded);
                    let target = PartyTarget {
                        party,
                        exact,
                        rounded,
                        carried: 0,
                        placed: 0,
                        departures: 0,
                        released: 0,
                    };
                    parties.insert(party, target);
                }
            }
        }
        for party in self.spread_over() {
            if let Some(target) = parties.get_mut(&self.successor(party, on)) {
                let carry = carried.get(party.index()).copied().unwrap_or(0);
                target.carried = target.carried.saturating_add(carry);
                let placed = books.placed(party, None, (period.from, period.until));
                target.placed = target.placed.saturating_add(placed);
                let departed = books.departures(party, (period.from, period.until));
                target.departures = target.departures.saturating_add(departed);
            }
        }
        Ok(parties.into_values().collect())
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
    scheme: SchemeId,
    ledger: &'a Ledger,
    without: Option<&'a Placement>,
}

impl<'a> Books<'a> {
    pub(super) fn of(
        spread: &Spread,
        ledger: &'a Ledger,
        without: Option<&'a Placement>,
    ) -> Books<'a> {
        Books {
            scheme: spread.scheme,
            ledger,
            without,
        }
    }

    /// Placements with a party under its own name, in one neighbourhood or all.
    pub(super) fn placed(
        &self,
        party: PartyId,
        neighbourhood: Option<&str>,
        (from, until): (Date, Date),
    ) -> u32 {
        let all = match neighbourhood {
            Some(name) => self.ledger.placed_in(self.scheme, party, name, from, until),
            None => self.ledger.placed(self.scheme, party, from, until),
        };
        all.saturating_sub(self.left_out(party, neighbourhood, from, until))
    }

    /// How many of those departed from the rules.
    fn departures(&self, party: PartyId, (from, until): (Date, Date)) -> u32 {
        let all = self.ledger.departures(self.scheme, party, from, until);
        let without = self.without.is_some_and(|placement| {
            placement.departure && placement.party == party && (from..until).contains(&placement.on)
        });
        all.saturating_sub(u32::from(without))
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
