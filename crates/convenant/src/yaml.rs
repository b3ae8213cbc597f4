//! YAML as a tree with a place for every node: the strict subset that facts and scenarios are written in.
//!
//! Input: text of at most 1 MiB. Output: `Document`, or one fault with its line and column. Invariants: no anchors, aliases
//! or tags; no key twice in a map; every scalar is kept as it was written (`1.250` stays `1.250`).
//!
//! The reader underneath gives a place only with an error, so a place is asked for by reading again up to the node.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::messages::{Messages, say};

/// The most nodes of one document.
const NODES: u32 = 200_000;

/// Marks in errors that come back through the reader underneath.
const MANY: &str = "yaml:many";
const KEY: &str = "yaml:key";
const TWICE: &str = "yaml:twice ";
const FOUND: &str = "yaml:found";

/// Something wrong in a YAML text, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong and what to do, in the user's language.
    pub message: String,
}

/// A text that was read.
pub struct Document {
    text: String,
    shape: Shape,
    /// The outermost node.
    pub root: Node,
}

/// A node with its number in the order of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its number, for its place.
    pub id: u32,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// As written, without quotes.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key as written.
    pub key: String,
    /// The number of the key's node.
    pub key_id: u32,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The text, when it is a scalar.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON: scalars as text, as they were written, except for `true` and `false`.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Scalar(text) => match text.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                text => text.into(),
            },
            Kind::List(items) => items.iter().map(Node::to_json).collect(),
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect(),
        }
    }
}

/// Reads a document.
pub fn read(bytes: &[u8], messages: &Messages) -> Result<Document, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let (line, column) = end_of(&String::from_utf8_lossy(valid));
        Fault {
            line,
            column,
            message: say!(messages, "yaml-not-utf8"),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    if let Some((line, column, indicator)) = find_indicator(&text) {
        let message = match indicator {
            '!' => say!(messages, "yaml-tag"),
            _ => say!(messages, "yaml-alias"),
        };
        return Err(Fault {
            line,
            column,
            message,
        });
    }
    let nodes = Cell::new(0);
    let shape = ShapeSeed { nodes: &nodes }
        .deserialize(serde_yaml::Deserializer::from_str(&text))
        .map_err(|error| fault(&error, messages))?;
    let fill = Fill {
        shape: &shape,
        next: &Cell::new(0),
        wanted: None,
    };
    let root = match fill.deserialize(serde_yaml::Deserializer::from_str(&text)) {
        Ok(root) => root,
        // Nothing but comments: the reader underneath has no text to give.
        Err(_) if matches!(shape, Shape::Scalar) => Node {
            id: 0,
            kind: Kind::Scalar(String::new()),
        },
        Err(error) => return Err(fault(&error, messages)),
    };
    Ok(Document { text, shape, root })
}

impl Document {
    /// Line and column of a node, from 1.
    pub fn place(&self, id: u32) -> (usize, usize) {
        let fill = Fill {
            shape: &self.shape,
            next: &Cell::new(0),
            wanted: Some(id),
        };
        match fill.deserialize(serde_yaml::Deserializer::from_str(&self.text)) {
            Err(error) => error
                .location()
                .map_or((1, 1), |place| (place.line(), place.column())),
            Ok(_) => (1, 1),
        }
    }

    /// A fault at a node.
    pub fn fault(&self, id: u32, message: String) -> Fault {
        let (line, column) = self.place(id);
        Fault {
            line,
            column,
            message,
        }
    }
}

