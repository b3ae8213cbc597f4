//! Digests: on a schedule, what is due for a role or body, per party; numbers and links only.
//!
//! Input: the digests of the regions' files and the time. Output: occurrences with their letters, written in one
//! transaction. Invariants: an occurrence is named by its civil date and time and happens once, whoever computes it;
//! a party for which nothing is due gets no letter.

use convenant_engine::{Case, Moment, authority, civil_date};
use convenant_lang::model::{Digest, Filling, PartyId, PartyKind, Who};
use convenant_store::{DeadlineFilter, DeadlineRow, Error as StoreError, Outgoing, RegionKey};
use jiff::ToSpan;

use crate::cases::Cases;
use crate::delivery::{Delivery, Ready};
use crate::letters::{LetterContext, LetterError, Line, MOST_LINES};
use crate::regions::{Region, RegionError};
use crate::schedule::{Occurrence, Plan, ScheduleError};
use crate::text::Language;

/// How far a digest looks ahead, in days.
const AHEAD: i64 = 14;

/// Deadlines read for a digest.
const MOST_READ: u32 = 2_000;

/// Why schedules cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A schedule of the file.
    #[error("{region}: overzicht `{digest}`: {source}")]
    Schedule {
        /// Which region.
        region: String,
        /// Which digest.
        digest: String,
        /// Why.
        source: ScheduleError,
    },
    /// A letter.
    #[error("{region}: {source}")]
    Letter {
        /// Which region.
        region: String,
        /// Why.
        source: LetterError,
    },
    /// A version cannot be run.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// A letter could not be put in the outbox.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The schedules of all regions, with their next occurrences.
#[derive(Debug)]
pub struct Schedules {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    region: RegionKey,
    digest: usize,
    plan: Plan,
    next: Option<Occurrence>,
    /// The last occurrence that is not kept yet.
    done: Option<Moment>,
}

/// The setting that holds until when a region's schedules were kept.
fn setting(region: &RegionKey) -> String {
    format!("schedules.{region}.until")
}

impl Schedules {
    /// Reads the schedules; they go on from where they were kept until, or begin at `now`.
    pub async fn open(cases: &Cases, now: Moment) -> Result<Schedules, DigestError> {
        let mut entries = Vec::new();
        for region in cases.regions().iter() {
            let name = setting(&region.key);
            let kept = cases.store().setting(&name).await?;
            let until = match kept.and_then(|text| text.parse().ok()) {
                Some(kept) => Moment(kept),
                None => {
                    cases
                        .store()
                        .keep_setting(&name, &now.0.to_string())
                        .await?;
                    now
                }
            };
            for (index, digest) in region.current.model().digests.iter().enumerate() {
                let plan = Plan::new(&digest.schedule).map_err(|source| DigestError::Schedule {
                    region: region.key.to_string(),
                    digest: digest.name.clone(),
                    source,
                })?;
                entries.push(Entry {
                    region: region.key.clone(),
                    digest: index,
                    next: next(&plan, region, until),
                    plan,
                    done: None,
                });
            }
        }
        Ok(Schedules { entries })
    }

    /// When the next occurrence is.
    pub fn next(&self) -> Option<Moment> {
        self.entries
            .iter()
            .filter_map(|e| e.next)
            .map(|o| o.at)
            .min()
    }

    /// Lets happen what is due at `now`, in order; gives the number of occurrences.
    pub async fn occur(
        &mut self,
        cases: &Cases,
        delivery: &Delivery,
        now: Moment,
    ) -> Result<u64, DigestError> {
        let mut count: u64 = 0;
        loop {
            let due = self
                .entries
                .iter_mut()
                .filter_map(|e| e.next.filter(|o| o.at <= now).map(|o| (o, e)))
                .min_by_key(|(o, _)| o.at);
            let Some((occurrence, entry)) = due else {
                return Ok(count);
            };
            let region = cases.regions().get(entry.region.as_str());
            let digest = region.and_then(|r| r.current.model().digests.get(entry.digest));
            if let (Some(region), Some(digest)) = (region, digest) {
                let letters = letters(cases, delivery, region, digest, now).await?;
                let name = format!(
                    "{}@{}",
                    digest.name,
                    occurrence.wall.time().strftime("%H:%M")
                );
                let first = cases
                    .store()
                    .occur(&region.key, &name, occurrence.wall.date(), now, &letters)
                    .await?;
                count = count.saturating_add(u64::from(first));
                entry.done = Some(occurrence.at);
                entry.next = next(&entry.plan, region, occurrence.at);
            } else {
                entry.next = None;
            }
        }
    }
}

impl Schedules {
    /// Keeps until when the schedules were kept. What was not kept happens again after a restart, and is one occurrence.
    pub async fn keep(&mut self, cases: &Cases) -> Result<(), DigestError> {
        for region in cases.regions().iter() {
            let of_region = || self.entries.iter().filter(|e| e.region == region.key);
            // Up to the latest occurrence before which none is left to do.
            let done = of_region().filter_map(|e| e.done).max();
            let open = of_region()
                .filter_map(|e| e.next)
                .map(|o| Moment(o.at.0.saturating_sub(1)))
                .min();
            let Some(until) = done.map(|d| open.map_or(d, |o| d.min(o))) else {
                continue;
            };
            cases
                .store()
                .keep_setting(&setting(&region.key), &until.0.to_string())
                .await?;
        }
        for entry in &mut self.entries {
            entry.done = None;
        }
        Ok(())
    }
}

