//! Homes over HTTP: report, import, list, look, change; and whether one fits a case.
//!
//! Input: requests of an account of the region. Output: JSON. Invariants: only who the file names reports, and only homes of their own party;
//! the case that a home is offered to is named to its party and to whoever matches; values of a client's facts never stand in an answer.

mod act;
mod fitting;
mod offer;
mod report;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use convenant_engine::civil_date;
use convenant_lang::model::{Homes, Who};
use convenant_store::{FellAway, HomeActor, HomeChange, HomeEvent, HomeFilter, HomeId, HomeRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};

pub use self::act::*;
pub use self::fitting::*;
pub use self::offer::to_offer;
pub use self::report::*;
use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::store_problem;
use super::views::moment;
use crate::homes::{Rights, kept, standing_name, standing_named};
use crate::matching::offer_of;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::value;

/// Homes in an answer.
const MOST: u32 = 200;

/// A home.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HomeView {
    /// Id.
    #[schema(example = 12)]
    pub id: i64,
    /// Grows with every change: for `versie` of a change.
    pub versie: u32,
    /// The party that it is of.
    pub corporatie: String,
    /// What that party calls it; for that party only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kenmerk: Option<String>,
    /// `vrij`, `aangeboden`, `aanvaard`, `verhuurd` or `ingetrokken`.
    pub staat: &'static str,
    /// The case that it is offered to, or that has it; for its party and whoever matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zaak: Option<String>,
    /// From when on it can be lived in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beschikbaar: Option<String>,
    /// The facts that you may see, by name.
    #[schema(value_type = Object)]
    pub feiten: Map<String, Json_>,
    /// When it was reported.
    pub gemeld: String,
    /// When it changed last.
    pub veranderd: String,
    /// It is your party's.
    pub eigen: bool,
}

/// Something that happened to a home.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HomeEventView {
    /// The version that it made.
    pub versie: u32,
    /// When.
    pub op: String,
    /// `gemeld`, `verbeterd`, `ingetrokken`, `aangeboden`, `geweigerd`, `aanvaard`, `verhuurd` or `vrijgegeven`.
    pub wat: &'static str,
    /// The same in words.
    pub tekst: String,
    /// The party that did it; none for the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// Why; for its party and whoever matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motivering: Option<String>,
}

/// A home with what happened to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HomeHistoryView {
    /// The home.
    pub woning: HomeView,
    /// The oldest first.
    pub geschiedenis: Vec<HomeEventView>,
}

/// A page of homes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HomePage {
    /// The homes, the oldest first.
    pub woningen: Vec<HomeView>,
    /// Ask for more with `na`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volgende: Option<i64>,
}

/// Who asks, and what they may.
struct Asking<'a> {
    homes: &'a Homes,
    rights: Rights,
    today: Date,
}

fn asking<'a>(app: &App, region: &'a Region, caller: &Caller) -> Result<Asking<'a>, Problem> {
    let account = caller.account_in(region)?;
    let homes = region.current.model().homes.as_ref();
    let homes = homes.ok_or_else(|| Problem::not_found("woningen"))?;
    let today = civil_date(app.clock.now());
    let rights = Rights::of(account, region, homes, today);
    Ok(Asking {
        homes,
        rights: rights.ok_or_else(|| Problem::new(Kind::Forbidden))?,
        today,
    })
}

/// What a caller does with homes.
#[derive(Debug, Clone, Copy)]
pub struct Roles {
    /// Reports them.
    pub reports: bool,
    /// Matches them with clients.
    pub matches: bool,
    /// Offers them, in some step of some scheme.
    pub offers: bool,
}

/// What the caller does with homes.
pub fn roles(app: &App, region: &Region, caller: &Caller) -> Result<Roles, Problem> {
    let asking = asking(app, region, caller)?;
    let model = region.current.model();
    let steps = model
        .schemes
        .iter()
        .flat_map(|scheme| &scheme.handover.steps);
    let offered_by: Vec<Who> = steps
        .filter_map(|step| offer_of(step).map(|(_, offer)| offer.by))
        .collect();
    let viewer = asking.rights.viewer;
    Ok(Roles {
        reports: asking.rights.reports,
        matches: asking.rights.matches,
        offers: viewer.is_among(model, &offered_by, asking.today),
    })
}

