//! The section `meldingen`: notices and digests.
//!
//! Input: its node. Output: the lists of the model. Invariant: what sets a notice off is one thing; a name that could mean
//! two is refused with both places.

use crate::cron;
use crate::diagnostic::{Code, Diagnostic};
use crate::literal;
use crate::model::{
    Channel, Digest, EndId, ExitId, Meta, Notice, Schedule, SchemeId, Span, StepId, TaskId, Trigger,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, names::SchemeNames, read};

impl<'a> Lower<'a> {
    pub(super) fn notices(&mut self, section: Option<Node<'a>>) -> (Vec<Notice>, Vec<Digest>) {
        let Some(section) = section else {
            return Default::default();
        };
        let meta = read::meta(&section, &Meta::default());
        let (mut notices, mut digests) = (Vec::new(), Vec::new());
        let mut names = std::mem::take(&mut self.names.notices);
        for clause in self.clauses(section, Rule::notices_items) {
            if let Some(name) = read::name(&clause) {
                self.declare(&mut names, &name, ());
            }
            if clause.as_rule() == Rule::notice {
                self.next_id(notices.len(), read::keyword(&clause));
                notices.extend(self.notice(clause, &meta));
            } else {
                self.next_id(digests.len(), read::keyword(&clause));
                digests.extend(self.digest(&clause, &meta));
            }
        }
        (notices, digests)
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
                    notice.template = read::child(&clause, Rule::text).map(|t| read::string(&t))
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
            let (scheme, step) = self.in_schemes(&read::name(&on)?, Code::UNKNOWN_STEP, step)?;
            return Some(Trigger::StepEntered(scheme, step));
        }
        if let Some(on) = read::child(clause, Rule::on_task) {
            return self.task_trigger(&read::name(&on)?);
        }
        if let Some(on) = read::child(clause, Rule::on_end) {
            let Some(name) = read::name(&on) else {
                return Some(Trigger::Ended(SchemeId(0), None));
            };
            let end = |names: &SchemeNames<'a>, word: &str| names.ends.get(word).copied();
            let (scheme, end): (SchemeId, EndId) =
                self.in_schemes(&name, Code::UNKNOWN_END, end)?;
            return Some(Trigger::Ended(scheme, Some(end)));
        }
        let name = read::name(clause)?;
        match read::bare(&name) {
            "opening" => Some(Trigger::Opened),
            "herinnering" => Some(Trigger::Reminder),
            "overschrijding" => Some(Trigger::Overdue),
            "correctie" => Some(Trigger::Corrected),
            "afwijking" => Some(Trigger::Departed),
            "opschorting" => Some(Trigger::Suspended),
            "verlenging" => Some(Trigger::Extended),
            _ => self.exit_trigger(&name),
        }
    }

    fn task_trigger(&mut self, name: &Node<'a>) -> Option<Trigger> {
        let mut found: Vec<(SchemeId, StepId, TaskId, Span)> = Vec::new();
        for (scheme, names) in self.numbered() {
            let tasks = names.tasks.get(read::bare(name)).into_iter().flatten();
            found.extend(tasks.map(|(step, task, place)| (scheme, *step, *task, *place)));
        }
        let places: Vec<Span> = found.iter().map(|(.., place)| *place).collect();
        if places.is_empty() {
            let known: Vec<&'a str> = self
                .schemes
                .iter()
                .flat_map(|s| s.tasks.keys())
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

    fn exit_trigger(&mut self, name: &Node<'a>) -> Option<Trigger> {
        let word = read::bare(name);
        let mut found: Vec<(SchemeId, Option<StepId>, ExitId, Span)> = Vec::new();
        for (scheme, names) in self.numbered() {
            let named = names.exits.get(word).or_else(|| names.built_in.get(word));
            found.extend(
                named
                    .into_iter()
                    .flatten()
                    .map(|(step, exit, place)| (scheme, *step, *exit, *place)),
            );
        }
        let places: Vec<Span> = found.iter().map(|(.., place)| *place).collect();
        if places.is_empty() {
            let built_in = [
                "opening",
                "herinnering",
                "overschrijding",
                "correctie",
                "afwijking",
                "opschorting",
                "verlenging",
            ];
            let known: Vec<&str> = self
                .schemes
                .iter()
                .flat_map(|s| s.exits.keys().copied().chain(s.built_in.keys().copied()))
                .chain(built_in)
                .collect();
            self.unknown_name(Code::UNKNOWN_TRIGGER, name, known.into_iter());
            return None;
        }
        self.only_one(name, &places)?;
        found
            .first()
            .map(|(scheme, step, exit, _)| Trigger::ExitTaken(*scheme, *step, *exit))
    }

    /// Refuses a name with more than one place.
    fn only_one(&mut self, name: &Node<'a>, places: &[Span]) -> Option<()> {
        let [first, second, ..] = places else {
            return Some(());
        };
        let wrong =
            Diagnostic::new(Code::AMBIGUOUS_NAME, read::span(name)).with("name", read::bare(name));
        self.report(wrong.and(*first, "rel-one").and(*second, "rel-other"));
        None
    }

    fn numbered(&self) -> impl Iterator<Item = (SchemeId, &SchemeNames<'a>)> {
        (0..).map(SchemeId).zip(&self.schemes)
    }

    /// Looks a step or end up in every scheme; it must be in exactly one.
    pub(super) fn in_schemes<T: Copy>(
        &mut self,
        name: &Node<'a>,
        code: Code,
        get: impl Fn(&SchemeNames<'a>, &str) -> Option<(T, Span)>,
    ) -> Option<(SchemeId, T)> {
        let word = read::bare(name);
        let found: Vec<(SchemeId, T, Span)> = self
            .numbered()
            .filter_map(|(scheme, names)| {
                get(names, word).map(|(what, place)| (scheme, what, place))
            })
            .collect();
        let places: Vec<Span> = found.iter().map(|(.., place)| *place).collect();
        if places.is_empty() {
            let known: Vec<&'a str> = self
                .schemes
                .iter()
                .flat_map(|s| s.steps.keys().chain(s.ends.keys()))
                .copied()
                .filter(|word| self.schemes.iter().any(|s| get(s, word).is_some()))
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
        let days = [
            "maandag",
            "dinsdag",
            "woensdag",
            "donderdag",
            "vrijdag",
            "zaterdag",
            "zondag",
        ];
        let word = read::child(node, Rule::weekday)?;
        let weekday = days
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
