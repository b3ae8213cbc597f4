//! The nearest spelling of a word among those that are known.
//!
//! Input: a word and candidates. Output: the closest one within a third of its length (insertions, deletions,
//! substitutions and swaps of neighbours each count one). Invariant: the answer does not depend on the candidates' order.

/// The nearest candidate, if one is near enough.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let letters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let most = (letters.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|c| *c != word) {
        let others: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(others.len()) > most {
            continue;
        }
        let distance = distance(&letters, &others);
        // A word of two letters at distance one of another shares almost nothing with it.
        let near = distance <= most && distance < letters.len().min(others.len());
        if near && best.is_none_or(|(least, found)| (distance, candidate) < (least, found)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (get(&last, j) + usize::from(x != y))
                .min(get(&last, j + 1) + 1)
                .min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                cost = cost.min(get(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_finger_and_nothing_else() {
        let words = ["criterium", "uitsluiting", "besluit", "advies", "door"];
        let near = |word| nearest(word, words.into_iter());
        assert_eq!(near("critreium"), Some("criterium"));
        assert_eq!(near("uitslutiing"), Some("uitsluiting"));
        assert_eq!(near("Besluit"), Some("besluit"));
        assert_eq!(near("dor"), Some("door"));
        assert_eq!(near("woning"), None);
        assert_eq!(near("x"), None);
    }
}
