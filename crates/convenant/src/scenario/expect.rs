//! What a scenario expects after a step, compared with what is.
//!
//! Input: one entry of `verwacht` and the state of the world. Output: good, or what was expected and what was found.

use std::collections::BTreeSet;

use convenant_engine::{
    Case, Cause, DeadlineRef, Eligible, Explanation, Moment, Notification, Place, Program, Refusal,
    civil_date, explain,
};
use convenant_lang::model::{
    Convenant, Handover, PartyId, PartyKind, SchemeId, StepId, Value, Who,
};

use super::homes;
use super::read::{Reader, find};
use crate::messages::{Messages, say};
use crate::refusal::{self, Spot};
use crate::words;
use crate::world::{World, fact_value};
use crate::yaml::{Document, Entry, Fault, Node};

/// The keys of `verwacht`.
pub const KEYS: [&str; 16] = [
    "stap",
    "einde",
    "termijnen",
    "geen-termijnen",
    "te-laat",
    "meldingen",
    "geweigerd",
    "ontbreekt",
    "doelgroep",
    "beslissend",
    "voorstel",
    "passend",
    "van-de-zaak",
    "afwijking",
    "opgeschort",
    "van-kracht",
];

/// The state of the world after a step.
pub struct View<'a> {
    /// The convenant.
    pub program: &'a Program,
    /// Its region.
    pub world: &'a World<'a>,
    /// The case.
    pub case: &'a Case,
    /// Its scheme.
    pub scheme: SchemeId,
    /// The moment.
    pub now: Moment,
    /// What was told in this step.
    pub told: &'a [Notification],
    /// The refusal of the last act.
    pub refused: Option<&'a Refusal>,
    /// For the places of nodes.
    pub document: &'a Document,
    /// For what to say.
    pub messages: &'a Messages,
}

/// Good, or what was expected and what was found.
pub type Verdict = Result<(), (String, String)>;

/// Compares one entry; the outer error is a mistake in the scenario.
pub fn check(entry: &Entry, view: &View) -> Result<Verdict, Fault> {
    let reader = view.reader();
    let node = &entry.value;
    let key = entry.key.as_str();
    Ok(match key {
        "stap" | "einde" => same(key, reader.text(node)?, view.place(key)),
        "termijnen" => return view.deadlines(node, &reader),
        "geen-termijnen" => view.no_deadlines(&reader.texts(node)?),
        "te-laat" => same_set(key, reader.texts(node)?, view.overdue()),
        "meldingen" => return view.notices(node, &reader),
        "geweigerd" => return view.refused(node, &reader),
        "ontbreekt" => same_set(key, reader.texts(node)?, view.missing()),
        "doelgroep" => same(
            key,
            reader.text(node)?,
            eligible(view.explanation().outcome).to_owned(),
        ),
        "beslissend" => same_set(key, reader.texts(node)?, view.deciding()),
        "voorstel" => same(key, reader.text(node)?, view.proposal()),
        "passend" => return homes::check(node, view),
        "van-de-zaak" => return view.of_case(node, &reader),
        "afwijking" => {
            let departed = view.case.placement.as_ref().is_some_and(|p| p.departure);
            same(key, yes(reader.yes(node)?), yes(departed))
        }
        "opgeschort" => return view.suspended(node, &reader),
        "van-kracht" => {
            let in_force = view.world.life.is_in_force(civil_date(view.now));
            same(key, yes(reader.yes(node)?), yes(in_force))
        }
        _ => Ok(()),
    })
}

