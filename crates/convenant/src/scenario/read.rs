//! A scenario file as data, with a place for everything that can be wrong in it.
//!
//! Input: a YAML document. Output: `Scenario`, or one fault. Names of the convenant are looked up while playing, because
//! tasks and exits belong to the step in which the case then is.

use std::path::{Component, Path, PathBuf};

use convenant_server::act::Act;
use jiff::civil::{Date, DateTime};

use crate::messages::{Messages, say};
use crate::nearest;
use crate::values;
use crate::yaml::{Document, Entry, Fault, Kind, Node};

/// A story with an outcome.
pub struct Scenario {
    /// Title, or the file's name.
    pub title: String,
    /// The region's file.
    pub convenant: PathBuf,
    /// The scheme, where the file has several.
    pub scheme: Option<(String, u32)>,
    /// When it begins: civil time in Europe/Amsterdam.
    pub begin: DateTime,
    /// What was placed before.
    pub placements: Vec<Placed>,
    /// Earlier refusals of the same client.
    pub refusals: Vec<Refused>,
    /// What is done, and what must hold then.
    pub steps: Vec<Step>,
    /// For the places of nodes.
    pub document: Document,
}

/// A placement from before.
pub struct Placed {
    /// For its place.
    pub id: u32,
    /// Party.
    pub party: String,
    /// Day.
    pub on: Date,
    /// Neighbourhood.
    pub neighbourhood: Option<String>,
    /// Scheme, where the file has several.
    pub scheme: Option<String>,
}

/// An earlier refusal.
pub struct Refused {
    /// For its place.
    pub id: u32,
    /// Scheme; the only one when absent.
    pub scheme: Option<String>,
    /// Day.
    pub on: Date,
    /// Criteria and exclusions that decided.
    pub grounds: Vec<String>,
}

/// A step of the story.
pub struct Step {
    /// When; none means as before.
    pub at: Option<DateTime>,
    /// Who: role and party with their place; none means as before.
    pub who: Option<(String, String, u32)>,
    /// What is done, each with its place.
    pub deeds: Vec<(u32, Deed)>,
    /// What must hold: the entries of `verwacht`.
    pub expected: Vec<Entry>,
}

/// Something that is done.
pub enum Deed {
    /// The case is opened.
    Open,
    /// Only time passes.
    Clock,
    /// The last message about this deadline stayed unread for as long as the file says.
    Unread(String),
    /// Anything else.
    Act(Box<Act>),
}

impl Scenario {
    /// Reads a document.
    pub fn read(document: Document, file: &Path, messages: &Messages) -> Result<Scenario, Fault> {
        let reader = Reader {
            document: &document,
            messages,
        };
        let root = &document.root;
        let entries = reader.map(
            root,
            &[
                "titel",
                "convenant",
                "regeling",
                "begin",
                "plaatsingen",
                "afwijzingen",
                "stappen",
            ],
        )?;
        let stem = || {
            file.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let title = reader.text_of(entries, "titel")?.unwrap_or_else(stem);
        let convenant = match reader.text_of(entries, "convenant")? {
            Some(path) => beside(file, Path::new(&path)),
            None => reader.only_file_above(file)?,
        };
        let scheme = match find(entries, "regeling") {
            Some(node) => Some((reader.text(node)?, node.id)),
            None => None,
        };
        let begin = reader.moment(reader.need(root, entries, "begin")?)?;
        let placements = reader.list_of(entries, "plaatsingen", |node| reader.placed(node))?;
        let refusals = reader.list_of(entries, "afwijzingen", |node| reader.refused(node))?;
        reader.need(root, entries, "stappen")?;
        let steps = reader.list_of(entries, "stappen", |node| reader.step(node))?;
        Ok(Scenario {
            title,
            convenant,
            scheme,
            begin,
            placements,
            refusals,
            steps,
            document,
        })
    }
}

/// A path from the folder of a file, without detours (`a/scenarios/../b` is `a/b`).
fn beside(file: &Path, path: &Path) -> PathBuf {
    let mut result = file.parent().unwrap_or(Path::new("")).to_owned();
    for part in path.components() {
        let named = matches!(result.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if named => {
                result.pop();
            }
            part => result.push(part),
        }
    }
    if result.as_os_str().is_empty() {
        result.push(".");
    }
    result
}

/// The value of a key.
pub fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.value)
}

/// Reads nodes of the expected shape.
pub struct Reader<'a> {
    /// For the places of nodes.
    pub document: &'a Document,
    /// For what to say.
    pub messages: &'a Messages,
}

