//! What stands in a person's calendar: the deadlines that this person must act on, in cases and of the convenant itself.
//!
//! Input: a region's log, a person's roles, a day. Output: entries in the language of the feed. Invariants: everything is read off
//! the log, so it is the same after a restart and on every node; what a deadline was last changed by is its sequence; what
//! stopped stays, cancelled, for `KEPT_DAYS`; no facts are kept here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use convenant_engine::{
    Case, DeadlineRef, DeadlineTrace, Event, EventKind, Life, LifeEvent, LifeTimer, Moment,
    ObligationRef, ObligationTrace, Place, Standing, TimerKey, authority, civil_date,
    last_day_for_notice, life_timers, replay_life, start_of_day, trace, trace_life,
};
use convenant_lang::model::{Convenant, Meta, Who};
use convenant_store::{Error as StoreError, Hash, Head, RegionKey, Store, StreamId};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::accounts::Account;
use crate::channel::calendar::{Entry, Firmness, When};
use crate::channel::post::MAIL_DOMAIN;
use crate::clock::DAY;
use crate::regions::{Region, RegionError, Version};
use crate::sight::Viewer;
use crate::text::{Language, Texts};
use crate::words::Words;

/// How long a deadline that stopped stays in a feed, cancelled, so that every calendar hears of it.
const KEPT_DAYS: i64 = 60;

/// How far into its day the alarm of a reminder is.
const ALARM: i64 = 9 * 3_600_000;

/// Whose calendar, and for when.
pub struct Reader<'a> {
    /// Whose.
    pub account: &'a Account,
    /// In which language.
    pub language: Language,
    /// Now.
    pub now: Moment,
    /// The address of the pages, without a slash at the end.
    pub base_url: &'a str,
    /// The messages.
    pub texts: &'a Texts,
}

/// What somebody does, for whom: role and party, by name.
fn roles_of(account: &Account) -> Vec<(&str, &str)> {
    vec![(&account.role_name, &account.party_name)]
}

/// What is known of a case's deadlines up to an event; each with the version in whose words it is told.
struct KnownCase {
    seq: u32,
    number: String,
    traces: Vec<(DeadlineTrace, Arc<Version>)>,
}

/// What is known of a region's log.
#[derive(Default)]
struct Known {
    cases: HashMap<StreamId, Arc<KnownCase>>,
    life: Option<(u32, Arc<KnownLife>)>,
}

/// What is known of a convenant's own life up to an event.
#[derive(Default)]
struct KnownLife {
    life: Life,
    traces: Vec<ObligationTrace>,
    /// When the last event was.
    changed: Option<Moment>,
}

/// How far the streams are that a region's feeds are made of.
pub struct State {
    heads: Vec<Head>,
    life: u32,
    /// In the words of this version the convenant's own deadlines are told.
    version: Hash,
}

/// The calendars of all regions. What was read of a case is kept until the case changes.
#[derive(Default)]
pub struct Agendas {
    known: Mutex<HashMap<RegionKey, Known>>,
}

impl Agendas {
    /// How far the region's log is, as far as calendars go.
    pub async fn state(store: &Store, region: &Region, now: Moment) -> Result<State, StoreError> {
        let life = store.head(&region.key, StreamId::LIFE).await?;
        Ok(State {
            heads: store.cases_for_feeds(&region.key, kept_from(now)).await?,
            life: life.map_or(0, |head| head.seq),
            version: region.current.hash,
        })
    }

    /// Everything that must happen for the deadlines in `state`, for this reader; by date.
    pub async fn entries(
        &self,
        store: &Store,
        region: &Region,
        state: &State,
        reader: &Reader<'_>,
    ) -> Result<Vec<Entry>, RegionError> {
        let mut entries = Vec::new();
        let mut kept = HashMap::with_capacity(state.heads.len());
        for head in &state.heads {
            let case = self.case(store, region, head).await?;
            for (trace, version) in &case.traces {
                entries.extend(reader.deadline(region, head.stream, &case.number, trace, version));
            }
            kept.insert(head.stream, case);
        }
        let life = self.life(store, region, state.life).await?;
        let obligations = life.traces.iter();
        entries.extend(obligations.filter_map(|trace| reader.obligation(region, trace)));
        entries.extend(reader.term(region, &life));
        entries.sort_by(|a, b| (date_of(a), &a.uid).cmp(&(date_of(b), &b.uid)));
        self.with(&region.key, |known| known.cases = kept);
        Ok(entries)
    }