fn by(
    caller: &Caller,
    region: &Region,
    asking: &Asking<'_>,
    why: Option<&str>,
) -> Result<HomeActor, Problem> {
    Ok(HomeActor {
        person: Some(caller.account()?.id.clone()),
        party: region.number_of(&region.current, asking.rights.viewer.party),
        motivation: why.map(str::to_owned),
    })
}

fn party_name(region: &Region, number: u16, on: Date) -> String {
    let party = region.party_numbered(number, on);
    let found = party.and_then(|id| region.current.model().parties.get(id.index()));
    found.map_or_else(String::new, |party| party.name.clone())
}

async fn view(
    app: &App,
    region: &Region,
    asking: &Asking<'_>,
    home: &HomeRow,
) -> Result<HomeView, Problem> {
    let owns = asking.rights.owns(region, home, asking.today);
    let insider = owns || asking.rights.matches;
    let case = match home.state.case().filter(|_| insider) {
        Some(case) => {
            let head = app.cases.store().head(&region.key, case).await;
            head.map_err(store_problem)?.map(|head| head.number)
        }
        None => None,
    };
    let mut facts = kept(home);
    facts.retain(|name, _| {
        let fact = asking.homes.facts.iter().find(|fact| fact.name == *name);
        fact.is_some_and(|fact| asking.rights.may_see(region, fact, owns, asking.today))
    });
    let available = home.facts.available.map(|day| day.to_string());
    let shown = available.filter(|day| facts.values().any(|json| json == day));
    Ok(HomeView {
        id: home.id.0,
        versie: home.version,
        corporatie: party_name(region, home.owner, asking.today),
        kenmerk: home.reference.clone().filter(|_| owns),
        staat: standing_name(home.state.standing()),
        zaak: case,
        beschikbaar: shown,
        feiten: facts,
        gemeld: moment(home.reported),
        veranderd: moment(home.changed),
        eigen: owns,
    })
}

/// Which homes.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HomeQuery {
    /// In this state.
    staat: Option<String>,
    /// In this municipality.
    gemeente: Option<String>,
    /// To be had on this day.
    #[serde(rename = "vrijOp")]
    vrij_op: Option<String>,
    /// Only those of your party.
    #[serde(default)]
    eigen: bool,
    /// After the home with this id: the `volgende` of the page before.
    na: Option<i64>,
    /// At most so many, 1 to 200; 50 when absent.
    aantal: Option<u32>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

impl HomeQuery {
    /// As the page asks: a state or every one, a municipality or every one, whose, after which.
    pub fn of_page(
        state: Option<String>,
        municipality: Option<String>,
        own: bool,
        after: Option<i64>,
    ) -> Self {
        Self {
            staat: state,
            gemeente: municipality,
            eigen: own,
            na: after,
            ..Self::default()
        }
    }

    fn filter(&self, region: &Region, asking: &Asking<'_>) -> Result<HomeFilter, Problem> {
        let model = region.current.model();
        let bad = |what: &str| Problem::new(Kind::BadParameter).arg("fout", format!("`{what}`"));
        let mut filter = HomeFilter::default();
        if let Some(name) = &self.staat {
            filter.states = vec![standing_named(name).ok_or_else(|| bad("staat"))?];
        }
        if let Some(name) = &self.gemeente {
            let party = model.party_named(name).ok_or_else(|| bad("gemeente"))?;
            filter.municipalities = Some(region.numbers_of(party, asking.today));
        }
        if let Some(day) = &self.vrij_op {
            filter.available_by = Some(value::date(model, day).ok_or_else(|| bad("vrijOp"))?);
        }
        if self.eigen {
            let party = asking.rights.viewer.party;
            filter.owners = Some(region.numbers_of(party, asking.today));
        }
        Ok(filter)
    }
}

/// The homes of a region, the oldest first.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/woningen", operation_id = "woningen", tag = "woningen",
    params(("regio" = String, Path, description = "Region key"), HomeQuery),
    responses(
        (status = 200, description = "A page of homes", body = HomePage),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region, or its convenant has no homes", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<HomeQuery>,
) -> Result<Json<HomePage>, Problem> {
    Ok(Json(page(&app, &region, &caller, &query).await?))
}

