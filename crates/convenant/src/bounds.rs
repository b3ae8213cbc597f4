//! What `convenant check` says about the spreading of a file: which targets leave no room, and how far it can end from them.
//!
//! Input: a checked model. Output: diagnostics, and lines and JSON with the worst that the rules can come to. Exact: whole placements and fractions.

use convenant_engine::Holidays;
use convenant_engine::spread::{Bound, Conflict, Fraction, InForce, PartyBound, Spread};
use convenant_lang::model::{
    Convenant, Entry, Meta, PartyId, Scheme, SchemeId, SpreadTarget, TargetForce, TermLength,
};
use convenant_lang::{Arg, Code, Diagnostic, Word};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::messages::{Messages, say};

/// The bounds of every scheme with a spreading, a period with other shares each.
pub struct Bounds<'a> {
    model: &'a Convenant,
    found: Vec<(&'a Scheme, Bound)>,
}

impl<'a> Bounds<'a> {
    /// Works out what the spreading of each scheme can come to. What is too large to count has no bounds.
    pub fn of(model: &'a Convenant) -> Bounds<'a> {
        let in_force = in_force(model);
        let mut found = Vec::new();
        for (id, scheme) in (0..=u16::MAX).map(SchemeId).zip(&model.schemes) {
            let spread = Spread::compile(model, id, &Holidays::dutch());
            if let Ok(Some(spread)) = spread
                && let Ok(bounds) = spread.bounds(in_force)
            {
                found.extend(bounds.into_iter().map(|bound| (scheme, bound)));
            }
        }
        Bounds { model, found }
    }

    /// Targets for which the other clauses leave no room: an error where it is an obligation that no departure can meet.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for (scheme, bound) in &self.found {
            for conflict in &bound.conflicts {
                let Some(target) = scheme.spreading.as_ref().and_then(|s| s.target.as_ref()) else {
                    continue;
                };
                let diagnostic = self.conflict(scheme, target, conflict);
                // The same clauses in every period are said once.
                let same = |other: &Diagnostic| {
                    (other.code, other.span, other.args.first())
                        == (diagnostic.code, diagnostic.span, diagnostic.args.first())
                };
                if !diagnostics.iter().any(same) {
                    diagnostics.push(diagnostic);
                }
            }
        }
        diagnostics
    }

    fn conflict(&self, scheme: &Scheme, target: &SpreadTarget, conflict: &Conflict) -> Diagnostic {
        let binding = target.force == TargetForce::Obligation && !conflict.departure;
        let code = if binding {
            Code::SPREADING_CONFLICT
        } else {
            Code::TARGET_OUT_OF_REACH
        };
        let mut clauses = vec![&target.meta];
        let mut share = None;
        if let Some(spreading) = &scheme.spreading {
            let fixed = spreading.fixed_shares.iter().map(|(party, _)| *party);
            let mut fixed = fixed.zip(&spreading.sources.fixed_shares);
            let own = fixed.find(|(party, _)| *party == conflict.party);
            let meta = own.map_or(&spreading.sources.key, |(_, meta)| meta);
            clauses.push(meta);
            share = Some(meta.span);
        }
        clauses.push(&conflict.limit);
        let mut articles: Vec<Word> = Vec::new();
        for clause in clauses {
            let word = Word::Literal(source(clause));
            if !articles.contains(&word) {
                articles.push(word);
            }
        }
        let number = |n: i64| Arg::Text(n.to_string());
        let mut diagnostic = Diagnostic::new(code, conflict.limit.span)
            .with("party", self.party(conflict.party))
            .with("target", number(conflict.target))
            .with("room", number(conflict.room))
            .with("articles", Arg::AllOf(articles))
            .and(target.meta.span, "rel-target");
        if let Some(share) = share {
            diagnostic = diagnostic.and(share, "rel-key");
        }
        diagnostic
    }

    /// A line per bound: the worst that the rules can come to. What stays the same is said once.
    pub fn lines(&self, file: &str, messages: &Messages) -> Vec<String> {
        let mut lines = Vec::new();
        let mut before: Option<Worst> = None;
        for (scheme, bound) in &self.found {
            let Some(worst) = self.worst(scheme, bound) else {
                continue;
            };
            if before.as_ref() == Some(&worst) {
                continue;
            }
            let from = crate::words::date(bound.period.from, messages);
            lines.push(worst.line(file, from, messages));
            before = Some(worst);
        }
        lines
    }

    fn worst(&self, scheme: &Scheme, bound: &Bound) -> Option<Worst> {
        let parties = || bound.parties.iter();
        let behind = parties().max_by_key(|p| (p.shortfall(), first(p)))?;
        let beyond = parties().max_by_key(|p| (p.surplus(), first(p)))?;
        let most = parties().max_by_key(|p| (p.neighbourhoods, first(p)))?;
        let (rounded, by) = rounding(bound)?;
        Some(Worst {
            scheme: self.named(scheme),
            total: bound.total,
            behind: (behind.shortfall(), self.party(behind.party)),
            beyond: (beyond.surplus(), self.party(beyond.party)),
            rounding: (by, self.party(rounded)),
            neighbourhoods: most
                .neighbourhoods
                .map(|needed| (needed, self.party(most.party))),
        })
    }

    /// The same for programs, with every party.
    pub fn json(&self) -> Value {
        let party = |party: &PartyBound| {
            json!({
                "party": self.party(party.party),
                "exact": party.exact.to_string(),
                "target": party.target,
                "least": party.least,
                "most": party.most,
                "neighbourhoods": party.neighbourhoods,
            })
        };
        let bounds = self.found.iter().map(|(scheme, bound)| {
            let rounding = rounding(bound).map(|(_, by)| by.to_string());
            let worst = |of: fn(&PartyBound) -> i64| bound.parties.iter().map(of).max();
            json!({
                "scheme": scheme.name,
                "from": bound.period.from.to_string(),
                "until": bound.period.until.to_string(),
                "total": bound.total,
                "shortfall": worst(PartyBound::shortfall),
                "surplus": worst(PartyBound::surplus),
                "rounding": rounding,
                "parties": bound.parties.iter().map(party).collect::<Vec<_>>(),
            })
        });
        bounds.collect()
    }

    /// The name of a scheme where there are more.
    fn named(&self, scheme: &Scheme) -> String {
        match self.model.schemes.len() {
            1 => String::new(),
            _ => format!(" {}", scheme.name),
        }
    }

    fn party(&self, party: PartyId) -> String {
        let found = self.model.parties.get(party.index());
        found.map_or_else(String::new, |party| party.name.clone())
    }
}