    fn with<T>(&self, region: &RegionKey, work: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        work(known.entry(region.clone()).or_default())
    }

    async fn case(
        &self,
        store: &Store,
        region: &Region,
        head: &Head,
    ) -> Result<Arc<KnownCase>, RegionError> {
        let known = self.with(&region.key, |known| known.cases.get(&head.stream).cloned());
        if let Some(known) = known.filter(|known| known.seq >= head.seq) {
            return Ok(known);
        }
        let loaded = store.load::<Event>(&region.key, head.stream).await?;
        let moved = |event: &&Event| matches!(event.kind, EventKind::Moved { .. });
        let moves = loaded.events.iter().filter(moved).count();
        let versions = region
            .versions_back(store, loaded.head.version, moves)
            .await?;
        let Some(current) = versions.last() else {
            return Err(StoreError::NoSuchVersion.into());
        };
        let with_version = |trace: DeadlineTrace| {
            let back = moves.saturating_sub(trace.moves);
            let version = versions.iter().rev().nth(back).unwrap_or(current).clone();
            (trace, version)
        };
        Ok(Arc::new(KnownCase {
            seq: loaded.head.seq,
            number: loaded.head.number,
            traces: trace(loaded.events.iter())
                .into_iter()
                .map(with_version)
                .collect(),
        }))
    }

    async fn life(
        &self,
        store: &Store,
        region: &Region,
        seq: u32,
    ) -> Result<Arc<KnownLife>, StoreError> {
        let known = self.with(&region.key, |known| known.life.clone());
        if let Some((_, life)) = known.filter(|(at, _)| *at >= seq) {
            return Ok(life);
        }
        if seq == 0 {
            return Ok(Arc::default());
        }
        let recorded = store.events::<LifeEvent>(&region.key, StreamId::LIFE, 0);
        let events = region.in_current_ids(recorded.await?);
        let life = Arc::new(KnownLife {
            life: replay_life(events.iter()),
            traces: trace_life(events.iter()),
            changed: events.last().map(|event| event.at),
        });
        let known = (life.life.seq, life.clone());
        self.with(&region.key, |region| region.life = Some(known));
        Ok(life)
    }
}

impl State {
    /// Names what the feed of this reader is made of: the same name, the same feed.
    pub fn tag(&self, reader: &Reader<'_>) -> String {
        let mut hash = Sha256::new();
        // Who fills a role, and what is kept, depends on the day.
        let today = civil_date(reader.now).to_string();
        let mut parts = vec![
            env!("CARGO_PKG_VERSION"),
            reader.language.tag(),
            reader.base_url,
            &today,
        ];
        for (role, party) in roles_of(reader.account) {
            parts.extend([role, party]);
        }
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(self.version.0);
        hash.update(self.life.to_be_bytes());
        for head in &self.heads {
            hash.update(head.stream.0.as_bytes());
            hash.update(head.seq.to_be_bytes());
        }
        hex::encode(hash.finalize().get(..16).unwrap_or_default())
    }
}

/// What stopped from here on is still in the feeds; the same moment all day.
fn kept_from(now: Moment) -> Moment {
    start_of_day(civil_date(Moment(now.0.saturating_sub(KEPT_DAYS * DAY))))
}

fn date_of(entry: &Entry) -> Moment {
    match entry.when {
        When::Day(day) => start_of_day(day),
        When::At(moment) => moment,
    }
}

