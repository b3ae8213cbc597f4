//! A drawing for Graphviz.

use std::fmt::Write;

use super::{Drawing, NodeKind, colours, wrap};

/// Writes the drawing down.
pub fn write(drawing: &Drawing) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "digraph convenant {{");
    let _ = writeln!(
        text,
        "  graph [label={}, labelloc=t, rankdir=TB, fontname=\"sans-serif\"];",
        quoted(&drawing.title)
    );
    let _ = writeln!(
        text,
        "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=12];"
    );
    let _ = writeln!(text, "  edge [fontname=\"sans-serif\", fontsize=10];");
    for node in &drawing.nodes {
        let mut lines = wrap(&node.title, 28);
        if let Some(actor) = node.actor.and_then(|actor| drawing.actors.get(actor)) {
            lines.push(format!("({actor})"));
        }
        lines.extend(node.lines.iter().cloned());
        let (fill, stroke) = colours(node.actor);
        let shape = match node.kind {
            NodeKind::First => ", penwidth=3",
            NodeKind::Step => "",
            NodeKind::End(true) => ", shape=doubleoctagon, style=filled",
            NodeKind::End(false) => ", shape=octagon, style=filled",
            NodeKind::Always => ", style=\"rounded,dashed\"",
        };
        let _ = writeln!(
            text,
            "  {} [label={}, fillcolor=\"{fill}\", color=\"{stroke}\"{shape}];",
            node.id,
            quoted(&lines.join("\n"))
        );
    }
    for arrow in &drawing.arrows {
        let (Some(from), Some(to)) = (drawing.nodes.get(arrow.from), drawing.nodes.get(arrow.to))
        else {
            continue;
        };
        let lines: Vec<String> = arrow.labels.iter().flat_map(|l| wrap(l, 34)).collect();
        let style = if arrow.by_itself {
            ", style=dashed"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {} -> {} [label={}{style}];",
            from.id,
            to.id,
            quoted(&lines.join("\n"))
        );
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}
