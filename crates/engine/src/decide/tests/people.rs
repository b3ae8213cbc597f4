//! The parties and roles of the random agreements, and whom their deadlines remind and tell.

use convenant_lang::model::*;
use jiff::civil::date;

use super::random::{Dice, meta, who};

fn party(name: &str, kind: PartyKind, inhabitants: u64) -> Party {
    Party {
        meta: meta(name),
        name: name.to_owned(),
        kind,
        standing: Standing::Signatory,
        from: None,
        until: None,
        signed: None,
        subject_to_approval: None,
        succession: None,
        territory: Vec::new(),
        attributes: vec![Attribute {
            meta: Meta::default(),
            name: "inwoners".to_owned(),
            value: inhabitants,
            on: None,
        }],
        central: None,
    }
}

/// Three municipalities, of which one is succeeded in 2019 by a fourth; two care providers, a corporation, and a supporter.
pub fn parties() -> Vec<Party> {
    let mut vianen = party("Oudstad", PartyKind::Municipality, 20);
    vianen.succession = Some(Succession {
        by: PartyId(3),
        from: date(2019, 1, 1),
        territory: Vec::new(),
    });
    let mut successor = party("Nieuwstad", PartyKind::Municipality, 20);
    successor.from = Some(date(2019, 1, 1));
    let mut supporter = party("Steun", PartyKind::Organisation, 1);
    supporter.standing = Standing::Supporter;
    vec![
        vianen,
        party("Bovenstad", PartyKind::Municipality, 50),
        party("Benedenstad", PartyKind::Municipality, 30),
        successor,
        party("Opvang", PartyKind::CareProvider, 1),
        party("Zorg", PartyKind::CareProvider, 1),
        party("Wonen", PartyKind::HousingCorporation, 1),
        supporter,
    ]
}

/// 0 care provider, 1 coordinator (one care provider), 2 corporation, 3 municipality of the case, 4 every municipality, 5 the supporter.
pub fn roles() -> Vec<Role> {
    let role = |name: &str, filled_by| Role {
        meta: Meta::default(),
        name: name.to_owned(),
        filled_by,
    };
    vec![
        role("aanmelder", Filling::EveryOf(PartyKind::CareProvider)),
        role("coördinator", Filling::Parties(vec![PartyId(5)])),
        role(
            "corporatie",
            Filling::EveryOf(PartyKind::HousingCorporation),
        ),
        role("wijkteam", Filling::OfCase(PartyKind::Municipality)),
        role("bestuurder", Filling::EveryOf(PartyKind::Municipality)),
        role("steun", Filling::Parties(vec![PartyId(7)])),
    ]
}

pub fn ladder(dice: &mut Dice) -> Ladder {
    Ladder {
        reminders: dice.list(2, |dice| Reminder {
            meta: Meta::default(),
            before: dice.length(),
            to: vec![who(dice)],
        }),
        escalation: dice.list(3, |dice| Rung {
            meta: Meta::default(),
            after: dice.chance(6).then(|| dice.length()),
            to: vec![who(dice)],
        }),
        unread_after: dice.chance(5).then(|| dice.length()),
    }
}

pub fn reschedule(dice: &mut Dice) -> Reschedule {
    Reschedule {
        meta: meta("verzetten"),
        by: vec![who(dice)],
    }
}
