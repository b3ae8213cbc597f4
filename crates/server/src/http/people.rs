//! The people of a region over HTTP, and the roles that nobody fills.
//!
//! Who may what, until there is a login: an account of the region sees who does what and who is away; only the person and the coordinator
//! (the account whose role `recipients::coordinator` names, of a party that is a member) see an address and somebody's wishes. Somebody
//! changes their own wishes and absences; name, address and roles, and who is in the directory, are for the coordinator.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use convenant_engine::{authority, civil_date};
use convenant_store::Error as StoreError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Body, Caller, InRegion};
use super::failures::store_problem;
use crate::accounts::Account;
use crate::directory::recipients::{Why, coordinator};
use crate::directory::registry::Edit;
use crate::directory::vacant::{Vacant, vacant};
use crate::directory::written::{
    self, Misfit, Wishes, WrittenAbsence, WrittenQuiet, WrittenRole, wishes,
};
use crate::directory::{Directory, Person, circle};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;

/// Somebody of the region.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonView {
    /// Id.
    pub id: String,
    /// Name.
    pub naam: String,
    /// What they do, for whom.
    pub rollen: Vec<WrittenRole>,
    /// When they are away.
    pub afwezig: Vec<WrittenAbsence>,
    /// Mail address; for the person and the coordinator only, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taal: Option<String>,
    /// Channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kanalen: Option<Vec<String>>,
    /// Schedule on which mail is gathered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overzicht: Option<String>,
    /// Hours without mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stil: Option<WrittenQuiet>,
}

/// Somebody to put in the directory, or in the place of whoever has this id.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// Name.
    pub naam: String,
    /// Mail address; none: no mail.
    pub mail: Option<String>,
    /// What they do, for whom.
    pub rollen: Vec<WrittenRole>,
    /// `nl` or `en`.
    pub taal: Option<String>,
    /// `inbox`, `mail`, `webhook`, `agenda`.
    pub kanalen: Option<Vec<String>>,
    /// Schedule on which mail is gathered.
    pub overzicht: Option<String>,
    /// Hours without mail.
    pub stil: Option<WrittenQuiet>,
    /// When they are away.
    #[serde(default)]
    pub afwezig: Vec<WrittenAbsence>,
}

/// A role that nobody fills for a party.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VacancyView {
    /// Role.
    pub rol: String,
    /// Party.
    pub partij: String,
    /// First day.
    pub van: String,
    /// Last day; absent when it lasts as long as was looked ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tot_en_met: Option<String>,
    /// `niemand` (nobody has the role) or `afwezig` (whoever has it is away without a replacement).
    pub reden: &'static str,
}

/// A problem, also where the store's errors arrive.
struct Refused(Problem);

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused(store_problem(error))
    }
}

impl From<Misfit> for Refused {
    fn from(misfit: Misfit) -> Refused {
        Refused(misfit_problem(&misfit))
    }
}

fn not_yours() -> Problem {
    Problem::new(Kind::Forbidden).detail("mens-alleen-eigen")
}

/// The people of a region, by id.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/mensen", operation_id = "mensen", tag = "mensen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The people", body = Vec<PersonView>),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<Vec<PersonView>>, Problem> {
    let asker = Asker::of(&app, &region, &caller)?;
    let directory = directory(&app, &region).await?;
    let views = directory.people.values().map(|p| asker.view(p));
    Ok(Json(views.collect()))
}

