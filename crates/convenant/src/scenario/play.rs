//! Plays one scenario against a convenant, step by step, until the first difference.

use std::collections::BTreeSet;

use convenant_engine::spread::CaseRef;
use convenant_engine::{
    Actor, Command, Effect, Moment, Notification, Placement, PriorRefusal, Program, Refusal,
    TimerKey,
};
use convenant_lang::model::{Convenant, SchemeId};
use convenant_server::act::ActError;

use super::Difference;
use super::coverage::Coverage;
use super::expect::{self, View};
use super::homes;
use super::read::{Deed, Placed, Refused, Scenario, Step};
use crate::messages::{Messages, say};
use crate::refusal::{self, Spot};
use crate::values;
use crate::world::{Track, World};
use crate::yaml::Fault;
use crate::{facts, nearest, words};

/// More timers than this between two steps of a story means that they set each other off.
const TIMERS: usize = 20_000;

/// Plays a scenario; the error is the first difference.
pub fn play(
    scenario: &Scenario,
    program: &Program,
    coverage: &mut Coverage,
    messages: &Messages,
) -> Result<(), Box<Difference>> {
    let mut player = Player::new(scenario, program, coverage, messages)?;
    for (number, step) in scenario.steps.iter().enumerate() {
        player.number = number + 1;
        player.step(step)?;
    }
    Ok(())
}

struct Player<'a> {
    scenario: &'a Scenario,
    program: &'a Program,
    coverage: &'a mut Coverage,
    messages: &'a Messages,
    world: World<'a>,
    track: Track,
    scheme: SchemeId,
    refusals: Vec<PriorRefusal>,
    now: Moment,
    actor: Option<Actor>,
    number: usize,
    told: Vec<Notification>,
}

impl<'a> Player<'a> {
    fn new(
        scenario: &'a Scenario,
        program: &'a Program,
        coverage: &'a mut Coverage,
        messages: &'a Messages,
    ) -> Result<Self, Box<Difference>> {
        let model = program.model();
        let scheme =
            scheme_of(scenario, model, messages).map_err(|fault| of(None, fault, messages))?;
        let begin = values::amsterdam(scenario.begin);
        let mut player = Self {
            scenario,
            program,
            coverage,
            messages,
            world: World::new(program),
            // Behind the placements from before.
            track: Track::new(CaseRef(u128::MAX)),
            scheme,
            refusals: Vec::new(),
            now: begin,
            actor: None,
            number: 0,
            told: Vec::new(),
        };
        player
            .before(begin)
            .map_err(|fault| of(None, fault, messages))?;
        Ok(player)
    }

    /// What happened before the story begins: the convenant's own life, placements, refusals.
    fn before(&mut self, begin: Moment) -> Result<(), Fault> {
        let root = self.scenario.document.root.id;
        if let Err(refused) = self.world.establish(begin) {
            let text = refusal::tell(&refused, self.spot(), self.messages);
            return Err(self.scenario.document.fault(root, text));
        }
        self.advance(begin);
        for (number, placed) in self.scenario.placements.iter().enumerate() {
            self.place(number, placed)?;
        }
        for refused in &self.scenario.refusals {
            let prior = self.prior(refused)?;
            self.refusals.push(prior);
        }
        Ok(())
    }

    fn place(&mut self, number: usize, placed: &Placed) -> Result<(), Fault> {
        let model = self.program.model();
        let names = || model.parties.iter().map(|party| party.name.as_str());
        let party = model
            .party_named(&placed.party)
            .ok_or_else(|| self.unknown(placed.id, &placed.party, names()))?;
        let scheme = self.named_scheme(placed.scheme.as_deref(), placed.id)?;
        self.world.ledger.place(
            CaseRef(number as u128),
            scheme,
            Placement {
                party,
                neighbourhood: placed.neighbourhood.clone(),
                on: placed.on,
                seq: 0,
                departure: false,
            },
        );
        Ok(())
    }

    fn prior(&self, refused: &Refused) -> Result<PriorRefusal, Fault> {
        let scheme = self.named_scheme(refused.scheme.as_deref(), refused.id)?;
        let criteria = self
            .program
            .scheme(scheme)
            .map(|scheme| scheme.eligibility.criteria.as_slice())
            .unwrap_or_default();
        let mut grounds = Vec::new();
        for name in &refused.grounds {
            let found = (0_u16..)
                .zip(criteria)
                .find(|(_, criterion)| criterion.name == *name)
                .map(|(id, _)| convenant_lang::model::CriterionId(id));
            let names = criteria.iter().map(|criterion| criterion.name.as_str());
            grounds.push(found.ok_or_else(|| self.unknown(refused.id, name, names))?);
        }
        Ok(PriorRefusal {
            scheme,
            on: refused.on,
            criteria: grounds,
        })
    }

