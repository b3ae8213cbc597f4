//! The ledger of the spreading over HTTP: where each party stands in a period, the entries behind it, and who is next and why.
//!
//! Input: the placements of the region, a day. Output: JSON or CSV. Invariants: every entry names the event of the case that caused it; a
//! neighbourhood and a motivation are for whoever has a role in that case; what is shown is what the engine counts with.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use convenant_engine::spread::{Question, Window};
use convenant_engine::{Answer, Event, EventKind, Placement, civil_date};
use convenant_lang::model::{Convenant, PartyId, SchemeId, successor_on};
use convenant_store::StreamId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::{case_problem, store_problem};
use super::reports::{Form, asks_csv, download, text_cell};
use super::views::SpreadingView;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::sight::Viewer;
use crate::value;
use crate::words::Source;

/// Entries in an answer; the CSV has them all.
const MOST: usize = 500;

/// The ledger of one scheme in one period.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LedgerView {
    /// Where each party stands, and who is next when the period runs.
    pub stand: SpreadingView,
    /// The clauses that it is counted by, by name.
    #[schema(value_type = Object)]
    pub bronnen: BTreeMap<&'static str, Source>,
    /// The placements of the period, by day.
    pub boekingen: Vec<EntryView>,
    /// There are more: ask per party, or for the CSV.
    pub meer: bool,
    /// A day in the period before; none when the convenant was not in force then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vorige: Option<String>,
    /// A day in the period after; none when the convenant ends before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volgende: Option<String>,
}

/// A placement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    /// The party for which it counts.
    pub partij: String,
    /// The party that was named at the time, when another one has taken over since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toen: Option<String>,
    /// Case number.
    pub zaak: String,
    /// The sequence number of the event that caused it, in the history of that case.
    pub volgnummer: u32,
    /// The day.
    pub dag: String,
    /// The neighbourhood, when you may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wijk: Option<String>,
    /// It departed from the rules.
    pub afwijking: bool,
    /// Why, when you may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motivering: Option<String>,
}

/// Which part of the ledger.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// A day in the period; today when absent.
    #[param(example = "2018-05-02")]
    pub op: Option<String>,
    /// Of this scheme.
    pub regeling: Option<String>,
    /// Entries of this party only.
    pub partij: Option<String>,
    /// `json` or `csv`; without it what `Accept` asks for.
    #[param(inline)]
    vorm: Option<Form>,
    /// What the CSV holds: where the parties stand, or the entries.
    #[param(inline)]
    deel: Option<Part>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// A part of the ledger as CSV.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Where the parties stand.
    #[default]
    Stand,
    /// The placements.
    Boekingen,
}

/// How placements are spread now: targets, placed, behind, and who is next for a client without a preference.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/spreiding", operation_id = "spreiding", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The spreading of each scheme that has one", body = Vec<SpreadingView>),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn spreading(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<Vec<SpreadingView>>, Problem> {
    Ok(Json(spreading_views(&app, &region, &caller)?))
}

/// The spreading of every scheme that has one, today.
pub fn spreading_views(
    app: &App,
    region: &Region,
    caller: &Caller,
) -> Result<Vec<SpreadingView>, Problem> {
    let today = civil_date(app.clock.now());
    let schemes = spreading_schemes(region.current.model());
    schemes
        .map(|scheme| standing(app, region, caller, scheme, today))
        .collect()
}

/// The schemes that spread something.
fn spreading_schemes(model: &Convenant) -> impl Iterator<Item = SchemeId> {
    let schemes = (0u16..).map(SchemeId).zip(&model.schemes);
    schemes
        .filter(|(_, scheme)| scheme.spreading.is_some())
        .map(|(id, _)| id)
}

/// Where the parties stand by a scheme on a day, and who is next in the period that runs.
fn standing(
    app: &App,
    region: &Region,
    caller: &Caller,
    scheme: SchemeId,
    on: Date,
) -> Result<SpreadingView, Problem> {
    let words = region.current.words(&app.texts, caller.language);
    let missing = || Problem::not_found("spreiding");
    let found = words.scheme(scheme).ok_or_else(missing)?;
    let rules = found.spreading.as_ref().ok_or_else(missing)?;
    let spread = region.current.spread(scheme).ok_or_else(missing)?;
    // Before the convenant is in force and after its end nobody has anything to place.
    let in_force = region.in_force().filter(|in_force| {
        let period = spread.period(on, *in_force);
        in_force.from < period.until && in_force.until.is_none_or(|until| period.from < until)
    });
    let Some(in_force) = in_force else {
        return Ok(words.spreading_view(&found.name, rules, None, None));
    };
    let (book, life) = (region.book(&region.current), region.life());
    let targets = spread.targets(&book.ledger, in_force, on);
    let targets = targets.map_err(Problem::internal)?;
    let question = Question {
        on,
        in_force,
        member: &|party| life.takes_part(words.model, party, on),
        fact: &|_| None,
        neighbourhood: None,
        replaces: None,
    };
    // Of a period that is over nobody is next any more.
    let runs = targets.period.contains(civil_date(app.clock.now()));
    let proposal = runs.then(|| spread.propose(&question, &book.ledger));
    let proposal = proposal.transpose().map_err(Problem::internal)?;
    Ok(words.spreading_view(&found.name, rules, Some(&targets), proposal.as_ref()))
}

