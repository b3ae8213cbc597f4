//! Two years of invented cases into a store, under virtual time.
//!
//! Input: stages and a recipe. Output: streams, case rows, timers, notifications, placements, as the server itself would have
//! written them. The story is played from the beginning every time; what the store has of a stream already is not written
//! again, so that a filling that was broken off goes on with the same story.

use std::collections::HashMap;

use convenant_engine::spread::CaseRef;
use convenant_engine::{Actor, Command, Decision, LifeCommand, Moment, TimerKey, civil_date};
use convenant_server::books::placements;
use convenant_store::{
    Append, Booking, CaseState, CommandId, Error, HomeActor, HomeChange, HomeFilter, HomeId,
    HomeWrite, NewHome, Opening as Beginning, Sort, Store, StreamId, TimerChange, TimerName,
};
use uuid::Uuid;

use super::Stage;
use super::progress::Progress;
use super::writer::Writer;
use crate::output::Output;
use crate::people::{Chance, DAY, Deed, Happening, InCase, Opening, Troupe};
use crate::{simulate, words};

/// Homes that are read at a time.
const PAGE: u32 = 1_000;

/// What to fill with.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Same seed, same story.
    pub seed: u64,
    /// Cases, over all regions.
    pub cases: u32,
}

/// What was told.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    /// Events, those that were there already included.
    pub events: usize,
    /// Cases.
    pub cases: usize,
}

/// Plays the story from `span.0` until `span.1` and writes it down.
pub async fn fill(
    store: &Store,
    stages: &[Stage],
    recipe: &Recipe,
    span: (Moment, Moment),
    out: &Output,
) -> Result<Count, Error> {
    let shares = shares(stages, recipe.cases, span);
    let mut acts: Vec<Act> = Vec::new();
    for (number, (stage, cases)) in stages.iter().zip(shares).enumerate() {
        acts.push(Act::new(store, stage, number as u64, cases, recipe.seed, span).await?);
    }
    let mut writer = Writer::new(store.clone());
    let mut progress = Progress::new(days(span.1.0 - span.0.0));
    let mut count = Count::default();
    loop {
        let next = acts
            .iter()
            .enumerate()
            .filter_map(|(number, act)| act.troupe.next_at().map(|at| (at, number)))
            .min();
        let Some((at, number)) = next.filter(|(at, _)| *at <= span.1) else {
            break;
        };
        progress.at(days(at.0 - span.0.0), || {
            words::date(civil_date(at), &out.messages)
        });
        if let Some(act) = acts.get_mut(number)
            && let Some(happening) = act.troupe.step()
        {
            act.write(&mut writer, happening, &mut count).await?;
        }
    }
    writer.finish().await?;
    progress.finish();
    Ok(count)
}

fn days(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds / DAY).unwrap_or(0)
}

/// How many of the cases each region has: by how long it is in force within the span.
fn shares(stages: &[Stage], cases: u32, span: (Moment, Moment)) -> Vec<u32> {
    let lengths: Vec<u64> = stages
        .iter()
        .map(|stage| days(span.1.0 - begin(stage, span).0))
        .collect();
    let total: u64 = lengths.iter().sum::<u64>().max(1);
    let mut left = cases;
    let last = lengths.len().saturating_sub(1);
    lengths
        .iter()
        .enumerate()
        .map(|(number, length)| {
            let share = u32::try_from(u64::from(cases) * length / total).unwrap_or(left);
            let share = if number == last {
                left
            } else {
                share.min(left)
            };
            left -= share;
            share
        })
        .collect()
}

/// When the convenant of a stage enters into force.
fn begin(stage: &Stage, span: (Moment, Moment)) -> Moment {
    simulate::entry(stage.program.model()).map_or(span.0, |date| {
        convenant_engine::start_of_day(date).max(span.0)
    })
}

/// One region on its way through the story.
struct Act<'a> {
    stage: &'a Stage,
    troupe: Troupe<'a>,
    seed: u64,
    /// How many events the store has of each stream already.
    written: HashMap<StreamId, u32>,
    /// How many changes the store has of each home already, in the order in which they were reported.
    homes: Vec<u32>,
    /// Bookings so far: the version of the ledger.
    bookings: u64,
}

impl<'a> Act<'a> {
    async fn new(
        store: &Store,
        stage: &'a Stage,
        number: u64,
        cases: u32,
        seed: u64,
        span: (Moment, Moment),
    ) -> Result<Self, Error> {
        let seed = seed ^ (number << 48);
        let from = civil_date(begin(stage, span));
        let until = civil_date(span.1);
        let mut openings = simulate::openings(&stage.program, cases, seed, from, until);
        for (case, opening) in openings.iter_mut().enumerate() {
            opening.id = CaseRef(stream(seed, case as u64, opening).0.as_u128());
        }
        let mut written = HashMap::new();
        let streams = openings
            .iter()
            .map(|opening| StreamId(Uuid::from_u128(opening.id.0)));
        for stream in streams.chain([StreamId::LIFE]) {
            if let Some(head) = store.head(&stage.key, stream).await? {
                written.insert(stream, head.seq);
            }
        }
        Ok(Self {
            stage,
            troupe: Troupe::new(&stage.program, seed, span.0, &openings).with_homes(&openings),
            seed,
            written,
            homes: homes(store, stage).await?,
            bookings: 0,
        })
    }

