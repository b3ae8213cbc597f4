//! `convenant explain`: whether a client is eligible, and why.
//!
//! Input: a region's file, the facts of a client, a day. Output: the outcome, the clauses that decide it with their articles, and
//! the facts and judgements that are still missing; with a home also whether that fits, rule by rule. The outcome is no error: the exit code says that the question was answered.

use std::path::Path;

use convenant_engine::homes::{Client, Fit, fit};
use convenant_engine::{Clause, Eligible, Explanation, Node, Program, Truth, explain};
use convenant_lang::Lang;
use convenant_lang::model::{
    Convenant, FactId, HomeForce, Meta, Polarity, Scheme, SchemeId, Type, Value,
};
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::args::{Explain, Format};
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::source::{self, Source};
use crate::{Failure, check, facts, graph, scenario, words, yaml};

/// `convenant explain`.
pub fn run(args: &Explain, out: &mut Output) -> Result<(), Failure> {
    let (model, source) = check::demand(&args.file, out)?;
    let scheme = check::scheme(&model, args.regeling.as_deref(), &out.messages)?;
    let file = source::demand(&args.facts, &out.messages)?;
    let known = yaml::read(&file.bytes, &out.messages)
        .map_err(|fault| vec![fault])
        .and_then(|document| facts::read(&document, &model, scheme, &out.messages))
        .map_err(|faults| Failure::Input(yaml::lines(&file.name, &faults)))?;
    let on = args.date.unwrap_or_else(|| Zoned::now().date());
    let program = scenario::compile(model, out)?;
    let explanation = explain(&program, scheme, &known.facts, &known.judgements, on);
    let fit = match &args.home {
        Some(path) => Some(home(path, &program, scheme, &known.facts, on, out)?),
        None => None,
    };
    let teller = Teller {
        program: &program,
        source: &source,
        explanation: &explanation,
        fit: fit.as_ref(),
        messages: &out.messages,
        spelling: Messages::new(Lang::Nl),
    };
    match args.format {
        Format::Json => {
            let json = teller.json();
            out.json(&json)
        }
        Format::Text => {
            let text = teller.text();
            out.print(&crate::output::tame(&text))
        }
    }
}

/// Whether the home in a file fits a client to whom no party is assigned yet.
fn home(
    path: &Path,
    program: &Program,
    scheme: SchemeId,
    facts: &[Option<Value>],
    on: Date,
    out: &Output,
) -> Result<Fit, Failure> {
    let file = source::demand(path, &out.messages)?;
    let read = yaml::read(&file.bytes, &out.messages).and_then(|document| {
        facts::home(&document, &document.root, program.model(), &out.messages)
    });
    let home = read.map_err(|fault| Failure::Input(yaml::lines(&file.name, &[fault])))?;
    let client = Client {
        facts,
        parties: &[None; 6],
    };
    Ok(fit(program, scheme, &client, &home, on))
}

struct Teller<'a> {
    program: &'a Program,
    source: &'a Source,
    explanation: &'a Explanation,
    fit: Option<&'a Fit>,
    messages: &'a Messages,
    /// For programs values are spelled as in the files, whatever the language of the user.
    spelling: Messages,
}

