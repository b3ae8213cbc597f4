//! Random valid definitions, as source text.
//!
//! Input: a seed. Output: a file that `check` accepts: parties, facts, criteria with typed conditions, a handover in which every
//! step is reached and left, tasks, deadlines, suspensions, decisions, spreading, notices, oversight. The same seed gives the
//! same text. Invariant: depends on nothing, so that any crate's tests can take it in by path.

mod handover;

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A valid definition.
pub fn definition(seed: u64) -> String {
    Definition::new(seed).write()
}

/// The same words with other white space, and comments where lines end.
pub fn scrambled(text: &str, seed: u64) -> String {
    let mut random = Random(seed);
    let mut result = String::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with('>') || trimmed.starts_with('#') {
            // A quotation or comment is a line, whatever stands around it.
            let _ = write!(result, "\n{}{trimmed}\n", random.space());
            continue;
        }
        let mut quoted = false;
        for (number, word) in trimmed.split(' ').enumerate() {
            // A line may not begin with the sign that makes it a quotation.
            let stays = quoted || word.starts_with('>');
            match (number, stays) {
                (0, _) => {}
                (_, true) => result.push(' '),
                (_, false) => result.push_str(random.space()),
            }
            result.push_str(word);
            quoted ^= word.matches('"').count() % 2 == 1;
        }
        match random.below(6) {
            0 => result.push_str(" # een opmerking { \"\n"),
            1 => result.push_str("\n# nog een opmerking }\n\n\n"),
            2 => result.push_str("\n\n\t"),
            3 => result.push(' '),
            _ => result.push('\n'),
        }
    }
    result
}

/// Numbers that look random and follow from the seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.number() % n.max(1)
    }

    /// A number from `low` up to and with `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items; the default where there are none.
    pub fn pick<T: Clone + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len() as u64) as usize;
        items.get(at).cloned().unwrap_or_default()
    }

    fn space(&mut self) -> &'static str {
        self.pick(&[" ", " ", "  ", "\n", "\n      ", "\t"])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Bool,
    Number,
    Money,
    Percentage,
    Date,
    Text,
    Choice,
    Party,
    Periods,
}

#[derive(Debug, Clone, Default)]
struct Fact {
    name: String,
    kind: Kind,
}

struct Definition {
    random: Random,
    municipalities: Vec<String>,
    bounded: bool,
    atw: bool,
    corporation: bool,
    spreads: bool,
    facts: Vec<Fact>,
    used: BTreeSet<String>,
    steps: usize,
    /// The steps in which eligibility is decided and the municipality fixed.
    decides: usize,
    allocates: usize,
    /// Names of acts and decisions so far, all in earlier steps.
    acts: Vec<String>,
    deadlines: Vec<usize>,
    reminders: bool,
    suspends: bool,
    extends: bool,
}

impl Definition {
    fn new(seed: u64) -> Definition {
        let mut random = Random(seed);
        let steps = random.between(3, 8) as usize;
        let names = ["Noord", "Zuid", "\"De Oost\"", "West", "\"Aan de Kust\""];
        let count = random.between(2, 5) as usize;
        Definition {
            municipalities: names.iter().take(count).map(|n| (*n).to_owned()).collect(),
            bounded: random.chance(70),
            atw: random.chance(30),
            corporation: random.chance(50),
            spreads: random.chance(60),
            facts: Vec::new(),
            used: BTreeSet::new(),
            steps,
            decides: 1,
            allocates: random.between(2, steps as u64 - 1) as usize,
            acts: Vec::new(),
            deadlines: Vec::new(),
            reminders: false,
            suspends: false,
            extends: false,
            random,
        }
    }

    fn write(mut self) -> String {
        self.declare_facts();
        let (agreement, parties) = (self.agreement(), self.parties());
        let (eligibility, spreading) = (self.eligibility(), self.spreading());
        let handover = self.handover();
        let (notices, oversight) = (self.notices(), self.oversight());
        let facts = self.facts_section();
        [
            agreement,
            parties,
            facts,
            eligibility,
            spreading,
            handover,
            notices,
            oversight,
        ]
        .concat()
    }

    // ---- small things -----------------------------------------------------------------------------------------------