/// The worst of a period, and for whom.
#[derive(PartialEq)]
struct Worst {
    scheme: String,
    total: i64,
    behind: (i64, String),
    beyond: (i64, String),
    rounding: (Fraction, String),
    neighbourhoods: Option<(i64, String)>,
}

impl Worst {
    fn line(&self, file: &str, from: String, messages: &Messages) -> String {
        let mut line = say!(
            messages,
            "bound",
            file = file,
            scheme = &self.scheme,
            from = from,
            total = self.total.to_string(),
            behind = self.behind.0.to_string(),
            who = &self.behind.1,
            beyond = self.beyond.0.to_string(),
            other = &self.beyond.1,
            rounding = self.rounding.0.to_string(),
            rounded = &self.rounding.1
        );
        if let Some((needed, party)) = &self.neighbourhoods {
            line.push(' ');
            line.push_str(&say!(
                messages,
                "bound-neighbourhoods",
                needed = needed.to_string(),
                party = party
            ));
        }
        line
    }
}

/// Among equals the first in the file.
fn first(party: &PartyBound) -> std::cmp::Reverse<PartyId> {
    std::cmp::Reverse(party.party)
}

/// The largest difference that rounding makes, up or down, and for whom.
fn rounding(bound: &Bound) -> Option<(PartyId, Fraction)> {
    let size = |party: &PartyBound| {
        let by = party.rounding()?;
        let size = by.max(Fraction::ZERO.minus(by)?);
        Some((party.party, size))
    };
    let sizes = bound.parties.iter().filter_map(size);
    sizes.max_by(|(one, by), (other, than)| by.cmp(than).then_with(|| other.cmp(one)))
}

/// Where a clause comes from, as the file says it.
fn source(meta: &Meta) -> String {
    match &meta.article {
        Some(article) => format!("artikel \"{article}\""),
        None => "aanname".to_owned(),
    }
}

/// The days on which the convenant is in force as far as the file knows: where all must sign first, from the last day of signing that it
/// gives, and else from the first date that any number is of.
pub fn in_force(model: &Convenant) -> InForce {
    let entry = match model.term.entry {
        Entry::On(day) => Some(day),
        Entry::WhenAllSigned => None,
    };
    let (from, until) = match model.term.length {
        TermLength::Dates { from, until } => (Some(from), Some(until)),
        _ => (None, None),
    };
    let signed = || model.parties.iter().filter_map(|party| party.signed).max();
    let dated = || {
        let attributes = model.parties.iter().flat_map(|party| &party.attributes);
        attributes.filter_map(|attribute| attribute.on).min()
    };
    InForce {
        from: entry
            .or(from)
            .or_else(signed)
            .or(model.term.signed)
            .or_else(dated)
            .unwrap_or(NO_DATES),
        until,
    }
}

/// Stands in where a file has no dates at all: its shares are the same on every day.
const NO_DATES: Date = date(2000, 1, 1);
