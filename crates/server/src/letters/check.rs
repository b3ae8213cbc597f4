//! What `convenant check` says about the templates beside a region's file.
//!
//! Input: the model and the templates by name. Output: findings, each with its template and line. Invariants: a template without
//! findings is one that the server takes; a fact of a case stands in a mail by a notice's `velden` only, and only when the file
//! declares it fit.

use std::collections::{BTreeMap, BTreeSet};

use convenant_lang::model::{Convenant, Fact, Span};

use super::{BUILT_IN, Fault, LAYOUT, LetterError, Letters, environment, sample};
use crate::channel::html::Layout;

/// Something wrong with a template, or with where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a template, by name, at a line from 1.
    Template(String, usize),
    /// In the region's file.
    Convenant(Span),
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such field.
    UnknownField {
        /// Which.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A fact that is not declared fit for a mail.
    PersonalFact {
        /// Which.
        name: String,
    },
    /// A fact that is fit for a mail, but not given by the notice's `velden`.
    FactByName {
        /// Which.
        name: String,
    },
    /// A notice names a template that is not there.
    NoTemplate {
        /// The notice.
        notice: String,
        /// The template.
        template: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It takes too many steps.
    TooCostly,
    /// The subject or the text is missing.
    NoSubject,
    /// It cannot be read, or does what it cannot do.
    Faulty {
        /// What the template language says.
        detail: String,
    },
}

/// Checks a region's templates against its model.
pub fn check(model: &Convenant, templates: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, text) in templates {
        if name == LAYOUT {
            findings.extend(Layout::new(Some(text)).err().map(|e| from_error(name, e)));
        } else {
            letter(model, name, text, &mut findings);
        }
    }
    let known: BTreeSet<&str> = templates
        .keys()
        .map(String::as_str)
        .filter(|name| *name != LAYOUT)
        .chain(BUILT_IN.iter().map(|(name, _)| *name))
        .collect();
    for notice in &model.notices {
        if let Some(template) = &notice.template
            && !known.contains(template.as_str())
        {
            findings.push(Finding {
                place: Place::Convenant(notice.meta.span),
                problem: Problem::NoTemplate {
                    notice: notice.name.clone(),
                    template: template.clone(),
                    known: known.iter().map(|name| (*name).to_owned()).collect(),
                },
            });
        }
    }
    findings
}

/// One letter: first the names that it uses, on every branch; then what happens when it is written.
fn letter(model: &Convenant, name: &str, text: &str, findings: &mut Vec<Finding>) {
    let fields = fields();
    let environment = environment();
    let unknown: BTreeSet<String> = match environment.template_from_named_str(name, text) {
        Ok(template) => template
            .undeclared_variables(false)
            .into_iter()
            .filter(|used| !fields.contains(used))
            .filter(|used| environment.globals().all(|(global, _)| global != used))
            .collect(),
        Err(error) => {
            findings.push(from_error(name, super::error(name, &error)));
            return;
        }
    };
    for used in &unknown {
        findings.push(Finding {
            place: Place::Template(name.to_owned(), line_of(text, used)),
            problem: unknown_field(model, text, used, &fields),
        });
    }
    if unknown.is_empty() {
        let alone = BTreeMap::from([(name.to_owned(), text.to_owned())]);
        findings.extend(Letters::new(&alone).err().map(|e| from_error(name, e)));
    }
}

/// The names that a template can use.
fn fields() -> BTreeSet<String> {
    match serde_json::to_value(sample(true)) {
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => BTreeSet::new(),
    }
}

/// A name that is not a field: perhaps a fact, also when its hyphens make it look like a subtraction.
fn unknown_field(model: &Convenant, text: &str, used: &str, known: &BTreeSet<String>) -> Problem {
    let is_meant = |fact: &&Fact| {
        fact.name == used
            || fact.name.replace('-', "_") == used
            || (fact.name.split('-').any(|part| part == used)
                && code(text).any(|(_, code)| has_word(code, &fact.name)))
    };
    match model.facts.iter().find(is_meant) {
        Some(fact) if fact.fit_for_mail => Problem::FactByName {
            name: fact.name.clone(),
        },
        Some(fact) => Problem::PersonalFact {
            name: fact.name.clone(),
        },
        None => Problem::UnknownField {
            name: used.to_owned(),
            known: known.iter().cloned().collect(),
        },
    }
}

fn from_error(name: &str, error: LetterError) -> Finding {
    let line = error.line.unwrap_or(1);
    let told_twice = format!("line {line}: ");
    let detail = error.problem.strip_prefix(&told_twice);
    Finding {
        place: Place::Template(name.to_owned(), line),
        problem: match error.fault {
            Fault::Costly => Problem::TooCostly,
            Fault::Shape => Problem::NoSubject,
            Fault::Unknown | Fault::Other => Problem::Faulty {
                detail: detail.unwrap_or(&error.problem).to_owned(),
            },
        },
    }
}

