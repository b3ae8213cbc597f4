//! Replacements that lead nowhere: to nobody, or back to who is away.
//!
//! Input: a person and the directory they are to be in. Output: the first replacement that does not work. Invariant: two people who replace
//! each other on different days are no circle; only the days on which everybody in the chain is away count.

use jiff::civil::Date;

use super::written::Misfit;
use super::{Absence, Directory, Person};

/// Whether every replacement of this person exists, and is not replaced by them on the same day.
pub fn check(directory: &Directory, person: &Person) -> Result<(), Misfit> {
    for absence in &person.absences {
        let Some(replacement) = &absence.replacement else {
            continue;
        };
        // Somebody new is not in the directory yet; that they cannot replace themselves is for the chain to say.
        if *replacement != person.id && !directory.people.contains_key(replacement) {
            return Err(Misfit::NoReplacement(replacement.clone()));
        }
        if let Some(on) = comes_back(directory, person, absence, replacement) {
            return Err(Misfit::Circle {
                on,
                by: replacement.clone(),
            });
        }
    }
    Ok(())
}

/// The first day found on which the chain of replacements of one absence comes back to the person, over the days on which all in it are
/// away. Absences of one person do not overlap, so the stretches that are followed at one depth do not either.
fn comes_back(
    directory: &Directory,
    person: &Person,
    absence: &Absence,
    replacement: &str,
) -> Option<Date> {
    let mut open = vec![(replacement, absence.from, absence.through)];
    // One more than there are, because the person may be new. A chain that is longer goes round somewhere else; the check of
    // the people in that circle says so.
    for _ in 0..=directory.people.len() {
        if let Some((_, on, _)) = open.iter().find(|(by, _, _)| *by == person.id) {
            return Some(*on);
        }
        let mut next = Vec::new();
        for (by, from, through) in open {
            let away = directory.people.get(by).map(|p| p.absences.as_slice());
            for other in away.unwrap_or_default() {
                let (from, through) = (from.max(other.from), through.min(other.through));
                if let Some(by) = other.replacement.as_deref().filter(|_| from <= through) {
                    next.push((by, from, through));
                }
            }
        }
        open = next;
    }
    None
}
