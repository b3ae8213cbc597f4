//! A drawing as SVG: coordinates by dagre, shapes and letters our own.
//!
//! Invariants: no script, no font to fetch; readable without colour; a title and a description for who cannot see it.

use std::fmt::Write;

use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, Point, RankDir};

use super::{Drawing, NodeKind, colours, wrap};
use crate::messages::{Messages, say};

const TITLE: f64 = 13.0;
const SMALL: f64 = 11.0;
const LEADING: f64 = 1.35;
const PADDING: f64 = 10.0;
const MARGIN: f64 = 24.0;
const HEADING: f64 = 34.0;
const LEGEND_ROW: f64 = 20.0;

struct Line {
    text: String,
    size: f64,
    bold: bool,
}

struct Block {
    lines: Vec<Line>,
    width: f64,
    height: f64,
}

impl Block {
    fn new(lines: Vec<Line>) -> Self {
        let width = lines
            .iter()
            .map(|l| width_of(&l.text, l.size, l.bold))
            .fold(0.0, f64::max);
        let height = lines.iter().map(|l| l.size * LEADING).sum();
        Self {
            lines,
            width,
            height,
        }
    }

    /// The lines, centred around a point.
    fn write(&self, text: &mut String, x: f64, y: f64, class: &str) {
        let mut top = y - self.height / 2.0;
        for line in &self.lines {
            let baseline = top + line.size;
            let weight = if line.bold {
                " font-weight=\"600\""
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{baseline:.1}\" font-size=\"{}\"{weight}>{}</text>",
                line.size,
                escape(&line.text)
            );
            top += line.size * LEADING;
        }
    }
}

/// Writes the drawing down.
pub fn write(drawing: &Drawing, messages: &Messages) -> String {
    let blocks: Vec<Block> = drawing
        .nodes
        .iter()
        .map(|n| node_block(drawing, n))
        .collect();
    let labels: Vec<Block> = drawing.arrows.iter().map(arrow_block).collect();
    let graph = lay_out(drawing, &blocks, &labels);
    let (width, height) = extent(drawing, &graph);
    let legend = drawing.actors.len() as f64 * LEGEND_ROW + LEGEND_ROW;
    let full_width =
        (width + 2.0 * MARGIN).max(width_of(&drawing.title, 16.0, true) + 2.0 * MARGIN);
    let full_height = height + 2.0 * MARGIN + HEADING + legend;

    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{full_width:.0}\" height=\"{full_height:.0}\" viewBox=\"0 0 {full_width:.0} {full_height:.0}\" role=\"img\" aria-labelledby=\"titel uitleg\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">"
    );
    let _ = writeln!(
        text,
        "<title id=\"titel\">{}</title>",
        escape(&drawing.title)
    );
    let _ = writeln!(
        text,
        "<desc id=\"uitleg\">{}</desc>",
        escape(&describe(drawing))
    );
    text.push_str(STYLE);
    let _ = writeln!(
        text,
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"16\" font-weight=\"600\" fill=\"#111\">{}</text>",
        MARGIN + 8.0,
        escape(&drawing.title)
    );
    let _ = writeln!(
        text,
        "<g transform=\"translate({MARGIN} {:.1})\">",
        MARGIN + HEADING
    );
    for (number, arrow) in drawing.arrows.iter().enumerate() {
        if let Some(edge) = laid(drawing, &graph, arrow, number) {
            write_arrow(&mut text, edge, arrow.by_itself);
        }
    }
    for (number, (arrow, label)) in drawing.arrows.iter().zip(&labels).enumerate() {
        if let Some(edge) = laid(drawing, &graph, arrow, number) {
            write_label(&mut text, edge, label);
        }
    }
    for (node, block) in drawing.nodes.iter().zip(&blocks) {
        write_node(&mut text, &graph, node, block);
    }
    text.push_str("</g>\n");
    write_legend(&mut text, drawing, full_height - legend, messages);
    text.push_str("</svg>\n");
    text
}

