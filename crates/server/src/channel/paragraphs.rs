//! The parts of a letter's text: paragraphs, rows of a label and a value, items, and where it leads.
//!
//! Input: the text that a template gave, and the address of the pages. Output: `Parts`, for the HTML. Invariants: nothing of the text is
//! lost; only an address of our own pages becomes a link, whatever stands in the text. One text so gives both forms of a mail.

use super::html::{Block, Link, Row};

/// The longest label of a row, in characters and in words.
const LABEL: (usize, usize) = (32, 5);

/// A text, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// In order.
    pub blocks: Vec<Block>,
    /// The first `Words: address` of the text.
    pub button: Option<Link>,
}

/// Takes a text apart. A line `Label: value` is a row; with an address as its value it is the button; a line with an indented address
/// below it is an item, with a dot between its columns; other lines run on as a paragraph until an empty line.
pub fn read(text: &str, base_url: &str) -> Parts {
    let mut parts = Parts::default();
    let mut running = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let below = lines.peek().and_then(|next| indented_link(next, base_url));
        if line.trim().is_empty() {
            parts.paragraph(&mut running);
        } else if let Some(address) = below {
            lines.next();
            parts.paragraph(&mut running);
            let columns: Vec<String> = line.trim().split("  ").map(words).collect();
            let filled: Vec<&str> = columns
                .iter()
                .map(String::as_str)
                .filter(|c| !c.is_empty())
                .collect();
            parts.item(filled.join(" · "), address);
        } else if let Some((label, value)) = row(line) {
            parts.paragraph(&mut running);
            parts.row(label, value, base_url);
        } else {
            if !running.is_empty() {
                running.push(' ');
            }
            running.push_str(&words(line));
        }
    }
    parts.paragraph(&mut running);
    parts
}

impl Parts {
    fn paragraph(&mut self, running: &mut String) {
        if !running.is_empty() {
            self.blocks.push(Block {
                alinea: std::mem::take(running),
                ..Block::default()
            });
        }
    }

    fn row(&mut self, label: &str, value: &str, base_url: &str) {
        if is_link(value, base_url) {
            if self.button.is_none() {
                self.button = Some(Link {
                    tekst: label.to_owned(),
                    verwijzing: value.to_owned(),
                });
            } else {
                self.item(label.to_owned(), value);
            }
            return;
        }
        let row = Row {
            naam: label.to_owned(),
            waarde: words(value),
        };
        match self.blocks.last_mut() {
            Some(block) if !block.rijen.is_empty() => block.rijen.push(row),
            _ => self.blocks.push(Block {
                rijen: vec![row],
                ..Block::default()
            }),
        }
    }

    fn item(&mut self, text: String, address: &str) {
        let item = Link {
            tekst: text,
            verwijzing: address.to_owned(),
        };
        match self.blocks.last_mut() {
            Some(block) if !block.punten.is_empty() => block.punten.push(item),
            _ => self.blocks.push(Block {
                punten: vec![item],
                ..Block::default()
            }),
        }
    }
}

/// `Label: value`, where the label is a few words and no sentence.
fn row(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(": ")?;
    let (label, value) = (label.trim(), value.trim());
    let short = label.chars().count() <= LABEL.0 && label.split_whitespace().count() <= LABEL.1;
    let is_label = label.starts_with(char::is_alphabetic) && !label.contains(['.', '?', '!', ':']);
    (short && is_label && !value.is_empty()).then_some((label, value))
}

fn indented_link<'a>(line: &'a str, base_url: &str) -> Option<&'a str> {
    let address = line.trim();
    (line.starts_with(' ') && is_link(address, base_url)).then_some(address)
}

/// An address of our own pages.
fn is_link(text: &str, base_url: &str) -> bool {
    let web = ["http://", "https://"]
        .iter()
        .any(|scheme| base_url.starts_with(scheme));
    let below = text
        .strip_prefix(base_url)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    web && below && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Words with one space between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://convenant.example";

    fn paragraph(text: &str) -> Block {
        Block {
            alinea: text.to_owned(),
            ..Block::default()
        }
    }

    #[test]
    fn a_letter_is_paragraphs_rows_and_a_button() {
        let text = "De termijn\nis voorbij.\n\nZaak:    UTR-1\nUiterlijk: 1 mei 2018\n\nBekijk de zaak: https://convenant.example/u/1\n";
        let parts = read(text, BASE);
        let rows = [("Zaak", "UTR-1"), ("Uiterlijk", "1 mei 2018")];
        let rows = rows.map(|(naam, waarde)| Row {
            naam: naam.to_owned(),
            waarde: waarde.to_owned(),
        });
        let table = Block {
            rijen: rows.to_vec(),
            ..Block::default()
        };
        assert_eq!(parts.blocks, [paragraph("De termijn is voorbij."), table]);
        assert_eq!(
            parts.button,
            Some(Link {
                tekst: "Bekijk de zaak".to_owned(),
                verwijzing: "https://convenant.example/u/1".to_owned()
            })
        );
    }

    #[test]
    fn a_digest_has_an_item_per_deadline() {
        let text = "Dit is er.\n\n1 mei 2018 (te laat)  UTR-1  Toets\n            https://convenant.example/u/1\n2 mei 2018  UTR-2  Toets\n            https://convenant.example/u/2\n";
        let parts = read(text, BASE);
        let texts: Vec<&str> = parts
            .blocks
            .iter()
            .flat_map(|b| &b.punten)
            .map(|item| item.tekst.as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "1 mei 2018 (te laat) · UTR-1 · Toets",
                "2 mei 2018 · UTR-2 · Toets"
            ]
        );
    }

    #[test]
    fn only_our_own_pages_become_links() {
        for address in [
            "https://kwaad.example/x",
            "https://convenant.example.kwaad.example/x",
            "https://convenant.example@kwaad.example/",
            "javascript:alert(1)",
        ] {
            let parts = read(&format!("Bekijk de zaak: {address}\n"), BASE);
            assert_eq!(parts.button, None, "{address}");
            assert_eq!(parts.blocks.len(), 1, "it is still told: {address}");
        }
        assert_eq!(read("Bekijk: javascript:x", "javascript:x").button, None);
    }

    #[test]
    fn a_sentence_with_a_colon_is_no_row() {
        let text = "Er is nieuws over zaak UTR-1 van het convenant: nieuwe zaak.";
        assert_eq!(read(text, BASE).blocks, [paragraph(text)]);
    }
}