    async fn write(
        &mut self,
        writer: &mut Writer,
        happening: Happening,
        count: &mut Count,
    ) -> Result<(), Error> {
        match happening {
            Happening::Case(done) => {
                count.events += done.decision.events.len();
                count.cases += usize::from(matches!(done.command, Command::Open { .. }));
                self.case(writer, *done).await
            }
            Happening::Home { at, deed } => self.home(writer, at, deed).await,
            Happening::Life {
                at,
                actor,
                command,
                decision,
            } => {
                count.events += decision.events.len();
                let after = self.troupe.world.life.seq;
                let begun = self.begin(StreamId::LIFE, after, at, Sort::Life, &decision)?;
                let Some(mut append) = begun else {
                    return Ok(());
                };
                if let LifeCommand::Fire { timer } = command {
                    clear(&mut append, TimerKey::Life(timer))?;
                }
                append.effects(&decision.effects)?;
                append.command = self.command(StreamId::LIFE, &append, &actor, &command)?;
                writer.append(append, false).await
            }
        }
    }

    async fn case(&mut self, writer: &mut Writer, done: InCase) -> Result<(), Error> {
        let InCase {
            number,
            at,
            actor,
            command,
            decision,
            homes,
        } = done;
        let mut along = Vec::new();
        for deed in homes {
            match &deed.change {
                HomeChange::Report(_) => self.home(writer, at, deed).await?,
                _ => along.push(home_write(deed)),
            }
        }
        let Some(member) = self.troupe.members.get(number) else {
            return Ok(());
        };
        let stream = StreamId(Uuid::from_u128(member.track.id.0));
        let case = &member.track.case;
        let placements = placements(&decision.events, case);
        let expected = self.bookings;
        self.bookings += u64::from(!placements.is_empty());
        let Some(mut append) = self.begin(stream, case.seq, at, Sort::Case, &decision)? else {
            return Ok(());
        };
        if let Command::Fire { timer } = &command {
            clear(&mut append, *timer)?;
        }
        append.effects(&decision.effects)?;
        append.row = Some(CaseState::of(case));
        append.booking = (!placements.is_empty()).then_some(Booking {
            expected,
            placements,
        });
        append.homes = along;
        append.command = self.command(stream, &append, &actor, &command)?;
        // Case numbers and placements count on: those keep their order.
        let ordered = append.opening.is_some() || append.booking.is_some();
        writer.append(append, ordered).await
    }

    /// A change of a home that stands by itself; nothing when it is written already.
    async fn home(&mut self, writer: &mut Writer, at: Moment, deed: Deed) -> Result<(), Error> {
        let written = self.homes.get(deed.home).copied().unwrap_or(0);
        if written > deed.expected {
            return Ok(());
        }
        let region = self.stage.key.clone();
        let (number, owner) = (deed.home, deed.owner.0);
        let write = home_write(deed);
        match write.change {
            HomeChange::Report(facts) => {
                let home = NewHome {
                    owner,
                    reference: Some(format!("W-{:04}", number + 1)),
                    facts,
                };
                writer.report(region, write.home, home, write.by, at).await
            }
            _ => writer.change(region, write, at).await,
        }
    }

    /// The append of a decision; none when it is written already or changes nothing.
    fn begin<P: Clone>(
        &self,
        stream: StreamId,
        after: u32,
        at: Moment,
        sort: Sort,
        decision: &Decision<P>,
    ) -> Result<Option<Append<P>>, Error> {
        let events = u32::try_from(decision.events.len()).unwrap_or(u32::MAX);
        let expected = after.saturating_sub(events);
        let written = self.written.get(&stream).copied().unwrap_or(0);
        if events == 0 || after <= written {
            return Ok(None);
        }
        let mut append = Append::new(self.stage.key.clone(), stream, expected);
        append.events.clone_from(&decision.events);
        append.opening = (expected == 0).then(|| Beginning {
            version: self.stage.version,
            sort,
            year: civil_date(at).year(),
        });
        Ok(Some(append))
    }

    /// The id of a command: of the seed, the stream and the event from which it went on. Firings of timers need none.
    fn command<P, C: serde::Serialize>(
        &self,
        stream: StreamId,
        append: &Append<P>,
        actor: &Actor,
        command: &C,
    ) -> Result<Option<CommandId>, Error> {
        if *actor == Actor::Clock {
            return Ok(None);
        }
        let key = format!("demo-{}-{stream}-{}", self.seed, append.expected);
        CommandId::new(&key, &(actor, command)).map(Some)
    }
}

/// How many changes the store has of each home.
async fn homes(store: &Store, stage: &Stage) -> Result<Vec<u32>, Error> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let all = HomeFilter::default();
        let page = store.homes(&stage.key, &all, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.id);
        found.extend(page.iter().map(|home| home.version));
    }
}

/// A change of a home as the store takes it. Homes are numbered from 1 in the order of their reports, and in a store that knows one
/// version of the file a party has its place in it as its number.
fn home_write(deed: Deed) -> HomeWrite {
    let (person, party) = match deed.by {
        Actor::Person { person, party, .. } => (Some(person), Some(party.0)),
        Actor::Clock => (None, None),
    };
    HomeWrite {
        home: HomeId(
            i64::try_from(deed.home)
                .unwrap_or(i64::MAX)
                .saturating_add(1),
        ),
        expected: deed.expected,
        change: deed.change,
        by: HomeActor {
            person,
            party,
            motivation: deed.motivation,
        },
    }
}

/// The stream of a case: an id that sorts by the moment of opening.
fn stream(seed: u64, case: u64, opening: &Opening) -> StreamId {
    let mut chance = Chance::of(seed, [case, 8, 0]);
    let mut random = [0_u8; 10];
    for byte in &mut random {
        *byte = u8::try_from(chance.below(256)).unwrap_or(0);
    }
    let at = u64::try_from(opening.at.0).unwrap_or(0);
    StreamId(uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid())
}

/// A timer that has fired is gone, unless the decision sets it again.
fn clear<P>(append: &mut Append<P>, timer: TimerKey) -> Result<(), Error> {
    append.timers.push(TimerChange::Clear {
        name: TimerName::of(&timer)?,
    });
    Ok(())
}