const STYLE: &str = "<style>text{fill:#111} .m{text-anchor:middle} .l{text-anchor:middle;fill:#222} .a{fill:none;stroke:#555;stroke-width:1.3} .t{stroke-dasharray:5 4}</style>
<defs><marker id=\"punt\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 1 10 5 0 9z\" fill=\"#555\"/></marker></defs>
";

fn node_block(drawing: &Drawing, node: &super::Node) -> Block {
    let mut lines: Vec<Line> = wrap(&node.title, 26)
        .into_iter()
        .map(|text| Line {
            text,
            size: TITLE,
            bold: true,
        })
        .collect();
    if let Some(actor) = node.actor.and_then(|actor| drawing.actors.get(actor)) {
        lines.extend(small(actor, 34));
    }
    for line in &node.lines {
        lines.extend(small(line, 40));
    }
    Block::new(lines)
}

fn arrow_block(arrow: &super::Arrow) -> Block {
    Block::new(arrow.labels.iter().flat_map(|l| small(l, 30)).collect())
}

fn small(text: &str, width: usize) -> Vec<Line> {
    wrap(text, width)
        .into_iter()
        .map(|text| Line {
            text,
            size: SMALL,
            bold: false,
        })
        .collect()
}

fn lay_out(drawing: &Drawing, blocks: &[Block], labels: &[Block]) -> Laid {
    let mut graph = Graph::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: false,
    });
    for (node, block) in drawing.nodes.iter().zip(blocks) {
        let label = NodeLabel {
            width: block.width + 2.0 * PADDING,
            height: block.height + 2.0 * PADDING,
            ..NodeLabel::default()
        };
        graph.set_node(node.id.clone(), Some(label));
    }
    for (number, (arrow, block)) in drawing.arrows.iter().zip(labels).enumerate() {
        let (Some(from), Some(to)) = (drawing.nodes.get(arrow.from), drawing.nodes.get(arrow.to))
        else {
            continue;
        };
        let label = EdgeLabel {
            width: block.width + 8.0,
            height: block.height + 4.0,
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        graph.set_edge(&*from.id, &*to.id, Some(label), Some(&number.to_string()));
    }
    dagre::layout(
        &mut graph,
        Some(LayoutOptions {
            rankdir: RankDir::TB,
            nodesep: 36.0,
            edgesep: 16.0,
            ranksep: 34.0,
            ..LayoutOptions::default()
        }),
    );
    graph
}

type Laid = Graph<NodeLabel, EdgeLabel>;

/// Where an arrow was laid: its bends and the middle of its label.
fn laid<'a>(
    drawing: &Drawing,
    graph: &'a Laid,
    arrow: &super::Arrow,
    number: usize,
) -> Option<&'a EdgeLabel> {
    let from = drawing.nodes.get(arrow.from)?;
    let to = drawing.nodes.get(arrow.to)?;
    graph.edge(&from.id, &to.id, Some(&number.to_string()))
}

/// How far right and down the drawing reaches.
fn extent(drawing: &Drawing, graph: &Laid) -> (f64, f64) {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for node in &drawing.nodes {
        if let Some(label) = graph.node(&node.id) {
            corners.push((
                label.x.unwrap_or_default() + label.width / 2.0,
                label.y.unwrap_or_default() + label.height / 2.0,
            ));
        }
    }
    for (number, arrow) in drawing.arrows.iter().enumerate() {
        if let Some(edge) = laid(drawing, graph, arrow, number) {
            corners.extend(edge.points.iter().map(|point| (point.x, point.y)));
            corners.push((
                edge.x.unwrap_or_default() + edge.width / 2.0,
                edge.y.unwrap_or_default() + edge.height / 2.0,
            ));
        }
    }
    corners.into_iter().fold((0.0, 0.0), |(x, y), corner| {
        (f64::max(x, corner.0), f64::max(y, corner.1))
    })
}

fn write_arrow(text: &mut String, edge: &EdgeLabel, by_itself: bool) {
    let class = if by_itself { "a t" } else { "a" };
    let _ = writeln!(
        text,
        "<path class=\"{class}\" d=\"{}\" marker-end=\"url(#punt)\"/>",
        curve(&edge.points)
    );
}

