//! From the bytes of a file to its model, and what must hold of a whole agreement.
//!
//! Input: bytes. Output: `Checked`: every diagnostic, sorted by place, and the model when none of them is an error.
//! Invariant: a mistake is reported once; what follows from text that was not understood (`Damage`) is not reported.

mod agreement;
mod damage;
mod repair;

pub use damage::Damage;

use crate::diagnostic::{Arg, Code, Diagnostic, Severity};
use crate::lower::{self, Bad};
use crate::model::{Convenant, Span};
use crate::source;
use crate::syntax::{self, Damaged};

/// What checking a file gives.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The model; present exactly when no diagnostic is an error.
    pub model: Option<Convenant>,
    /// Everything there is to say about the file, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a file: limits, characters, grammar, names, types, and the agreement as a whole.
pub fn check(source: &[u8]) -> Checked {
    let mut diagnostics = Vec::new();
    let model = understand(source, &mut diagnostics);
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end, d.code));
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    Checked {
        model: model.filter(|_| !failed),
        diagnostics,
    }
}

/// The model of a text, complete or not, and everything that is wrong with it.
fn understand(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<Convenant> {
    let source = source::read(bytes, diagnostics)?;
    let before = diagnostics.len();
    let text = source.prepared.as_str();
    let (mut lowered, read, heads) = read_through(text, diagnostics)?;
    let mut damage: Vec<Span> = lowered.bad.iter().map(|bad| bad.span).collect();
    damage.extend(&source.repaired);
    damage.extend(&heads);
    let mut misread = Damage::new(text, damage.clone());
    report_bad(&read, &mut lowered.bad, diagnostics);
    for diagnostic in diagnostics.iter() {
        misread.meant(diagnostic);
    }
    lowered
        .diagnostics
        .retain(|wrong| !heads.iter().any(|head| touch(*head, wrong.span)));
    let mut leads_anywhere = lowered.bad.iter().any(|bad| lower::may_lead_on(bad.items));
    damage.append(&mut lowered.damage);
    let mut unknown = lowered.unknown.iter().peekable();
    for (i, diagnostic) in lowered.diagnostics.into_iter().enumerate() {
        // A name that is not found may be declared in text that was not understood.
        let excused = unknown
            .next_if(|(at, _)| *at == i)
            .is_some_and(|(_, name)| misread.mentions(name));
        damage.push(diagnostic.span);
        leads_anywhere |= may_lead_anywhere(&diagnostic);
        if !excused {
            diagnostics.push(diagnostic);
        }
    }
    if !damage.is_empty() {
        let mut damage = Damage::new(text, damage);
        for diagnostic in diagnostics.iter() {
            damage.meant(diagnostic);
        }
        if leads_anywhere {
            damage.leads_anywhere(&lowered.model);
        }
        agreement::check(&lowered.model, &damage, diagnostics);
    } else {
        agreement::check(&lowered.model, &Damage::default(), diagnostics);
    }
    for diagnostic in diagnostics.iter_mut().skip(before) {
        source.to_file(diagnostic);
    }
    Some(lowered.model)
}

/// Lowers a text, with the heads of damaged blocks put right so that what stands in them is read too. Gives the text that was read in the
/// end, and the heads; what is wrong with those is reported.
fn read_through(
    text: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(lower::Lowered, String, Vec<Span>)> {
    let mut read = text.to_owned();
    let mut heads = Vec::new();
    for round in 1.. {
        let lowered = lower::lower(syntax::parse(&read)?, &heads);
        let mut repairs = Vec::new();
        if round < repair::ROUNDS {
            for bad in &lowered.bad {
                let number = heads.len() + repairs.len();
                let found = damaged(&read, bad).and_then(|damaged| {
                    let wrong = syntax::diagnose(&damaged)?;
                    Some((repair::repair(&read, bad, &wrong, number)?, wrong))
                });
                repairs.extend(found);
            }
        }
        if repairs.is_empty() {
            return Some((lowered, read, heads));
        }
        for (repair, wrong) in repairs {
            repair.apply(&mut read);
            heads.push(repair.head);
            diagnostics.push(wrong);
        }
    }
    None
}

/// A damaged clause that opens a block.
fn damaged<'t>(text: &'t str, bad: &Bad) -> Option<Damaged<'t>> {
    let opens = text
        .get(bad.span.start as usize..bad.span.end as usize)?
        .contains('{');
    opens.then_some(Damaged {
        text,
        span: bad.span,
        items: bad.items,
        before: bad.before,
    })
}

fn touch(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

/// Whether it is unknown after this where a case begins or goes.
fn may_lead_anywhere(diagnostic: &Diagnostic) -> bool {
    let arg = |wanted| {
        diagnostic
            .args
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, arg)| arg)
    };
    match diagnostic.code {
        Code::UNKNOWN_TARGET | Code::UNKNOWN_STEP => arg("near").is_none(),
        Code::MISSING_CLAUSE => arg("block").is_some_and(|block| {
            matches!(block, Arg::Text(block) if ["overdracht", "besluit doelgroep", "aanbod"].contains(&block.as_str()))
        }),
        _ => false,
    }
}

/// Reports what the grammar did not understand: each mistake once, not again for the lines that go on from it.
fn report_bad(text: &str, bad: &mut [Bad], diagnostics: &mut Vec<Diagnostic>) {
    bad.sort_by_key(|bad| bad.span.start);
    let mut last: Option<(Span, usize)> = None;
    for bad in bad {
        let own = indentation(text, bad.span.start as usize);
        let goes_on = last.is_some_and(|(before, indent)| {
            let between = text.get(before.end as usize..bad.span.start as usize);
            own > indent && between.is_some_and(|t| t.trim().is_empty())
        });
        if goes_on {
            last = last.map(|(_, indent)| (bad.span, indent));
            continue;
        }
        // A line that goes on from the clause before it belongs to that clause, and so do the lines after it.
        let follows = bad.before.end > 0;
        let base = if follows {
            own.min(indentation(text, bad.before.start as usize))
        } else {
            own
        };
        last = Some((bad.span, base));
        let damaged = Damaged {
            text,
            span: bad.span,
            items: bad.items,
            before: bad.before,
        };
        diagnostics.extend(syntax::diagnose(&damaged));
    }
}

/// How far the line of a place is indented; a line longer than a page is not looked back upon to its beginning.
fn indentation(text: &str, at: usize) -> usize {
    let before = text
        .as_bytes()
        .get(at.saturating_sub(500)..at)
        .unwrap_or_default();
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}
