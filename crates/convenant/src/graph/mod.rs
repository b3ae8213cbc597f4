//! The state machine of a scheme as a drawing: steps with their actors, arrows with what leads along them and by when.
//!
//! Input: a checked convenant and one of its schemes. Output: `Drawing`, which `svg`, `dot` and `mermaid` write down.
//! Invariants: every step, every end and every exit is in it; the same file gives the same bytes.

mod dot;
mod mermaid;
mod svg;

pub use svg::escape;

use convenant_lang::model::{
    Anchor, Convenant, Deadline, Exit, ExitKind, Handover, SchemeId, Step, Target, Who,
};

use crate::args::{Graph, Picture};
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::{Failure, words};

/// A drawing that is still free of any notation.
pub struct Drawing {
    /// What it shows.
    pub title: String,
    /// Who acts, in order of appearance; nodes refer to it by position.
    pub actors: Vec<String>,
    /// Steps and ends.
    pub nodes: Vec<Node>,
    /// What leads from one to the other.
    pub arrows: Vec<Arrow>,
}

/// A step, an end, or the note of what is possible in every step.
pub struct Node {
    /// A name that is fit for every notation.
    pub id: String,
    /// The first line.
    pub title: String,
    /// Further lines.
    pub lines: Vec<String>,
    /// Who acts; none for ends.
    pub actor: Option<usize>,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where a case begins.
    First,
    /// Another step.
    Step,
    /// An end that is a success, or is not.
    End(bool),
    /// What is possible in every step.
    Always,
}

/// An arrow: all exits with the same ends are one arrow.
pub struct Arrow {
    /// Position of a node.
    pub from: usize,
    /// Position of a node.
    pub to: usize,
    /// What leads along it, each with by when on a line of its own.
    pub labels: Vec<String>,
    /// Of itself, when the time has come, and by nobody's act.
    pub by_itself: bool,
}

/// `convenant graph`.
pub fn run(args: &Graph, out: &mut Output) -> Result<(), Failure> {
    let (convenant, _) = crate::check::demand(&args.file, out)?;
    let scheme = crate::check::scheme(&convenant, args.regeling.as_deref(), &out.messages)?;
    let drawing = draw(&convenant, scheme, &out.messages);
    let text = match args.format {
        Picture::Svg => svg::write(&drawing, &out.messages),
        Picture::Dot => dot::write(&drawing),
        Picture::Mermaid => mermaid::write(&drawing),
    };
    out.print(&text)
}

/// Draws a scheme.
pub fn draw(convenant: &Convenant, scheme: SchemeId, messages: &Messages) -> Drawing {
    let mut artist = Artist {
        convenant,
        messages,
        drawing: Drawing {
            title: convenant.header.title.clone(),
            actors: Vec::new(),
            nodes: Vec::new(),
            arrows: Vec::new(),
        },
    };
    if let Some(found) = convenant.schemes.get(scheme.index()) {
        if convenant.schemes.len() > 1 {
            artist.drawing.title = format!("{}: {}", convenant.header.title, found.title);
        }
        artist.handover(&found.handover);
    }
    artist.drawing
}

struct Artist<'a> {
    convenant: &'a Convenant,
    messages: &'a Messages,
    drawing: Drawing,
}