/// The ledger of a period: per party what it is to place, has placed, brought in and released; every placement with the event that
/// caused it; and, in the period that runs, who is next and why each party is or is not.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/spreiding/grootboek", operation_id = "grootboek", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key"), LedgerQuery),
    responses(
        (status = 200, description = "The ledger of each scheme that spreads something", content((Vec<LedgerView> = "application/json"), (String = "text/csv"))),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ledger(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<LedgerQuery>,
) -> Result<Response, Problem> {
    if !asks_csv(query.vorm, &headers) {
        return Ok(Json(ledger_views(&app, &region, &caller, &query, MOST).await?).into_response());
    }
    let views = ledger_views(&app, &region, &caller, &query, usize::MAX).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let (written, name) = match query.deel.unwrap_or_default() {
        Part::Stand => (standings_as_csv(&mut writer, &views), "spreiding"),
        Part::Boekingen => (entries_as_csv(&mut writer, &views), "plaatsingen"),
    };
    written.map_err(Problem::internal)?;
    let from = views.first().and_then(|view| view.stand.van.as_deref());
    download(
        writer,
        &format!("{name}-{}-{}", region.key, from.unwrap_or("leeg")),
    )
}

/// The ledger of every scheme that is asked for, with at most so many entries each.
pub async fn ledger_views(
    app: &App,
    region: &Region,
    caller: &Caller,
    query: &LedgerQuery,
    most: usize,
) -> Result<Vec<LedgerView>, Problem> {
    let model = region.current.model();
    let bad = |what: &str| Problem::new(Kind::BadParameter).arg("fout", format!("`{what}`"));
    let today = civil_date(app.clock.now());
    let day = match query.op.as_deref() {
        Some(text) => value::date(model, text).ok_or_else(|| bad("op"))?,
        None => today,
    };
    let only = match query.regeling.as_deref() {
        Some(name) => Some(model.scheme_named(name).ok_or_else(|| bad("regeling"))?),
        None => None,
    };
    let party = match query.partij.as_deref() {
        Some(name) => Some(
            region
                .party_today(name, today)
                .ok_or_else(|| bad("partij"))?,
        ),
        None => None,
    };
    let mut views = Vec::new();
    for scheme in spreading_schemes(model) {
        if only.is_none_or(|only| only == scheme) {
            views.push(ledger_view(app, region, caller, (scheme, party), day, most).await?);
        }
    }
    Ok(views)
}

async fn ledger_view(
    app: &App,
    region: &Region,
    caller: &Caller,
    (scheme, party): (SchemeId, Option<PartyId>),
    day: Date,
    most: usize,
) -> Result<LedgerView, Problem> {
    let missing = || Problem::not_found("spreiding");
    let spread = region.current.spread(scheme).ok_or_else(missing)?;
    let period = region
        .in_force()
        .map(|in_force| (spread.period(day, in_force), in_force));
    let today = civil_date(app.clock.now());
    // The period that runs as it is today, another one as it was on its last day, or will be on its first.
    let on = period.map_or(day, |(period, _)| today.clamp(period.from, period.last()));
    let (mut entries, mut more) = (Vec::new(), false);
    if let Some((period, _)) = period {
        let found = booked(region, scheme, party, period, on);
        more = found.len() > most;
        for (stream, placement) in found.into_iter().take(most) {
            entries.push(entry(app, region, caller, stream, &placement, on).await?);
        }
    }
    let words = region.current.words(&app.texts, caller.language);
    let rules = spread.rules();
    let sources = &rules.sources;
    let mut clauses = BTreeMap::from([
        ("over", words.source(&sources.over)),
        ("sleutel", words.source(&sources.key)),
        ("afronden", words.source(&sources.rounding)),
        ("voorkeur", words.source(&sources.preference)),
        ("tekort", words.source(&sources.shortfall)),
        ("overschot", words.source(&sources.surplus)),
    ]);
    if let Some(target) = &rules.target {
        clauses.insert("doel", words.source(&target.meta));
    }
    if rules.release.is_some() {
        clauses.insert("vrijgeven", words.source(&sources.release));
    }
    let before = period.and_then(|(period, in_force)| {
        let last = period.from.yesterday().ok()?;
        (last >= in_force.from).then(|| last.to_string())
    });
    let after = period.and_then(|(period, in_force)| {
        let ends = in_force.until.is_some_and(|until| period.until >= until);
        // Nothing is booked after today.
        (!ends && period.until <= today).then(|| period.until.to_string())
    });
    Ok(LedgerView {
        stand: standing(app, region, caller, scheme, on)?,
        bronnen: clauses,
        boekingen: entries,
        meer: more,
        vorige: before,
        volgende: after,
    })
}

/// The placements under a scheme in a period, by day and then by case; of one party with its predecessors, or of all.
fn booked(
    region: &Region,
    scheme: SchemeId,
    party: Option<PartyId>,
    period: Window,
    on: Date,
) -> Vec<(StreamId, Placement)> {
    let parties = &region.current.model().parties;
    let book = region.book(&region.current);
    let mut found: Vec<(StreamId, Placement)> = book
        .ledger
        .placements()
        .filter(|(_, under, placement)| {
            let counts_for = successor_on(parties, placement.party, on);
            *under == scheme
                && period.contains(placement.on)
                && party.is_none_or(|party| successor_on(parties, party, on) == counts_for)
        })
        .map(|(case, _, placement)| {
            let stream = StreamId(uuid::Uuid::from_u128(case.0));
            (stream, placement.clone())
        })
        .collect();
    found.sort_by_key(|(stream, placement)| (placement.on, *stream));
    found
}

/// A placement with the event that caused it, as far as the caller may see it.
async fn entry(
    app: &App,
    region: &Region,
    caller: &Caller,
    stream: StreamId,
    placement: &Placement,
    on: Date,
) -> Result<EntryView, Problem> {
    let store = app.cases.store();
    let model = region.current.model();
    let words = region.current.words(&app.texts, caller.language);
    let loaded = app.cases.load(region, stream).await;
    let loaded = loaded.map_err(|e| case_problem(app, caller.language, e))?;
    let (version, today) = (loaded.version.model(), civil_date(app.clock.now()));
    let involved = Viewer::of(caller.account.as_ref(), region, version, today)
        .is_some_and(|viewer| viewer.is_involved(version, &loaded.case, today));
    let motivation = if involved && placement.departure {
        let events = store.events::<Event>(&region.key, stream, 0).await;
        let events = events.map_err(store_problem)?;
        why_it_departs(events.iter().map(|recorded| &recorded.event.kind))
    } else {
        None
    };
    let party = successor_on(&model.parties, placement.party, on);
    Ok(EntryView {
        partij: words.party(party),
        toen: (party != placement.party).then(|| words.party(placement.party)),
        zaak: loaded.number.to_string(),
        // The books know the command; the case knows which of its events it was.
        volgnummer: loaded
            .case
            .placement
            .as_ref()
            .map_or(placement.seq, |own| own.seq),
        dag: placement.on.to_string(),
        wijk: placement.neighbourhood.clone().filter(|_| involved),
        afwijking: placement.departure,
        motivering: motivation,
    })
}

/// Why a placement departs from the rules, in the words of whoever allocated, or offered the home that was accepted.
fn why_it_departs<'a>(events: impl Iterator<Item = &'a EventKind>) -> Option<String> {
    let (mut why, mut offered) = (None, None);
    for event in events {
        match event {
            EventKind::Allocated { departure, .. } => (why, offered) = (departure.as_ref(), None),
            EventKind::Offered { departure, .. } => offered = departure.as_ref(),
            EventKind::Answered {
                answer: Answer::Accepted,
                ..
            } => why = offered.take().or(why),
            _ => {}
        }
    }
    why.and_then(|secret| secret.text().map(str::to_owned))
}

