//! Random handovers, notices and oversight: the steps form a chain, so that each is reached and left; everything else is added
//! to that chain.

use std::fmt::Write as _;

use super::{Definition, Kind};

impl Definition {
    pub(super) fn handover(&mut self) -> String {
        let mut text = String::from("overdracht {\n  aanname\n  begin stap-0\n\n");
        for step in 0..self.steps {
            text.push_str(&self.step(step));
        }
        if self.random.chance(40) {
            text.push_str("  termijn binnen 12 maanden na opening streven\n");
        }
        text.push_str("  altijd intrekken \"De cliënt trekt zich terug\" door aanmelder -> ingetrokken aanname\n");
        if self.random.chance(40) {
            text.push_str("  altijd overlast door regisseur met motivering\n");
        }
        text.push_str(
            "\n  einde einde-goed \"Woont zelfstandig\" geslaagd\n  einde einde-slecht niet geslaagd\n  einde ingetrokken niet geslaagd\n}\n\n",
        );
        text
    }

    fn step(&mut self, step: usize) -> String {
        let mut text = format!("  stap stap-{step}{} {{\n", self.title());
        if self.random.chance(30) {
            text.push_str("    artikel \"5.1\"\n    > Wat hier is afgesproken, gebeurt ook.\n");
        }
        let who = self.who(step);
        let dated = self.random.chance(60);
        let _ = write!(text, "    door {who}");
        if self.random.chance(20) {
            text.push_str(" en regisseur");
        }
        if dated {
            self.deadlines.push(step);
            let _ = write!(text, " binnen {}", self.duration());
            text.push_str(self.random.pick(&[
                "",
                " streven",
                " volgens kalenderdagen",
                " eerste dag telt mee",
            ]));
        }
        let _ = writeln!(text, "{}", self.source());
        if step == 0 {
            text.push_str("    bewijs verklaring\n");
        }
        self.supplies(&mut text);
        self.tasks(step, &mut text);
        if dated {
            self.moves(step, &mut text);
        }
        self.deadline(step, &mut text);
        if self.random.chance(15) {
            text.push_str("    evaluatie elke 6 maanden door regisseur met aanmelder, uitgenodigd overleg-van-gemeenten\n");
        }
        self.exits(step, &mut text);
        text.push_str("  }\n\n");
        text
    }

    fn supplies(&mut self, text: &mut String) {
        if self.facts.is_empty() || self.random.chance(50) {
            return;
        }
        let at = self.random.below(self.facts.len() as u64) as usize;
        if let Some(fact) = self.facts.get(at) {
            let word = if at.is_multiple_of(2) {
                "levert"
            } else {
                "levert zo mogelijk"
            };
            let _ = writeln!(text, "    {word} {}", fact.name);
        }
    }

    fn tasks(&mut self, step: usize, text: &mut String) {
        for number in 0..self.random.below(4) {
            let _ = write!(
                text,
                "    taak taak-{step}-{number}{} door {}",
                self.title(),
                self.who(step)
            );
            match self.random.below(4) {
                0 => {
                    let _ = write!(text, " binnen {}", self.duration());
                }
                1 if number > 0 => {
                    let _ = write!(text, " binnen {} na taak-{step}-0", self.duration());
                }
                _ => {}
            }
            if self.random.chance(30) {
                let condition = self.condition(1);
                let _ = write!(text, " indien {condition}");
            }
            let _ = writeln!(text, "{}", self.source());
        }
    }

    /// What moves the deadline of the step, and what is said around it.
    fn moves(&mut self, step: usize, text: &mut String) {
        match self.random.below(4) {
            0 => {
                text.push_str("    opschorten op verzoek door aanmelder, hoogstens 4 weken\n");
                self.suspends = true;
            }
            1 if step + 1 < self.steps => {
                let _ = writeln!(
                    text,
                    "    opschorten tijdens stap-{}, hoogstens 3 weken",
                    step + 1
                );
                self.suspends = true;
            }
            _ => {}
        }
        if self.random.chance(30) {
            text.push_str("    verlengen met 1 week, hoogstens 1 keer, door regisseur, met bericht aan aanmelder\n");
            self.extends = true;
        }
        if self.random.chance(50) {
            text.push_str("    bij overschrijding : meld regisseur, na 3 werkdagen overleg-van-gemeenten, na 9 werkdagen aanmelder\n");
        }
    }

    /// One more deadline, counted from something that comes before.
    fn deadline(&mut self, step: usize, text: &mut String) {
        let act = self.random.pick(&self.acts.clone());
        let line = match self.random.below(5) {
            0 if step > 0 => format!("binnen 6 weken na stap-{}", self.random.below(step as u64)),
            1 if !act.is_empty() => format!("binnen 10 werkdagen na {act}"),
            2 if self.bounded => {
                "uiterlijk 3 maanden vóór einde looptijd volgens kalenderdagen".to_owned()
            }
            3 => match self.fact(Kind::Date) {
                Some(fact) if self.random.chance(50) => format!("uiterlijk 4 weken vóór {fact}"),
                Some(fact) => format!("binnen 4 weken na {fact} streven"),
                None => return,
            },
            _ => return,
        };
        self.deadlines.push(step);
        let _ = write!(text, "    termijn {line}");
        if self.random.chance(40) {
            self.reminders = true;
            text.push_str(" { 2 werkdagen vooraf : herinner regisseur }");
        }
        text.push('\n');
    }