/// A page of homes.
pub async fn page(
    app: &App,
    region: &Region,
    caller: &Caller,
    query: &HomeQuery,
) -> Result<HomePage, Problem> {
    let asking = asking(app, region, caller)?;
    let filter = query.filter(region, &asking)?;
    let limit = query.aantal.unwrap_or(50).clamp(1, MOST);
    let after = query.na.map(HomeId);
    let store = app.cases.store();
    let found = store
        .homes(&region.key, &filter, after, limit.saturating_add(1))
        .await;
    let mut rows = found.map_err(store_problem)?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut woningen = Vec::with_capacity(rows.len());
    for row in &rows {
        woningen.push(view(app, region, &asking, row).await?);
    }
    let volgende = rows.last().filter(|_| more).map(|row| row.id.0);
    Ok(HomePage { woningen, volgende })
}

async fn find(app: &App, region: &Region, id: &str) -> Result<HomeRow, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found("woning"))?;
    let home = app.cases.store().home(&region.key, HomeId(id)).await;
    home.map_err(store_problem)
}

/// A home with what happened to it.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/woningen/{id}", operation_id = "woning", tag = "woningen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the home")),
    responses(
        (status = 200, description = "The home", body = HomeHistoryView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such home", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<HomeHistoryView>, Problem> {
    Ok(Json(history(&app, &region, &caller, &path.1).await?))
}

/// A home as the caller may see it.
pub async fn look(
    app: &App,
    region: &Region,
    caller: &Caller,
    id: &str,
) -> Result<HomeView, Problem> {
    let asking = asking(app, region, caller)?;
    let home = find(app, region, id).await?;
    view(app, region, &asking, &home).await
}

/// A home with what happened to it, for the caller.
pub async fn history(
    app: &App,
    region: &Region,
    caller: &Caller,
    id: &str,
) -> Result<HomeHistoryView, Problem> {
    let asking = asking(app, region, caller)?;
    let home = find(app, region, id).await?;
    shown(app, region, caller, &asking, &home).await
}

async fn shown(
    app: &App,
    region: &Region,
    caller: &Caller,
    asking: &Asking<'_>,
    home: &HomeRow,
) -> Result<HomeHistoryView, Problem> {
    let history = app.cases.store().home_history(&region.key, home.id).await;
    let insider = asking.rights.matches || asking.rights.owns(region, home, asking.today);
    let events = history.map_err(store_problem)?;
    Ok(HomeHistoryView {
        woning: view(app, region, asking, home).await?,
        geschiedenis: events
            .into_iter()
            .map(|event| event_view(app, region, caller, asking, event, insider))
            .collect(),
    })
}

fn event_view(
    app: &App,
    region: &Region,
    caller: &Caller,
    asking: &Asking<'_>,
    event: HomeEvent,
    insider: bool,
) -> HomeEventView {
    let what = match event.change {
        HomeChange::Report(_) => "gemeld",
        HomeChange::Correct(_) => "verbeterd",
        HomeChange::Withdraw => "ingetrokken",
        HomeChange::Offer {
            departure: false, ..
        } => "aangeboden",
        HomeChange::Offer {
            departure: true, ..
        } => "afwijkend-aangeboden",
        HomeChange::Refuse { .. } => "geweigerd",
        HomeChange::Accept { .. } => "aanvaard",
        HomeChange::Let => "verhuurd",
        HomeChange::Release | HomeChange::FallAway { .. } => "vrijgegeven",
    };
    let told = match event.change {
        HomeChange::FallAway { why, .. } => match why {
            FellAway::Ended => "woning-vrij-na-einde",
            FellAway::SearchesAgain => "woning-vrij-na-zoeken",
            FellAway::OtherWay => "woning-vrij-na-andere-weg",
        }
        .to_owned(),
        _ => format!("woning-{what}"),
    };
    HomeEventView {
        versie: event.version,
        op: moment(event.at),
        wat: what,
        tekst: app.texts.get(caller.language, &told, &[]),
        door: event
            .by
            .party
            .map(|number| party_name(region, number, asking.today)),
        motivering: event.by.motivation.filter(|_| insider),
    }
}
