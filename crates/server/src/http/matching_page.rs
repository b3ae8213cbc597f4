//! The page of the matching: a proposal with its reasons, and the buttons to accept, change or reject a line.
//!
//! Input: the same views as the API. Output: HTML. Invariants: a form does what the API does, through the same functions; who does not match
//! sees none of it; what another home costs is told before it is chosen.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use convenant_lang::model::Convenant;
use convenant_store::HomeStanding;
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::homes::look;
use super::homes_page::described;
use super::matching_views::{CostView, LineBody, LineDeed, MatchingView, ProposedView};
use super::matchings::{act_on_line, consequence_for, propose, shown, summaries};
use super::pages::{frame, moment_text, named, source_text, with};
use crate::homes::standing_name;
use crate::matching::{LineView, RuleView, WhyNotView, foremost, offer_of};
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::text::Language;

/// Other homes that a line tells about; the API tells of all.
const MOST_OTHERS: usize = 20;

/// The routes of this page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/koppeling", get(show).post(make))
        .route("/{regio}/koppeling/{koppeling}/{nummer}", post(act))
}

/// Which proposal.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Its number; the latest when absent.
    nummer: Option<i64>,
    /// The case for which another home is looked at.
    zaak: Option<String>,
    /// That home.
    woning: Option<String>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// What a form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    doe: LineDeed,
    woning: Option<String>,
    motivering: Option<String>,
}

async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(which): Query<Which>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    page(&app, &region, &caller, which, uri.path(), None).await
}

async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Redirect, Problem> {
    let id = propose(&app, &region, &caller).await?;
    Ok(Redirect::to(&format!(
        "/{}/koppeling?nummer={id}",
        region.key
    )))
}

async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id, case)): Path<(String, String, String)>,
    caller: Caller,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::not_found("koppeling"))?;
    let body = LineBody {
        doe: sent.doe,
        woning: sent.woning.map(|home| home.trim().to_owned()),
        motivering: sent.motivering,
    };
    let here = format!("/{}/koppeling", region.key);
    match act_on_line(&app, &region, &caller, (id, case), body).await {
        Ok(line) => {
            let to = format!("{here}?nummer={id}#{}", line.zaak);
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) => {
            let fault = told(&app, caller.language, &here, problem)?;
            let which = Which {
                nummer: Some(id),
                ..Which::default()
            };
            page(&app, &region, &caller, which, &here, Some(fault)).await
        }
    }
}

async fn page(
    app: &App,
    region: &Region,
    caller: &Caller,
    which: Which,
    path: &str,
    mut fault: Option<String>,
) -> Result<Response, Problem> {
    let language = caller.language;
    let earlier = match summaries(app, region, caller).await {
        Ok(earlier) => Some(earlier),
        // Whoever does not match is told who does.
        Err(problem) if matches!(problem.kind(), Kind::NoAccount | Kind::Forbidden) => None,
        Err(problem) => return Err(problem),
    };
    let offers = matcher_offers(region.current.model());
    let latest = earlier.as_ref().and_then(|list| list.first());
    let number = which.nummer.or(latest.map(|latest| latest.nummer));
    let mut proposal = None;
    if let Some(id) = number.filter(|_| earlier.is_some()) {
        let view = shown(app, region, caller, id).await?;
        let mut looked_at = None;
        if let Some((case, home)) = which.zaak.zip(which.woning) {
            let line = (id, case.clone());
            match consequence_for(app, region, caller, line, Some(home.clone())).await {
                Ok(cost) => looked_at = Some((case, home, cost)),
                Err(problem) => fault = Some(told(app, language, path, problem)?),
            }
        }
        let telling = Telling {
            app,
            language,
            homes: homes_of(app, region, caller, &view).await?,
            offers,
        };
        proposal = Some(telling.proposal(&view, looked_at.as_ref()));
    }
    let earlier: Option<Vec<Json>> = earlier.map(|list| {
        let rows = list.iter().map(|row| {
            let made = moment_text(app, language, &row.gemaakt);
            with(row, json!({ "gemaakt_tekst": made }))
        });
        rows.collect()
    });
    let content = context! {
        regio => Serde(named(region)),
        eerdere => Serde(earlier),
        rol => matched_by(app, region, language),
        voorstel => Serde(proposal),
        biedt => offers,
        fout => fault,
        ..frame(app, caller, path).await
    };
    app.pages.render("koppeling.html", language, content)
}

