//! The spreading against its properties: apportionment, books, caps, succession.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod apportionment;
mod books;
mod bounds;
mod exact;
mod held_back;
mod next;
mod targets;

use convenant_lang::model::{
    AtEnd, Attribute, CalendarKind, CarryOver, Convenant, Eligibility, Entry, Handover, Header,
    Meta, MidPeriod, MonthEnd, Oversight, Party, PartyId, PartyKind, Rounding, Scheme, SchemeId,
    ShareKey, SpreadPeriod, SpreadTarget, Spreading, SpreadingSources, Standing, StepId,
    Succession, TargetAmount, TargetForce, Term, TermLength,
};
use jiff::civil::{Date, date};

use super::{CaseRef, InForce, Ledger, Spread};
use crate::{Holidays, Placement};

const SCHEME: SchemeId = SchemeId(0);
const IN_FORCE: InForce = InForce {
    from: date(2017, 3, 15),
    until: Some(date(2020, 1, 1)),
};

fn article(text: &str) -> Meta {
    Meta {
        article: Some(text.to_owned()),
        ..Meta::default()
    }
}

/// A municipality with so many inhabitants on 1 January 2017.
fn municipality(name: &str, inhabitants: u64) -> Party {
    Party {
        meta: article(name),
        name: name.to_owned(),
        kind: PartyKind::Municipality,
        standing: Standing::Signatory,
        from: None,
        until: None,
        signed: None,
        subject_to_approval: None,
        succession: None,
        territory: Vec::new(),
        attributes: vec![inhabitants_on(inhabitants, date(2017, 1, 1))],
        central: None,
    }
}

fn inhabitants_on(value: u64, on: Date) -> Attribute {
    Attribute {
        meta: Meta::default(),
        name: "inwoners".to_owned(),
        value,
        on: Some(on),
    }
}

/// A party takes as many as it has places.
fn limited_by_places() -> Spreading {
    Spreading {
        capacity: Some((article("plekken"), "plekken".to_owned())),
        ..rules()
    }
}

/// The party with so many places.
fn with_places(mut party: Party, places: u64) -> Party {
    party.attributes.push(Attribute {
        meta: Meta::default(),
        name: "plekken".to_owned(),
        value: places,
        on: None,
    });
    party
}

fn succeeded(mut party: Party, by: u16, from: Date) -> Party {
    party.succession = Some(Succession {
        by: PartyId(by),
        from,
        territory: Vec::new(),
    });
    party
}

fn joining(mut party: Party, from: Date) -> Party {
    party.from = Some(from);
    party
}

/// 120 homes a year by inhabitants, nothing carried.
fn rules() -> Spreading {
    Spreading {
        meta: article("spreiding"),
        unit: "woningen".to_owned(),
        over: PartyKind::Municipality,
        period: SpreadPeriod::Year,
        target: Some(target(TargetForce::Aim, TargetAmount::Count(120))),
        key: ShareKey::Attribute("inwoners".to_owned()),
        fixed_shares: Vec::new(),
        rounding: Rounding::LargestRemainder,
        preference: Vec::new(),
        contra_indications: Vec::new(),
        capacity: None,
        joining: MidPeriod::NextPeriod,
        leaving: MidPeriod::NextPeriod,
        shortfall: CarryOver::Lapses,
        surplus: CarryOver::Lapses,
        release: None,
        caps: Vec::new(),
        decided_by: None,
        home_found_by: None,
        departure: None,
        sources: SpreadingSources {
            key: article("sleutel"),
            preference: article("voorkeur"),
            ..SpreadingSources::default()
        },
    }
}

fn target(force: TargetForce, amount: TargetAmount) -> SpreadTarget {
    SpreadTarget {
        meta: article("doel"),
        force,
        amount,
    }
}

fn model(parties: Vec<Party>, rules: Spreading) -> Convenant {
    let scheme = Scheme {
        meta: Meta::default(),
        name: "regeling".to_owned(),
        title: "regeling".to_owned(),
        eligibility: Eligibility {
            meta: Meta::default(),
            criteria: Vec::new(),
            decided_by: None,
            advice: Vec::new(),
            objection: None,
            hardship: None,
        },
        spreading: Some(rules),
        handover: Handover {
            reschedule: None,
            meta: Meta::default(),
            start: StepId(0),
            steps: Vec::new(),
            always: Vec::new(),
            ends: Vec::new(),
            deadlines: Vec::new(),
        },
        relations: Vec::new(),
    };
    Convenant {
        header: Header {
            meta: Meta::default(),
            title: "Voorbeeld".to_owned(),
            region: "Voorbeeld".to_owned(),
            version: 1,
            source: None,
            calendar: CalendarKind::WorkingDays,
            month_end: MonthEnd::LastDay,
            amends: None,
        },
        term: Term {
            meta: Meta::default(),
            signed: None,
            length: TermLength::Dates {
                from: IN_FORCE.from,
                until: date(2020, 1, 1),
            },
            entry: Entry::On(IN_FORCE.from),
            extension: None,
            notice: None,
            notice_reminders: Vec::new(),
            evaluations: Vec::new(),
            at_end: AtEnd::Finish,
        },
        parties,
        roles: Vec::new(),
        bodies: Vec::new(),
        consents: Vec::new(),
        facts: Vec::new(),
        evidence: Vec::new(),
        homes: None,
        schemes: vec![scheme],
        notices: Vec::new(),
        last_resort: None,
        digests: Vec::new(),
        oversight: Oversight::default(),
        transition: None,
    }
}

fn spread(parties: Vec<Party>, rules: Spreading) -> Spread {
    Spread::compile(&model(parties, rules), SCHEME, &Holidays::dutch())
        .unwrap()
        .unwrap()
}

fn placement(party: u16, neighbourhood: Option<&str>, on: Date) -> Placement {
    Placement {
        party: PartyId(party),
        neighbourhood: neighbourhood.map(str::to_owned),
        on,
        seq: 0,
        departure: false,
    }
}

/// A ledger with so many placements per party, all on one day.
fn booked(rows: &[(u16, u32, Date)]) -> Ledger {
    let mut ledger = Ledger::new();
    for (party, number, on) in rows {
        for _ in 0..*number {
            let case = CaseRef(u128::try_from(ledger.len()).unwrap());
            ledger.place(case, SCHEME, placement(*party, None, *on));
        }
    }
    ledger
}
