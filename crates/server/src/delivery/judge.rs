//! Judging: what the outcome of a try means for its delivery.
//!
//! Input: a claim, an outcome, the time, a seed. Output: a verdict. Invariants: a try that fails comes again later and later, never before
//! the other side asked for; after some days, or when it may have arrived several times, a person decides.

use std::time::Duration;

use convenant_engine::Moment;
use convenant_store::{DeliveryClaim, Occasion, Verdict};
use sha2::{Digest, Sha256};

use crate::channel::Outcome;

/// The wait after the first try, in milliseconds; it doubles with every try.
const FIRST_WAIT: i64 = 30_000;

/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT: i64 = 4 * 3_600_000;

/// Tries before a delivery is given up: some three days.
const MOST_TRIES: u32 = 24;

/// Tries after which something may have arrived, before a person decides.
const MOST_AMBIGUOUS: u32 = 3;

/// Reasons are kept no longer than this.
const LONGEST_REASON: usize = 300;

/// What an outcome means for a delivery.
pub(super) fn judge(claim: &DeliveryClaim, outcome: Outcome, now: Moment, seed: u64) -> Verdict {
    let tried = claim.attempts.saturating_add(1);
    let again = |reason: String, after: Option<Duration>, ambiguous: bool| {
        let asked = after.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        let wait = back_off(seed, claim.occasion, claim.attempts).max(asked);
        Verdict::Again {
            at: Moment(now.0.saturating_add(wait)),
            reason: short(reason),
            ambiguous,
        }
    };
    let dead = |reason: String, ambiguous: bool| Verdict::Dead {
        reason: short(reason),
        ambiguous,
        messages: Vec::new(),
    };
    match outcome {
        Outcome::Delivered => Verdict::Delivered,
        Outcome::Refused { reason } => dead(reason, false),
        Outcome::Later { reason, .. } if tried >= MOST_TRIES => dead(reason, false),
        Outcome::Later { reason, after } => again(reason, after, false),
        Outcome::Ambiguous { reason }
            if tried >= MOST_TRIES || claim.ambiguous.saturating_add(1) >= MOST_AMBIGUOUS =>
        {
            dead(reason, true)
        }
        Outcome::Ambiguous { reason } => again(reason, None, true),
    }
}

fn short(mut reason: String) -> String {
    while reason.len() > LONGEST_REASON {
        reason.pop();
    }
    reason.replace(char::is_control, " ")
}

/// The wait after a try: doubling, and somewhere in the upper half of it, by the seed, so that many do not come back at once.
fn back_off(seed: u64, occasion: Occasion, attempts: u32) -> i64 {
    let full = FIRST_WAIT
        .checked_shl(attempts)
        .filter(|wait| (FIRST_WAIT..LONGEST_WAIT).contains(wait))
        .unwrap_or(LONGEST_WAIT);
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(occasion.0);
    hash.update(attempts.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (head, _) = digest.split_at(4);
    let random = head
        .iter()
        .fold(0i64, |sum, byte| sum << 8 | i64::from(*byte));
    full / 2 + full / 2 * random / (1 << 32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use convenant_store::RegionKey;
    use proptest::prelude::*;

    use super::*;

    fn claim(attempts: u32, ambiguous: u32) -> DeliveryClaim {
        DeliveryClaim {
            region: RegionKey::new("utrecht").unwrap(),
            id: 1,
            number: Some(1),
            channel: "mail".to_owned(),
            target: "jan".to_owned(),
            occasion: Occasion([7; 16]),
            lane: "mail:spool".to_owned(),
            turn: "utrecht/Zeist".to_owned(),
            at: Moment(0),
            payload: None,
            attempts,
            ambiguous,
            token: 1,
        }
    }

    fn outcomes() -> impl Strategy<Value = Outcome> {
        let reason = || "421 later\r\nBcc: x".to_owned();
        prop_oneof![
            Just(Outcome::Delivered),
            proptest::option::of(0u64..100_000).prop_map(move |after| Outcome::Later {
                reason: reason(),
                after: after.map(Duration::from_secs),
            }),
            Just(Outcome::Refused { reason: reason() }),
            Just(Outcome::Ambiguous { reason: reason() }),
        ]
    }

    proptest! {
        #[test]
        fn a_try_is_settled_by_its_outcome(
            outcome in outcomes(), attempts in 0u32..40, ambiguous in 0u32..5, seed: u64
        ) {
            let now = Moment(1_000_000);
            let claim = claim(attempts, ambiguous);
            let verdict = judge(&claim, outcome.clone(), now, seed);
            match (&outcome, verdict) {
                (Outcome::Delivered, Verdict::Delivered) => {}
                (Outcome::Refused { .. }, Verdict::Dead { ambiguous, .. }) => prop_assert!(!ambiguous),
                (Outcome::Later { after, .. }, Verdict::Again { at, reason, ambiguous }) => {
                    prop_assert!(attempts + 1 < MOST_TRIES && !ambiguous);
                    let wait = u64::try_from(at.0 - now.0).unwrap();
                    prop_assert!(wait >= after.map_or(0, |a| a.as_millis() as u64));
                    prop_assert!(!reason.contains(char::is_control));
                }
                (Outcome::Later { .. }, Verdict::Dead { ambiguous, .. }) => {
                    prop_assert!(attempts + 1 >= MOST_TRIES && !ambiguous);
                }
                (Outcome::Ambiguous { .. }, Verdict::Again { ambiguous: may, .. }) => {
                    prop_assert!(may && ambiguous + 1 < MOST_AMBIGUOUS);
                }
                (Outcome::Ambiguous { .. }, Verdict::Dead { ambiguous: may, .. }) => {
                    prop_assert!(may && (ambiguous + 1 >= MOST_AMBIGUOUS || attempts + 1 >= MOST_TRIES));
                }
                (outcome, verdict) => panic!("{outcome:?} gave {verdict:?}"),
            }
        }

        #[test]
        fn waits_double_up_to_a_limit_and_differ(seed: u64, attempts in 0u32..200) {
            let wait = back_off(seed, Occasion([7; 16]), attempts);
            let full = if attempts < 9 { FIRST_WAIT << attempts } else { LONGEST_WAIT };
            prop_assert!((full / 2..=full).contains(&wait), "{wait} of {full}");
            prop_assert_eq!(wait, back_off(seed, Occasion([7; 16]), attempts));
            if attempts < 9 {
                prop_assert!(wait <= back_off(seed ^ 1, Occasion([7; 16]), attempts + 1));
            }
        }
    }
}