/// A problem as a message on this page, when it is about what was asked; others get a page of their own.
fn told(app: &App, language: Language, path: &str, problem: Problem) -> Result<String, Problem> {
    match problem.kind() {
        Kind::Refused | Kind::BadValue => Ok(problem.body(&app.texts, language, path).detail),
        _ => Err(problem),
    }
}

/// Who matches, by the current version.
fn matched_by(app: &App, region: &Region, language: Language) -> Option<String> {
    let homes = region.current.model().homes.as_ref()?;
    let words = region.current.words(&app.texts, language);
    homes.matched_by.map(|who| words.who(who))
}

/// Whether whoever matches also offers the home; elsewhere a line is agreed on, and another role offers.
fn matcher_offers(model: &Convenant) -> bool {
    let matcher = model.homes.as_ref().and_then(|homes| homes.matched_by);
    let steps = model
        .schemes
        .iter()
        .flat_map(|scheme| &scheme.handover.steps);
    let mut offers = steps.filter_map(offer_of);
    offers.any(|(_, offer)| Some(offer.by) == matcher)
}

/// A home that a proposal names.
struct Named {
    /// In a few words.
    text: String,
    /// It can still be offered.
    free: bool,
}

/// The homes that a proposal names, by number.
async fn homes_of(
    app: &App,
    region: &Region,
    caller: &Caller,
    view: &MatchingView,
) -> Result<BTreeMap<String, Named>, Problem> {
    let words = region.current.words(&app.texts, caller.language);
    let homes = region.current.model().homes.as_ref();
    let homes = homes.ok_or_else(|| Problem::not_found("koppeling"))?;
    let mut found = BTreeMap::new();
    for line in &view.regels {
        let others = line.uitleg.iter().flat_map(|told| &told.andere);
        for id in line.woning.iter().chain(others.map(|why| &why.woning)) {
            if found.contains_key(id) {
                continue;
            }
            let home = look(app, region, caller, id).await?;
            let named = Named {
                text: described(app, &words, homes, &home),
                free: home.staat == standing_name(HomeStanding::Free),
            };
            found.insert(id.clone(), named);
        }
    }
    Ok(found)
}

/// A case, the home that is looked at for it, and what that costs.
type LookedAt = (String, String, CostView);

/// What the lines of a proposal are told with.
struct Telling<'a> {
    app: &'a App,
    language: Language,
    homes: BTreeMap<String, Named>,
    /// Accepting a line offers the home.
    offers: bool,
}