/// The line of the first use of a name.
fn line_of(text: &str, name: &str) -> usize {
    code(text)
        .find(|(_, code)| has_word(code, name))
        .map_or(1, |(line, _)| line)
}

/// What stands between `{{ }}` and `{% %}`, each with the line on which it begins.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut line = 1;
    std::iter::from_fn(move || {
        let start = ["{{", "{%"].iter().filter_map(|m| rest.find(m)).min()?;
        let inside = rest.get(start.checked_add(2)?..)?;
        line += newlines(rest.get(..start)?);
        let end = ["}}", "%}"]
            .iter()
            .filter_map(|m| inside.find(m))
            .min()
            .unwrap_or(inside.len());
        let found = (line, inside.get(..end)?);
        line += newlines(found.1);
        rest = inside.get(end..)?;
        Some(found)
    })
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|c| c.chars().next_back());
        let after = code
            .get(at.saturating_add(word.len())..)
            .and_then(|c| c.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn model() -> Convenant {
        let text = include_bytes!("../../../../convenants/utrecht/utrecht.convenant");
        convenant_lang::check(text).model.unwrap()
    }

    fn problems(name: &str, text: &str) -> Vec<Finding> {
        let templates = BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let all = check(&model(), &templates).into_iter();
        all.filter(|f| matches!(f.place, Place::Template(..)))
            .collect()
    }

    fn only(text: &str) -> (usize, Problem) {
        let mut found = problems("toegewezen", text);
        assert_eq!(found.len(), 1, "{found:?}");
        let Finding { place, problem } = found.remove(0);
        let Place::Template(_, line) = place else {
            panic!("{place:?}")
        };
        (line, problem)
    }

    #[test]
    fn an_unknown_field_is_found_on_every_branch_with_its_line() {
        let text =
            "Onderwerp\n\n{% if false %}\n{{ schoenmaat }}{% endif %}\ntekst {{ zaaknummer }}\n";
        let (line, problem) = only(text);
        let Problem::UnknownField { name, known } = problem else {
            panic!("{problem:?}")
        };
        assert_eq!((line, name.as_str()), (4, "schoenmaat"));
        assert!(known.contains(&"zaaknummer".to_owned()), "{known:?}");
    }

    #[test]
    fn a_personal_fact_is_named_as_such() {
        let name = "geboortedatum".to_owned();
        let found = only("Zaak {{ geboortedatum }}\n\ntekst\n");
        assert_eq!(found, (1, Problem::PersonalFact { name }));
        let name = "begeleiding-aanvaard".to_owned();
        let found = only("Zaak\n\n{{ begeleiding_aanvaard }}\n");
        assert_eq!(found, (3, Problem::PersonalFact { name: name.clone() }));
        let found = problems("x", "Zaak\n\n{{ begeleiding-aanvaard }}\n");
        let personal = Problem::PersonalFact { name };
        assert_eq!(found.len(), 2, "both halves are unknown");
        assert!(found.iter().all(|f| f.problem == personal), "{found:?}");
    }

    #[test]
    fn what_costs_too_much_or_cannot_be_read_is_refused() {
        let costly = "Zaak\n\n{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}\n";
        assert_eq!(only(costly), (3, Problem::TooCostly));
        assert_eq!(only("Zaak {{ zaaknummer }}\n").1, Problem::NoSubject);
        let (line, problem) = only("Zaak\n\n{% if stap %}\n");
        assert!(matches!(problem, Problem::Faulty { .. }), "{problem:?}");
        assert!(line >= 3, "{line}");
        let of_field = "Zaak\n\n{% for veld in velden %}{{ veld.kleur }}{% endfor %}\n";
        let (line, problem) = only(of_field);
        assert!(matches!(problem, Problem::Faulty { .. }), "{problem:?}");
        assert_eq!(line, 3);
    }

    #[test]
    fn a_notice_that_names_a_template_that_is_not_there_is_found() {
        let mut model = model();
        model.notices[0].template = Some("nergens".to_owned());
        let span = model.notices[0].meta.span;
        let found = check(&model, &BTreeMap::new());
        let here = found
            .iter()
            .find(|f| f.place == Place::Convenant(span))
            .unwrap();
        assert!(
            matches!(&here.problem, Problem::NoTemplate { template, .. } if template == "nergens")
        );
    }

    #[test]
    fn the_layout_is_checked_too() {
        assert!(problems(LAYOUT, crate::channel::html::BUILT_IN).is_empty());
        let broken = "<mjml>\n<mj-body>\n<mj-section></mj-body></mjml>";
        assert_eq!(problems(LAYOUT, broken).len(), 1);
        let unknown = "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{{ geboortedatum }}</mj-text></mj-column></mj-section></mj-body></mjml>";
        assert_eq!(problems(LAYOUT, unknown).len(), 1);
    }
}