impl<'a> Teller<'a> {
    fn model(&self) -> &'a Convenant {
        self.program.model()
    }

    fn scheme(&self) -> Option<&'a Scheme> {
        self.program.scheme(self.explanation.scheme)
    }

    fn text(&self) -> String {
        let messages = self.messages;
        let mut lines = vec![say!(
            messages,
            "explain-outcome",
            outcome = self.outcome(),
            date = words::date(self.explanation.on, messages),
            scheme = self.scheme().map_or("", |scheme| scheme.title.as_str())
        )];
        let (deciding, others): (Vec<&Clause>, Vec<&Clause>) =
            self.explanation.clauses.iter().partition(|c| c.deciding);
        if !deciding.is_empty() {
            lines.push(String::new());
            lines.push(say!(messages, "explain-deciding"));
            for clause in deciding {
                self.clause(clause, &mut lines);
            }
        }
        self.missing(&mut lines);
        if !others.is_empty() {
            lines.push(String::new());
            lines.push(say!(messages, "explain-others"));
            for clause in others {
                lines.push(format!("  {}", self.headline(clause)));
            }
        }
        if let Some(fit) = self.fit {
            self.home(fit, &mut lines);
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// Whether the home fits, and every rule with what it looked at.
    fn home(&self, fit: &Fit, lines: &mut Vec<String>) {
        let outcome = self.truth(fit.value());
        lines.push(String::new());
        lines.push(say!(self.messages, "explain-home", outcome = outcome));
        for rule in &fit.rules {
            let (keyword, value) = (force(rule.force), self.truth(rule.value));
            lines.push(self.headed(&format!("  {keyword} {}: {value}", rule.name), &rule.source));
            let label = rule.label.iter().map(|label| format!("      {label}"));
            lines.extend(label);
            lines.push(format!("      {}", self.written(&rule.condition)));
            let mut used = Vec::new();
            self.uses(&rule.condition, &mut used);
            lines.extend(used.into_iter().map(|line| format!("        {line}")));
        }
    }

    fn truth(&self, value: Truth) -> String {
        match value {
            Truth::True => say!(self.messages, "yes"),
            Truth::False => say!(self.messages, "no"),
            Truth::Unknown => say!(self.messages, "outcome-unknown"),
        }
    }

    fn outcome(&self) -> String {
        match self.explanation.outcome {
            Eligible::Met => say!(self.messages, "outcome-met"),
            Eligible::Unmet => say!(self.messages, "outcome-unmet"),
            Eligible::Unknown => say!(self.messages, "outcome-unknown"),
        }
    }

    /// `criterium meerderjarig: ja (artikel "3.1")`.
    fn headline(&self, clause: &Clause) -> String {
        let value = self.truth(clause.value);
        let text = format!("{} {}: {value}", polarity(clause.polarity), clause.name);
        self.headed(&text, &clause.source)
    }

    /// With the source behind it, where there is one.
    fn headed(&self, text: &str, source: &Meta) -> String {
        let source = self.source_of(source);
        if source.is_empty() {
            text.to_owned()
        } else {
            format!("{text} ({source})")
        }
    }

    fn source_of(&self, meta: &Meta) -> String {
        match &meta.article {
            Some(article) => say!(self.messages, "article", article = article),
            None if meta.assumption => say!(self.messages, "assumption"),
            None => String::new(),
        }
    }

    fn clause(&self, clause: &Clause, lines: &mut Vec<String>) {
        lines.push(format!("  {}", self.headline(clause)));
        if let Some(label) = &clause.label {
            lines.push(format!("      {label}"));
        }
        for quote in &clause.source.quotes {
            lines.push(format!("      > {quote}"));
        }
        if let Some(who) = clause.judged_by {
            let who = graph::name_of(self.model(), who);
            lines.push(format!(
                "      {}",
                say!(self.messages, "explain-judged-by", who = who)
            ));
        }
        let mut used: Vec<String> = Vec::new();
        if let Some(node) = &clause.condition {
            lines.push(format!("      {}", self.written(node)));
            self.uses(node, &mut used);
        }
        for line in used {
            lines.push(format!("        {line}"));
        }
    }

    /// The condition as it stands in the file, on one line.
    fn written(&self, node: &Node) -> String {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let bytes = self.source.bytes.get(start..end).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn uses(&self, node: &Node, lines: &mut Vec<String>) {
        for used in &node.facts {
            let value = match &used.value {
                Some(value) => self.value(used.fact, value),
                None => say!(self.messages, "outcome-unknown"),
            };
            let line = format!("{} = {value}", used.name);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        for part in &node.parts {
            self.uses(part, lines);
        }
    }

    fn value(&self, fact: FactId, value: &Value) -> String {
        self.spelled(fact, value, self.messages)
    }

    fn spelled(&self, fact: FactId, value: &Value, messages: &Messages) -> String {
        // Conditions about homes name what follows the facts of the case.
        let mut named = self.model().matched_facts();
        let kind = named
            .nth(fact.index())
            .map_or(Type::Text, |fact| fact.kind());
        words::value(value, &kind, self.model(), messages)
    }

    fn missing(&self, lines: &mut Vec<String>) {
        let facts = &self.explanation.missing_facts;
        let judgements = &self.explanation.missing_judgements;
        if facts.is_empty() && judgements.is_empty() {
            return;
        }
        lines.push(String::new());
        lines.push(say!(self.messages, "explain-missing"));
        for fact in facts
            .iter()
            .filter_map(|id| self.model().facts.get(id.index()))
        {
            let label = fact.label.as_deref().unwrap_or_default();
            lines.push(format!("  {}  {label}", fact.name).trim_end().to_owned());
        }
        for clause in &self.explanation.clauses {
            if let (true, Some(who)) = (judgements.contains(&clause.criterion), clause.judged_by) {
                let who = graph::name_of(self.model(), who);
                let text = say!(
                    self.messages,
                    "explain-missing-judgement",
                    name = &clause.name,
                    who = who
                );
                lines.push(format!("  {text}"));
            }
        }
    }

    fn json(&self) -> Json {
        let explanation = self.explanation;
        let clauses: Vec<Json> = explanation
            .clauses
            .iter()
            .map(|c| self.clause_json(c))
            .collect();
        let deciding: Vec<&str> = explanation
            .clauses
            .iter()
            .filter(|clause| clause.deciding)
            .map(|clause| clause.name.as_str())
            .collect();
        let facts: Vec<&str> = explanation
            .missing_facts
            .iter()
            .filter_map(|id| self.model().facts.get(id.index()))
            .map(|fact| fact.name.as_str())
            .collect();
        let judgements: Vec<&str> = explanation
            .clauses
            .iter()
            .filter(|clause| explanation.missing_judgements.contains(&clause.criterion))
            .map(|clause| clause.name.as_str())
            .collect();
        json!({
            "file": self.source.name,
            "region": self.model().header.region,
            "version": self.model().header.version,
            "scheme": self.scheme().map(|scheme| scheme.name.as_str()),
            "date": explanation.on.to_string(),
            "outcome": scenario::outcome_word(explanation.outcome),
            "deciding": deciding,
            "missing": { "facts": facts, "judgements": judgements },
            "clauses": clauses,
            "home": self.fit.map(|fit| self.home_json(fit)),
        })
    }

    fn home_json(&self, fit: &Fit) -> Json {
        let rules = fit.rules.iter().map(|rule| {
            json!({
                "name": rule.name,
                "kind": force(rule.force),
                "label": rule.label,
                "value": truth(rule.value),
                "missing": rule.missing,
                "article": rule.source.article,
                "quotes": rule.source.quotes,
                "assumption": rule.source.assumption,
                "condition": self.node_json(&rule.condition),
            })
        });
        json!({ "fits": truth(fit.value()), "rules": rules.collect::<Vec<_>>() })
    }

    fn clause_json(&self, clause: &Clause) -> Json {
        json!({
            "name": clause.name,
            "kind": polarity(clause.polarity),
            "label": clause.label,
            "value": truth(clause.value),
            "deciding": clause.deciding,
            "article": clause.source.article,
            "quotes": clause.source.quotes,
            "assumption": clause.source.assumption,
            "judged_by": clause.judged_by.map(|who| graph::name_of(self.model(), who)),
            "condition": clause.condition.as_ref().map(|node| self.node_json(node)),
        })
    }

    fn node_json(&self, node: &Node) -> Json {
        let facts: Vec<Json> = node
            .facts
            .iter()
            .map(|used| {
                let value = used.value.as_ref().map(|value| match value {
                    Value::Date(date) => date.to_string(),
                    value => self.spelled(used.fact, value, &self.spelling),
                });
                json!({ "name": used.name, "value": value })
            })
            .collect();
        let parts: Vec<Json> = node.parts.iter().map(|part| self.node_json(part)).collect();
        json!({
            "text": self.written(node),
            "value": truth(node.value),
            "problem": node.problem,
            "facts": facts,
            "parts": parts,
        })
    }
}

/// Yes, no, or null when it is not known.
fn truth(truth: Truth) -> Json {
    match truth {
        Truth::True => true.into(),
        Truth::False => false.into(),
        Truth::Unknown => Json::Null,
    }
}

/// The keyword of a rule about homes.
fn force(force: HomeForce) -> &'static str {
    match force {
        HomeForce::Needed => "passend",
        HomeForce::Wished => "liefst",
    }
}

/// The keyword in the language.
fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Required => "criterium",
        Polarity::Excluding => "uitsluiting",
    }
}