fn next(plan: &Plan, region: &Region, after: Moment) -> Option<Occurrence> {
    let holidays = region.current.program.holidays();
    plan.next(after, |date| holidays.is_day_off(date))
}

/// The letters of one occurrence: per receiver and party.
async fn letters(
    cases: &Cases,
    delivery: &Delivery,
    region: &Region,
    digest: &Digest,
    now: Moment,
) -> Result<Vec<Outgoing>, DigestError> {
    let today = civil_date(now);
    let filter = DeadlineFilter {
        until: today.checked_add(AHEAD.days()).ok(),
        ..DeadlineFilter::default()
    };
    let rows = cases
        .store()
        .deadlines(&region.key, &filter, MOST_READ)
        .await?;
    let running = cases.store().counts(&region.key).await?.running;
    let mut outgoing = Vec::new();
    for who in &digest.to {
        for party in receivers(region, *who, today) {
            let mut lines = Vec::new();
            for row in &rows {
                if let Some(line) = line(cases, delivery, region, row, *who, party).await? {
                    lines.push(line);
                }
            }
            if lines.is_empty() {
                continue;
            }
            let letter = digest_letter(delivery, region, digest, *who, party, lines, running, now)?;
            outgoing.push(Outgoing {
                body: serde_json::to_string(&letter)?,
                deliver_after: None,
            });
        }
    }
    Ok(outgoing)
}

#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one letter, each used once"
)]
fn digest_letter(
    delivery: &Delivery,
    region: &Region,
    digest: &Digest,
    who: Who,
    party: PartyId,
    mut lines: Vec<Line>,
    running: u64,
    now: Moment,
) -> Result<Ready, DigestError> {
    let words = region.current.words(&delivery.texts, Language::Dutch);
    let count = lines.len();
    let late = lines.iter().filter(|l| l.te_laat).count();
    lines.truncate(MOST_LINES);
    let content = LetterContext {
        regio: region.name().to_owned(),
        convenant: words.model.header.title.clone(),
        rol: words.who(who),
        partij: words.party(party),
        verwijzing: format!("{}/{}", delivery.base_url, region.key),
        datum: words.date(civil_date(now)),
        overzicht: digest.name.replace('-', " "),
        aantal: count,
        te_laat: late,
        meer: count.saturating_sub(lines.len()),
        regels: lines,
        lopend: running,
        ..LetterContext::default()
    };
    let own = region.letters.has(&digest.name);
    let template = if own {
        digest.name.as_str()
    } else {
        "overzicht"
    };
    let letter = region
        .letters
        .render(template, &content)
        .map_err(|source| DigestError::Letter {
            region: region.key.to_string(),
            source,
        })?;
    Ok(Ready {
        overzicht: digest.name.clone(),
        rol: content.rol,
        partij: party,
        naam: content.partij,
        kanalen: digest.channels.clone(),
        brief: letter,
    })
}

/// The kind of party by which a role depends on the case.
fn of_case(region: &Region, who: Who) -> Option<PartyKind> {
    let Who::Role(role) = who else {
        return None;
    };
    match region.current.model().roles.get(role.index())?.filled_by {
        Filling::OfCase(kind) => Some(kind),
        _ => None,
    }
}

/// The parties behind a role or body, over all cases.
fn receivers(region: &Region, who: Who, on: jiff::civil::Date) -> Vec<PartyId> {
    let model = region.current.model();
    match of_case(region, who) {
        Some(kind) => (0u16..)
            .map(PartyId)
            .zip(&model.parties)
            .filter(|(id, p)| p.kind == kind && authority::is_member(model, *id, on))
            .map(|(id, _)| id)
            .collect(),
        None => authority::parties_of(model, &Case::default(), who, on),
    }
}

/// The line of a deadline, if it concerns this receiver: an actor hears of what it must do, a body of what is late.
async fn line(
    cases: &Cases,
    delivery: &Delivery,
    region: &Region,
    row: &DeadlineRow,
    who: Who,
    party: PartyId,
) -> Result<Option<Line>, DigestError> {
    let version = region.version(cases.store(), row.version).await?;
    let words = version.words(&delivery.texts, Language::Dutch);
    let Some(scheme) = row.state.scheme else {
        return Ok(None);
    };
    let actors = words.deadline_whos(scheme, row.deadline.of);
    let concerned = if actors.contains(&who) {
        match of_case(region, who) {
            Some(kind) => row.state.parties.get(kind as usize).copied().flatten() == Some(party),
            None => true,
        }
    } else {
        row.overdue && matches!(who, Who::Body(_))
    };
    Ok(concerned.then(|| Line {
        zaaknummer: row.number.clone(),
        over: words.deadline_title(scheme, row.deadline.of),
        uiterlijk: words.date(row.deadline.due),
        te_laat: row.overdue,
        verwijzing: format!("{}/{}/zaken/{}", delivery.base_url, region.key, row.number),
    }))
}
