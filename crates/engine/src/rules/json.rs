//! JSON text straight into slots: no map, no tree, one pass.
//!
//! Input: an object of fact names and values: `true`, `1250.5`, `"2018-05-02"`, an option's or a party's name, `null` for not known. Output:
//! `FactSlots`. Invariants: numbers are exact (at most two decimals for an amount, four otherwise); an unknown name, a name that comes twice or a
//! value of the wrong type is an error that names the fact and never the value.

use std::fmt;

use convenant_lang::model::{Convenant, FactId, SCALE, Type, Value};
use jiff::civil::Date;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::slots::{FactSlots, UNKNOWN, day};

/// Reads the facts of a convenant from JSON. Make one per version.
#[derive(Debug, Clone)]
pub struct FactReader {
    /// By `FactId`.
    facts: Vec<Wanted>,
    /// Positions in `facts` by the hash of the name, open addressing; `EMPTY` where there is none.
    table: Vec<u16>,
    /// Names of the parties, by `PartyId`.
    parties: Vec<String>,
}

#[derive(Debug, Clone)]
struct Wanted {
    name: String,
    kind: Type,
}

impl FactReader {
    /// A reader for the facts of this convenant.
    pub fn new(model: &Convenant) -> FactReader {
        let facts: Vec<Wanted> = model
            .facts
            .iter()
            .map(|fact| Wanted {
                name: fact.name.clone(),
                kind: fact.kind.clone(),
            })
            .collect();
        let mut table = vec![EMPTY; facts.len().saturating_mul(4).next_power_of_two().max(4)];
        for (n, fact) in (0..EMPTY).zip(&facts) {
            let mut place = hash(fact.name.as_bytes());
            while let Some(slot) = slot_mut(&mut table, place) {
                if *slot == EMPTY {
                    *slot = n;
                    break;
                }
                place += 1;
            }
        }
        FactReader {
            facts,
            table,
            parties: model
                .parties
                .iter()
                .map(|party| party.name.clone())
                .collect(),
        }
    }

    /// Fills the slots from JSON text; what the text does not name stays as it is. On an error the slots are left half filled: clear them.
    pub fn read(&self, json: &str, slots: &mut FactSlots) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        deserializer.deserialize_map(Object {
            reader: self,
            slots,
        })?;
        deserializer.end()
    }

    /// The fact of this name.
    fn find(&self, name: &str) -> Option<u16> {
        let mut place = hash(name.as_bytes());
        loop {
            let n = *self.table.get(place & (self.table.len() - 1))?;
            if self.facts.get(usize::from(n))?.name == name {
                return Some(n);
            }
            place += 1;
        }
    }
}

/// No fact: no convenant has this many.
const EMPTY: u16 = u16::MAX;

/// The place that a probe comes to; the table's length is a power of two, and at least three quarters of it are empty.
fn slot_mut(table: &mut [u16], place: usize) -> Option<&mut u16> {
    let mask = table.len() - 1;
    table.get_mut(place & mask)
}

/// A quick hash of a short name; the names come from a checked file, not from whoever sends the text.
fn hash(name: &[u8]) -> usize {
    let mut hash = name.len() as u64;
    for chunk in name.chunks(8) {
        let word = chunk
            .iter()
            .fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    (hash >> 32) as usize
}

struct Object<'a> {
    reader: &'a FactReader,
    slots: &'a mut FactSlots,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a value for each fact")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(fact) = map.next_key_seed(Name(self.reader))? {
            let Some(wanted) = self.reader.facts.get(fact.index()) else {
                continue;
            };
            if self.slots.get(fact.0) != UNKNOWN {
                return Err(A::Error::custom(format_args!(
                    "`{}` comes twice",
                    wanted.name
                )));
            }
            match map.next_value_seed(OneValue {
                reader: self.reader,
                wanted,
            })? {
                Read::Number(number) => self.slots.set_number(fact, number),
                Read::Other(value) => self.slots.set(fact, value),
                Read::Null => {}
            }
        }
        Ok(())
    }
}

/// The name of a fact, found without keeping its text.
struct Name<'a>(&'a FactReader);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = FactId;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FactId, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = FactId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a fact")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<FactId, E> {
        self.0
            .find(name)
            .map(FactId)
            .ok_or_else(|| E::custom("a name that is no fact of this convenant"))
    }
}

enum Read {
    Number(i64),
    Other(Value),
    Null,
}

struct OneValue<'a> {
    reader: &'a FactReader,
    wanted: &'a Wanted,
}

impl<'de> DeserializeSeed<'de> for OneValue<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl OneValue<'_> {
    fn wrong<E: Error>(&self) -> E {
        let expected = match &self.wanted.kind {
            Type::Bool => "true or false",
            Type::Number => "a number with at most four decimals",
            Type::Money => "an amount with at most two decimals",
            Type::Percentage => "a percentage with at most four decimals",
            Type::Date => "a date such as 2018-05-02",
            Type::Choice(_) => "one of its options",
            Type::Party(_) => "the name of a party",
            Type::Text | Type::Neighbourhood => "a text",
            Type::Duration | Type::Periods => {
                "a value that JSON text cannot give; supply it by itself"
            }
        };
        E::custom(format_args!("`{}` must be {expected}", self.wanted.name))
    }

    /// Units in one, where the type is a number.
    fn scale(&self) -> Option<i64> {
        match self.wanted.kind {
            Type::Number | Type::Percentage => Some(SCALE),
            Type::Money => Some(100),
            _ => None,
        }
    }
}

impl Visitor<'_> for OneValue<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of `{}`", self.wanted.name)
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read::Null)
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Read, E> {
        match self.wanted.kind {
            Type::Bool => Ok(Read::Number(i64::from(yes))),
            _ => Err(self.wrong()),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Read, E> {
        let scaled = self.scale().and_then(|scale| number.checked_mul(scale));
        scaled.map(Read::Number).ok_or_else(|| self.wrong())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Read, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(self.wrong()),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Read, E> {
        // The shortest text that gives this number is the text that was written, up to fifteen digits: exact again.
        let text = number.to_string();
        let scaled = self.scale().and_then(|scale| decimal(&text, scale));
        scaled.map(Read::Number).ok_or_else(|| self.wrong())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        let position = |names: &[String]| {
            let found = names.iter().position(|name| name == text);
            found.and_then(|n| i64::try_from(n).ok()).map(Read::Number)
        };
        let read = match &self.wanted.kind {
            Type::Choice(options) => position(options),
            Type::Party(_) => position(&self.reader.parties),
            Type::Date => text
                .parse::<Date>()
                .ok()
                .map(|date| Read::Number(day(date))),
            Type::Text | Type::Neighbourhood => Some(Read::Other(Value::Text(text.to_owned()))),
            _ => None,
        };
        read.ok_or_else(|| self.wrong())
    }
}

/// `1250.5` in units of `1 / scale`; none when it has more decimals than that.
fn decimal(text: &str, scale: i64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = if whole.trim_start_matches('-').len() + fraction.len() <= 15 {
        fraction
    } else {
        return None;
    };
    let mut value: i64 = format!("{whole}{digits}").parse().ok()?;
    let mut left = scale;
    for _ in 0..digits.len() {
        left /= 10;
        if left == 0 {
            return None;
        }
    }
    value = value.checked_mul(left)?;
    Some(value)
}
