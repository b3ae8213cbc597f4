//! Digests: on a schedule, what is due for the people of a role or body; numbers and links only.
//!
//! Input: the digests of the regions' files, the directory and the time. Output: occurrences with their letters, written in one
//! transaction. Invariants: an occurrence is named by its civil date and time and happens once, whoever computes it; a person gets it
//! once, in all their roles, with the deadlines of their own parties; whoever has nothing due gets none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_engine::{Case, Cause, LifeCause, Moment, Notification, authority, civil_date};
use convenant_lang::model::{Digest, Filling, PartyId, PartyKind, Who};
use convenant_store::{DeadlineFilter, DeadlineRow, Error as StoreError, Outgoing, RegionKey};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::cases::Cases;
use crate::delivery::insight::{Coming, Insight, Next};
use crate::delivery::{Delivery, Ready};
use crate::directory::recipients::{Asked, Recipient, recipients};
use crate::letters::{LetterContext, LetterError, Line, MOST_LINES};
use crate::regions::{Region, RegionError, Version};
use crate::schedule::{Occurrence, Plan, ScheduleError};
use crate::text::Language;
use crate::words::Words;

/// How far a digest looks ahead, in days.
const AHEAD: i64 = 14;

/// Deadlines read for a digest.
const MOST_READ: u32 = 2_000;

/// After how long a digest that could not be written is tried again, in milliseconds.
const AGAIN: i64 = 15 * 60_000;

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
    /// Not before this moment: it could not be written.
    again: Option<Moment>,
}

impl Entry {
    /// When the next occurrence is to happen.
    fn next_at(&self) -> Option<Moment> {
        self.next
            .map(|o| self.again.map_or(o.at, |again| o.at.max(again)))
    }
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
                    again: None,
                });
            }
        }
        Ok(Schedules { entries })
    }

    /// When the next occurrence is.
    pub fn next(&self) -> Option<Moment> {
        self.entries.iter().filter_map(Entry::next_at).min()
    }

    /// Lets happen what is due at `now`, in order; gives the number of occurrences. A digest that cannot be written is tried again later,
    /// and holds up no other.
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
                .filter(|e| e.next_at().is_some_and(|at| at <= now))
                .filter_map(|e| e.next.map(|o| (o, e)))
                .min_by_key(|(o, _)| o.at);
            let Some((occurrence, entry)) = due else {
                return Ok(count);
            };
            let region = cases.regions().get(entry.region.as_str());
            let digest = region.and_then(|r| r.current.model().digests.get(entry.digest));
            if let (Some(region), Some(digest)) = (region, digest) {
                let following = next(&entry.plan, region, occurrence.at);
                let occasion = Occasion {
                    digest,
                    at: occurrence.at,
                    following: following.map(|o| o.wall.date()),
                    now,
                };
                let letters = match letters(cases, delivery, region, &occasion).await {
                    Ok(letters) => letters,
                    Err(DigestError::Store(error)) => return Err(error.into()),
                    Err(error) => {
                        tracing::error!(%error, digest = digest.name, "a digest was not written; it will be tried again");
                        entry.again = Some(Moment(now.0.saturating_add(AGAIN)));
                        continue;
                    }
                };
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
                entry.again = None;
                entry.next = following;
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

/// One occurrence of a digest.
struct Occasion<'a> {
    digest: &'a Digest,
    at: Moment,
    /// The day of the next one.
    following: Option<Date>,
    now: Moment,
}

/// Somebody who gets a digest, with the deadlines that it names, by their place in the order of due dates.
struct Reader {
    recipient: Recipient,
    rows: BTreeSet<usize>,
}

/// The letters of one occurrence: one per person.
async fn letters(
    cases: &Cases,
    delivery: &Delivery,
    region: &Region,
    occasion: &Occasion<'_>,
) -> Result<Vec<Outgoing>, DigestError> {
    let today = civil_date(occasion.now);
    let filter = DeadlineFilter {
        until: today.checked_add(AHEAD.days()).ok(),
        ..DeadlineFilter::default()
    };
    let store = cases.store();
    let rows = store.deadlines(&region.key, &filter, MOST_READ).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        due.push((region.version(store, row.version).await?, row));
    }
    let running = store.counts(&region.key).await?.running;
    let readers = readers(delivery, region, occasion, &due).await?;
    let all: Vec<Recipient> = readers.values().map(|r| r.recipient.clone()).collect();
    let mut outgoing = Vec::new();
    for reader in readers.values() {
        let letter = letter(delivery, region, occasion, reader, &all, &due, running)?;
        outgoing.push(Outgoing {
            body: serde_json::to_string(&letter)?,
            deliver_after: Some(occasion.at),
        });
    }
    Ok(outgoing)
}

