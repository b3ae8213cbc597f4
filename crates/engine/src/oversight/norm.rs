//! Norms: the share of a step's main deadlines that were met in time.
//!
//! Input: a norm of the file, records of cases, a period, the moment of asking. Output: how many were in time and late, and whether the
//! norm holds. Invariant: a deadline counts once, in the period of its last day; one that fell away in time never counts.

use convenant_lang::model::Norm;
use serde::{Deserialize, Serialize};

use super::{Record, Timeliness};
use crate::spread::{Fraction, Window};
use crate::{DeadlineRef, Moment};

/// 100%, in ten-thousandths of a percent.
const HUNDRED_PERCENT: i128 = 1_000_000;

/// How a norm stands in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NormStanding {
    /// The period.
    pub period: Window,
    /// Met in time.
    pub in_time: u32,
    /// Met late, or passed and still open.
    pub late: u32,
    /// Still running.
    pub open: u32,
    /// In time / (in time + late); none when there is neither.
    pub share: Option<Fraction>,
    /// Whether the share is at least that of the norm; none without a share.
    pub holds: Option<bool>,
}

/// How a norm stands in a period, at a moment.
pub fn norm<'a>(
    norm: &Norm,
    records: impl IntoIterator<Item = &'a Record>,
    period: Window,
    now: Moment,
) -> NormStanding {
    let (scheme, step) = norm.of;
    let (mut in_time, mut late, mut open) = (0_u32, 0_u32, 0_u32);
    let deadlines = records
        .into_iter()
        .filter(|record| record.scheme == Some(scheme))
        .flat_map(|record| &record.deadlines)
        .filter(|deadline| {
            deadline.of == DeadlineRef::Step(step, 0) && period.contains(deadline.due)
        });
    for deadline in deadlines {
        match deadline.timeliness(now) {
            Timeliness::InTime => in_time += 1,
            Timeliness::Late => late += 1,
            Timeliness::Open => open += 1,
            Timeliness::Lapsed => {}
        }
    }
    let share = Fraction::new(i128::from(in_time), i128::from(in_time) + i128::from(late));
    let wanted = Fraction::new(i128::from(norm.share), HUNDRED_PERCENT);
    let holds = share.zip(wanted).map(|(share, wanted)| share >= wanted);
    NormStanding {
        period,
        in_time,
        late,
        open,
        share,
        holds,
    }
}