impl View<'_> {
    /// For the nodes of the scenario.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            document: self.document,
            messages: self.messages,
        }
    }

    fn model(&self) -> &Convenant {
        self.program.model()
    }

    fn handover(&self) -> Option<&Handover> {
        self.program
            .scheme(self.scheme)
            .map(|scheme| &scheme.handover)
    }

    fn step_name(&self, id: StepId) -> String {
        self.handover()
            .and_then(|handover| handover.steps.get(id.index()))
            .map_or_else(String::new, |step| step.name.clone())
    }

    fn party_name(&self, id: PartyId) -> String {
        self.model()
            .parties
            .get(id.index())
            .map_or_else(String::new, |party| party.name.clone())
    }

    /// Where the case is; with the kind of place before it when that is another kind than was asked for.
    fn place(&self, asked: &str) -> String {
        match self.case.place {
            Place::Nowhere => say!(self.messages, "place-nowhere"),
            Place::Step(id) if asked == "stap" => self.step_name(id),
            Place::Step(id) => format!("stap {}", self.step_name(id)),
            Place::End(id) => {
                let name = self
                    .handover()
                    .and_then(|handover| handover.ends.get(id.index()))
                    .map_or_else(String::new, |end| end.name.clone());
                if asked == "einde" {
                    name
                } else {
                    format!("einde {name}")
                }
            }
        }
    }

    fn deadline_name(&self, of: DeadlineRef) -> String {
        self.handover()
            .map_or_else(String::new, |handover| words::deadline(handover, of))
    }

    fn running(&self) -> Vec<String> {
        self.case
            .deadlines
            .iter()
            .map(|d| format!("{} {}", self.deadline_name(d.of), d.due))
            .collect()
    }

    fn deadlines(&self, node: &Node, reader: &Reader) -> Result<Verdict, Fault> {
        for item in reader.items(node)? {
            let entries = reader.map(item, &["van", "uiterlijk"])?;
            let name = reader.text(reader.need(item, entries, "van")?)?;
            let due = reader.date(reader.need(item, entries, "uiterlijk")?)?;
            let found = self
                .case
                .deadlines
                .iter()
                .any(|d| d.due == due && self.deadline_name(d.of) == name);
            if !found {
                let expected = format!("termijn {name} {due}");
                return Ok(Err((expected, listed(self.running()))));
            }
        }
        Ok(Ok(()))
    }

    fn no_deadlines(&self, names: &[String]) -> Verdict {
        let runs = |name: &&String| {
            self.case
                .deadlines
                .iter()
                .any(|d| self.deadline_name(d.of) == **name)
        };
        match names.iter().find(runs) {
            Some(name) => Err((format!("geen termijn {name}"), listed(self.running()))),
            None => Ok(()),
        }
    }

    fn overdue(&self) -> Vec<String> {
        self.case
            .deadlines
            .iter()
            .filter(|d| self.case.overdue.contains(&d.id))
            .map(|d| self.deadline_name(d.of))
            .collect()
    }

    fn about(&self, cause: Cause) -> String {
        match cause {
            Cause::Notice(id) => self
                .model()
                .notices
                .get(id.index())
                .map_or_else(String::new, |notice| notice.name.clone()),
            Cause::Reminder(..) => "herinnering".to_owned(),
            Cause::Escalation(..) => "overschrijding".to_owned(),
            Cause::Extension(_) => "verlenging".to_owned(),
            Cause::Rescheduled(_) => "verzet".to_owned(),
            Cause::Objection => "bezwaar".to_owned(),
            Cause::ObjectionExtended => "bezwaar-verdaagd".to_owned(),
            Cause::ObjectionDecided => "bezwaar-besluit".to_owned(),
            Cause::Life(_) => "convenant".to_owned(),
            Cause::ToDo(_) => "te-doen".to_owned(),
        }
    }

    fn who_name(&self, who: Who) -> &str {
        crate::graph::name_of(self.model(), who)
    }

    fn notices(&self, node: &Node, reader: &Reader) -> Result<Verdict, Fault> {
        let found: Vec<String> = self
            .told
            .iter()
            .map(|n| format!("{} aan {}", self.about(n.cause), self.who_name(n.to)))
            .collect();
        for item in reader.items(node)? {
            let entries = reader.map(item, &["aan", "over"])?;
            let to = reader.text(reader.need(item, entries, "aan")?)?;
            let about = reader.text(reader.need(item, entries, "over")?)?;
            let wanted = format!("{about} aan {to}");
            if !found.contains(&wanted) {
                return Ok(Err((format!("melding {wanted}"), listed(found))));
            }
        }
        Ok(Ok(()))
    }

    fn refused(&self, node: &Node, reader: &Reader) -> Result<Verdict, Fault> {
        let wanted = reader.text(node)?;
        if !refusal::KEYS.contains(&wanted.as_str()) {
            let hint = crate::nearest::hint(&wanted, refusal::KEYS.into_iter(), self.messages);
            let text = say!(self.messages, "name-unknown", name = wanted, hint = hint);
            return Err(reader.fault(node.id, text));
        }
        Ok(match self.refused {
            Some(refused) if refusal::key(&refused.reason) == wanted => Ok(()),
            Some(refused) => Err((
                format!("geweigerd: {wanted}"),
                refusal::tell(refused, self.spot(), self.messages),
            )),
            None => Err((
                format!("geweigerd: {wanted}"),
                say!(self.messages, "expect-accepted"),
            )),
        })
    }

    fn missing(&self) -> Vec<String> {
        self.refused
            .map(|refused| refusal::missing(&refused.reason, self.spot()))
            .unwrap_or_default()
    }

    fn spot(&self) -> Spot<'_> {
        spot(self.program, self.scheme, self.case)
    }

    fn explanation(&self) -> Explanation {
        explain_case(self.program, self.scheme, self.case, self.now)
    }

    fn deciding(&self) -> Vec<String> {
        self.explanation()
            .clauses
            .into_iter()
            .filter(|clause| clause.deciding)
            .map(|clause| clause.name)
            .collect()
    }

    /// The party that the spreading puts first.
    fn proposal(&self) -> String {
        let on = civil_date(self.now);
        self.world
            .proposal(self.scheme, self.case, on)
            .and_then(|proposal| proposal.chosen)
            .map_or_else(
                || say!(self.messages, "nobody"),
                |party| self.party_name(party),
            )
    }

    fn of_case(&self, node: &Node, reader: &Reader) -> Result<Verdict, Fault> {
        let keywords = PartyKind::ALL.map(PartyKind::keyword);
        let on = civil_date(self.now);
        for entry in reader.map(node, &keywords)? {
            let wanted = reader.text(&entry.value)?;
            let found = PartyKind::ALL
                .into_iter()
                .find(|kind| kind.keyword() == entry.key)
                .and_then(|kind| {
                    convenant_engine::authority::party_of_case(self.model(), self.case, kind, on)
                })
                .map_or_else(
                    || say!(self.messages, "nobody"),
                    |party| self.party_name(party),
                );
            if found != wanted {
                return Ok(same(&entry.key, wanted, found));
            }
        }
        Ok(Ok(()))
    }

    fn suspended(&self, node: &Node, reader: &Reader) -> Result<Verdict, Fault> {
        let found = match &self.case.stopped {
            Some(stopped) => format!("{} - {}", stopped.from, stopped.until),
            None => "nee".to_owned(),
        };
        let wanted = match node.scalar() {
            Some(_) => {
                if reader.yes(node)? {
                    return Err(reader.fault(node.id, say!(self.messages, "shape-suspended")));
                }
                "nee".to_owned()
            }
            None => {
                let entries = reader.map(node, &["van", "tot"])?;
                let from = reader.date(reader.need(node, entries, "van")?)?;
                let until = find(entries, "tot")
                    .map(|node| reader.date(node))
                    .transpose()?;
                match (until, &self.case.stopped) {
                    (Some(until), _) => format!("{from} - {until}"),
                    (None, Some(stopped)) => format!("{from} - {}", stopped.until),
                    (None, None) => format!("{from}"),
                }
            }
        };
        Ok(same("opgeschort", wanted, found))
    }
}