impl Artist<'_> {
    fn handover(&mut self, handover: &Handover) {
        for (number, step) in handover.steps.iter().enumerate() {
            let actor = self.actor(&step.actors);
            let node = Node {
                id: format!("s{number}"),
                title: step.title.clone(),
                lines: self.step_lines(step),
                actor,
                kind: if handover.start.index() == number {
                    NodeKind::First
                } else {
                    NodeKind::Step
                },
            };
            self.drawing.nodes.push(node);
        }
        let first_end = handover.steps.len();
        for (number, end) in handover.ends.iter().enumerate() {
            self.drawing.nodes.push(Node {
                id: format!("e{number}"),
                title: end.title.clone(),
                lines: Vec::new(),
                actor: None,
                kind: NodeKind::End(end.succeeded),
            });
        }
        for (number, step) in handover.steps.iter().enumerate() {
            for exit in &step.exits {
                for way in self.ways(step, handover, exit) {
                    self.arrow(number, first_end, way);
                }
            }
        }
        self.always(handover, first_end);
    }

    /// Acts that are possible in every step: one note, not an arrow from each.
    fn always(&mut self, handover: &Handover, first_end: usize) {
        if handover.always.is_empty() {
            return;
        }
        let note = self.drawing.nodes.len();
        self.drawing.nodes.push(Node {
            id: "altijd".to_owned(),
            title: say!(self.messages, "graph-always"),
            lines: Vec::new(),
            actor: None,
            kind: NodeKind::Always,
        });
        for exit in &handover.always {
            let ExitKind::Act { title, by, to, .. } = &exit.kind else {
                continue;
            };
            let label = format!("{title} ({})", self.names(by));
            if *to == Target::Stay {
                if let Some(node) = self.drawing.nodes.get_mut(note) {
                    node.lines.push(label);
                }
            } else {
                self.arrow(note, first_end, Way::act(label, *to));
            }
        }
    }

    fn arrow(&mut self, from: usize, first_end: usize, way: Way) {
        let to = match way.to {
            Target::Step(step) => step.index(),
            Target::End(end) => first_end + end.index(),
            Target::Stay => from,
        };
        let same =
            self.drawing.arrows.iter_mut().find(|arrow| {
                arrow.from == from && arrow.to == to && arrow.by_itself == way.by_itself
            });
        match same {
            Some(arrow) => arrow.labels.push(way.label),
            None => self.drawing.arrows.push(Arrow {
                from,
                to,
                labels: vec![way.label],
                by_itself: way.by_itself,
            }),
        }
    }

    /// Every way out by an exit; an act of people carries the main deadline of the step.
    fn ways(&self, step: &Step, handover: &Handover, exit: &Exit) -> Vec<Way> {
        let messages = self.messages;
        let mut ways = match &exit.kind {
            ExitKind::Done(to) => vec![Way::act(say!(messages, "graph-done"), *to)],
            ExitKind::Eligibility {
                met,
                unmet,
                unknown,
            } => {
                let mut ways = vec![
                    Way::act(say!(messages, "outcome-met"), *met),
                    Way::act(say!(messages, "outcome-unmet"), *unmet),
                ];
                ways.extend(unknown.map(|to| Way::act(say!(messages, "outcome-unknown"), to)));
                ways
            }
            ExitKind::Decision { outcomes, .. } => outcomes
                .iter()
                .map(|outcome| Way::act(outcome.title.clone(), outcome.to))
                .collect(),
            ExitKind::Act { title, to, by, .. } => {
                let label = if by == &step.actors {
                    title.clone()
                } else {
                    format!("{title} ({})", self.names(by))
                };
                vec![Way::act(label, *to)]
            }
            ExitKind::Allocate { kind, to, .. } => vec![Way::act(
                say!(messages, "graph-allocated", kind = kind.keyword()),
                *to,
            )],
            ExitKind::Offer(offer) => vec![
                Way::act(say!(messages, "graph-accepted"), offer.accepted),
                Way::act(
                    say!(messages, "graph-exhausted", times = offer.at_most),
                    offer.exhausted,
                ),
            ],
            ExitKind::After(length, to) => {
                let length = words::duration(*length, messages);
                vec![Way::time(
                    say!(messages, "graph-after", duration = length),
                    *to,
                )]
            }
            ExitKind::On(date, to) => {
                let date = words::date(*date, messages);
                vec![Way::time(say!(messages, "graph-on", date = date), *to)]
            }
        };
        if let Some(deadline) = step.deadlines.first() {
            let by_when = self.deadline(deadline, handover);
            for way in ways.iter_mut().filter(|way| !way.by_itself) {
                way.label = format!("{}\n{by_when}", way.label);
            }
        }
        ways
    }

    /// What is done in the step besides leaving it: tasks, further deadlines, evaluations.
    fn step_lines(&self, step: &Step) -> Vec<String> {
        let messages = self.messages;
        let tasks = step.tasks.iter().map(|task| match &task.deadline {
            Some(deadline) => format!(
                "• {} ({})",
                task.title,
                words::duration(deadline.length, messages)
            ),
            None => format!("• {}", task.title),
        });
        let evaluations = step.evaluations.iter().map(|evaluation| {
            let every = words::duration(evaluation.every, messages);
            format!("↻ {}", say!(messages, "graph-evaluation", every = every))
        });
        tasks.chain(evaluations).collect()
    }

    fn deadline(&self, deadline: &Deadline, handover: &Handover) -> String {
        let length = words::duration(deadline.length, self.messages);
        let anchor = self.anchor(deadline.anchor, handover);
        let text = match (anchor, deadline.backward) {
            (None, _) => say!(self.messages, "graph-within", duration = length),
            (Some(anchor), false) => say!(
                self.messages,
                "graph-within-after",
                duration = length,
                anchor = anchor
            ),
            (Some(anchor), true) => say!(
                self.messages,
                "graph-before",
                duration = length,
                anchor = anchor
            ),
        };
        if deadline.aim {
            say!(self.messages, "graph-aim", deadline = text)
        } else {
            text
        }
    }

    fn anchor(&self, anchor: Anchor, handover: &Handover) -> Option<String> {
        let step = |id: convenant_lang::model::StepId| handover.steps.get(id.index());
        match anchor {
            Anchor::Entered => None,
            Anchor::StepDone(id) => step(id).map(|step| step.name.clone()),
            Anchor::TaskDone(id, task) => step(id)
                .and_then(|step| step.tasks.get(task.index()))
                .map(|task| task.name.clone()),
            Anchor::ExitTaken(id, exit) => step(id)
                .and_then(|step| step.exits.get(exit.index()))
                .map(|exit| match &exit.kind {
                    ExitKind::Act { name, .. } | ExitKind::Decision { name, .. } => name.clone(),
                    _ => step(id).map(|step| step.name.clone()).unwrap_or_default(),
                }),
            Anchor::Fact(id) => self
                .convenant
                .facts
                .get(id.index())
                .map(|fact| fact.name.clone()),
            Anchor::CaseOpened => Some(say!(self.messages, "graph-opening")),
            Anchor::TermEnd => Some(say!(self.messages, "graph-term-end")),
        }
    }

    fn actor(&mut self, who: &[Who]) -> Option<usize> {
        if who.is_empty() {
            return None;
        }
        // Those who act together are the same in whatever order they are named.
        let mut who = who.to_vec();
        who.sort_by_key(|who| match who {
            Who::Role(role) => (0, role.0),
            Who::Body(body) => (1, body.0),
        });
        let names = self.names(&who);
        let known = self.drawing.actors.iter().position(|name| *name == names);
        Some(known.unwrap_or_else(|| {
            self.drawing.actors.push(names);
            self.drawing.actors.len() - 1
        }))
    }

    fn names(&self, who: &[Who]) -> String {
        let names: Vec<&str> = who
            .iter()
            .map(|who| name_of(self.convenant, *who))
            .collect();
        names.join(&format!(" {} ", say!(self.messages, "and")))
    }
}

