//! Lines with their columns: what stands under each other is aligned, and the text is put together.
//!
//! Input: lines in order. Output: the text. Invariant: only spaces are added, between cells and before a source.

/// A kind of clause at a level of indentation.
pub(super) type Group = (&'static str, usize);

/// Sources of neighbouring lines are aligned up to this column.
const SOURCE_COLUMN: usize = 72;

/// One line of the result.
#[derive(Default)]
pub(super) struct Line {
    /// A blank line before it.
    pub(super) blank: bool,
    /// Number of spaces before it.
    pub(super) indent: usize,
    /// Its columns; only lines of one kind that stand under each other share them.
    pub(super) cells: Vec<String>,
    /// What shares its columns: lines of one group that stand under each other.
    pub(super) group: Option<Group>,
    /// The source behind a clause of one line.
    pub(super) source: Option<String>,
    /// A comment behind it.
    pub(super) comment: Option<String>,
}

impl Line {
    /// A line that shares no columns.
    pub(super) fn plain(indent: usize, text: String) -> Line {
        Line {
            indent,
            cells: vec![text],
            ..Line::default()
        }
    }

    fn width(&self) -> usize {
        let cells: usize = self.cells.iter().map(|c| width(c)).sum();
        self.indent + cells + self.cells.len().saturating_sub(1)
    }
}

/// Aligns and joins the lines.
pub(super) fn text(mut lines: Vec<Line>) -> String {
    align_cells(&mut lines);
    align_sources(&mut lines);
    let mut text = String::new();
    for line in &lines {
        if line.blank {
            text.push('\n');
        }
        let mut row = " ".repeat(line.indent);
        row.push_str(&line.cells.join(" "));
        if let Some(source) = &line.source {
            row.push_str("  ");
            row.push_str(source);
        }
        if let Some(comment) = &line.comment {
            row.push_str("  ");
            row.push_str(comment);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// Pads the cells of lines of one kind that stand under each other.
fn align_cells(lines: &mut [Line]) {
    let together = |a: &Line, b: &Line| a.group.is_some() && a.group == b.group && !b.blank;
    for run in lines.chunk_by_mut(together) {
        let columns = run.iter().map(|l| l.cells.len()).max().unwrap_or(0);
        for column in 0..columns {
            // The last cell of a line needs no room behind it.
            let cells = |l: &Line| {
                l.cells
                    .get(column + 1)
                    .and(l.cells.get(column))
                    .map(|c| width(c))
            };
            let widest = run.iter().filter_map(cells).max().unwrap_or(0);
            for line in run.iter_mut() {
                if column + 1 < line.cells.len()
                    && let Some(cell) = line.cells.get_mut(column)
                {
                    pad(cell, widest);
                }
            }
        }
    }
}

/// Puts the sources of neighbouring lines under each other.
fn align_sources(lines: &mut [Line]) {
    let together = |a: &Line, b: &Line| {
        a.source.is_some() && b.source.is_some() && a.indent == b.indent && !b.blank
    };
    for run in lines.chunk_by_mut(together) {
        let column = run
            .iter()
            .map(Line::width)
            .filter(|w| *w <= SOURCE_COLUMN)
            .max()
            .unwrap_or(0);
        for line in run {
            let more = column.saturating_sub(line.width());
            if line.source.is_some()
                && let Some(cell) = line.cells.last_mut()
            {
                cell.push_str(&" ".repeat(more));
            }
        }
    }
}

fn pad(cell: &mut String, to: usize) {
    let more = to.saturating_sub(width(cell));
    cell.push_str(&" ".repeat(more));
}

/// Width in characters.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}