/// Somebody of a region.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/mensen/{id}", operation_id = "mens", tag = "mensen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the person")),
    responses(
        (status = 200, description = "The person", body = PersonView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region or person", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<PersonView>, Problem> {
    let asker = Asker::of(&app, &region, &caller)?;
    let (_, id) = path;
    let directory = directory(&app, &region).await?;
    let person = directory
        .get(&id)
        .ok_or_else(|| Problem::not_found("mens"))?;
    Ok(Json(asker.view(person)))
}

/// Puts somebody in the directory, or in the place of whoever has this id.
#[utoipa::path(put, path = "/v1/convenanten/{regio}/mensen/{id}", operation_id = "mensZetten", tag = "mensen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the person")),
    request_body = PersonBody,
    responses(
        (status = 200, description = "The person as it is now", body = PersonView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not yours to change", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
    Body(body): Body<PersonBody>,
) -> Result<Json<PersonView>, Problem> {
    let asker = Asker::of(&app, &region, &caller)?;
    let (_, id) = path;
    asker.may_change(&id)?;
    let wanted = Wishes {
        taal: body.taal,
        kanalen: body.kanalen,
        overzicht: body.overzicht,
        stil: body.stil,
        afwezig: body.afwezig,
    };
    let model = region.current.model();
    change(&app, &region, &asker, &id, |directory| {
        let mail = body.mail.as_deref();
        let person = written::person(model, &id, &body.naam, mail, &body.rollen, &wanted)?;
        let only_wishes = directory.get(&id).is_some_and(|before| {
            let before = (&before.name, &before.mail, &before.roles);
            before == (&person.name, &person.mail, &person.roles)
        });
        match only_wishes || asker.coordinates {
            true => Ok(person),
            false => Err(Refused(not_yours())),
        }
    })
    .await
}

/// Says when somebody is away, in the place of what was known.
#[utoipa::path(put, path = "/v1/convenanten/{regio}/mensen/{id}/afwezig", operation_id = "mensAfwezig", tag = "mensen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the person")),
    request_body = Vec<WrittenAbsence>,
    responses(
        (status = 200, description = "The person as it is now", body = PersonView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not yours to change", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region or person", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn absent(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
    Body(absences): Body<Vec<WrittenAbsence>>,
) -> Result<Json<PersonView>, Problem> {
    let asker = Asker::of(&app, &region, &caller)?;
    let (_, id) = path;
    asker.may_change(&id)?;
    change(&app, &region, &asker, &id, |directory| {
        let before = directory
            .get(&id)
            .ok_or_else(|| Refused(Problem::not_found("mens")))?;
        let mut person = Person::clone(before);
        let mut wanted = wishes(before);
        wanted.afwezig.clone_from(&absences);
        written::wish(&mut person, &wanted)?;
        Ok(person)
    })
    .await
}

/// Puts in what `wanted` makes of the person, once its replacements are known to work.
async fn change(
    app: &App,
    region: &Region,
    asker: &Asker<'_>,
    id: &str,
    wanted: impl Fn(&Directory) -> Result<Person, Refused>,
) -> Result<Json<PersonView>, Problem> {
    let edited = app
        .people
        .edit(&region.key, app.clock.now(), |directory| {
            let person = wanted(directory)?;
            circle::check(directory, &person)?;
            Ok::<_, Refused>(Edit::Put(Box::new(person)))
        })
        .await;
    let directory = edited.map_err(|Refused(problem)| problem)?;
    let person = directory
        .get(id)
        .ok_or_else(|| Problem::not_found("mens"))?;
    Ok(Json(asker.view(person)))
}

/// Removes somebody from the directory.
#[utoipa::path(delete, path = "/v1/convenanten/{regio}/mensen/{id}", operation_id = "mensWeg", tag = "mensen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the person")),
    responses(
        (status = 204, description = "The person is not in the directory any more"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Only the coordinator", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region or person", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The person replaces somebody, or belongs to an account", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let asker = Asker::of(&app, &region, &caller)?;
    if !asker.coordinates {
        return Err(not_yours());
    }
    let (_, id) = path;
    let edited = app
        .people
        .edit(&region.key, app.clock.now(), |directory| {
            if directory.get(&id).is_none() {
                return Err(Refused(Problem::not_found("mens")));
            }
            if app.people.is_of_account_only(&region.key, &id) {
                let problem = Problem::new(Kind::BadValue);
                return Err(Refused(problem.detail("mens-van-account")));
            }
            match replaced_by(directory, &id, asker.today) {
                Some(who) => {
                    let problem = Problem::new(Kind::BadValue).detail("mens-vervangt");
                    Err(Refused(problem.arg("wie", who)))
                }
                None => Ok(Edit::Remove(id.clone())),
            }
        })
        .await;
    edited.map_err(|Refused(problem)| problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of somebody whom this person replaces, today or later.
fn replaced_by<'d>(directory: &'d Directory, id: &str, today: Date) -> Option<&'d str> {
    let absences = directory
        .people
        .values()
        .flat_map(|person| person.absences.iter().map(move |a| (person, a)));
    absences
        .filter(|(person, _)| person.id != id)
        .find(|(_, a)| a.through >= today && a.replacement.as_deref() == Some(id))
        .map(|(person, _)| person.id.as_str())
}

/// The roles that nobody fills for a party, today or within thirty days.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/vacatures", operation_id = "vacatures", tag = "mensen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The vacancies, by party, role and first day", body = Vec<VacancyView>),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn vacancies(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
) -> Result<Json<Vec<VacancyView>>, Problem> {
    let directory = directory(&app, &region).await?;
    Ok(Json(vacancy_views(&app, &region, &directory)))
}

/// The vacancies of a region.
pub fn vacancy_views(app: &App, region: &Region, directory: &Directory) -> Vec<VacancyView> {
    let model = region.current.model();
    let today = civil_date(app.clock.now());
    let view = |found: Vacant| {
        Some(VacancyView {
            rol: model.roles.get(found.role.index())?.name.clone(),
            partij: model.parties.get(found.party.index())?.name.clone(),
            van: found.from.to_string(),
            tot_en_met: found.through.map(|d| d.to_string()),
            reden: match found.why {
                Why::Vacant => "niemand",
                _ => "afwezig",
            },
        })
    };
    let found = vacant(directory, model, &region.life(), today);
    found.into_iter().filter_map(view).collect()
}

/// The people of a region, as they are now.
pub async fn directory(app: &App, region: &Region) -> Result<Arc<Directory>, Problem> {
    let people = app.people.refresh(&region.key).await;
    people.map_err(store_problem)
}

/// Who asks, and what they may.
struct Asker<'a> {
    account: &'a Account,
    coordinates: bool,
    today: Date,
}

impl<'a> Asker<'a> {
    fn of(app: &App, region: &Region, caller: &'a Caller) -> Result<Asker<'a>, Problem> {
        let account = caller.account_in(region)?;
        let model = region.current.model();
        let today = civil_date(app.clock.now());
        let is_member = authority::is_member(model, account.party, today)
            && !region.life().has_left(account.party, today);
        Ok(Asker {
            account,
            coordinates: is_member && coordinator(model) == Some(account.role),
            today,
        })
    }

    fn is(&self, id: &str) -> bool {
        self.account.person == id
    }

    /// Only the person and the coordinator change anything about somebody.
    fn may_change(&self, id: &str) -> Result<(), Problem> {
        match self.coordinates || self.is(id) {
            true => Ok(()),
            false => Err(not_yours()),
        }
    }

    fn view(&self, person: &Person) -> PersonView {
        let open = self.coordinates || self.is(&person.id);
        let mut wishes = wishes(person);
        let afwezig = std::mem::take(&mut wishes.afwezig);
        if !open {
            wishes = Wishes::default();
        }
        PersonView {
            id: person.id.clone(),
            naam: person.name.clone(),
            rollen: person
                .roles
                .iter()
                .map(|held| WrittenRole {
                    rol: held.role.clone(),
                    partij: held.party.clone(),
                })
                .collect(),
            afwezig,
            mail: person.mail.clone().filter(|_| open),
            taal: wishes.taal,
            kanalen: wishes.kanalen,
            overzicht: wishes.overzicht,
            stil: wishes.stil,
        }
    }
}

fn misfit_problem(misfit: &Misfit) -> Problem {
    let (id, args) = misfit.message();
    let problem = Problem::new(Kind::BadValue).detail(id);
    args.into_iter()
        .fold(problem, |problem, (name, value)| problem.arg(name, value))
}