/// The name of a role or a body.
pub fn name_of(convenant: &Convenant, who: Who) -> &str {
    match who {
        Who::Role(id) => convenant.roles.get(id.index()).map(|role| &role.name),
        Who::Body(id) => convenant.bodies.get(id.index()).map(|body| &body.name),
    }
    .map_or("?", String::as_str)
}

struct Way {
    label: String,
    to: Target,
    by_itself: bool,
}

impl Way {
    fn act(label: String, to: Target) -> Self {
        Self {
            label,
            to,
            by_itself: false,
        }
    }

    fn time(label: String, to: Target) -> Self {
        Self {
            label,
            to,
            by_itself: true,
        }
    }
}

/// Breaks a text into lines of about so many characters, between words; its own line breaks stay.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Fill and stroke per actor; told apart by the name in the box as well, never by colour alone.
const PALETTE: [(&str, &str); 8] = [
    ("#e3eefb", "#1f5a99"),
    ("#fdeedc", "#9a5b0b"),
    ("#e4f3e6", "#2b6b35"),
    ("#f3e6f5", "#6f3a7c"),
    ("#fdf5cf", "#7a6a00"),
    ("#dff3f3", "#176a6a"),
    ("#fbe4e4", "#93312f"),
    ("#ececec", "#4a4a4a"),
];

fn colours(actor: Option<usize>) -> (&'static str, &'static str) {
    actor
        .and_then(|actor| PALETTE.get(actor % PALETTE.len()))
        .copied()
        .unwrap_or(("#ffffff", "#333333"))
}