    /// The exit to the next step of the chain, and others.
    fn exits(&mut self, step: usize, text: &mut String) {
        let next = if step + 1 < self.steps {
            format!("stap-{}", step + 1)
        } else {
            "einde-goed".to_owned()
        };
        if step == self.decides {
            let _ = write!(
                text,
                "    besluit doelgroep {{\n      voldoet -> {next}\n      voldoet niet -> einde-slecht\n"
            );
            if self.random.chance(50) {
                text.push_str("      onbekend -> stap-0\n");
            }
            text.push_str("    }\n");
        } else if self.spreads && step == self.allocates {
            let _ = writeln!(
                text,
                "    toewijzen gemeente volgens spreiding door regisseur -> {next}"
            );
        } else {
            self.main_exit(step, &next, text);
        }
        for number in 0..self.random.below(3) {
            let (name, target) = (format!("handeling-{step}-{number}"), self.target());
            let _ = write!(
                text,
                "    handeling {name}{} door {}",
                self.title(),
                self.who(step)
            );
            if self.random.chance(30) {
                let condition = self.condition(1);
                let _ = write!(text, " indien {condition}");
            }
            if self.random.chance(30) {
                text.push_str(" met motivering");
            }
            let _ = writeln!(text, " -> {target}{}", self.source());
        }
        if self.random.chance(20) {
            let target = self.target();
            let _ = writeln!(text, "    na {} -> {target}", self.duration());
        }
    }

    fn main_exit(&mut self, step: usize, next: &str, text: &mut String) {
        match self.random.below(5) {
            0 => {
                let name = format!("besluit-{step}");
                let (other, title) = (self.target(), self.title());
                let _ = writeln!(
                    text,
                    "    besluit {name}{title} door {} na advies van aanmelder {{\n      uitkomst ja-{step} -> {next}\n      uitkomst nee-{step} \"Nee\" met motivering -> {other}\n    }}",
                    self.who(step)
                );
                // Whatever the outcome, it can come before the next steps only by way of `next`.
                self.acts.push(name);
            }
            1 => {
                let name = format!("stap-vooruit-{step}");
                let _ = writeln!(
                    text,
                    "    handeling {name} door {} -> {next}",
                    self.who(step)
                );
                self.acts.push(name);
            }
            2 => {
                let _ = writeln!(
                    text,
                    "    aanbod door {}, antwoord door aanmelder binnen 5 werkdagen, hoogstens 2 {{\n      geldige reden te-duur-{step} \"Te duur\"\n      aanvaard -> {next}\n      uitgeput -> einde-slecht\n    }}",
                    self.who(step)
                );
            }
            3 => {
                let _ = writeln!(
                    text,
                    "    contract omklapcontract op naam van aanmelder, minstens 12 maanden\n    omslag -> {next}\n    mislukt door regisseur -> einde-slecht"
                );
            }
            _ => {
                let _ = writeln!(text, "    gereed -> {next}");
            }
        }
    }

    // ---- meldingen and toezicht -----------------------------------------------------------------------------------------

    pub(super) fn notices(&mut self) -> String {
        let mut text = String::from("meldingen {\n  aanname\n");
        let mut triggers = vec![
            "opening",
            "einde",
            "correctie",
            "stap stap-1",
            "einde einde-slecht",
            "intrekken",
        ];
        if !self.deadlines.is_empty() {
            triggers.push("overschrijding");
        }
        if self.reminders {
            triggers.push("herinnering");
        }
        if self.suspends {
            triggers.push("opschorting");
        }
        if self.extends {
            triggers.push("verlenging");
        }
        for number in 0..self.random.between(1, 5) {
            let trigger = self.random.pick(&triggers);
            let channels = self
                .random
                .pick(&["inbox", "inbox, mail", "agenda", "webhook, inbox"]);
            let fields = self
                .random
                .pick(&["", " velden soort-woning", " sjabloon \"brief\""]);
            let _ = writeln!(
                text,
                "  melding melding-{number} {{ bij {trigger} aan regisseur per {channels}{fields} }}"
            );
        }
        // The kind of home is always read by somebody.
        text.push_str(
            "  melding woning { bij opening aan aanmelder per inbox velden soort-woning }\n",
        );
        let schedule = self.random.pick(&[
            "elke werkdag om 08:00",
            "elke dinsdag om 17:30",
            "elke maand op dag 1 om 09:00",
            "cron \"0 0 8 * * MON-FRI\"",
        ]);
        let _ = writeln!(
            text,
            "  overzicht ochtend aan regisseur {schedule} per inbox\n  vangnet regisseur\n}}\n"
        );
        text
    }

    pub(super) fn oversight(&mut self) -> String {
        let mut text = String::from("toezicht {\n  aanname\n");
        let period = self
            .random
            .pick(&["per kalenderjaar", "per kwartaal", "per maand"]);
        let _ = writeln!(
            text,
            "  rapport cijfers{} {{ {period} aan overleg-van-gemeenten telt aangemeld, te-laat velden soort-woning gewoon }}",
            self.title()
        );
        text.push_str("  plicht jaarverslag door regisseur elke 12 maanden binnen 8 weken\n");
        if let Some(step) = self.deadlines.first() {
            let _ = writeln!(
                text,
                "  norm op-tijd 90% van stap-{step} binnen de termijn per kalenderjaar"
            );
        }
        text.push_str("}\n");
        text
    }
}
