//! The nearest spelling of a name that nobody knows.

use crate::messages::{Messages, say};

/// `Bedoelt u \`schulden\`?`, or the names that are known when none is near and they are few.
pub fn hint<'a>(
    wrong: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    messages: &Messages,
) -> String {
    if let Some(name) = find(wrong, names.clone()) {
        return say!(messages, "nearest", name = name);
    }
    let known: Vec<&str> = names.take(13).collect();
    if known.is_empty() || known.len() > 12 {
        return String::new();
    }
    say!(messages, "nearest-known", names = known.join(", "))
}

/// The name that differs least, when it differs by at most a third of its letters.
pub fn find<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded: Vec<char> = fold(wrong);
    if folded.len() > 100 {
        return None;
    }
    names
        .map(|name| (distance(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Case, accents of the usual kind and the choice between space, hyphen and underscore do not count.
fn fold(name: &str) -> Vec<char> {
    name.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            ' ' | '_' => '-',
            'ë' | 'é' | 'è' => 'e',
            'ï' => 'i',
            'ö' => 'o',
            'ü' => 'u',
            c => c,
        })
        .collect()
}

/// Edits from one to the other: insert, delete, replace or swap two neighbours.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&above, j) + usize::from(a != b))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far_off() {
        let names = ["schulden", "schuldhulp", "geboortedatum", "coördinator"];
        assert_eq!(find("shculden", names.into_iter()), Some("schulden"));
        assert_eq!(find("Coordinator", names.into_iter()), Some("coördinator"));
        assert_eq!(
            find("geboorte datum", names.into_iter()),
            Some("geboortedatum")
        );
        assert_eq!(find("inkomen", names.into_iter()), None);
    }
}