/// Where a case is, for the names in a refusal.
pub fn spot<'a>(program: &'a Program, scheme: SchemeId, case: &Case) -> Spot<'a> {
    Spot {
        model: program.model(),
        scheme: Some(scheme),
        step: match case.place {
            Place::Step(step) => Some(step),
            _ => None,
        },
    }
}

/// What the rules give for a case now.
pub fn explain_case(program: &Program, scheme: SchemeId, case: &Case, now: Moment) -> Explanation {
    let facts: Vec<Option<Value>> = (0..program.model().facts.len())
        .map(|index| fact_value(case, index).cloned())
        .collect();
    explain(program, scheme, &facts, &case.judgements, civil_date(now))
}

/// The outcome in the words of the language.
pub fn eligible(outcome: Eligible) -> &'static str {
    match outcome {
        Eligible::Met => "voldoet",
        Eligible::Unmet => "voldoet niet",
        Eligible::Unknown => "onbekend",
    }
}

fn yes(yes: bool) -> String {
    if yes { "ja" } else { "nee" }.to_owned()
}

fn same(key: &str, wanted: String, found: String) -> Verdict {
    if wanted == found {
        Ok(())
    } else {
        Err((format!("{key}: {wanted}"), format!("{key}: {found}")))
    }
}

/// Two sets of names.
pub fn same_set(key: &str, wanted: Vec<String>, found: Vec<String>) -> Verdict {
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let show = |names: &BTreeSet<String>| {
        names
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (wanted, found) = (set(wanted), set(found));
    if wanted == found {
        Ok(())
    } else {
        Err((
            format!("{key}: [{}]", show(&wanted)),
            format!("{key}: [{}]", show(&found)),
        ))
    }
}

fn listed(names: Vec<String>) -> String {
    format!("[{}]", names.join(", "))
}
