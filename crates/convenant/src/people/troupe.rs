//! A region full of invented people: its cases from opening to end, one happening after the other under virtual time.
//!
//! Input: a program, a seed, days on which cases open. Output: happenings in the order of time: what the engine decided, by whom, in
//! which case. Invariants: same program, seed and days, same happenings; time never goes back; a refused command changes nothing.

use std::collections::BTreeSet;

use convenant_engine::spread::CaseRef;
use convenant_engine::{
    Actor, Command, Decision, Event, LifeCommand, LifeEvent, Moment, Place, Program, TimerKey,
    civil_date,
};
use convenant_lang::model::SchemeId;

use super::stock::{Candidate, Deed, Stock};
use super::{Client, Plan, Story, lives, next, opening};
use crate::world::{Track, World};

/// After so many refusals in one state nobody tries any more: only time can help.
const ATTEMPTS: u32 = 8;

/// Why a home is offered that breaks a rule.
const DEPARTURE: &str = "Op verzoek van de cliënt, en in goed overleg";

/// A case that will open.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// When.
    pub at: Moment,
    /// In which scheme.
    pub scheme: SchemeId,
    /// Its name in the ledger.
    pub id: CaseRef,
}

/// What happened in a case.
pub struct InCase {
    /// Number in the order of opening, from 0.
    pub number: usize,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Actor,
    /// What was asked.
    pub command: Command,
    /// What came of it.
    pub decision: Decision<Event>,
    /// The homes that changed with it; one that was reported for it stands before its offer.
    pub homes: Vec<Deed>,
}

/// What happened.
pub enum Happening {
    /// In a case.
    Case(Box<InCase>),
    /// To a home, by itself.
    Home {
        /// When.
        at: Moment,
        /// What.
        deed: Deed,
    },
    /// In the life of the convenant.
    Life {
        /// When.
        at: Moment,
        /// Who.
        actor: Actor,
        /// What was asked.
        command: LifeCommand,
        /// What came of it.
        decision: Decision<LifeEvent>,
    },
}

/// A case and what its people are about to do.
pub struct Member {
    /// The case.
    pub track: Track,
    opening: Opening,
    story: Option<Story>,
    plan: Option<Plan>,
    attempt: u32,
    due: Option<Moment>,
}

/// A region full of invented people.
pub struct Troupe<'p> {
    /// The region.
    pub world: World<'p>,
    /// Its cases, in the order of opening.
    pub members: Vec<Member>,
    /// Its homes, where they are told.
    stock: Option<Stock<'p>>,
    seed: u64,
    queue: BTreeSet<(Moment, usize)>,
    life_plan: Option<(Moment, Actor, LifeCommand)>,
    begin: Option<Moment>,
}

impl<'p> Troupe<'p> {
    /// A region in which nothing has happened yet; its life begins at `begin`.
    pub fn new(program: &'p Program, seed: u64, begin: Moment, openings: &[Opening]) -> Self {
        let members: Vec<Member> = openings
            .iter()
            .map(|opening| Member {
                track: Track::new(opening.id),
                opening: *opening,
                story: None,
                plan: None,
                attempt: 0,
                due: Some(opening.at),
            })
            .collect();
        let queue = members
            .iter()
            .enumerate()
            .filter_map(|(number, member)| member.due.map(|due| (due, number)))
            .collect();
        Self {
            world: World::new(program),
            members,
            stock: None,
            seed,
            queue,
            life_plan: None,
            begin: Some(begin),
        }
    }