    fn named_scheme(&self, name: Option<&str>, id: u32) -> Result<SchemeId, Fault> {
        let model = self.program.model();
        match name {
            None => Ok(self.scheme),
            Some(name) => model.scheme_named(name).ok_or_else(|| {
                self.unknown(id, name, model.schemes.iter().map(|s| s.name.as_str()))
            }),
        }
    }

    fn unknown<'n>(
        &self,
        id: u32,
        name: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Fault {
        let hint = nearest::hint(name, names, self.messages);
        let text = say!(self.messages, "name-unknown", name = name, hint = hint);
        self.scenario.document.fault(id, text)
    }

    fn step(&mut self, step: &Step) -> Result<(), Box<Difference>> {
        self.told.clear();
        if let Some(at) = step.at {
            self.now = self.now.max(values::amsterdam(at));
        }
        self.advance(self.now);
        if let Some((role, party, id)) = &step.who {
            let actor = self.actor(role, party, *id);
            self.actor = Some(actor.map_err(|fault| self.differ(fault))?);
        }
        let wanted = super::read::find(&step.expected, "geweigerd");
        let mut refused = None;
        for (position, (id, deed)) in step.deeds.iter().enumerate() {
            let last = position + 1 == step.deeds.len();
            match self.deed(*id, deed).map_err(|fault| self.differ(fault))? {
                Ok(()) => {}
                Err(refusal) if last && wanted.is_some() => refused = Some(refusal),
                Err(refusal) => {
                    let found = refusal::tell(&refusal, self.spot(), self.messages);
                    let expected = say!(self.messages, "expect-accepted");
                    return Err(self.difference(*id, expected, found));
                }
            }
        }
        self.observe();
        for entry in &step.expected {
            let view = View {
                program: self.program,
                world: &self.world,
                case: &self.track.case,
                scheme: self.scheme,
                now: self.now,
                told: &self.told,
                refused: refused.as_deref(),
                document: &self.scenario.document,
                messages: self.messages,
            };
            if entry.key == "passend" {
                let fits = homes::fits(&entry.value, &view).map_err(|fault| self.differ(fault))?;
                self.coverage.fits(&fits);
            }
            match expect::check(entry, &view).map_err(|fault| self.differ(fault))? {
                Ok(()) => {}
                Err((expected, found)) => {
                    return Err(self.difference(entry.key_id, expected, found));
                }
            }
        }
        Ok(())
    }

    fn actor(&self, role: &str, party: &str, id: u32) -> Result<Actor, Fault> {
        let model = self.program.model();
        let roles = model.roles.iter().map(|role| role.name.as_str());
        let parties = model.parties.iter().map(|party| party.name.as_str());
        Ok(Actor::Person {
            person: "scenario".to_owned(),
            party: model
                .party_named(party)
                .ok_or_else(|| self.unknown(id, party, parties))?,
            role: model
                .role_named(role)
                .ok_or_else(|| self.unknown(id, role, roles))?,
        })
    }

    /// Does something; the inner error is a refusal, the outer one a mistake in the scenario.
    fn deed(&mut self, id: u32, deed: &Deed) -> Result<Result<(), Box<Refusal>>, Fault> {
        let command = match deed {
            Deed::Clock => return Ok(Ok(())),
            Deed::Unread(name) => return self.unread(id, name),
            Deed::Open => Command::Open {
                scheme: self.scheme,
            },
            Deed::Act(act) => match act.command(self.program.model(), &self.track.case) {
                Ok(command) => command,
                // Nothing belongs to a case that is in no step: the engine says so, whatever the act is.
                Err(ActError::NotInStep) => Command::Resume,
                Err(error) => {
                    let text = self.act_fault(&error);
                    return Err(self.scenario.document.fault(id, text));
                }
            },
        };
        let Some(actor) = self.actor.clone() else {
            let text = say!(self.messages, "test-nobody");
            return Err(self.scenario.document.fault(id, text));
        };
        Ok(self.act(&actor, &command))
    }

    fn act(&mut self, actor: &Actor, command: &Command) -> Result<(), Box<Refusal>> {
        let before = self.track.case.clone();
        let decided = self
            .world
            .act(&mut self.track, actor, command, self.now, &self.refusals);
        decided.map(|decision| {
            self.coverage
                .events(self.program, &before, &decision.events);
            self.hear(&decision.effects);
        })
    }

