//! Templates of notices, as far as the file speaks of them: which it names, what may stand in them, and what is wrong when one does not fit.
//!
//! Input: the model; from outside, which templates there are and which names they use. Output: diagnostics at the clause that names the
//! template. Invariant: nothing here reads a template; whoever can does, and asks here what to say.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Convenant, Fact, Notice, Span};
use crate::nearest::nearest;

/// A template that a notice uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TemplateUse<'a> {
    /// Its name: what the notice says (`sjabloon "…"`), or else the name of the notice.
    pub name: &'a str,
    /// The file names it: it must be there. Otherwise the built-in one does when there is none of this name.
    pub named: bool,
    /// The notice.
    pub notice: &'a Notice,
    /// The place to point at: the name of the template, or the notice.
    pub span: Span,
}

/// Every template that the notices of the file use, in the order of the file.
pub fn templates(model: &Convenant) -> impl Iterator<Item = TemplateUse<'_>> {
    model.notices.iter().map(|notice| TemplateUse {
        name: notice.template.as_deref().unwrap_or(&notice.name),
        named: notice.template.is_some(),
        span: notice.template_span.unwrap_or(notice.meta.span),
        notice,
    })
}

/// The facts that a template may name: those that the file declares fit for a notice.
pub fn fit_for_notices(model: &Convenant) -> impl Iterator<Item = &Fact> {
    model.facts.iter().filter(|fact| fact.fit_for_mail)
}

/// The name by which a template speaks of a fact: `soort-woning` is `soort_woning`.
pub fn field_name(fact: &Fact) -> String {
    fact.name.replace('-', "_")
}

impl TemplateUse<'_> {
    /// There is no template of this name; `known` are those that there are.
    pub fn missing<'k>(&self, known: impl Iterator<Item = &'k str>) -> Diagnostic {
        Diagnostic::new(Code::TEMPLATE_MISSING, self.span)
            .with("name", self.name)
            .with_some("near", nearest(self.name, known).map(str::to_owned))
    }

    /// What is wrong with a name that the template uses; none when it may stand there. `known` are the names that every letter has.
    pub fn field<'k>(
        &self,
        model: &Convenant,
        field: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) -> Option<Diagnostic> {
        if known.clone().any(|name| name == field) {
            return None;
        }
        let fact = model.facts.iter().find(|fact| field_name(fact) == field);
        let wrong = |code| {
            Diagnostic::new(code, self.span)
                .with("name", self.name)
                .with("field", field)
        };
        match fact {
            Some(fact) if fact.fit_for_mail => None,
            Some(fact) => Some(
                wrong(Code::TEMPLATE_PERSONAL)
                    .with("fact", fact.name.as_str())
                    .and(fact.meta.span, "rel-fact"),
            ),
            None => {
                let facts = fit_for_notices(model).map(field_name);
                let all: Vec<String> = known.map(str::to_owned).chain(facts).collect();
                let near = nearest(field, all.iter().map(String::as_str)).map(str::to_owned);
                Some(wrong(Code::TEMPLATE_FIELD_UNKNOWN).with_some("near", near))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::diagnostic::Lang;

    fn model() -> Convenant {
        let text = include_str!("../tests/good/everything.convenant");
        crate::check(text.as_bytes()).model.unwrap()
    }

    #[test]
    fn a_template_is_named_by_the_file_or_after_its_notice() {
        let model = model();
        let text = include_str!("../tests/good/everything.convenant");
        let used: Vec<TemplateUse<'_>> = templates(&model).collect();
        assert_eq!((used[0].name, used[0].named), ("nieuw", true));
        let span = used[0].span;
        assert_eq!(
            text.get(span.start as usize..span.end as usize),
            Some("\"nieuw\"")
        );
        assert_eq!((used[1].name, used[1].named), ("klaar", false));
    }

    #[test]
    fn what_does_not_fit_is_said_at_the_place_that_names_the_template() {
        let model = model();
        let used = templates(&model).next().unwrap();
        let known = || ["zaaknummer", "stap"].into_iter();
        let fit: Vec<String> = fit_for_notices(&model).map(field_name).collect();
        assert_eq!(fit, ["sleutel_op"]);
        for fine in ["stap", "sleutel_op"] {
            assert_eq!(used.field(&model, fine, known()), None);
        }
        let said = |wrong: Diagnostic| {
            assert_eq!(wrong.span, used.span);
            let said = |lang| (wrong.message(lang), wrong.hint(lang));
            assert_ne!(said(Lang::Nl), said(Lang::En));
            format!("{} {}", wrong.code, wrong.message(Lang::Nl))
        };
        assert_eq!(
            said(used.field(&model, "geboortedatum", known()).unwrap()),
            "C0585 het sjabloon `nieuw` noemt `geboortedatum`, en dat mag niet in een melding staan"
        );
        assert_eq!(
            said(used.field(&model, "zaaknumer", known()).unwrap()),
            "C0584 het sjabloon `nieuw` noemt `zaaknumer`, en dat bestaat niet"
        );
        assert_eq!(
            said(used.missing(["nieuws"].into_iter())),
            "C0583 er is geen sjabloon `nieuw`"
        );
    }
}
