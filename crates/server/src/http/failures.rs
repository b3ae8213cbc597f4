//! What failed inside as problems: refusals, stale commands, acts that cannot be understood, the store.

use convenant_engine::{Case, Place, Reason, Refusal};
use convenant_lang::model::{TaskId, Type};
use convenant_store::Error as StoreError;
use fluent_bundle::FluentValue;

use super::App;
use crate::act::ActError;
use crate::cases::CaseError;
use crate::delivery::DeliveryError;
use crate::digest::DigestError;
use crate::history;
use crate::homes::standing_name;
use crate::problem::{Kind, Problem, without_values};
use crate::regions::RegionError;
use crate::text::Language;
use crate::value;
use crate::words::Words;
use crate::worker::WorkerError;

/// A store error as a problem.
pub fn store_problem(error: StoreError) -> Problem {
    match error {
        StoreError::NoSuchStream => Problem::not_found("zaak"),
        StoreError::NoSuchVersion => Problem::not_found("versie"),
        StoreError::NoSuchEndpoint => Problem::not_found("webhook"),
        StoreError::TooManyEndpoints { most } => Problem::new(Kind::Refused)
            .detail("fout-webhook-te-veel")
            .arg("aantal", most.to_string()),
        StoreError::NoSuchHome => Problem::not_found("woning"),
        StoreError::HomeRefused { state, .. } => {
            let state = standing_name(state.standing());
            Problem::new(Kind::Refused)
                .detail(format!("weigering-woning-{state}"))
                .with("reden", "woning")
                .with("staat", state)
        }
        StoreError::HomeConflict {
            expected, actual, ..
        } => stale(expected, actual).detail("fout-woning-veranderd"),
        StoreError::KeyReused => Problem::new(Kind::KeyReused),
        StoreError::BadCommandKey => {
            Problem::new(Kind::BadParameter).arg("fout", "`Idempotency-Key`: 1 – 200")
        }
        StoreError::Conflict {
            expected, actual, ..
        } => stale(expected, actual),
        StoreError::Erased => Problem::new(Kind::Refused),
        StoreError::DiskFull { .. } | StoreError::Closed => {
            tracing::error!(%error, "the store cannot write");
            Problem::new(Kind::Unavailable)
        }
        StoreError::UnknownOutcome(_) => {
            tracing::error!(error = chain(&error), "the connection was lost on a commit");
            Problem::new(Kind::UnknownOutcome)
        }
        lost if lost.is_unreachable() => {
            tracing::error!(error = chain(&lost), "the database is not there");
            Problem::new(Kind::Unavailable)
        }
        StoreError::PeopleConflict { .. } => Problem::new(Kind::Unavailable),
        other => Problem::internal(chain(&other)),
    }
}

/// An error with everything behind it, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

fn stale(expected: u32, actual: u32) -> Problem {
    Problem::new(Kind::Stale)
        .arg("verwacht", expected.to_string())
        .arg("volgnummer", actual.to_string())
        .with("verwacht", expected)
        .with("volgnummer", actual)
}

/// A failed command as a problem.
pub fn case_problem(app: &App, language: Language, error: CaseError) -> Problem {
    match error {
        CaseError::Refused {
            refusal,
            version,
            case,
        } => {
            let words = version.words(&app.texts, language);
            let scheme = case.as_ref().and_then(|c| c.scheme);
            let problem = history::refused(&words, scheme, &refusal);
            match case {
                Some(case) => {
                    with_tasks(problem, &words, &case, &refusal).with("volgnummer", case.seq)
                }
                None => problem,
            }
        }
        CaseError::Stale { expected, actual } => stale(expected, actual),
        CaseError::Busy => Problem::new(Kind::Unavailable),
        CaseError::Store(error) | CaseError::Region(RegionError::Store(error)) => {
            store_problem(error)
        }
        other => Problem::internal(chain(&other)),
    }
}

/// Work of the clock that stopped short, as a problem.
pub fn worker_problem(error: WorkerError) -> Problem {
    match error {
        WorkerError::Case(CaseError::Busy) => Problem::new(Kind::Unavailable),
        WorkerError::Store(error)
        | WorkerError::Case(
            CaseError::Store(error) | CaseError::Region(RegionError::Store(error)),
        )
        | WorkerError::Delivery(DeliveryError::Store(error))
        | WorkerError::Delivery(DeliveryError::Case(CaseError::Store(error)))
        | WorkerError::Digest(DigestError::Store(error)) => store_problem(error),
        other => Problem::internal(chain(&other)),
    }
}

/// A step that is not complete: names the tasks as well.
fn with_tasks(problem: Problem, words: &Words<'_>, case: &Case, refusal: &Refusal) -> Problem {
    let (
        Reason::Incomplete {
            facts,
            evidence,
            tasks,
        },
        Some(scheme),
        Place::Step(step),
    ) = (&refusal.reason, case.scheme, case.place)
    else {
        return problem;
    };
    let found = words.step(scheme, step);
    let name = |t: &TaskId| {
        found
            .and_then(|s| s.tasks.get(t.index()))
            .map_or_else(String::new, |t| t.name.clone())
    };
    let missing: Vec<String> = facts
        .iter()
        .map(|f| words.fact_name(*f))
        .chain(evidence.iter().map(|e| words.evidence_name(*e)))
        .chain(tasks.iter().map(name))
        .collect();
    let text = words.all_of(missing.iter().cloned());
    problem
        .replacing("ontbreekt", text)
        .with("ontbreekt", missing)
}

/// A motivation as it is kept: none when nothing is said; a problem when it cannot be kept.
pub fn motivation<'a>(
    app: &App,
    language: Language,
    text: Option<&'a str>,
) -> Result<Option<&'a str>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_none_or(value::may_be_kept) {
        return Ok(text);
    }
    let misfit = ActError::Value {
        fact: "motivering".to_owned(),
        expected: value::expected(&Type::Text),
        options: String::new(),
    };
    Err(act_problem(app, language, &misfit))
}

/// An act that cannot be understood, as a problem.
pub fn act_problem(app: &App, language: Language, error: &ActError) -> Problem {
    let say = |id: &str, args: &[(&str, FluentValue<'_>)]| app.texts.get(language, id, args);
    match error {
        ActError::Shape(text) => Problem::new(Kind::BadBody).arg("fout", without_values(text)),
        ActError::Unknown { what, name, known } => {
            let args = [
                ("wat", (*what).into()),
                ("naam", name.as_str().into()),
                ("keuze", known.as_str().into()),
            ];
            Problem::new(Kind::BadValue)
                .arg("fout", say("fout-onbekende-naam", &args))
                .with("wat", *what)
        }
        ActError::Value {
            fact,
            expected,
            options,
        } => {
            let wanted = say(expected, &[("keuze", options.as_str().into())]);
            let args = [("feit", fact.as_str().into()), ("verwacht", wanted.into())];
            Problem::new(Kind::BadValue)
                .arg("fout", say("fout-waarde", &args))
                .with("feit", fact.as_str())
        }
        ActError::Missing(what) => Problem::new(Kind::BadValue)
            .arg("fout", say("fout-ontbreekt", &[("wat", (*what).into())]))
            .with("ontbreekt", *what),
        ActError::NotInStep => Problem::new(Kind::Refused)
            .detail("weigering-afgelopen")
            .with("reden", "afgelopen"),
    }
}