/// Everybody for whom something is due, by id.
async fn readers(
    delivery: &Delivery,
    region: &Region,
    occasion: &Occasion<'_>,
    due: &[(Arc<Version>, DeadlineRow)],
) -> Result<BTreeMap<String, Reader>, DigestError> {
    let today = civil_date(occasion.now);
    let people = delivery.people.refresh(&region.key).await?;
    let (nothing, life) = (Case::default(), region.life());
    let mut readers: BTreeMap<String, Reader> = BTreeMap::new();
    for who in &occasion.digest.to {
        for party in receivers(region, *who, today) {
            let concerned = due.iter().enumerate().filter(|(_, (version, row))| {
                let words = version.words(&delivery.texts, Language::Dutch);
                concerns(region, &words, row, *who, party)
            });
            let rows: BTreeSet<usize> = concerned.map(|(place, _)| place).collect();
            if rows.is_empty() {
                continue;
            }
            let told = Notification {
                // It is about no case: the people of the party are those who act for it in the convenant.
                cause: Cause::Life(LifeCause::EnteredIntoForce),
                to: *who,
                parties: vec![party],
                due: None,
                instead_of: None,
            };
            let asked = Asked {
                model: region.current.model(),
                case: &nothing,
                life: &life,
                told: &told,
                today,
                last_resort: region.current.model().last_resort.as_ref().map(|l| l.who),
            };
            for recipient in recipients(&people, &asked).to {
                let reader = readers
                    .entry(recipient.person.id.clone())
                    .or_insert_with(|| Reader {
                        recipient: Recipient {
                            person: recipient.person.clone(),
                            capacities: Vec::new(),
                        },
                        rows: BTreeSet::new(),
                    });
                reader.recipient.capacities.extend(recipient.capacities);
                reader.recipient.capacities.sort();
                reader.recipient.capacities.dedup();
                reader.rows.extend(&rows);
            }
        }
    }
    Ok(readers)
}

fn letter(
    delivery: &Delivery,
    region: &Region,
    occasion: &Occasion<'_>,
    reader: &Reader,
    all: &[Recipient],
    due: &[(Arc<Version>, DeadlineRow)],
    running: u64,
) -> Result<Ready, DigestError> {
    let (digest, language) = (occasion.digest, reader.recipient.person.language);
    let words = region.current.words(&delivery.texts, language);
    let mine = || reader.rows.iter().filter_map(|place| due.get(*place));
    let count = reader.rows.len();
    let lines: Vec<Line> = mine()
        .take(MOST_LINES)
        .filter_map(|(version, row)| {
            let words = version.words(&delivery.texts, language);
            line(&words, &delivery.base_url, region, row)
        })
        .collect();
    let next = occasion.following.map(|on| Next {
        what: Coming::Digest,
        on,
        to: Vec::new(),
    });
    let insight = Insight::of(&reader.recipient, all, next);
    let (rol, partij) = delivery.seats(language, &insight);
    let content = LetterContext {
        regio: region.name().to_owned(),
        convenant: words.model.header.title.clone(),
        rol,
        partij,
        verwijzing: format!("{}/{}", delivery.base_url, region.key),
        datum: words.date(civil_date(occasion.now)),
        overzicht: digest.name.replace('-', " "),
        aantal: count,
        te_laat: mine().filter(|(_, row)| row.overdue).count(),
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
    let brief = region
        .letters
        .render_in(language, template, &content)
        .map_err(|source| DigestError::Letter {
            region: region.key.to_string(),
            source,
        })?;
    Ok(Ready {
        overzicht: digest.name.clone(),
        persoon: reader.recipient.person.id.clone(),
        inzicht: insight,
        kanalen: digest.channels.clone(),
        brief,
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

/// Whether a deadline concerns this receiver: an actor hears of what it must do, a body of what is late.
fn concerns(
    region: &Region,
    words: &Words<'_>,
    row: &DeadlineRow,
    who: Who,
    party: PartyId,
) -> bool {
    let Some(scheme) = row.state.scheme else {
        return false;
    };
    if !words.deadline_whos(scheme, row.deadline.of).contains(&who) {
        return row.overdue && matches!(who, Who::Body(_));
    }
    match of_case(region, who) {
        Some(kind) => row.state.parties.get(kind as usize).copied().flatten() == Some(party),
        None => true,
    }
}

fn line(words: &Words<'_>, base_url: &str, region: &Region, row: &DeadlineRow) -> Option<Line> {
    Some(Line {
        zaaknummer: row.number.clone(),
        over: words.deadline_title(row.state.scheme?, row.deadline.of),
        uiterlijk: words.date(row.deadline.due),
        te_laat: row.overdue,
        verwijzing: format!("{base_url}/{}/zaken/{}", region.key, row.number),
    })
}
