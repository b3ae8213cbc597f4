//! One rule set in five forms: hand-written Rust, CEL, ZEN, Cedar and a convenant; 20 conditions over 25 typed facts.
//!
//! Input: seeded records. Output: for each record which conditions fail, as a bit each. All forms give the same answers
//! (`peers` asserts it), so their times can be compared.

use serde::{Deserialize, Serialize};

/// Names of the facts: yes or no (`j`), whole numbers (`g`), cents (`b`), choices (`k`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub j1: Option<bool>,
    pub j2: Option<bool>,
    pub j3: Option<bool>,
    pub j4: Option<bool>,
    pub j5: Option<bool>,
    pub j6: Option<bool>,
    pub j7: Option<bool>,
    pub j8: Option<bool>,
    pub g1: Option<i64>,
    pub g2: Option<i64>,
    pub g3: Option<i64>,
    pub g4: Option<i64>,
    pub g5: Option<i64>,
    pub g6: Option<i64>,
    pub g7: Option<i64>,
    pub g8: Option<i64>,
    pub b1: Option<i64>,
    pub b2: Option<i64>,
    pub b3: Option<i64>,
    pub b4: Option<i64>,
    pub b5: Option<i64>,
    pub k1: Option<Choice>,
    pub k2: Option<Choice>,
    pub k3: Option<Choice>,
    pub k4: Option<Choice>,
}

/// The options of every choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Aa,
    Bb,
    Cc,
    Dd,
}

/// The 20 conditions in CEL; `{}` stands for nothing, names are bare.
pub const CEL: [&str; 20] = [
    "g1 >= 18",
    "j1",
    "!(b1 > 0 && !j2)",
    "k1 == 'aa' || k1 == 'bb'",
    "g2 < 65",
    "j3 || j4",
    "b2 <= b3",
    "g3 >= 2 && g3 <= 10",
    "!j5",
    "k2 == 'cc'",
    "b4 < 4600000",
    "g4 != 3",
    "j6 || g5 > 5",
    "k3 != 'dd'",
    "b5 >= 10000 || j7",
    "g6 + g7 > 10",
    "j8",
    "g8 <= 6",
    "k4 == 'aa' || k4 == 'bb' || k4 == 'cc'",
    "b1 + b2 <= 10000000",
];

/// The same in the language of a convenant, each as the body of a `criterium`.
const CONVENANT: [&str; 20] = [
    "g1 >= 18",
    "j1",
    "niet (b1 > € 0 tenzij j2)",
    "k1 in (aa, bb)",
    "g2 < 65",
    "j3 of j4",
    "b2 <= b3",
    "g3 >= 2 en g3 <= 10",
    "niet j5",
    "k2 is cc",
    "b4 < € 46.000",
    "g4 <> 3",
    "j6 of g5 > 5",
    "k3 is niet dd",
    "b5 >= € 100 of j7",
    "g6 + g7 > 10",
    "j8",
    "g8 <= 6",
    "k4 in (aa, bb, cc)",
    "b1 + b2 <= € 100.000",
];

/// The conditions in ZEN's spelling.
pub fn zen() -> Vec<String> {
    CEL.iter()
        .map(|text| {
            text.replace("&&", "and")
                .replace("||", "or")
                .replace("!=", "<>")
                .replace('!', "not ")
                .replace("<>", "!=")
                .replace('\'', "\"")
        })
        .collect()
}

/// One permit, and a forbid for every condition that fails: the determining policies are the deciding clauses.
pub fn cedar() -> String {
    let mut policies = String::from("@id(\"permit\") permit(principal, action, resource);\n");
    for (number, text) in CEL.iter().enumerate() {
        let condition = with_context(text).replace('\'', "\"");
        policies += &format!(
            "@id(\"{number}\") forbid(principal, action, resource) when {{ !({condition}) }};\n"
        );
    }
    policies
}

/// Puts `context.` before every name.
fn with_context(text: &str) -> String {
    let mut result = String::new();
    let mut quoted = false;
    let mut previous = ' ';
    for letter in text.chars() {
        if letter == '\'' {
            quoted = !quoted;
        }
        if !quoted && letter.is_ascii_alphabetic() && !previous.is_ascii_alphanumeric() {
            result += "context.";
        }
        result.push(letter);
        previous = letter;
    }
    result
}

/// A whole convenant around the conditions.
pub fn convenant() -> String {
    let mut facts = String::new();
    for n in 1..=8 {
        facts += &format!("  j{n} : ja/nee van aanmelder\n  g{n} : getal van aanmelder\n");
    }
    for n in 1..=5 {
        facts += &format!("  b{n} : bedrag van aanmelder\n");
    }
    for n in 1..=4 {
        facts += &format!("  k{n} : keuze (aa, bb, cc, dd) van aanmelder\n");
    }
    let criteria: String = CONVENANT
        .iter()
        .enumerate()
        .map(|(n, text)| format!("  criterium c{n} {{ {text} }}\n"))
        .collect();
    format!(
        "convenant \"Meting\" {{\n  aanname\n  regio Meting\n  versie 1\n  kalender werkdagen\n}}\n\
         looptijd {{\n  aanname\n  van 1 januari 2017 tot 1 januari 2020\n}}\n\
         partijen {{\n  aanname\n  zorgaanbieder Zorg\n  rol aanmelder is elke zorgaanbieder\n}}\n\
         gegevens {{\n  aanname\n{facts}}}\n\
         doelgroep {{\n  aanname\n{criteria}}}\n\
         overdracht {{\n  aanname\n  begin toets\n  stap toets \"Toets\" {{\n    door aanmelder\n    besluit doelgroep {{\n\
               voldoet -> ja\n      voldoet niet -> nee\n      onbekend -> toets-later\n    }}\n  }}\n\
           stap toets-later \"Later\" {{\n    door aanmelder\n    gereed -> toets\n  }}\n\
           einde ja geslaagd\n  einde nee niet geslaagd\n}}\n"
    )
}

