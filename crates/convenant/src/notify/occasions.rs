//! Every occasion on which a file lets somebody be told something, with invented data.
//!
//! Input: a checked convenant. Output: `Occasion`s in the order of the file: notices, reminders, rungs, extensions, objections, turns,
//! digests, and the convenant's own life. Invariant: the same file gives the same occasions; nothing in them is of a real case.

use convenant_engine::{
    Case, Cause, DeadlineRef, LifeCause, ObligationRef, authority, civil_date, may_move,
    start_of_day,
};
use convenant_lang::model::{
    ExitKind, FactId, Ladder, Meta, Notice, Period, SchemeId, StepId, Trigger, Type, Unit, Value,
    Who,
};
use convenant_server::delivery::compose::life_message;
use convenant_server::letters::{Field, LetterContext, Letters, Line};
use convenant_server::value;
use convenant_server::words::Words;
use jiff::ToSpan;
use jiff::civil::Date;

/// The address of the pages in a preview: a name that leads nowhere (RFC 2606).
pub const BASE_URL: &str = "https://convenant.example";

/// One thing that somebody is told.
pub struct Occasion {
    /// Names it, and its files.
    pub name: String,
    /// Its template.
    pub template: String,
    /// Whether it waits for nothing.
    pub urgent: bool,
    /// What the template is filled with.
    pub content: LetterContext,
}

/// Collects the occasions of a file.
pub struct Occasions<'a> {
    words: Words<'a>,
    letters: &'a Letters,
    region: &'a str,
    today: Date,
    all: Vec<Occasion>,
}

/// All occasions of a file; `today` is the day on which they are set.
pub fn all<'a>(
    words: Words<'a>,
    letters: &'a Letters,
    region: &'a str,
    today: Date,
) -> Vec<Occasion> {
    let mut found = Occasions {
        words,
        letters,
        region,
        today,
        all: Vec::new(),
    };
    found.notices();
    for (index, _) in words.model.schemes.iter().enumerate() {
        if let Ok(index) = u16::try_from(index) {
            found.scheme(SchemeId(index));
        }
    }
    found.digests();
    found.life();
    found.all
}