impl Telling<'_> {
    fn proposal(&self, view: &MatchingView, looked_at: Option<&LookedAt>) -> Json {
        let lines = view.regels.iter().map(|line| {
            let looked_at = looked_at.filter(|(case, ..)| *case == line.zaak);
            self.line(line, looked_at)
        });
        with(
            view,
            json!({
                "gemaakt_tekst": moment_text(self.app, self.language, &view.gemaakt),
                "regels": lines.collect::<Vec<_>>(),
            }),
        )
    }

    fn line(&self, line: &ProposedView, looked_at: Option<&LookedAt>) -> Json {
        let done = line.gedaan.iter().map(|act| {
            with(
                act,
                json!({
                    "op_tekst": moment_text(self.app, self.language, &act.op),
                    "stand_tekst": self.state(act.stand),
                    "woning": act.woning,
                    "motivering": act.motivering,
                }),
            )
        });
        let open = !matches!(line.stand, "aanvaard" | "afgewezen");
        // Another home than the one that the reasons are about was chosen since.
        let told = line.uitleg.as_ref();
        let changed = told.is_some_and(|told| told.woning != line.woning);
        let gone = line.woning.as_ref().is_some_and(|home| !self.is_free(home));
        // Homes that keep every rule. Those of other clients in this proposal are among them: what that costs is told.
        let choices = told
            .into_iter()
            .flat_map(|told| &told.andere)
            .filter(|why| why.fits())
            .filter(|why| Some(&why.woning) != line.woning.as_ref() && self.is_free(&why.woning))
            .map(|why| json!({ "woning": why.woning, "tekst": self.described(&why.woning) }));
        with(
            line,
            json!({
                "woning": line.woning,
                "woning_tekst": line.woning.as_ref().map(|home| self.described(home)),
                "keuzes": choices.collect::<Vec<_>>(),
                "gevolg": looked_at.map(|looked_at| self.cost(looked_at)),
                "stand_tekst": self.state(line.stand),
                "gedaan": done.collect::<Vec<_>>(),
                "open": open,
                "weg": open && gone,
                "anders": changed,
                "uitleg": told.map(|told| told_json(self.app, self.language, told)),
            }),
        )
    }

    fn cost(&self, (_, home, cost): &LookedAt) -> Json {
        let changes = cost.wijzigingen.iter();
        let changes = changes
            .map(|change| json!({ "zaak": change.zaak, "van": change.van, "naar": change.naar }));
        json!({
            "woning": home,
            "tekst": self.described(home),
            "uitleg": cost.gevolg.uitleg,
            "wijzigingen": changes.collect::<Vec<_>>(),
        })
    }

    fn described(&self, home: &String) -> String {
        let home = self.homes.get(home);
        home.map(|home| home.text.clone()).unwrap_or_default()
    }

    fn is_free(&self, home: &String) -> bool {
        self.homes.get(home).is_some_and(|home| home.free)
    }

    fn state(&self, state: &str) -> String {
        let id = match state {
            "aanvaard" if !self.offers => "pagina-koppeling-akkoord-stand",
            "gewijzigd" => "pagina-koppeling-gewijzigd",
            "aanvaard" => "pagina-koppeling-aanvaard-stand",
            "afgewezen" => "pagina-koppeling-afgewezen",
            _ => "pagina-koppeling-voorgesteld",
        };
        self.app.texts.get(self.language, id, &[])
    }
}

fn told_json(app: &App, language: Language, told: &LineView) -> Json {
    let rules = |rules: &[RuleView]| -> Vec<Json> {
        let rules = rules.iter().map(|rule| rule_json(app, language, rule));
        rules.collect()
    };
    let none = told.geen.as_ref();
    let other = |why: &WhyNotView| {
        json!({
            "woning": why.woning,
            "uitleg": why.uitleg,
            "zaken": why.zaken,
            "regels": rules(&why.regels),
            "waarom": why.bron.as_ref().map(|source| source_text(app, language, source)),
        })
    };
    let (others, more) = foremost(&told.andere, MOST_OTHERS);
    json!({
        "wacht": told.wacht,
        "termijn": told.termijn,
        "waarom": rules(&told.waarom),
        "geen": none.map(|none| json!({ "uitleg": none.uitleg, "regels": rules(&none.regels) })),
        "andere": others.into_iter().map(other).collect::<Vec<_>>(),
        "meer": more,
    })
}

fn rule_json(app: &App, language: Language, rule: &RuleView) -> Json {
    let value = match rule.waarde {
        "ja" => "ja",
        "nee" => "nee",
        _ => "pagina-nog-onbekend",
    };
    json!({
        "tekst": rule.tekst,
        "waarde_tekst": app.texts.get(language, value, &[]),
        "ontbreekt": rule.ontbreekt,
        "waarom": rule.bron.is_known().then(|| source_text(app, language, &rule.bron)),
    })
}
