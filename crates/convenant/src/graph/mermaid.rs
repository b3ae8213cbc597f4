//! A drawing for Mermaid.

use std::fmt::Write;

use super::{Drawing, NodeKind, colours, wrap};

/// Writes the drawing down.
pub fn write(drawing: &Drawing) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "---\ntitle: {}\n---", quoted(&drawing.title));
    let _ = writeln!(text, "flowchart TD");
    for node in &drawing.nodes {
        let mut lines = vec![node.title.clone()];
        if let Some(actor) = node.actor.and_then(|actor| drawing.actors.get(actor)) {
            lines.push(format!("({actor})"));
        }
        lines.extend(node.lines.iter().cloned());
        let label = quoted(&lines.join("<br/>"));
        let _ = match node.kind {
            NodeKind::First => writeln!(text, "  {}[[{label}]]", node.id),
            NodeKind::Step => writeln!(text, "  {}[{label}]", node.id),
            NodeKind::End(true) => writeln!(text, "  {}((({label})))", node.id),
            NodeKind::End(false) => writeln!(text, "  {}(({label}))", node.id),
            NodeKind::Always => writeln!(text, "  {}>{label}]", node.id),
        };
    }
    for arrow in &drawing.arrows {
        let (Some(from), Some(to)) = (drawing.nodes.get(arrow.from), drawing.nodes.get(arrow.to))
        else {
            continue;
        };
        let lines: Vec<String> = arrow.labels.iter().flat_map(|l| wrap(l, 34)).collect();
        let line = if arrow.by_itself { "-.->" } else { "-->" };
        let _ = writeln!(
            text,
            "  {} {line}|{}| {}",
            from.id,
            quoted(&lines.join("<br/>")),
            to.id
        );
    }
    for (number, _) in drawing.actors.iter().enumerate() {
        let (fill, stroke) = colours(Some(number));
        let members: Vec<&str> = drawing
            .nodes
            .iter()
            .filter(|node| node.actor == Some(number))
            .map(|node| node.id.as_str())
            .collect();
        let _ = writeln!(
            text,
            "  classDef a{number} fill:{fill},stroke:{stroke},color:#111\n  class {} a{number}",
            members.join(",")
        );
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "#quot;"))
}