impl Reader<'_> {
    fn today(&self) -> Date {
        civil_date(self.now)
    }

    /// Whether it stopped so long ago that every calendar has heard of it.
    fn is_forgotten(&self, standing: Standing, at: Moment) -> bool {
        standing.is_over() && at < kept_from(self.now)
    }

    /// Whether one of these must act, and this is one of them.
    fn is_among(&self, region: &Region, model: &Convenant, case: &Case, whos: &[Who]) -> bool {
        let today = self.today();
        let viewers = roles_of(self.account)
            .into_iter()
            .filter_map(|(role, party)| Viewer::named(role, party, region, model, today))
            .filter(|viewer| viewer.takes_part(model, today));
        viewers.into_iter().any(|viewer| {
            whos.iter().any(|who| {
                let parties = authority::parties_of(model, case, *who, today);
                parties.contains(&viewer.party)
                    && match who {
                        Who::Role(role) => *role == viewer.role,
                        Who::Body(_) => true,
                    }
            })
        })
    }

    fn deadline(
        &self,
        region: &Region,
        stream: StreamId,
        number: &str,
        trace: &DeadlineTrace,
        version: &Version,
    ) -> Option<Entry> {
        let words = version.words(self.texts, self.language).on(self.today());
        let running = &trace.running;
        if self.is_forgotten(trace.standing, trace.touched.at)
            || !self.is_among(region, words.model, &trace.case, &whos(&words, trace))
        {
            return None;
        }
        let title = words.deadline_title(trace.scheme(), running.of);
        let aim = words
            .deadline(trace.scheme(), running.of)
            .is_some_and(|d| d.aim);
        let source = words.deadline_source(trace.scheme(), running.of);
        let midnight = running.due.tomorrow().ok().map(start_of_day);
        let is_day = midnight == Some(running.due_at);
        let alarms = match trace.standing {
            Standing::Running | Standing::Overdue => trace.reminders(&version.program),
            _ => Vec::new(),
        };
        Some(Entry {
            uid: format!("{stream}.{}@{MAIL_DOMAIN}", running.id),
            title: words.say(
                "agenda-titel",
                &[("zaak", number.into()), ("wat", title.into())],
            ),
            text: self.text(
                &words,
                trace.standing,
                running.due,
                aim,
                source.map(|(meta, _)| meta),
            ),
            url: format!("{}/{}/zaken/{number}", self.base_url, region.key),
            category: words.say("agenda-soort-zaak", &[]),
            when: if is_day {
                When::Day(running.due)
            } else {
                When::At(running.due_at)
            },
            firmness: firmness(trace.standing),
            alarms: alarms.into_iter().map(alarm).collect(),
            sequence: trace.touched.seq,
            changed: trace.touched.at,
        })
    }

    fn obligation(&self, region: &Region, trace: &ObligationTrace) -> Option<Entry> {
        let words = region
            .current
            .words(self.texts, self.language)
            .on(self.today());
        let planned = trace.obligation;
        let (title, by, meta) = words.obligation(planned.of)?;
        if self.is_forgotten(trace.standing, trace.touched.at)
            || !self.is_among(region, words.model, &Case::default(), &[by])
        {
            return None;
        }
        let name = match planned.of {
            ObligationRef::Evaluation(n) => format!("evaluatie-{n}"),
            ObligationRef::Duty(n) => format!("plicht-{n}"),
        };
        // It can be done from the day on which it falls: that is when to remember it.
        let opens = start_of_day(planned.opens);
        let reminds = planned.opens < planned.due && !trace.standing.is_over();
        Some(Entry {
            uid: format!("{}.{name}.{}@{MAIL_DOMAIN}", region.key, planned.number),
            title,
            text: self.text(&words, trace.standing, planned.due, false, Some(meta)),
            url: format!("{}/{}", self.base_url, region.key),
            category: words.say("agenda-soort-convenant", &[]),
            when: When::Day(planned.due),
            firmness: firmness(trace.standing),
            alarms: reminds.then(|| alarm(opens)).into_iter().collect(),
            sequence: trace.touched.seq,
            changed: trace.touched.at,
        })
    }

    /// The last day of the term, and the last one on which notice can be given before it: for whoever takes part.
    fn term(&self, region: &Region, known: &KnownLife) -> Vec<Entry> {
        let words = region
            .current
            .words(self.texts, self.language)
            .on(self.today());
        let (model, life) = (words.model, &known.life);
        let viewer = roles_of(self.account)
            .into_iter()
            .filter_map(|(role, party)| Viewer::named(role, party, region, model, self.today()))
            .find(|viewer| viewer.takes_part(model, self.today()));
        let (Some(_), Some(until), Some(changed)) = (viewer, life.until, known.changed) else {
            return Vec::new();
        };
        let term = &model.term;
        let entry =
            |name: &str, message: &str, day: Date, meta: &Meta, alarms: Vec<Moment>| Entry {
                uid: format!("{}.{name}@{MAIL_DOMAIN}", region.key),
                title: words.say(message, &[]),
                text: vec![words.say("agenda-bron", &[("bron", words.source_text(meta).into())])],
                url: format!("{}/{}", self.base_url, region.key),
                category: words.say("agenda-soort-convenant", &[]),
                when: When::Day(day),
                firmness: Firmness::Firm,
                alarms: alarms.into_iter().map(alarm).collect(),
                sequence: life.seq,
                changed,
            };
        let mut entries = Vec::new();
        if let Ok(last) = until.yesterday() {
            entries.push(entry("einde", "agenda-einde", last, &term.meta, Vec::new()));
        }
        let program = &region.current.program;
        let notice = term.notice.as_ref().filter(|_| !life.ends_early);
        if let Some((meta, _)) = notice
            && let Some(last) = last_day_for_notice(program, until)
        {
            let reminders = life_timers(program, life).into_iter();
            let reminders = reminders.filter_map(|(timer, at)| match timer {
                TimerKey::Life(LifeTimer::NoticeReminder(..)) => Some(at),
                _ => None,
            });
            let reminders = reminders.collect();
            entries.push(entry(
                "opzegging",
                "agenda-opzegging",
                last,
                meta,
                reminders,
            ));
        }
        entries
    }

    fn text(
        &self,
        words: &Words<'_>,
        standing: Standing,
        due: Date,
        aim: bool,
        source: Option<&Meta>,
    ) -> Vec<String> {
        let date = words.date(due);
        let until = if aim {
            "agenda-streven"
        } else {
            "agenda-uiterlijk"
        };
        let mut lines = vec![match standing {
            Standing::Running | Standing::Overdue | Standing::StandsStill => {
                words.say(until, &[("datum", date.into())])
            }
            Standing::Met => words.say("agenda-gedaan", &[]),
            Standing::Lapsed => words.say("agenda-vervallen", &[]),
        }];
        match standing {
            Standing::Overdue => lines.push(words.say("agenda-te-laat", &[])),
            Standing::StandsStill => lines.push(words.say("agenda-staat-stil", &[])),
            _ => {}
        }
        if let Some(meta) = source {
            let source = words.source_text(meta);
            lines.push(words.say("agenda-bron", &[("bron", source.into())]));
        }
        lines
    }
}