/// Which conditions are known not to hold, and which are not known, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits {
    pub failed: u32,
    pub unknown: u32,
}

type Three = Option<bool>;

#[inline(always)]
fn and(a: Three, b: Three) -> Three {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[inline(always)]
fn not(a: Three) -> Three {
    a.map(|a| !a)
}

#[inline(always)]
fn or(a: Three, b: Three) -> Three {
    not(and(not(a), not(b)))
}

#[inline(always)]
fn both<T, U>(a: Option<T>, b: Option<T>, f: impl Fn(T, T) -> U) -> Option<U> {
    Some(f(a?, b?))
}

/// The rules as a programmer would write them by hand for this one file.
#[inline(never)]
pub fn by_hand(r: &Record) -> Bits {
    use Choice::{Aa, Bb, Cc, Dd};
    let conditions: [Three; 20] = [
        r.g1.map(|x| x >= 18),
        r.j1,
        not(and(r.b1.map(|x| x > 0), not(r.j2))),
        r.k1.map(|x| matches!(x, Aa | Bb)),
        r.g2.map(|x| x < 65),
        or(r.j3, r.j4),
        both(r.b2, r.b3, |a, b| a <= b),
        r.g3.map(|x| (2..=10).contains(&x)),
        not(r.j5),
        r.k2.map(|x| x == Cc),
        r.b4.map(|x| x < 4_600_000),
        r.g4.map(|x| x != 3),
        or(r.j6, r.g5.map(|x| x > 5)),
        r.k3.map(|x| x != Dd),
        or(r.b5.map(|x| x >= 10_000), r.j7),
        both(r.g6, r.g7, |a, b| a + b > 10),
        r.j8,
        r.g8.map(|x| x <= 6),
        r.k4.map(|x| matches!(x, Aa | Bb | Cc)),
        both(r.b1, r.b2, |a, b| a + b <= 10_000_000),
    ];
    let mut bits = Bits { failed: 0, unknown: 0 };
    for (n, condition) in conditions.into_iter().enumerate() {
        match condition {
            Some(true) => {}
            Some(false) => bits.failed |= 1 << n,
            None => bits.unknown |= 1 << n,
        }
    }
    bits
}

/// Seeded records; one fact in `unknown_in` is unknown (0: none is).
pub fn records(count: usize, unknown_in: u64) -> Vec<Record> {
    let mut dice = Dice(42);
    (0..count).map(|_| record(&mut dice, unknown_in)).collect()
}

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> i64 {
        i64::try_from(self.next() % limit).unwrap_or(0)
    }
}

fn record(dice: &mut Dice, unknown_in: u64) -> Record {
    fn maybe<T>(dice: &mut Dice, unknown_in: u64, value: impl Fn(&mut Dice) -> T) -> Option<T> {
        let value = value(dice);
        (unknown_in == 0 || dice.below(unknown_in) != 0).then_some(value)
    }
    let mut yes = |odds| maybe(dice, unknown_in, |d| d.below(20) < odds);
    let (j1, j2, j3, j4) = (yes(18), yes(12), yes(12), yes(14));
    let (j5, j6, j7, j8) = (yes(2), yes(12), yes(10), yes(18));
    let mut number = |from, to| maybe(dice, unknown_in, |d| from + d.below((to - from) as u64));
    let (g1, g2, g3, g4) = (number(16, 90), number(16, 70), number(1, 12), number(0, 30));
    let (g5, g6, g7, g8) = (number(0, 12), number(3, 30), number(3, 30), number(0, 8));
    let (b1, b2, b3) = (number(0, 300_000), number(0, 200_000), number(100_000, 900_000));
    let (b4, b5) = (number(0, 5_000_000), number(0, 100_000));
    let mut pick = |odds: i64| {
        maybe(dice, unknown_in, |d| match d.below(20) {
            n if n < odds => Choice::Cc,
            n if n % 3 == 0 => Choice::Aa,
            n if n % 3 == 1 => Choice::Bb,
            _ => Choice::Dd,
        })
    };
    let (k1, k2, k3, k4) = (pick(2), pick(16), pick(12), pick(10));
    Record {
        j1, j2, j3, j4, j5, j6, j7, j8, g1, g2, g3, g4, g5, g6, g7, g8, b1, b2, b3, b4, b5, k1, k2, k3, k4,
    }
}