impl Occasions<'_> {
    fn notices(&mut self) {
        for (id, notice) in (0u16..).zip(&self.words.model.notices) {
            let (scheme, step) = self.place(notice);
            let Some(to) = notice.to.first() else {
                continue;
            };
            let mut content = self.of_step(scheme, step, *to);
            content.melding = notice.name.replace('-', " ");
            content.velden = notice
                .fields
                .iter()
                .filter_map(|f| self.field(*f))
                .collect();
            let cause = Cause::Notice(convenant_lang::model::NoticeId(id));
            self.add(
                format!("melding-{}", notice.name),
                cause,
                Some(notice),
                content,
            );
        }
    }

    /// The step in which a notice goes out; the first where it is not of a step.
    fn place(&self, notice: &Notice) -> (SchemeId, StepId) {
        let first = |scheme: SchemeId| {
            let start = self.words.handover(scheme).map(|h| h.start);
            (scheme, start.unwrap_or(StepId(0)))
        };
        match notice.on {
            Trigger::StepEntered(scheme, step) | Trigger::TaskDone(scheme, step, _) => {
                (scheme, step)
            }
            Trigger::ExitTaken(scheme, step, _) => {
                step.map_or_else(|| first(scheme), |step| (scheme, step))
            }
            Trigger::Ended(scheme, _) => first(scheme.unwrap_or(SchemeId(0))),
            _ => first(SchemeId(0)),
        }
    }

    fn scheme(&mut self, scheme: SchemeId) {
        let Some(handover) = self.words.handover(scheme) else {
            return;
        };
        for (n, deadline) in (0u16..).zip(&handover.deadlines) {
            let clause = (&deadline.meta, &deadline.ladder);
            self.deadline(scheme, handover.start, DeadlineRef::Case(n), clause);
        }
        for (id, step) in (0u16..).map(StepId).zip(&handover.steps) {
            for (n, deadline) in (0u16..).zip(&step.deadlines) {
                let clause = (&deadline.meta, &deadline.ladder);
                self.deadline(scheme, id, DeadlineRef::Step(id, n), clause);
            }
            for (task, of) in (0u16..).zip(&step.tasks) {
                if let Some(deadline) = &of.deadline {
                    let of = DeadlineRef::Task(id, convenant_lang::model::TaskId(task));
                    self.deadline(scheme, id, of, (&deadline.meta, &deadline.ladder));
                }
            }
            for (n, evaluation) in (0u16..).zip(&step.evaluations) {
                let clause = (&evaluation.meta, &evaluation.ladder);
                self.deadline(scheme, id, DeadlineRef::Evaluation(id, n), clause);
            }
            for (n, exit) in (0u16..).zip(&step.exits) {
                if let ExitKind::Offer(offer) = &exit.kind {
                    let of = DeadlineRef::Offer(id, convenant_lang::model::ExitId(n));
                    self.deadline(scheme, id, of, (&exit.meta, &offer.ladder));
                }
            }
            let Some(actor) = step.actors.first() else {
                continue;
            };
            let content = self.of_step(scheme, id, *actor);
            if step.extension.is_some() {
                let name = format!("verlenging-{}", step.name);
                self.add(name, Cause::Extension(id), None, content.clone());
            }
            // Where a step goes on by itself nobody is asked for anything.
            let by_itself =
                |kind: &ExitKind| matches!(kind, ExitKind::After(..) | ExitKind::On(..));
            if !step.exits.iter().all(|exit| by_itself(&exit.kind)) {
                self.add(
                    format!("te-doen-{}", step.name),
                    Cause::ToDo(id),
                    None,
                    content,
                );
            }
        }
        let objection = self
            .words
            .scheme(scheme)
            .and_then(|s| s.eligibility.objection.as_ref());
        if let Some(objection) = objection {
            let content = self.of_step(scheme, handover.start, objection.by);
            for (name, cause) in [
                ("bezwaar", Cause::Objection),
                ("bezwaar-verdaagd", Cause::ObjectionExtended),
                ("bezwaar-besluit", Cause::ObjectionDecided),
            ] {
                self.add(name.to_owned(), cause, None, content.clone());
            }
        }
    }

    /// The reminders of a deadline and its rungs, each to whom it goes first, and that it was changed by hand.
    fn deadline(
        &mut self,
        scheme: SchemeId,
        step: StepId,
        of: DeadlineRef,
        (meta, ladder): (&Meta, &Ladder),
    ) {
        let name = self.words.deadline_name(scheme, of);
        let about = |this: &Self, to: Who| {
            let mut content = this.of_step(scheme, step, to);
            content.over = Some(this.words.deadline_title(scheme, of));
            content.bron = Some(this.words.source_text(meta));
            content
        };
        for (n, reminder) in (0u16..).zip(&ladder.reminders) {
            if let Some(to) = reminder.to.first() {
                let content = about(self, *to);
                let name = format!("herinnering-{name}-{}", n + 1);
                self.add(name, Cause::Reminder(of, n), None, content);
            }
        }
        for (n, rung) in (0u16..).zip(&ladder.escalation) {
            if let Some(to) = rung.to.first() {
                let content = about(self, *to);
                let name = format!("overschrijding-{name}-{}", n + 1);
                self.add(name, Cause::Escalation(of, n), None, content);
            }
        }
        let actor = self.words.step(scheme, step).and_then(|s| s.actors.first());
        let movable = self.words.scheme(scheme).and_then(|s| may_move(s, of));
        if let (Some(to), Some(_)) = (actor, movable) {
            let content = about(self, *to);
            self.add(
                format!("verzet-{name}"),
                Cause::Rescheduled(of),
                None,
                content,
            );
        }
    }

    fn digests(&mut self) {
        for digest in &self.words.model.digests {
            let Some(to) = digest.to.first() else {
                continue;
            };
            let mut content = self.addressed_to(*to);
            content.datum = self.words.date(self.today);
            content.overzicht = digest.name.replace('-', " ");
            content.regels = (0i64..3).filter_map(|n| self.line(n)).collect();
            content.aantal = content.regels.len();
            content.te_laat = content.regels.iter().filter(|l| l.te_laat).count();
            content.lopend = 12;
            let own = self.letters.has(&digest.name);
            self.all.push(Occasion {
                name: format!("overzicht-{}", digest.name),
                template: if own { &digest.name } else { "overzicht" }.to_owned(),
                urgent: false,
                content,
            });
        }
    }

    /// One deadline of a digest: yesterday's, today's, tomorrow's.
    fn line(&self, n: i64) -> Option<Line> {
        let handover = self.words.handover(SchemeId(0))?;
        let step = handover
            .steps
            .iter()
            .cycle()
            .nth(usize::try_from(n).ok()?)?;
        let number = self.number(n + 1);
        Some(Line {
            over: step.title.clone(),
            uiterlijk: self
                .words
                .date(self.today.checked_add((n - 1).days()).ok()?),
            te_laat: n == 0,
            verwijzing: format!("{BASE_URL}/{}/zaken/{number}", self.region),
            zaaknummer: number,
        })
    }

    fn life(&mut self) {
        let model = self.words.model;
        let mut causes = vec![("van-kracht".to_owned(), LifeCause::EnteredIntoForce)];
        let evaluations = (0u16..).zip(&model.term.evaluations);
        let evaluations = evaluations.map(|(n, _)| ObligationRef::Evaluation(n));
        let duties = (0u16..).zip(&model.oversight.duties);
        let duties = duties.map(|(n, _)| ObligationRef::Duty(n));
        for (n, of) in (1..).zip(evaluations.chain(duties)) {
            let ladder = match of {
                ObligationRef::Evaluation(n) => {
                    let found = model.term.evaluations.get(usize::from(n));
                    found.map(|e| &e.ladder)
                }
                ObligationRef::Duty(n) => {
                    let found = model.oversight.duties.get(usize::from(n));
                    found.map(|d| &d.ladder)
                }
            };
            if ladder.is_some_and(|l| !l.reminders.is_empty()) {
                causes.push((format!("komt-eraan-{n}"), LifeCause::Reminder(of, 0)));
            }
            if ladder.is_some_and(|l| !l.escalation.is_empty()) {
                causes.push((format!("nog-niet-gedaan-{n}"), LifeCause::Escalation(of, 0)));
            }
            causes.push((format!("aan-de-orde-{n}"), LifeCause::FellDue(of)));
            causes.push((format!("niet-gedaan-{n}"), LifeCause::Overdue(of)));
        }
        if model.term.notice.is_some() {
            let first = convenant_lang::model::PartyId(0);
            causes.push(("opgezegd".to_owned(), LifeCause::NoticeGiven(first)));
            causes.push(("laatste-opzegdag".to_owned(), LifeCause::NoticeCloses));
        }
        if model.term.extension.is_some() {
            causes.push(("verlengd".to_owned(), LifeCause::Extended));
        }
        causes.push(("eerder-einde".to_owned(), LifeCause::EndMoved));
        causes.push(("afgelopen".to_owned(), LifeCause::Ended));
        let Some(to) = model
            .roles
            .first()
            .map(|_| Who::Role(convenant_lang::model::RoleId(0)))
        else {
            return;
        };
        for (name, cause) in causes {
            let mut content = self.addressed_to(to);
            let (text, source) = life_message(&self.words, cause);
            content.bericht = text;
            content.bron = source.map(|meta| self.words.source_text(meta));
            let has_day = matches!(
                cause,
                LifeCause::FellDue(_)
                    | LifeCause::Overdue(_)
                    | LifeCause::Reminder(..)
                    | LifeCause::NoticeCloses
            );
            content.termijn = has_day.then(|| self.due());
            self.add(format!("leven-{name}"), Cause::Life(cause), None, content);
        }
    }

    fn add(&mut self, name: String, cause: Cause, notice: Option<&Notice>, content: LetterContext) {
        let same = self.all.iter().filter(|o| o.name == name).count();
        self.all.push(Occasion {
            // Two schemes may have a step of the same name.
            name: if same == 0 {
                name
            } else {
                format!("{name}-{}", self.all.len())
            },
            template: self.letters.template_of(cause, notice),
            urgent: matches!(cause, Cause::Escalation(..)),
            content,
        });
    }

    fn of_step(&self, scheme: SchemeId, step: StepId, to: Who) -> LetterContext {
        let mut content = self.addressed_to(to);
        content.zaaknummer = self.number(1);
        content.verwijzing = format!("{BASE_URL}/{}/zaken/{}", self.region, content.zaaknummer);
        content.stap = Some(self.words.step_title(scheme, step));
        content.termijn = Some(self.due());
        content
    }

    fn addressed_to(&self, to: Who) -> LetterContext {
        let model = self.words.model;
        let fills = authority::parties_of(model, &Case::default(), to, self.today);
        let party = fills.first().copied().or_else(|| {
            let kind = match to {
                Who::Role(role) => match model.roles.get(role.index())?.filled_by {
                    convenant_lang::model::Filling::OfCase(kind) => Some(kind),
                    _ => None,
                },
                Who::Body(_) => None,
            };
            let index = model
                .parties
                .iter()
                .position(|p| kind.is_none_or(|k| p.kind == k))?;
            u16::try_from(index)
                .ok()
                .map(convenant_lang::model::PartyId)
        });
        LetterContext {
            regio: model.header.region.clone(),
            convenant: model.header.title.clone(),
            rol: self.words.who(to),
            partij: party.map_or_else(String::new, |party| self.words.party(party)),
            verwijzing: format!("{BASE_URL}/{}", self.region),
            ..LetterContext::default()
        }
    }

    fn number(&self, n: i64) -> String {
        let letters: String = self.region.chars().take(3).collect();
        format!("{}-{}-{n:04}", letters.to_uppercase(), self.today.year())
    }

    fn due(&self) -> String {
        let due = self.today.checked_add(10.days()).unwrap_or(self.today);
        self.words.date(due)
    }

    /// A fact that is fit for mail, with an invented value.
    fn field(&self, id: FactId) -> Option<Field> {
        let fact = self.words.fact(id).filter(|fact| fact.fit_for_mail)?;
        let sample = match &fact.kind {
            Type::Bool => Value::Bool(true),
            Type::Number => Value::Number(20_000),
            Type::Money => Value::Money(75_000),
            Type::Percentage => Value::Percentage(250_000),
            Type::Date => Value::Date(civil_date(start_of_day(self.today))),
            Type::Duration => Value::Duration(convenant_lang::model::Duration {
                amount: 6,
                unit: Unit::Months,
            }),
            Type::Text | Type::Neighbourhood => Value::Text("…".to_owned()),
            Type::Choice(_) => Value::Choice(0),
            Type::Party(kind) => {
                let parties = &self.words.model.parties;
                let fits = |p: &convenant_lang::model::Party| kind.is_none_or(|k| p.kind == k);
                let index = u16::try_from(parties.iter().position(fits)?).ok()?;
                Value::Party(convenant_lang::model::PartyId(index))
            }
            Type::Periods => Value::Periods(vec![Period {
                from: self.today,
                until: None,
            }]),
        };
        Some(Field {
            naam: fact.name.replace('-', " "),
            waarde: value::to_text(&self.words, &fact.kind, &sample),
        })
    }
}