/// Who must act before a deadline passes: also who attends, who works on the case, and who may object.
fn whos(words: &Words<'_>, trace: &DeadlineTrace) -> Vec<Who> {
    let scheme = trace.scheme();
    let mut whos = words.deadline_whos(scheme, trace.running.of);
    match (trace.running.of, trace.case.place) {
        (DeadlineRef::Evaluation(step, n), _) => {
            let step = words.step(scheme, step);
            if let Some(evaluation) = step.and_then(|s| s.evaluations.get(usize::from(n))) {
                whos.extend(&evaluation.required);
                whos.extend(&evaluation.invited);
            }
        }
        (DeadlineRef::Case(_), Place::Step(step)) => {
            whos.extend(words.step(scheme, step).iter().flat_map(|s| &s.actors));
        }
        (DeadlineRef::Objection, _) => {
            let first = words
                .handover(scheme)
                .and_then(|h| h.steps.get(h.start.index()));
            whos.extend(first.iter().flat_map(|s| &s.actors));
        }
        _ => {}
    }
    whos
}

fn firmness(standing: Standing) -> Firmness {
    match standing {
        Standing::Running | Standing::Overdue => Firmness::Firm,
        Standing::StandsStill => Firmness::Tentative,
        Standing::Met | Standing::Lapsed => Firmness::Cancelled,
    }
}

/// A reminder that comes with the day rings in the morning: nine hours later, on the wall clock nine o'clock on all days but the two on
/// which the clock changes.
fn alarm(at: Moment) -> Moment {
    if at == start_of_day(civil_date(at)) {
        Moment(at.0.saturating_add(ALARM))
    } else {
        at
    }
}
