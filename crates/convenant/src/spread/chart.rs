//! The comparison as a picture: two bars per party, now and under the draft, with a line at the draft's target.
//!
//! Input: a comparison. Output: SVG that says in words what it shows. Every number stands beside its bar, and the bars differ in pattern as well as
//! in colour, so that nobody needs the colours.

use std::fmt::Write as _;

use super::replay::{Comparison, Row};
use crate::graph::escape;
use crate::messages::{Messages, say};
use crate::words;

/// Width of the names, of the longest bar, and of what stands behind it.
const NAMES: i64 = 200;
const BARS: i64 = 480;
const NUMBERS: i64 = 60;
/// Height of a party, of a bar, and of what stands above the first party.
const PARTY: i64 = 48;
const BAR: i64 = 16;
const HEAD: i64 = 84;

const STYLE: &str = "text { font: 14px sans-serif; fill: #1a1a1a } .title { font-weight: bold; font-size: 16px } \
    .now { fill: #5b6b7a } .draft { fill: url(#stripes); stroke: #0b5cad } .target { stroke: #b00020; stroke-width: 2 } \
    .aim { fill: #b00020 } .number { paint-order: stroke; stroke: #fff; stroke-width: 4px }";

/// Draws the comparison.
pub fn draw(comparison: &Comparison, messages: &Messages) -> String {
    let rows = i64::try_from(comparison.rows.len()).unwrap_or(0);
    let (width, height) = (NAMES + BARS + NUMBERS, HEAD + rows * PARTY + 8);
    let title = say!(
        messages,
        "spread-head",
        cases = comparison.cases,
        from = words::date(comparison.period.from, messages),
        until = words::date(comparison.period.until, messages)
    );
    let longest = comparison
        .rows
        .iter()
        .map(largest)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n<defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" fill=\"#cfe3f7\"/><path d=\"M0 6L6 0\" stroke=\"#0b5cad\"/></pattern></defs>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n",
        escape(&title),
        escape(&described(comparison, messages)),
    );
    let mut text = |x: i64, y: i64, attributes: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\"{attributes}>{}</text>",
            escape(text)
        );
    };
    text(8, 24, " class=\"title\"", &title);
    text(32, 56, "", &say!(messages, "spread-placed-now"));
    text(232, 56, "", &say!(messages, "spread-placed-draft"));
    text(432, 56, "", &say!(messages, "spread-target-draft"));
    let _ = writeln!(
        svg,
        "<rect class=\"now\" x=\"8\" y=\"43\" width=\"16\" height=\"{BAR}\"/><rect class=\"draft\" x=\"208\" y=\"43\" width=\"16\" height=\"{BAR}\"/><path class=\"target\" d=\"M420 41V61\"/>"
    );
    for (row, top) in comparison.rows.iter().zip((0..).map(|n| HEAD + n * PARTY)) {
        party(&mut svg, row, top, longest);
    }
    svg.push_str("</svg>\n");
    svg
}

fn party(svg: &mut String, row: &Row, top: i64, longest: i64) {
    let length = |number: i64| number.clamp(0, longest) * BARS / longest;
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        NAMES - 8,
        top + BAR + 5,
        escape(&row.party)
    );
    // Under the numbers, which have a white edge.
    if let Some(target) = row.target_draft {
        let x = NAMES + length(target);
        let _ = writeln!(
            svg,
            "<path class=\"target\" d=\"M{x} {}V{}\"/><text class=\"aim\" x=\"{}\" y=\"{}\">{target}</text>",
            top - 2,
            top + 2 * BAR + 4,
            NAMES + BARS + 16,
            top + BAR + 5
        );
    }
    let bars = [
        ("now", row.placed_now, 0),
        ("draft", row.placed_draft, BAR + 2),
    ];
    for (class, number, below) in bars {
        let (y, bar) = (top + below, length(i64::from(number)));
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{NAMES}\" y=\"{y}\" width=\"{bar}\" height=\"{BAR}\"/><text class=\"number\" x=\"{}\" y=\"{}\">{number}</text>",
            NAMES + bar + 8,
            y + 13
        );
    }
}

fn largest(row: &Row) -> i64 {
    let placed = row.placed_now.max(row.placed_draft);
    i64::from(placed).max(row.target_draft.unwrap_or(0))
}

/// The same in words, for whoever does not see the picture.
fn described(comparison: &Comparison, messages: &Messages) -> String {
    let rows = comparison.rows.iter().map(|row| {
        say!(
            messages,
            "spread-row",
            party = &row.party,
            now = row.placed_now,
            draft = row.placed_draft
        )
    });
    rows.collect::<Vec<_>>().join(" ")
}
