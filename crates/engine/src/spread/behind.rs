//! How far a party is behind: by what 'who is next' and the matching order the parties.
//!
//! Input: a target and how many placements further. Output: a standing; the smaller one is further behind. Invariant: for one party
//! every placement further stands higher.

use std::cmp::Reverse;

use super::{Fraction, PartyTarget};

/// Further behind is smaller: who still has something to do, by the lowest placed / due (without a total: placed / share), then who has
/// nothing left to do, by what it did too much, then who has no part. Equal standing: the larger part first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Behind(Part, Fraction, Reverse<Fraction>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Due,
    Done,
    None,
}

impl Behind {
    /// Where a party stands after so many placements more; none is a party without a part.
    pub fn of(target: Option<&PartyTarget>, further: u64) -> Behind {
        let Some(target) = target else {
            let further = Fraction::whole(further.cast_signed());
            return Behind(Part::None, further, Reverse(Fraction::ZERO));
        };
        let placed = u64::from(target.placed).saturating_add(further);
        let placed = Fraction::whole(placed.cast_signed());
        let (part, filled) = match target.due() {
            Some(due) if due > 0 => (Part::Due, placed.over(Fraction::whole(due))),
            Some(due) => (Part::Done, placed.minus(Fraction::whole(due))),
            None => (Part::Due, placed.over(target.exact)),
        };
        Behind(part, filled.unwrap_or(placed), Reverse(target.exact))
    }
}
