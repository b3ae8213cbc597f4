//! The section `meldingen`: notices and digests.
//!
//! Input: its node. Output: the lists of the model. Invariant: what sets a notice off is one thing; a name that could mean
//! two is refused with both places.

use crate::cron;
use crate::diagnostic::{Code, Diagnostic};
use crate::literal;
use crate::model::{
    Channel, Digest, EndId, ExitId, LastResort, Meta, Notice, Schedule, SchemeId, Span, StepId,
    TaskId, Trigger, WEEKDAYS,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, names::SchemeNames, read};

/// What sets a notice off whatever the scheme of the case.
const OF_ANY_SCHEME: &[&str] = &[
    "opening",
    "herinnering",
    "overschrijding",
    "correctie",
    "afwijking",
    "opschorting",
    "verlenging",
];

impl<'a> Lower<'a> {
    pub(super) fn notices(
        &mut self,
        section: Option<Node<'a>>,
    ) -> (Vec<Notice>, Vec<Digest>, Option<LastResort>) {
        let Some(section) = section else {
            return Default::default();
        };
        let meta = read::meta(&section, &Meta::default());
        let (mut notices, mut digests, mut last_resort) = (Vec::new(), Vec::new(), None);
        let mut seen = Seen::default();
        let mut names = std::mem::take(&mut self.names.notices);
        for clause in self.clauses(section, Rule::notices_items) {
            if let Some(name) = read::name(&clause) {
                self.declare(&mut names, &name, ());
            }
            if clause.as_rule() == Rule::last_resort {
                if self.first_time(&mut seen, &clause) {
                    last_resort = Some(LastResort {
                        meta: read::meta(&clause, &meta),
                        who: self.by(&clause),
                    });
                }
            } else if clause.as_rule() == Rule::notice {
                self.next_id(notices.len(), read::keyword(&clause));
                notices.extend(self.notice(clause, &meta));
            } else {
                self.next_id(digests.len(), read::keyword(&clause));
                digests.extend(self.digest(&clause, &meta));
            }
        }
        (notices, digests, last_resort)
    }

    fn notice(&mut self, node: Node<'a>, around: &Meta) -> Option<Notice> {
        let place = read::keyword(&node);
        let mut on = None;
        let mut notice = Notice {
            meta: read::meta(&node, around),
            name: read::name(&node)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            on: Trigger::Opened,
            to: Vec::new(),
            channels: vec![Channel::Inbox],
            template: None,
            template_span: None,
            fields: Vec::new(),
        };
        let mut seen = Seen::default();
        for clause in self.clauses(node, Rule::notice_items) {
            let rule = clause.as_rule();
            if rule == Rule::name || !self.first_time(&mut seen, &clause) {
                continue;
            }
            match rule {
                Rule::notice_on => on = self.trigger(&clause),
                Rule::notice_to => notice.to = self.whos_in(&clause),
                Rule::channels => notice.channels = self.channels(&clause),
                Rule::template => {
                    let text = read::child(&clause, Rule::text);
                    notice.template_span = text.as_ref().map(read::span);
                    notice.template = text.map(|t| read::string(&t));
                }
                Rule::fields => notice.fields = self.facts_in(&clause),
                _ => {}
            }
        }
        for (rule, word) in [(Rule::notice_on, "bij"), (Rule::notice_to, "aan")] {
            if !seen.has(rule) {
                self.missing_clause(place, word, "melding", notice.meta.span);
            }
        }
        notice.on = on?;
        Some(notice)
    }

    fn trigger(&mut self, clause: &Node<'a>) -> Option<Trigger> {
        if let Some(on) = read::child(clause, Rule::on_step) {
            let step = |names: &SchemeNames<'a>, word: &str| names.steps.get(word).copied();
            let (scheme, step) =
                self.in_schemes(clause, &read::name(&on)?, Code::UNKNOWN_STEP, step)?;
            return Some(Trigger::StepEntered(scheme, step));
        }
        if let Some(on) = read::child(clause, Rule::on_task) {
            return self.task_trigger(clause, &read::name(&on)?);
        }
        if let Some(on) = read::child(clause, Rule::on_end) {
            let Some(name) = read::name(&on) else {
                return Some(Trigger::Ended(self.of_scheme(clause)?, None));
            };
            let end = |names: &SchemeNames<'a>, word: &str| names.ends.get(word).copied();
            let (scheme, end): (SchemeId, EndId) =
                self.in_schemes(clause, &name, Code::UNKNOWN_END, end)?;
            return Some(Trigger::Ended(Some(scheme), Some(end)));
        }
        let name = read::name(clause)?;
        // What happens in any scheme belongs to none.
        let of = read::child(clause, Rule::of_scheme);
        match read::bare(&name) {
            word if of.is_some() && OF_ANY_SCHEME.contains(&word) => {
                let place = of.map(|of| read::span(&of)).unwrap_or_default();
                self.report(Diagnostic::new(Code::OF_NO_SCHEME, place).with("name", word));
                None
            }
            "opening" => Some(Trigger::Opened),
            "herinnering" => Some(Trigger::Reminder),
            "overschrijding" => Some(Trigger::Overdue),
            "correctie" => Some(Trigger::Corrected),
            "afwijking" => Some(Trigger::Departed),
            "opschorting" => Some(Trigger::Suspended),
            "verlenging" => Some(Trigger::Extended),
            _ => self.exit_trigger(clause, &name),
        }
    }