    /// The last rung of this deadline that was reached stayed unread.
    fn unread(&mut self, id: u32, name: &str) -> Result<Result<(), Box<Refusal>>, Fault> {
        let handover = self.program.scheme(self.scheme).map(|s| &s.handover);
        let named = |of| handover.map_or_else(String::new, |h| words::deadline(h, of));
        let running = &self.track.case.deadlines;
        let Some(found) = running.iter().find(|d| named(d.of) == name) else {
            let known: Vec<String> = running.iter().map(|d| named(d.of)).collect();
            return Err(self.unknown(id, name, known.iter().map(String::as_str)));
        };
        let command = Command::Unread {
            deadline: found.id,
            rung: found.reached.last().map_or(0, |(rung, _)| *rung),
        };
        Ok(self.act(&Actor::Clock, &command))
    }

    /// What is wrong with an act.
    fn act_fault(&self, error: &ActError) -> String {
        let messages = self.messages;
        let model = self.program.model();
        match error {
            ActError::Unknown { name, known, .. } => {
                let hint = nearest::hint(name, known.split(", "), messages);
                say!(messages, "name-unknown", name = name, hint = hint)
            }
            ActError::Value { fact, .. } => {
                let kind = model
                    .fact_named(fact)
                    .and_then(|id| model.facts.get(id.index()))
                    .map(|fact| &fact.kind);
                let expected = kind.map_or_else(
                    || say!(messages, "type-date"),
                    |kind| facts::expected(kind, messages),
                );
                say!(
                    messages,
                    "facts-wrong-type",
                    name = fact,
                    expected = expected
                )
            }
            ActError::Missing(key) => say!(messages, "shape-missing", key = *key),
            other => say!(messages, "act-malformed", why = other.to_string()),
        }
    }

    /// Lets time pass: every timer up to and including the moment fires, in order of time, the convenant's own first.
    fn advance(&mut self, until: Moment) {
        for _ in 0..TIMERS {
            let life = self.world.next_life_timer().map(|(at, _)| at);
            let case = self.track.next_timer().map(|(at, _)| at);
            match (life, case) {
                (Some(life), _) if life <= until && case.is_none_or(|case| life <= case) => {
                    let changed = self.world.fire_life();
                    if changed && self.track.case.opened.is_some() {
                        self.track.timers.insert(TimerKey::TermEnd, life);
                    }
                }
                (_, Some(case)) if case <= until => {
                    let before = self.track.case.clone();
                    if let Some((_, _, decision)) = self.world.fire(&mut self.track) {
                        self.coverage
                            .events(self.program, &before, &decision.events);
                        self.hear(&decision.effects);
                    }
                }
                _ => return,
            }
        }
    }

    fn hear(&mut self, effects: &[Effect]) {
        self.told
            .extend(effects.iter().filter_map(|effect| match effect {
                Effect::Notify(notification) => Some(notification.clone()),
                _ => None,
            }));
    }

    /// Which sides of the criteria this moment shows.
    fn observe(&mut self) {
        if self.track.case.opened.is_some() {
            let explanation =
                expect::explain_case(self.program, self.scheme, &self.track.case, self.now);
            self.coverage.sides(self.scheme, &explanation);
        }
    }

    fn spot(&self) -> Spot<'a> {
        expect::spot(self.program, self.scheme, &self.track.case)
    }

    fn differ(&self, fault: Fault) -> Box<Difference> {
        of(Some(self.number), fault, self.messages)
    }

    fn difference(&self, id: u32, expected: String, found: String) -> Box<Difference> {
        let (line, column) = self.scenario.document.place(id);
        Box::new(Difference {
            line,
            column,
            step: Some(self.number),
            expected,
            found,
        })
    }
}

/// A mistake in the scenario itself.
fn of(step: Option<usize>, fault: Fault, messages: &Messages) -> Box<Difference> {
    Box::new(Difference {
        line: fault.line,
        column: fault.column,
        step,
        expected: say!(messages, "test-readable"),
        found: fault.message,
    })
}

fn scheme_of(
    scenario: &Scenario,
    model: &Convenant,
    messages: &Messages,
) -> Result<SchemeId, Fault> {
    let names = model.schemes.iter().map(|scheme| scheme.name.as_str());
    let root = scenario.document.root.id;
    match &scenario.scheme {
        Some((name, id)) => model.scheme_named(name).ok_or_else(|| {
            let hint = nearest::hint(name, names, messages);
            let text = say!(messages, "name-unknown", name = name, hint = hint);
            scenario.document.fault(*id, text)
        }),
        None if model.schemes.len() == 1 => Ok(SchemeId(0)),
        None => {
            let names: BTreeSet<&str> = names.collect();
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            Err(scenario
                .document
                .fault(root, say!(messages, "test-which-scheme", names = names)))
        }
    }
}
