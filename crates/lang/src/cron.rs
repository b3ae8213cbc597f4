//! The shape of a cron expression: whether it can come at all is up to the schedule.
//!
//! Input: text. Output: whether it is second, minute, hour, day, month and weekday, each within its range. Invariant: days of
//! the week by name only: their numbers differ from one cron to the next.

/// Whether the text has six fields, each a list of `*`, values or ranges, with or without a step.
pub(crate) fn fits(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [second, minute, hour, day, month, weekday] = fields.as_slice() else {
        return false;
    };
    const MONTHS: [&str; 12] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    field(second, 0, 59, &[])
        && field(minute, 0, 59, &[])
        && field(hour, 0, 23, &[])
        && field(day, 1, 31, &[])
        && field(month, 1, 12, &MONTHS)
        && field(weekday, 1, 0, &DAYS)
}

/// One field: a list of `*`, values or ranges, each with an optional step. An empty range of numbers (`low > high`) means
/// names only.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> bool {
    let place = |word: &str| {
        let named = names
            .iter()
            .position(|n| n.eq_ignore_ascii_case(word))
            .and_then(|i| u32::try_from(i).ok());
        let number = word
            .parse::<u32>()
            .ok()
            .filter(|n| word.len() <= 2 && (low..=high).contains(n));
        // A named month counts from one, as its number does.
        named.map(|i| i + low.min(high)).or(number)
    };
    text.split(',').all(|part| {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let stepped = step.is_none_or(|s| s.parse::<u32>().is_ok_and(|n| (1..=60).contains(&n)));
        let ranged = match range.split_once('-') {
            Some((from, to)) => matches!((place(from), place(to)), (Some(a), Some(b)) if a <= b),
            None => range == "*" || (range == "?" && step.is_none()) || place(range).is_some(),
        };
        stepped && ranged
    })
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_cron_expression_has_six_fields_and_named_days() {
        for good in [
            "0 0 8 * * MON-FRI",
            "0 30 7 1,15 * *",
            "0 */15 8-18 * * Mon,Wed",
            "0 0 8 1 JAN-MAR ?",
        ] {
            assert!(fits(good), "{good}");
        }
        for bad in [
            "",
            "0 8 * * MON",
            "0 0 8 * * MON 2018 x",
            "0 0 24 * * *",
            "0 60 8 * * *",
            "0 0 8 32 * *",
            "0 0 8 * 13 *",
            "0 0 8 * * 1",
            "0 0 8 * * FRI-MON",
            "0 0 8 L * *",
            "0 0 18-8 * * *",
            "0 */0 8 * * *",
        ] {
            assert!(!fits(bad), "{bad}");
        }
    }
}