/// Faults as plain lines: `file:line:col: error: message`.
pub fn lines(file: &str, faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| {
            let text = format!(
                "{file}:{}:{}: error: {}",
                fault.line, fault.column, fault.message
            );
            crate::output::tame(&text).replace('\n', " ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// What the reader underneath found wrong, in the words of the user.
fn fault(error: &serde_yaml::Error, messages: &Messages) -> Fault {
    let (line, column) = error
        .location()
        .map_or((1, 1), |place| (place.line(), place.column()));
    let text = error.to_string();
    let message = if text.contains(MANY) {
        say!(messages, "yaml-too-many", most = NODES)
    } else if text.contains(KEY) {
        say!(messages, "yaml-key")
    } else if let Some(key) = text.split(TWICE).nth(1) {
        let key = key.split('\u{1}').next().unwrap_or_default();
        say!(messages, "yaml-duplicate-key", key = key)
    } else if text.contains("recursion limit") {
        say!(messages, "yaml-too-deep")
    } else if text.contains("more than one document") {
        say!(messages, "yaml-one-document")
    } else {
        say!(messages, "yaml-malformed")
    };
    Fault {
        line,
        column,
        message,
    }
}

/// Line and column just past the end of a text.
fn end_of(text: &str) -> (usize, usize) {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Whether nodes are maps, lists or scalars; without the texts, which only a second reading gives unchanged.
enum Shape {
    Scalar,
    List(Vec<Shape>),
    Map(Vec<Shape>),
}

#[derive(Clone, Copy)]
struct ShapeSeed<'a> {
    nodes: &'a Cell<u32>,
}

impl ShapeSeed<'_> {
    fn scalar<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
}

impl<'de> DeserializeSeed<'de> for ShapeSeed<'_> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        let nodes = self.nodes.get() + 1;
        self.nodes.set(nodes);
        if nodes > NODES {
            return Err(D::Error::custom(MANY));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ShapeSeed<'_> {
    type Value = Shape;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("YAML")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_i128<E: Error>(self, _: i128) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_u128<E: Error>(self, _: u128) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        self.scalar()
    }
    fn visit_none<E: Error>(self) -> Result<Shape, E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut keys = std::collections::BTreeSet::new();
        let mut values = Vec::new();
        while access.next_key_seed(KeySeed { seen: &mut keys })?.is_some() {
            values.push(access.next_value_seed(self)?);
        }
        Ok(Shape::Map(values))
    }
}

struct KeySeed<'a> {
    seen: &'a mut std::collections::BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str(KEY)
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if self.seen.insert(key.to_owned()) {
            Ok(())
        } else {
            Err(E::custom(format!("{TWICE}{key}\u{1}")))
        }
    }
}

/// Reads again along a known shape: collects the texts, or stops with an error at the wanted node.
#[derive(Clone, Copy)]
struct Fill<'a> {
    shape: &'a Shape,
    next: &'a Cell<u32>,
    wanted: Option<u32>,
}

impl Fill<'_> {
    fn number(&self) -> u32 {
        let id = self.next.get();
        self.next.set(id + 1);
        id
    }
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let id = self.number();
        let at = At { fill: self, id };
        match self.shape {
            Shape::Scalar => deserializer.deserialize_str(at),
            Shape::List(_) => deserializer.deserialize_seq(at),
            Shape::Map(_) => deserializer.deserialize_map(at),
        }
    }
}

struct At<'a> {
    fill: Fill<'a>,
    id: u32,
}