    fn task_trigger(&mut self, clause: &Node<'a>, name: &Node<'a>) -> Option<Trigger> {
        let only = self.of_scheme(clause)?;
        let mut found: Vec<(SchemeId, StepId, TaskId, Span)> = Vec::new();
        for (scheme, names) in self.numbered(only) {
            let tasks = names.tasks.get(read::bare(name)).into_iter().flatten();
            found.extend(tasks.map(|(step, task, place)| (scheme, *step, *task, *place)));
        }
        let places: Vec<_> = found.iter().map(|(s, .., place)| (*s, *place)).collect();
        if places.is_empty() {
            let known: Vec<&'a str> = self
                .numbered(only)
                .flat_map(|(_, s)| s.tasks.keys())
                .copied()
                .collect();
            self.unknown_name(Code::UNKNOWN_TASK, name, known.into_iter());
            return None;
        }
        self.only_one(name, &places)?;
        found
            .first()
            .map(|(scheme, step, task, _)| Trigger::TaskDone(*scheme, *step, *task))
    }

    fn exit_trigger(&mut self, clause: &Node<'a>, name: &Node<'a>) -> Option<Trigger> {
        let word = read::bare(name);
        let only = self.of_scheme(clause)?;
        let mut found: Vec<(SchemeId, Option<StepId>, ExitId, Span)> = Vec::new();
        for (scheme, names) in self.numbered(only) {
            let named = names.exits.get(word).or_else(|| names.built_in.get(word));
            found.extend(
                named
                    .into_iter()
                    .flatten()
                    .map(|(step, exit, place)| (scheme, *step, *exit, *place)),
            );
        }
        let places: Vec<_> = found.iter().map(|(s, .., place)| (*s, *place)).collect();
        if places.is_empty() {
            let known: Vec<&str> = self
                .numbered(only)
                .flat_map(|(_, s)| s.exits.keys().copied().chain(s.built_in.keys().copied()))
                .chain(OF_ANY_SCHEME.iter().copied())
                .collect();
            self.unknown_name(Code::UNKNOWN_TRIGGER, name, known.into_iter());
            return None;
        }
        self.only_one(name, &places)?;
        found
            .first()
            .map(|(scheme, step, exit, _)| Trigger::ExitTaken(*scheme, *step, *exit))
    }

    /// Refuses a name with more than one place: in two schemes, or twice in one.
    fn only_one(&mut self, name: &Node<'a>, places: &[(SchemeId, Span)]) -> Option<()> {
        let [(one, first), (other, second), ..] = places else {
            return Some(());
        };
        let code = if one == other {
            Code::AMBIGUOUS_NAME
        } else {
            Code::AMBIGUOUS_SCHEME
        };
        let wrong = Diagnostic::new(code, read::span(name)).with("name", read::bare(name));
        self.report(wrong.and(*first, "rel-one").and(*second, "rel-other"));
        None
    }

    /// The scheme that a clause names (`van regeling X`), if it names one; none when there is no such scheme.
    fn of_scheme(&mut self, clause: &Node<'a>) -> Option<Option<SchemeId>> {
        match read::child(clause, Rule::of_scheme).and_then(|of| read::name(&of)) {
            None => Some(None),
            Some(name) => self.scheme_id(&name).map(Some),
        }
    }

    /// The schemes, or only this one.
    fn numbered(
        &self,
        only: Option<SchemeId>,
    ) -> impl Iterator<Item = (SchemeId, &SchemeNames<'a>)> {
        (0..)
            .map(SchemeId)
            .zip(&self.schemes)
            .filter(move |(scheme, _)| only.is_none_or(|only| only == *scheme))
    }