/// A line through the bends with rounded corners: straight to halfway each pair, curved around each bend.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let Some((first, rest)) = points.split_first() else {
        return path;
    };
    let _ = write!(path, "M{:.1} {:.1}", first.x, first.y);
    for pair in rest.windows(2) {
        let [bend, next] = pair else { continue };
        let (x, y) = ((bend.x + next.x) / 2.0, (bend.y + next.y) / 2.0);
        let _ = write!(path, " Q{:.1} {:.1} {x:.1} {y:.1}", bend.x, bend.y);
    }
    if let Some(last) = rest.last() {
        let _ = write!(path, " L{:.1} {:.1}", last.x, last.y);
    }
    path
}

fn write_label(text: &mut String, edge: &EdgeLabel, block: &Block) {
    let (Some(x), Some(y)) = (edge.x, edge.y) else {
        return;
    };
    let _ = writeln!(
        text,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\" fill=\"#fff\" fill-opacity=\"0.92\"/>",
        x - block.width / 2.0 - 2.0,
        y - block.height / 2.0 - 1.0,
        block.width + 4.0,
        block.height + 2.0
    );
    block.write(text, x, y, "l");
}

fn write_node(text: &mut String, graph: &Laid, node: &super::Node, block: &Block) {
    let Some(label) = graph.node(&node.id) else {
        return;
    };
    let (x, y) = (label.x.unwrap_or_default(), label.y.unwrap_or_default());
    let (left, top) = (x - label.width / 2.0, y - label.height / 2.0);
    let (fill, stroke) = colours(node.actor);
    let (radius, thickness, dash) = match node.kind {
        NodeKind::First => (8.0, 3.0, ""),
        NodeKind::Step => (8.0, 1.4, ""),
        NodeKind::End(true) => (label.height / 2.0, 3.0, ""),
        NodeKind::End(false) => (label.height / 2.0, 1.4, ""),
        NodeKind::Always => (8.0, 1.4, " stroke-dasharray=\"6 4\""),
    };
    let _ = writeln!(
        text,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius:.1}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{thickness}\"{dash}/>",
        label.width, label.height
    );
    block.write(text, x, y, "m");
}

fn write_legend(text: &mut String, drawing: &Drawing, top: f64, messages: &Messages) {
    for (number, actor) in drawing.actors.iter().enumerate() {
        let (fill, stroke) = colours(Some(number));
        let y = top + number as f64 * LEGEND_ROW;
        let _ = writeln!(
            text,
            "<rect x=\"{MARGIN}\" y=\"{y:.1}\" width=\"22\" height=\"14\" rx=\"3\" fill=\"{fill}\" stroke=\"{stroke}\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\">{}</text>",
            MARGIN + 30.0,
            y + 11.5,
            escape(actor)
        );
    }
    let y = top + drawing.actors.len() as f64 * LEGEND_ROW + 12.0;
    let _ = writeln!(
        text,
        "<text x=\"{MARGIN}\" y=\"{y:.1}\" font-size=\"12\">{}</text>",
        escape(&say!(messages, "graph-legend"))
    );
}

/// The machine in words, for who cannot see it.
fn describe(drawing: &Drawing) -> String {
    let name = |at: usize| drawing.nodes.get(at).map_or("", |node| node.title.as_str());
    drawing
        .arrows
        .iter()
        .map(|arrow| {
            format!(
                "{} → {}: {}.",
                name(arrow.from),
                name(arrow.to),
                arrow.labels.join("; ").replace('\n', ", ")
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// About how wide a text is drawn: no font is at hand, so by classes of letters.
fn width_of(text: &str, size: f64, bold: bool) -> f64 {
    let units: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.34,
            'f' | 't' | 'r' | '(' | ')' | ' ' | '-' | '·' => 0.42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
            c if c.is_uppercase() => 0.72,
            _ => 0.62,
        })
        .sum();
    units * size * if bold { 1.08 } else { 1.0 }
}

/// Text as it may stand in XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_text() {
        assert_eq!(
            escape("<script>\"a\" & b"),
            "&lt;script&gt;&quot;a&quot; &amp; b"
        );
    }
}