fn standings_as_csv(
    writer: &mut csv::Writer<Vec<u8>>,
    views: &[LedgerView],
) -> Result<(), csv::Error> {
    writer.write_record([
        "regeling",
        "van",
        "tot",
        "partij",
        "exact",
        "doel",
        "meegenomen",
        "geplaatst",
        "afwijkingen",
        "vrijgegeven",
        "achter",
    ])?;
    for LedgerView { stand, .. } in views {
        for party in &stand.partijen {
            let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
            writer.write_record([
                text_cell(stand.regeling.clone()),
                stand.van.clone().unwrap_or_default(),
                stand.tot.clone().unwrap_or_default(),
                text_cell(party.partij.clone()),
                party.exact.clone(),
                number(party.doel),
                party.meegenomen.to_string(),
                party.geplaatst.to_string(),
                party.afwijkingen.to_string(),
                party.vrijgegeven.to_string(),
                number(party.achter),
            ])?;
        }
    }
    Ok(())
}

fn entries_as_csv(
    writer: &mut csv::Writer<Vec<u8>>,
    views: &[LedgerView],
) -> Result<(), csv::Error> {
    writer.write_record([
        "regeling",
        "partij",
        "toen",
        "zaak",
        "volgnummer",
        "dag",
        "wijk",
        "afwijking",
        "motivering",
    ])?;
    for view in views {
        for entry in &view.boekingen {
            let text = |text: &Option<String>| text_cell(text.clone().unwrap_or_default());
            writer.write_record([
                text_cell(view.stand.regeling.clone()),
                text_cell(entry.partij.clone()),
                text(&entry.toen),
                entry.zaak.clone(),
                entry.volgnummer.to_string(),
                entry.dag.clone(),
                text(&entry.wijk),
                if entry.afwijking { "ja" } else { "nee" }.to_owned(),
                text(&entry.motivering),
            ])?;
        }
    }
    Ok(())
}
