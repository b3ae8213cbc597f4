//! What offering a reported home to a case asks.
//!
//! Input: a case, a home, whoever offers. Output: the change of the home, or why not. Invariants: a home that breaks a rule, or counts for
//! another party than the one that the case is allocated to, is offered with a motivation only; one where the client must not go is not
//! offered at all; whoever may not offer is not told which rules hold, because that says something of the client.

use convenant_engine::Actor;
use convenant_lang::model::Meta;
use convenant_store::{Error as StoreError, HomeChange, HomeId, HomeRow, HomeWrite};
use jiff::civil::Date;
use serde_json::{Value as Json_, json};

use super::asking;
use crate::act::Home;
use crate::cases::Loaded;
use crate::homes::{Counts, actor, fits, neighbourhood, offers};
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::failures::store_problem;
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::sight::Viewer;
use crate::words::Words;

/// Whether a reported home may be offered by the caller and keeps the rules, or departs from them with a motivation. Gives the change of
/// the home, and its neighbourhood.
pub async fn to_offer(
    app: &App,
    region: &Region,
    caller: &Caller,
    loaded: &Loaded,
    offered: &Home,
    by: &Actor,
) -> Result<(HomeWrite, Option<String>), Problem> {
    let asking = asking(app, region, caller)?;
    let id = HomeId(offered.woning.unwrap_or_default());
    let home = app.cases.store().home(&region.key, id).await;
    let home = home.map_err(store_problem)?;
    let owns = asking.rights.reports && asking.rights.owns(region, &home, asking.today);
    if !owns && !asking.rights.matches {
        return Err(Problem::new(Kind::Forbidden).detail("fout-woning-van-ander"));
    }
    let mut change = HomeChange::Offer {
        case: loaded.stream,
        departure: false,
    };
    if change.after(home.state).is_none() {
        let (home, state) = (home.id, home.state);
        return Err(store_problem(StoreError::HomeRefused { home, state }));
    }
    let account = caller.account.as_ref();
    let viewer = Viewer::of(account, region, loaded.version.model(), asking.today);
    if viewer.is_some_and(|viewer| offers(viewer, loaded, asking.today)) {
        let words = loaded.version.words(&app.texts, caller.language);
        let breaches = breaches(region, &words, loaded, &home, asking.today)?;
        let motivation = offered.motivering.as_deref().map(str::trim);
        if !breaches.is_empty() && motivation.is_none_or(str::is_empty) {
            return Err(refused(&words, &breaches));
        }
        change = HomeChange::Offer {
            case: loaded.stream,
            departure: !breaches.is_empty(),
        };
    }
    let write = HomeWrite {
        home: home.id,
        expected: home.version,
        change,
        by: actor(region, &loaded.version, by),
    };
    Ok((write, neighbourhood(asking.homes, &home)))
}

/// A rule that a home breaks.
struct Breach {
    name: String,
    label: Option<String>,
    source: Meta,
}

/// Every rule that a home breaks for the client of a case; a refusal where no motivation helps.
fn breaches(
    region: &Region,
    words: &Words<'_>,
    loaded: &Loaded,
    home: &HomeRow,
    on: Date,
) -> Result<Vec<Breach>, Problem> {
    let (version, case) = (&loaded.version, &loaded.case);
    let fit = fits(region, version, case, home, on);
    let broken = fit.iter().flat_map(|fit| fit.broken());
    let mut breaches: Vec<Breach> = broken
        .map(|rule| Breach {
            name: rule.name.clone(),
            label: rule.label.clone(),
            source: rule.source.clone(),
        })
        .collect();
    let Some(counts) = Counts::of(region, version, case, home, on) else {
        return Ok(breaches);
    };
    if let Some(clause) = counts.barred() {
        return Err(Problem::new(Kind::Refused)
            .detail("weigering-woning-contra-indicatie")
            .with("reden", "contra-indicatie")
            .with("bron", json!(words.source(clause))));
    }
    if let Some((own, clause)) = counts.elsewhere() {
        let args = [("partij", words.party(own).into())];
        breaches.push(Breach {
            name: "toewijzing".to_owned(),
            label: Some(words.say("koppeling-regel-toewijzing", &args)),
            source: clause.clone(),
        });
    }
    Ok(breaches)
}

fn refused(words: &Words<'_>, breaches: &[Breach]) -> Problem {
    let names = breaches.iter().map(|breach| {
        let label = breach.label.as_ref().unwrap_or(&breach.name);
        match words.source_text(&breach.source) {
            source if source.is_empty() => label.clone(),
            source => format!("{label} ({source})"),
        }
    });
    let text = words.all_of(names);
    let rules: Vec<Json_> = breaches
        .iter()
        .map(|breach| json!({ "naam": breach.name, "tekst": breach.label, "bron": words.source(&breach.source) }))
        .collect();
    Problem::new(Kind::Refused)
        .detail("weigering-woning-past-niet")
        .arg("regels", text)
        .with("reden", "past-niet")
        .with("regels", rules)
}