impl Reader<'_> {
    /// A fault at a node.
    pub fn fault(&self, id: u32, message: String) -> Fault {
        self.document.fault(id, message)
    }

    /// A map with these keys and no others.
    pub fn map<'n>(&self, node: &'n Node, keys: &[&str]) -> Result<&'n [Entry], Fault> {
        let Kind::Map(entries) = &node.kind else {
            let keys = keys.join(", ");
            return Err(self.fault(node.id, say!(self.messages, "shape-map", keys = keys)));
        };
        for entry in entries {
            if !keys.contains(&entry.key.as_str()) {
                let hint = nearest::hint(&entry.key, keys.iter().copied(), self.messages);
                let text = say!(self.messages, "shape-key", key = &entry.key, hint = hint);
                return Err(self.fault(entry.key_id, text));
            }
        }
        Ok(entries)
    }

    /// Text, as written.
    pub fn text(&self, node: &Node) -> Result<String, Fault> {
        match node.scalar() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(self.fault(node.id, say!(self.messages, "shape-text"))),
        }
    }

    /// Texts.
    pub fn texts(&self, node: &Node) -> Result<Vec<String>, Fault> {
        self.items(node)?
            .iter()
            .map(|item| self.text(item))
            .collect()
    }

    /// The items of a list.
    pub fn items<'n>(&self, node: &'n Node) -> Result<&'n [Node], Fault> {
        match &node.kind {
            Kind::List(items) => Ok(items),
            _ => Err(self.fault(node.id, say!(self.messages, "shape-list"))),
        }
    }

    /// A civil date.
    pub fn date(&self, node: &Node) -> Result<Date, Fault> {
        node.scalar()
            .and_then(values::date)
            .ok_or_else(|| self.fault(node.id, say!(self.messages, "shape-date")))
    }

    /// `ja` or `nee`.
    pub fn yes(&self, node: &Node) -> Result<bool, Fault> {
        match node.scalar() {
            Some("ja" | "true") => Ok(true),
            Some("nee" | "false") => Ok(false),
            _ => Err(self.fault(node.id, say!(self.messages, "shape-yes"))),
        }
    }

    /// The value of a key that must be there.
    pub fn need<'n>(
        &self,
        node: &Node,
        entries: &'n [Entry],
        key: &str,
    ) -> Result<&'n Node, Fault> {
        find(entries, key)
            .ok_or_else(|| self.fault(node.id, say!(self.messages, "shape-missing", key = key)))
    }

    fn text_of(&self, entries: &[Entry], key: &str) -> Result<Option<String>, Fault> {
        find(entries, key).map(|node| self.text(node)).transpose()
    }

    fn moment(&self, node: &Node) -> Result<DateTime, Fault> {
        node.scalar()
            .and_then(values::moment)
            .ok_or_else(|| self.fault(node.id, say!(self.messages, "shape-moment")))
    }

    fn list_of<T>(
        &self,
        entries: &[Entry],
        key: &str,
        read: impl Fn(&Node) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        match find(entries, key) {
            Some(node) => self.items(node)?.iter().map(read).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// The one `.convenant` in the folder above the scenario's.
    fn only_file_above(&self, file: &Path) -> Result<PathBuf, Fault> {
        let folder = beside(file, Path::new(".."));
        let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
            .map(|entries| {
                entries
                    .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                    .filter(|path| path.extension().is_some_and(|e| e == "convenant"))
                    .collect()
            })
            .unwrap_or_default();
        match (found.pop(), found.pop()) {
            (Some(only), None) => Ok(only),
            _ => Err(self.fault(
                self.document.root.id,
                say!(
                    self.messages,
                    "test-which-convenant",
                    folder = folder.display().to_string()
                ),
            )),
        }
    }

    fn placed(&self, node: &Node) -> Result<Placed, Fault> {
        let entries = self.map(node, &["partij", "op", "wijk", "regeling"])?;
        Ok(Placed {
            id: node.id,
            party: self.text(self.need(node, entries, "partij")?)?,
            on: self.date(self.need(node, entries, "op")?)?,
            neighbourhood: self.text_of(entries, "wijk")?,
            scheme: self.text_of(entries, "regeling")?,
        })
    }

    fn refused(&self, node: &Node) -> Result<Refused, Fault> {
        let entries = self.map(node, &["regeling", "op", "gronden"])?;
        Ok(Refused {
            id: node.id,
            scheme: self.text_of(entries, "regeling")?,
            on: self.date(self.need(node, entries, "op")?)?,
            grounds: match find(entries, "gronden") {
                Some(node) => self.texts(node)?,
                None => Vec::new(),
            },
        })
    }

    fn step(&self, node: &Node) -> Result<Step, Fault> {
        let entries = self.map(node, &["op", "wie", "doe", "verwacht"])?;
        let at = find(entries, "op")
            .map(|node| self.moment(node))
            .transpose()?;
        let who = find(entries, "wie")
            .map(|node| self.who(node))
            .transpose()?;
        let doing = self.need(node, entries, "doe")?;
        let deeds = match &doing.kind {
            Kind::List(items) => items
                .iter()
                .map(|item| self.deed(item))
                .collect::<Result<_, _>>()?,
            _ => vec![self.deed(doing)?],
        };
        let expected = match find(entries, "verwacht") {
            Some(node) => self.map(node, &super::expect::KEYS)?.to_vec(),
            None => Vec::new(),
        };
        Ok(Step {
            at,
            who,
            deeds,
            expected,
        })
    }

    fn who(&self, node: &Node) -> Result<(String, String, u32), Fault> {
        let entries = self.map(node, &["rol", "partij"])?;
        Ok((
            self.text(self.need(node, entries, "rol")?)?,
            self.text(self.need(node, entries, "partij")?)?,
            node.id,
        ))
    }

    fn deed(&self, node: &Node) -> Result<(u32, Deed), Fault> {
        let deed = match node.scalar() {
            Some("open") => Deed::Open,
            Some("klok") => Deed::Clock,
            None if matches!(&node.kind, Kind::Map(entries) if find(entries, "ongelezen").is_some()) =>
            {
                let entries = self.map(node, &["ongelezen"])?;
                Deed::Unread(self.text(self.need(node, entries, "ongelezen")?)?)
            }
            _ => Deed::Act(Box::new(Act::from_json(node.to_json()).map_err(
                |error| {
                    let text = say!(self.messages, "act-malformed", why = error.to_string());
                    self.fault(node.id, text)
                },
            )?)),
        };
        Ok((node.id, deed))
    }
}