    fn source(&mut self) -> &'static str {
        self.random.pick(&[
            "",
            "",
            " aanname",
            " artikel \"4.2\"",
            " artikel \"bijlage 1\" aanname",
        ])
    }

    fn title(&mut self) -> &'static str {
        self.random.pick(&[
            "",
            " \"Een titel\"",
            " \"Is het zover, of (nog) niet?\"",
            " \"Zo { staat } het er # echt\"",
        ])
    }

    fn duration(&mut self) -> String {
        let amount = self.random.between(2, 30);
        let unit = self
            .random
            .pick(&["dagen", "werkdagen", "weken", "maanden", "jaar", "uur"]);
        match unit {
            // The ATW does not cover hours.
            "uur" if self.atw => format!("{amount} dagen"),
            _ => format!("{amount} {unit}"),
        }
    }

    fn date(&mut self) -> String {
        let (day, year) = (self.random.between(1, 28), self.random.between(2016, 2021));
        if self.random.chance(30) {
            return format!("{year}-{:02}-{day:02}", self.random.between(1, 12));
        }
        let month = self.random.pick(&["januari", "maart", "juli", "december"]);
        format!("{day} {month} {year}")
    }

    fn money(&mut self) -> String {
        self.random
            .pick(&["€ 0", "€ 1.250,50", "€ 46.000", "€ 999"])
            .to_owned()
    }

    fn percentage(&mut self) -> String {
        self.random
            .pick(&["12,5%", "30%", "100%", "0,1%"])
            .to_owned()
    }

    /// Who may act in a step: the party of the case only once it is fixed.
    fn who(&mut self, step: usize) -> String {
        let mut who = vec!["aanmelder", "regisseur", "overleg-van-gemeenten"];
        if self.spreads && step > self.allocates {
            who.push("wijkteam");
        }
        if self.corporation {
            who.push("verhuurder");
        }
        self.random.pick(&who).to_owned()
    }

    fn target(&mut self) -> String {
        match self.random.below(3) {
            0 => self.random.pick(&["einde-goed", "einde-slecht"]).to_owned(),
            _ => format!("stap-{}", self.random.below(self.steps as u64)),
        }
    }

    // ---- convenant, looptijd, partijen --------------------------------------------------------------------------------

    fn agreement(&mut self) -> String {
        let calendar = if self.atw {
            "atw"
        } else {
            self.random.pick(&["werkdagen", "kalenderdagen"])
        };
        let mut text = format!(
            "convenant \"Proef\" {{\n  aanname\n  regio Proef\n  versie 1\n  kalender {calendar}\n"
        );
        if self.random.chance(40) {
            let word = self.random.pick(&["laatste dag", "volgende dag"]);
            let _ = writeln!(text, "  maandeinde {word}");
        }
        text.push_str("}\n\nlooptijd {\n  artikel \"1\"\n  > De afspraak geldt drie jaar.\n");
        match (self.bounded, self.random.chance(50)) {
            (true, true) => text.push_str("  van 1 januari 2017 tot en met 31 december 2021\n"),
            (true, false) => text.push_str("  inwerkingtreding op 1 januari 2017\n  duur 5 jaar\n"),
            (false, _) => text.push_str("  inwerkingtreding op 1 januari 2017\n  onbepaald\n"),
        }
        if self.bounded && self.random.chance(50) {
            let _ = writeln!(
                text,
                "  verlenging stilzwijgend met 1 jaar, hoogstens 2 keer{}",
                self.source()
            );
        }
        if self.random.chance(50) {
            let _ = writeln!(
                text,
                "  opzegging uiterlijk 3 maanden vooraf{}",
                self.source()
            );
        }
        let _ = writeln!(
            text,
            "  evaluatie elke 12 maanden door overleg-van-gemeenten{}",
            self.source()
        );
        text.push_str("}\n\n");
        text
    }

    fn parties(&mut self) -> String {
        let mut text = String::from("partijen {\n  aanname\n");
        for name in self.municipalities.clone() {
            let people = self.random.between(1, 400);
            let _ = write!(
                text,
                "  gemeente {name} {{ inwoners {people}.000 op 1 januari 2017"
            );
            if self.random.chance(30) {
                let _ = write!(text, " grondgebied {name}, Elders");
            }
            let _ = writeln!(text, " }}{}", self.source());
        }
        if self.bounded && self.random.chance(40) {
            text.push_str(
                "  gemeente Oud { inwoners 9.000 op 1 januari 2017 tot 1 juli 2019 opgevolgd door Nieuw voor grondgebied Oud }\n  gemeente Nieuw { vanaf 1 juli 2019 }\n",
            );
        }
        if self.random.chance(40) {
            text.push_str("  gemeente Vriend { ondersteuner }\n  gemeente Weg { teruggetrokken op 1 maart 2017 }\n");
        }
        text.push_str(
            "  zorgaanbieder \"De Haven\"\n  zorgaanbieder Anker\n  dienstverlener Spil\n",
        );
        if self.corporation {
            text.push_str(
                "  woningcorporatie Thuis { onder voorbehoud van goedkeuring door \"de raad\" }\n",
            );
        }
        text.push_str("\n  rol aanmelder is elke zorgaanbieder\n  rol regisseur is Spil\n");
        if self.spreads {
            text.push_str("  rol wijkteam is gemeente van de zaak\n");
        }
        if self.corporation {
            text.push_str("  rol verhuurder is Thuis of Spil\n");
        }
        let rule = self.random.pick(&["één lid", "bij meerderheid", "unaniem"]);
        let _ = write!(
            text,
            "  overleg overleg-van-gemeenten {{\n    leden elke gemeente, regisseur\n    besluit {rule}\n  }}\n  instemming voor wijziging: alle partijen, schriftelijk\n}}\n\n"
        );
        text
    }

    // ---- gegevens and conditions ----------------------------------------------------------------------------------------

    fn declare_facts(&mut self) {
        let kinds = [
            Kind::Bool,
            Kind::Number,
            Kind::Money,
            Kind::Percentage,
            Kind::Date,
            Kind::Text,
            Kind::Choice,
            Kind::Party,
            Kind::Periods,
        ];
        for number in 0..self.random.between(3, 12) {
            let kind = self.random.pick(&kinds);
            self.facts.push(Fact {
                name: format!("gegeven-{number}"),
                kind,
            });
        }
    }

    fn facts_section(&mut self) -> String {
        let mut text = String::from("gegevens {\n  aanname\n");
        for fact in self.facts.clone() {
            let kind = match fact.kind {
                Kind::Bool => "ja/nee",
                Kind::Number => "getal per maand",
                Kind::Money => "bedrag",
                Kind::Percentage => "percentage",
                Kind::Date => "datum",
                Kind::Text => "tekst",
                Kind::Choice => "keuze (kamer, studio, huis)",
                Kind::Party => "gemeente",
                Kind::Periods => "periodes",
            };
            let class = self.random.pick(&["", " gewoon", " persoonsgegeven"]);
            let _ = write!(
                text,
                "  {} : {kind}{}{class} van aanmelder",
                fact.name,
                self.title()
            );
            // A fact that decides nothing is there for somebody to read.
            if !self.used.contains(&fact.name) || self.random.chance(20) {
                text.push_str(", voor regisseur en aanmelder");
            }
            if self.random.chance(20) {
                text.push_str(", bewaren 15 jaar");
            }
            let _ = writeln!(text, "{}", self.source());
        }
        text.push_str(
            "  soort-woning : keuze (kamer, huis) van regisseur, in meldingen toegestaan\n",
        );
        text.push_str("  bewijs verklaring van aanmelder, afgegeven door \"de gemeente\", hoogstens 6 maanden oud\n}\n\n");
        text
    }

    fn fact(&mut self, kind: Kind) -> Option<String> {
        let of_kind: Vec<String> = self
            .facts
            .iter()
            .filter(|f| f.kind == kind)
            .map(|f| f.name.clone())
            .collect();
        if of_kind.is_empty() {
            return None;
        }
        let name = self.random.pick(&of_kind);
        self.used.insert(name.clone());
        Some(name)
    }

    /// A well-typed condition.
    fn condition(&mut self, depth: u64) -> String {
        if depth > 0 && self.random.chance(60) {
            let a = self.condition(depth - 1);
            if self.random.chance(25) {
                return format!("niet ({a})");
            }
            let b = self.condition(depth - 1);
            return match self.random.below(3) {
                0 => format!("({a}) en ({b})"),
                1 => format!("({a}) of ({b})"),
                _ => format!("({a}) tenzij ({b})"),
            };
        }
        let at = self.random.below(self.facts.len() as u64) as usize;
        let fact = self.facts.get(at).cloned().unwrap_or_default();
        self.used.insert(fact.name.clone());
        self.simple(&fact)
    }

    fn simple(&mut self, fact: &Fact) -> String {
        let name = &fact.name;
        if self.random.chance(15) {
            return format!("{name} {}", self.random.pick(&["bekend", "onbekend"]));
        }
        let sign = self.random.pick(&["=", "<>", "<", "<=", ">", ">="]);
        match fact.kind {
            Kind::Bool => name.clone(),
            Kind::Number => format!(
                "{name} {sign} {}",
                self.random.pick(&["3", "14.900", "2,5"])
            ),
            Kind::Money => {
                let share = self.percentage();
                let money = self.money();
                self.random.pick(&[
                    format!("{name} {sign} {money}"),
                    format!("{share} van {name} {sign} {money}"),
                    format!("{name} + {money} {sign} € 5"),
                ])
            }
            Kind::Percentage => format!("{name} {sign} {}", self.percentage()),
            Kind::Date => {
                let date = self.date();
                self.random.pick(&[
                    format!("{name} {sign} {date}"),
                    format!("{name} {sign} vandaag"),
                    format!("leeftijd({name}) >= 18 jaar"),
                    format!("{name} in de afgelopen 3 jaar"),
                ])
            }
            Kind::Text => format!("{name} bekend"),
            Kind::Choice => self.random.pick(&[
                format!("{name} is kamer"),
                format!("{name} is niet huis"),
                format!("{name} in (kamer, studio)"),
            ]),
            Kind::Party => format!(
                "{name} is {}",
                self.random.pick(&self.municipalities.clone())
            ),
            Kind::Periods => self.random.pick(&[
                format!("{name} in de afgelopen 12 maanden"),
                format!("{name} 6 jaar aaneengesloten"),
                format!("{name} 6 jaar aaneengesloten in de afgelopen 10 jaar"),
            ]),
        }
    }

    // ---- doelgroep and spreiding ----------------------------------------------------------------------------------------

    fn eligibility(&mut self) -> String {
        let mut text = String::from("doelgroep {\n  aanname\n");
        for number in 0..self.random.between(1, 6) {
            let word = self.random.pick(&["criterium", "uitsluiting"]);
            let _ = write!(text, "  {word} eis-{number}{} {{ ", self.title());
            if self.random.chance(25) {
                text.push_str("oordeel van aanmelder");
            } else {
                let depth = self.random.between(0, 3);
                text.push_str(&self.condition(depth));
            }
            text.push_str(" }\n");
        }
        let source = self.source();
        let _ = writeln!(text, "  besluit door regisseur{source}");
        if self.random.chance(40) {
            text.push_str("  advies van aanmelder\n");
        }
        text.push_str(self.random.pick(&[
            "",
            "  geen bezwaar\n",
            "  bezwaar bij overleg-van-gemeenten binnen 6 weken\n",
        ]));
        if self.random.chance(50) {
            text.push_str("  hardheidsclausule door overleg-van-gemeenten\n");
        }
        text.push_str("}\n\n");
        text
    }

    fn spreading(&mut self) -> String {
        if !self.spreads {
            return String::new();
        }
        let period = self.random.pick(&[
            "per kalenderjaar",
            "per halfjaar",
            "per kwartaal",
            "over de looptijd",
        ]);
        let force = self.random.pick(&["doel", "verplichting", "plafond"]);
        let mut text = format!(
            "spreiding {{\n  aanname\n  woningen over gemeenten {period}\n  {force} {}\n",
            self.random.between(1, 200)
        );
        if self.random.chance(40) {
            text.push_str("  sleutel gelijk\n  aandeel Noord 37,5%\n");
        } else {
            text.push_str("  sleutel inwoners\n");
        }
        let rounding = self
            .random
            .pick(&["grootste rest", "sainte-laguë", "d'hondt"]);
        let _ = writeln!(text, "  afronden {rounding}{}", self.source());
        let first = self.fact(Kind::Party);
        let _ = match first {
            Some(fact) => writeln!(text, "  voorkeur {fact}, anders grootste achterstand"),
            None => writeln!(text, "  voorkeur grootste achterstand"),
        };
        let carry = self
            .random
            .pick(&["vervalt", "meenemen naar volgende periode"]);
        let _ = writeln!(text, "  tekort {carry}{}", self.source());
        if self.random.chance(50) {
            text.push_str("  hoogstens 2 per wijk per 12 maanden, afwijken met motivering\n");
        }
        if self.random.chance(50) {
            text.push_str(
                "  gemeente bepaald door regisseur\n  afwijken met motivering door regisseur\n",
            );
        }
        text.push_str("}\n\n");
        text
    }
}
