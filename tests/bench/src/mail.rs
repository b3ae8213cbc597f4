//! Mail: text, HTML and the whole message, on one core, against the promised rate and against MJML read anew for every mail.

use std::collections::BTreeMap;
use std::hint::black_box;

use anyhow::{Result, anyhow};
use convenant_engine::Moment;
use convenant_server::channel::html::BUILT_IN;
use convenant_server::channel::letter::{Address, Letter, Sender, compose};
use convenant_server::letters::{LetterContext, Letters};
use convenant_server::text::{Language, Texts};

use crate::measure::{Bench, Goal};

/// Mails per second that are promised.
const PROMISED: f64 = 1_000.0;

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("mail") {
        return Ok(());
    }
    let letters = Letters::new(&BTreeMap::new())?;
    let texts = Texts::new();
    let to: Address = "ontvanger@convenant.example".parse()?;
    let sender = Sender { address: "convenant@convenant.example".parse()?, name: None, reply_to: None };
    let content = LetterContext {
        rol: "coördinator".to_owned(),
        partij: "Het Vierde Huis".to_owned(),
        zaaknummer: "UTR-2018-0001".to_owned(),
        verwijzing: "https://convenant.example/utrecht/zaken/UTR-2018-0001".to_owned(),
        stap: Some("Toets aan de doelgroep".to_owned()),
        termijn: Some("15 maart 2018".to_owned()),
        over: Some("Toets aan de doelgroep".to_owned()),
        bron: Some("artikel 4.2".to_owned()),
        ..LetterContext::default()
    };
    let insight = ["U krijgt dit bericht als coördinator namens Het Vierde Huis.".to_owned()];
    let one = || -> Result<Vec<u8>> {
        let written = letters.render("overschrijding", black_box(&content))?;
        let letter = Letter {
            key: "utrecht.0190-1.4.0.3",
            thread: Some("0190-1"),
            region: "utrecht",
            region_name: "Utrecht",
            convenant: "Regioconvenant",
            to: &to,
            name: "Coördinatie",
            language: Language::Dutch,
            urgent: true,
            subject: &written.subject,
            text: &written.text,
            insight: &insight,
            base_url: "https://convenant.example",
            at: Moment(1_526_680_800_000),
        };
        Ok(compose(&letter, &sender, letters.layout(), &texts)?.message)
    };
    let size = one()?.len();
    anyhow::ensure!(size > 4_000, "a mail of {size} bytes has no HTML");
    let ours = 1e9 / bench.nanoseconds("mail-compose", || one().map(|mail| mail.len()).unwrap_or_default())?;
    let anew = || -> Result<usize> {
        let mjml = mrml::parse(black_box(BUILT_IN)).map_err(|e| anyhow!("{e}"))?;
        Ok(mjml.element.render(&mrml::prelude::render::RenderOptions::default())?.len())
    };
    anew()?;
    let theirs = 1e9 / bench.nanoseconds("mail-mrml", || anew().unwrap_or_default())?;
    let what = format!("mails of {} KB, text and HTML, one core", size / 1000);
    bench.compare_rates(&what, ours, "promised", PROMISED, Goal::AtLeast(1.0));
    bench.compare_rates("the same", ours, "mrml alone, read for every mail", theirs, Goal::AtLeast(1.0));
    Ok(())
}