    /// With the homes that its corporations report for these cases.
    #[must_use]
    pub fn with_homes(mut self, openings: &[Opening]) -> Self {
        self.stock = Stock::new(self.world.program, self.seed, openings);
        self
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Moment> {
        self.life_at()
            .into_iter()
            .chain(self.home_at())
            .chain(self.queue.first().map(|(at, _)| *at))
            .min()
    }

    fn life_at(&self) -> Option<Moment> {
        let timer = self.world.next_life_timer().map(|(at, _)| at);
        let plan = self.life_plan.as_ref().map(|(at, ..)| *at);
        self.begin.into_iter().chain(timer).chain(plan).min()
    }

    fn home_at(&self) -> Option<Moment> {
        self.stock.as_ref().and_then(Stock::next_at)
    }

    /// Lets the next thing happen. None when it turned out to be refused: time has passed, nothing else.
    pub fn step(&mut self) -> Option<Happening> {
        let at = self.next_at()?;
        if self.life_at() == Some(at) {
            return self.live(at);
        }
        if let Some(stock) = self
            .stock
            .as_mut()
            .filter(|stock| stock.next_at() == Some(at))
        {
            let members = &self.members;
            let deed = stock.step(|number| members.get(number).map(|member| &member.track));
            return deed.map(|deed| Happening::Home { at, deed });
        }
        let (_, number) = self.queue.pop_first()?;
        if let Some(member) = self.members.get_mut(number) {
            member.due = None;
        }
        let happening = self.play(number, at);
        self.reconsider(number, at);
        happening
    }

    fn live(&mut self, at: Moment) -> Option<Happening> {
        let (actor, command) = if self.begin.take().is_some() {
            (Actor::Clock, LifeCommand::Establish)
        } else {
            match self.world.next_life_timer() {
                Some((due, TimerKey::Life(timer))) if due <= at => {
                    self.world.life_timers.remove(&TimerKey::Life(timer));
                    (Actor::Clock, LifeCommand::Fire { timer })
                }
                _ => {
                    let (_, actor, command) = self.life_plan.take()?;
                    (actor, command)
                }
            }
        };
        let decision = self.world.live(&actor, &command, at).ok();
        if decision.as_ref().is_some_and(crate::world::changes_term) {
            self.tell_term(at);
        }
        self.life_plan = lives::next(&self.world, self.seed, at);
        decision.map(|decision| Happening::Life {
            at,
            actor,
            command,
            decision,
        })
    }

    /// Every running case hears that the term of the convenant has changed.
    fn tell_term(&mut self, at: Moment) {
        for (number, member) in self.members.iter_mut().enumerate() {
            if matches!(member.track.case.place, Place::Step(_)) {
                member.track.timers.insert(TimerKey::TermEnd, at);
                if let Some(due) = member.due.replace(at) {
                    self.queue.remove(&(due, number));
                }
                self.queue.insert((at, number));
            }
        }
    }

    fn play(&mut self, number: usize, at: Moment) -> Option<Happening> {
        let member = self.members.get_mut(number)?;
        if member.story.is_none() {
            let story = Story {
                seed: self.seed,
                number: number as u64,
                client: Client::invent(
                    &self.world,
                    member.opening.scheme,
                    civil_date(at),
                    self.seed,
                    number as u64,
                ),
            };
            member.plan = opening(&self.world, &story, member.opening.scheme, at);
            member.story = Some(story);
        }
        let timer = member.track.next_timer().filter(|(due, _)| *due <= at);
        let (actor, command) = match timer {
            Some((_, timer)) => {
                member.track.timers.remove(&timer);
                (Actor::Clock, Command::Fire { timer })
            }
            None => {
                let plan = member.plan.take()?;
                (plan.actor, plan.command)
            }
        };
        let Some(done) = self.carry_out(number, &actor, command, at) else {
            if let Some(member) = self.members.get_mut(number) {
                member.attempt += 1;
            }
            return None;
        };
        let (command, decision, homes) = done;
        if let Some(member) = self.members.get_mut(number)
            && !decision.events.is_empty()
        {
            member.attempt = 0;
        }
        Some(Happening::Case(Box::new(InCase {
            number,
            at,
            actor,
            command,
            decision,
            homes,
        })))
    }

    /// Carries a command out, with what it does to the homes; none when it is refused.
    fn carry_out(
        &mut self,
        number: usize,
        actor: &Actor,
        command: Command,
        at: Moment,
    ) -> Option<(Command, Decision<Event>, Vec<Deed>)> {
        let (world, member) = (&mut self.world, self.members.get_mut(number)?);
        let track = &mut member.track;
        let Some(stock) = &mut self.stock else {
            let decision = world.act(track, actor, &command, at, &[]).ok()?;
            return Some((command, decision, Vec::new()));
        };
        let before = track.case.clone();
        if let Command::Offer {
            exit,
            neighbourhood,
            ..
        } = command
        {
            let homes = stock.candidates(track, actor, neighbourhood.as_deref(), at);
            return homes.into_iter().find_map(|home| {
                let departs = matches!(home, Candidate::Free(_, true));
                let command = Command::Offer {
                    exit,
                    neighbourhood: stock.neighbourhood(&home),
                    motivation: departs.then(|| DEPARTURE.to_owned()),
                };
                let decision = world.act(track, actor, &command, at, &[]).ok()?;
                let deeds = stock.offer(home, track.id, actor, at);
                Some((command, decision, deeds))
            });
        }
        let decision = world.act(track, actor, &command, at, &[]).ok()?;
        let deed = stock.follow(number, &before, track, actor, &decision.events);
        Some((command, decision, deed.into_iter().collect()))
    }

    /// What the people of a case do next, now that something has happened in it.
    fn reconsider(&mut self, number: usize, now: Moment) {
        let Some(member) = self.members.get_mut(number) else {
            return;
        };
        let opened = member.track.case.opened.is_some();
        member.plan = match &member.story {
            Some(story) if opened && member.attempt < ATTEMPTS => {
                next(&self.world, &member.track, story, member.attempt)
            }
            _ => None,
        };
        let timer = member.track.next_timer().map(|(at, _)| at);
        let plan = member.plan.as_ref().map(|plan| plan.at);
        // A deadline may be past when it starts (weeks before a date that is near): it passes now, not in the past.
        member.due = timer.into_iter().chain(plan).min().map(|due| due.max(now));
        if let Some(due) = member.due {
            self.queue.insert((due, number));
        }
    }
}