impl At<'_> {
    fn here<E: Error>(&self) -> Result<(), E> {
        if self.fill.wanted == Some(self.id) {
            return Err(E::custom(FOUND));
        }
        Ok(())
    }

    fn node(&self, kind: Kind) -> Node {
        Node { id: self.id, kind }
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Node;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("YAML")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        self.here()?;
        Ok(self.node(Kind::Scalar(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        self.here()?;
        let mut items = Vec::new();
        if let Shape::List(shapes) = self.fill.shape {
            for shape in shapes {
                let below = Fill { shape, ..self.fill };
                items.extend(access.next_element_seed(below)?);
            }
        }
        Ok(self.node(Kind::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        self.here()?;
        let mut entries = Vec::new();
        if let Shape::Map(shapes) = self.fill.shape {
            for shape in shapes {
                let key = Fill {
                    shape: &Shape::Scalar,
                    ..self.fill
                };
                let Some(key) = access.next_key_seed(key)? else {
                    break;
                };
                let value = access.next_value_seed(Fill { shape, ..self.fill })?;
                let Kind::Scalar(text) = key.kind else {
                    continue;
                };
                entries.push(Entry {
                    key: text,
                    key_id: key.id,
                    value,
                });
            }
        }
        Ok(self.node(Kind::Map(entries)))
    }
}

/// The first anchor (`&x`), alias (`*x`) or tag (`!x`) with its place. Aliases make nodes stand for other nodes, by which a small
/// file becomes a huge one; tags change what a value is.
fn find_indicator(text: &str) -> Option<(usize, usize, char)> {
    let mut quote: Option<char> = None;
    let mut block: Option<usize> = None;
    let mut flow = 0_usize;
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(least) = block {
            if line.trim().is_empty() || indent > least {
                continue;
            }
            block = None;
        }
        let mut starts = quote.is_none();
        let mut characters = line.chars().enumerate().peekable();
        let mut before = ' ';
        let mut last_token = String::new();
        while let Some((column, character)) = characters.next() {
            let next = characters.peek().map(|(_, c)| *c);
            if let Some(mark) = quote {
                match character {
                    '\\' if mark == '"' => {
                        characters.next();
                    }
                    _ if character == mark && mark == '\'' && next == Some('\'') => {
                        characters.next();
                    }
                    _ if character == mark => quote = None,
                    _ => {}
                }
                before = character;
                continue;
            }
            let spaced = next.is_none_or(|c| c == ' ');
            match character {
                ' ' | '\t' => {}
                '#' if before == ' ' || before == '\t' => break,
                '&' | '*' | '!' if starts => return Some((number + 1, column + 1, character)),
                '"' | '\'' if starts => {
                    quote = Some(character);
                    starts = false;
                }
                '[' | '{' if starts || flow > 0 => {
                    flow += 1;
                    starts = true;
                }
                ']' | '}' if flow > 0 => {
                    flow -= 1;
                    starts = false;
                }
                ',' if flow > 0 => starts = true,
                '-' | '?' if starts && spaced => {}
                ':' if spaced || flow > 0 => starts = true,
                _ => {
                    if starts {
                        last_token.clear();
                    }
                    last_token.push(character);
                    starts = false;
                }
            }
            before = character;
        }
        let opens_block = last_token.starts_with(['|', '>'])
            && last_token
                .chars()
                .skip(1)
                .all(|c| matches!(c, '+' | '-' | '0'..='9'));
        if quote.is_none() && flow == 0 && opens_block {
            block = Some(indent);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;
    use convenant_lang::Lang;

    fn parse(text: &str) -> Result<Document, Fault> {
        read(text.as_bytes(), &Messages::new(Lang::Nl))
    }

    fn place_of_fault(text: &str) -> (usize, usize) {
        let fault = parse(text).err().unwrap();
        (fault.line, fault.column)
    }

    #[test]
    fn scalars_stay_as_written_and_know_their_place() {
        let document = parse("a: 1.250\nb:\n  - ja\n  - \"€ 3\"\n  - {c: 0x10}\n").unwrap();
        let Kind::Map(entries) = &document.root.kind else {
            panic!("no map")
        };
        assert_eq!(entries[0].value.scalar(), Some("1.250"));
        let Kind::List(items) = &entries[1].value.kind else {
            panic!("no list")
        };
        assert_eq!(items[1].scalar(), Some("€ 3"));
        assert_eq!(document.place(items[1].id), (4, 5));
        let Kind::Map(inner) = &items[2].kind else {
            panic!("no map")
        };
        assert_eq!(inner[0].value.scalar(), Some("0x10"));
        assert_eq!(document.place(inner[0].key_id), (5, 6));
        assert_eq!(document.place(entries[1].key_id), (2, 1));
    }

    #[test]
    fn a_duplicate_key_is_refused_where_it_stands() {
        assert_eq!(place_of_fault("x:\n  a: 1\n  b: 2\n  a: 3\n"), (4, 3));
    }

    #[test]
    fn anchors_aliases_and_tags_are_refused_where_they_stand() {
        assert_eq!(place_of_fault("a: &x 1\nb: *x\n"), (1, 4));
        assert_eq!(place_of_fault("b: [1, *x]\n"), (1, 8));
        assert_eq!(place_of_fault("- \"*\"\n- '&'\n- *x\n"), (3, 3));
        assert!(parse("a: !!binary x\n").is_err());
    }

    #[test]
    fn stars_in_text_are_text() {
        let text = "a: x * y & z\nb: \"&a *b\"\nc: |\n  *waar*\n  & meer\nd: 'it''s *'\ne: ja # &niet *dit\n";
        assert!(parse(text).is_ok());
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let before = level - 1;
            let refs = vec![format!("*a{before}"); 9].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{refs}]\n"));
        }
        assert_eq!(place_of_fault(&bomb), (1, 5));
    }

    #[test]
    fn deep_long_and_broken_texts_are_refused() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&format!("{}{}", "[".repeat(500), "]".repeat(500))).is_err());
        assert!(parse("a: \"zonder einde\n").is_err());
        assert!(parse("a: 1\n---\nb: 2\n").is_err());
        assert!(parse("? [a]\n: 1\n").is_err());
        assert!(read(b"a: \xff", &Messages::new(Lang::Nl)).is_err());
    }

    #[test]
    fn an_empty_text_is_an_empty_scalar() {
        assert_eq!(parse("").unwrap().root.scalar(), Some(""));
    }
}