    /// Looks a step or end up in every scheme, or in the one that the clause names; it must be in exactly one.
    pub(super) fn in_schemes<T: Copy>(
        &mut self,
        clause: &Node<'a>,
        name: &Node<'a>,
        code: Code,
        get: impl Fn(&SchemeNames<'a>, &str) -> Option<(T, Span)>,
    ) -> Option<(SchemeId, T)> {
        let word = read::bare(name);
        let only = self.of_scheme(clause)?;
        let found: Vec<(SchemeId, T, Span)> = self
            .numbered(only)
            .filter_map(|(scheme, names)| {
                get(names, word).map(|(what, place)| (scheme, what, place))
            })
            .collect();
        let places: Vec<_> = found.iter().map(|(s, _, place)| (*s, *place)).collect();
        if places.is_empty() {
            let named = |names: &SchemeNames<'a>, word: &&'a str| get(names, word).is_some();
            let known: Vec<&'a str> = self
                .numbered(only)
                .flat_map(|(_, s)| s.steps.keys().chain(s.ends.keys()).map(move |w| (s, *w)))
                .filter(|(names, word)| named(names, word))
                .map(|(_, word)| word)
                .collect();
            self.unknown_name(code, name, known.into_iter());
            return None;
        }
        self.only_one(name, &places)?;
        found.first().map(|(scheme, what, _)| (*scheme, *what))
    }

    fn channels(&mut self, clause: &Node<'a>) -> Vec<Channel> {
        let mut channels: Vec<(Channel, Span)> = Vec::new();
        for word in read::children(clause, Rule::channel) {
            let channel = match word.as_str() {
                "mail" => Channel::Mail,
                "webhook" => Channel::Webhook,
                "agenda" => Channel::Calendar,
                _ => Channel::Inbox,
            };
            let place = read::span(&word);
            match channels.iter().find(|(c, _)| *c == channel) {
                Some((_, first)) => self.duplicate_name(word.as_str(), place, *first),
                None => channels.push((channel, place)),
            }
        }
        channels.into_iter().map(|(channel, _)| channel).collect()
    }

    fn digest(&mut self, clause: &Node<'a>, around: &Meta) -> Option<Digest> {
        let to = self.whos_in(clause);
        let channels = match read::child(clause, Rule::channels) {
            Some(channels) => self.channels(&channels),
            None => vec![Channel::Inbox],
        };
        let schedule = clause
            .clone()
            .into_inner()
            .find_map(|part| match part.as_rule() {
                Rule::cron | Rule::monthly | Rule::weekly => self.schedule(&part),
                _ => None,
            });
        // The source may stand behind the channels, which are a clause of their own.
        let own = read::meta(clause, around);
        let mut meta = match read::child(clause, Rule::channels) {
            Some(channels) => read::meta(&channels, &own),
            None => own,
        };
        meta.span = read::span(clause);
        let name = read::name(clause)
            .map(|n| read::string(&n))
            .unwrap_or_default();
        Some(Digest {
            meta,
            name,
            to,
            schedule: schedule?,
            channels,
        })
    }

    fn schedule(&mut self, node: &Node<'a>) -> Option<Schedule> {
        if let Some(text) = read::child(node, Rule::text) {
            let cron = read::bare(&text);
            if !cron::fits(cron) {
                let wrong = Diagnostic::new(Code::BAD_CRON, read::span(&text));
                self.report(wrong.with("found", cron));
                return None;
            }
            return Some(Schedule::Cron(cron.to_owned()));
        }
        let time = read::child(node, Rule::time)?;
        let at = self.sound(literal::time(time.as_str(), read::span(&time)));
        if node.as_rule() == Rule::monthly {
            let number = read::child(node, Rule::number)?;
            let day: Option<u8> = self.counted(node);
            // Every month has days 1 to 28; a later day would silently skip months.
            if day.is_some_and(|day| !(1..=28).contains(&day)) {
                let wrong = Diagnostic::new(Code::BAD_MONTH_DAY, read::span(&number));
                self.report(wrong.with("found", number.as_str()));
                return None;
            }
            return Some(Schedule::Monthly(day?, at?));
        }
        let word = read::child(node, Rule::weekday)?;
        let weekday = WEEKDAYS
            .iter()
            .position(|day| *day == word.as_str())
            .and_then(|i| u8::try_from(i + 1).ok());
        Some(match (word.as_str(), weekday) {
            (_, Some(day)) => Schedule::Weekly(day, at?),
            ("dag", None) => Schedule::Daily(at?),
            _ => Schedule::WorkingDays(at?),
        })
    }
}
