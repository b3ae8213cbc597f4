//! `meldingen` and `toezicht`: notices that can be set off and may be sent, schedules that come, norms that can be tested.

use super::Check;
use crate::diagnostic::Code;
use crate::model::{
    Channel, Deadline, Digest, ExitId, Notice, PrivacyClass, Report, Schedule, Scheme, SchemeId,
    StepId, Trigger,
};

/// 100%, in ten-thousandths of a percent.
const WHOLE: i64 = 1_000_000;

impl Check<'_> {
    pub(super) fn notices(&mut self) {
        for notice in &self.model.notices {
            self.fields(notice);
            if !self.can_happen(notice.on) {
                self.report(
                    Code::NOTICE_NEVER,
                    notice.meta.span,
                    &[("notice", &notice.name)],
                );
            }
        }
        for digest in &self.model.digests {
            self.digest(digest);
        }
    }

    /// No personal data in a mail: only facts that the file declares fit for it.
    fn fields(&mut self, notice: &Notice) {
        if !notice.channels.contains(&Channel::Mail) {
            return;
        }
        for fact in &notice.fields {
            let Some(fact) = self.model.facts.get(fact.index()) else {
                continue;
            };
            if !fact.fit_for_mail {
                self.report_with(
                    Code::FIELD_NOT_FOR_MAIL,
                    notice.meta.span,
                    &[("notice", &notice.name), ("fact", &fact.name)],
                    &[(fact.meta.span, "rel-fact")],
                );
            }
        }
    }

    fn can_happen(&self, trigger: Trigger) -> bool {
        let schemes = &self.model.schemes;
        match trigger {
            Trigger::Opened | Trigger::Corrected => true,
            Trigger::StepEntered(scheme, step) | Trigger::TaskDone(scheme, step, _) => {
                self.enters(scheme, step)
            }
            Trigger::ExitTaken(scheme, Some(step), exit) => {
                self.enters(scheme, step) && has_exit(schemes, scheme, step, exit)
            }
            Trigger::ExitTaken(_, None, _) | Trigger::Ended(_, None) => true,
            Trigger::Ended(scheme, Some(end)) => self
                .flows
                .get(scheme.index())
                .is_none_or(|flow| flow.ended(end.index())),
            Trigger::Reminder => deadlines(schemes).any(|d| !d.reminders.is_empty()),
            Trigger::Overdue => deadlines(schemes).next().is_some(),
            Trigger::Departed => schemes.iter().any(departs),
            Trigger::Suspended => steps(schemes).any(|s| s.suspension.is_some()),
            Trigger::Extended => steps(schemes).any(|s| s.extension.is_some()),
        }
    }

    fn enters(&self, scheme: SchemeId, step: StepId) -> bool {
        self.flows
            .get(scheme.index())
            .is_none_or(|flow| flow.reached(step.index()))
    }

    fn digest(&mut self, digest: &Digest) {
        let span = digest.meta.span;
        let name = ("digest", digest.name.as_str());
        let minutes = |m: u16| m < 24 * 60;
        let valid = match &digest.schedule {
            Schedule::Cron(text) => {
                if !cron_shape(text) {
                    self.report(Code::CRON_INVALID, span, &[name, ("cron", text)]);
                }
                return;
            }
            Schedule::WorkingDays(at) | Schedule::Daily(at) => minutes(*at),
            Schedule::Weekly(day, at) => (1..=7).contains(day) && minutes(*at),
            Schedule::Monthly(day, at) => {
                if (29..=31).contains(day) {
                    self.report(
                        Code::DAY_NOT_IN_EVERY_MONTH,
                        span,
                        &[name, ("day", &day.to_string())],
                    );
                }
                (1..=31).contains(day) && minutes(*at)
            }
        };
        if !valid {
            self.report(Code::DAY_INVALID, span, &[name]);
        }
    }

    pub(super) fn oversight(&mut self) {
        for report in &self.model.oversight.reports {
            self.report_class(report);
        }
        for duty in &self.model.oversight.duties {
            self.zero("plicht", duty.every, duty.meta.span);
        }
        for norm in &self.model.oversight.norms {
            let span = norm.meta.span;
            let (scheme, step) = norm.of;
            let step = self
                .model
                .schemes
                .get(scheme.index())
                .and_then(|s| s.handover.steps.get(step.index()));
            if let Some(step) = step
                && step.deadlines.is_empty()
            {
                self.report_with(
                    Code::NORM_WITHOUT_DEADLINE,
                    span,
                    &[("norm", &norm.name), ("step", &step.name)],
                    &[(step.meta.span, "rel-step")],
                );
            }
            if !(1..=WHOLE).contains(&norm.share) {
                self.report(Code::NORM_IMPOSSIBLE, span, &[("norm", &norm.name)]);
            }
        }
    }

    /// A report is at least as confidential as what stands in it.
    fn report_class(&mut self, report: &Report) {
        let name = ("report", report.name.as_str());
        if report.counts.is_empty() && report.fields.is_empty() {
            self.report(Code::REPORT_EMPTY, report.meta.span, &[name]);
        }
        let highest = report
            .fields
            .iter()
            .filter_map(|f| self.model.facts.get(f.index()))
            .max_by_key(|f| f.class);
        if let Some(fact) = highest
            && fact.class > report.class
        {
            self.report_with(
                Code::REPORT_CLASS_TOO_LOW,
                report.meta.span,
                &[
                    name,
                    ("fact", &fact.name),
                    ("class", class_keyword(fact.class)),
                ],
                &[(fact.meta.span, "rel-fact")],
            );
        }
    }
}

fn class_keyword(class: PrivacyClass) -> &'static str {
    match class {
        PrivacyClass::Ordinary => "gewoon",
        PrivacyClass::Personal => "persoonsgegeven",
        PrivacyClass::Special => "bijzonder",
    }
}

fn steps(schemes: &[Scheme]) -> impl Iterator<Item = &crate::model::Step> {
    schemes.iter().flat_map(|s| &s.handover.steps)
}

fn deadlines(schemes: &[Scheme]) -> impl Iterator<Item = &Deadline> {
    let own = steps(schemes).flat_map(|s| {
        s.deadlines
            .iter()
            .chain(s.tasks.iter().filter_map(|t| t.deadline.as_ref()))
    });
    schemes
        .iter()
        .flat_map(|s| &s.handover.deadlines)
        .chain(own)
}

/// Whether a case under the scheme can depart from a rule with a motivation.
fn departs(scheme: &Scheme) -> bool {
    scheme.eligibility.hardship.is_some()
        || scheme
            .spreading
            .as_ref()
            .is_some_and(|s| s.departure.is_some() || s.caps.iter().any(|c| c.departure))
}

fn has_exit(schemes: &[Scheme], scheme: SchemeId, step: StepId, exit: ExitId) -> bool {
    schemes
        .get(scheme.index())
        .and_then(|s| s.handover.steps.get(step.index()))
        .is_some_and(|s| exit.index() < s.exits.len())
}

/// Whether the text has the shape of a cron expression: second, minute, hour, day, month, weekday. Days of the week by
/// name only: their numbers differ from one cron to the next.
fn cron_shape(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [second, minute, hour, day, month, weekday] = fields.as_slice() else {
        return false;
    };
    const MONTHS: [&str; 12] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    cron_field(second, 0, 59, &[])
        && cron_field(minute, 0, 59, &[])
        && cron_field(hour, 0, 23, &[])
        && cron_field(day, 1, 31, &[])
        && cron_field(month, 1, 12, &MONTHS)
        && cron_field(weekday, 1, 0, &DAYS)
}

/// One field: a list of `*`, values or ranges, each with an optional step. An empty range of numbers (`low > high`) means
/// names only.
fn cron_field(field: &str, low: u32, high: u32, names: &[&str]) -> bool {
    let place = |text: &str| {
        let named = names
            .iter()
            .position(|n| n.eq_ignore_ascii_case(text))
            .and_then(|i| u32::try_from(i).ok());
        let number = text
            .parse::<u32>()
            .ok()
            .filter(|n| text.len() <= 2 && (low..=high).contains(n));
        // A named month counts from one, as its number does.
        named.map(|i| i + low.min(high)).or(number)
    };
    field.split(',').all(|part| {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let stepped = step.is_none_or(|s| s.parse::<u32>().is_ok_and(|n| (1..=60).contains(&n)));
        let ranged = match range.split_once('-') {
            Some((from, to)) => matches!((place(from), place(to)), (Some(a), Some(b)) if a <= b),
            None => range == "*" || (range == "?" && step.is_none()) || place(range).is_some(),
        };
        stepped && ranged
    })
}

#[cfg(test)]
mod tests {
    use super::cron_shape;

    #[test]
    fn a_cron_expression_has_six_fields_and_named_days() {
        for good in [
            "0 0 8 * * MON-FRI",
            "0 30 7 1,15 * *",
            "0 */15 8-18 * * Mon,Wed",
            "0 0 8 1 JAN-MAR ?",
        ] {
            assert!(cron_shape(good), "{good}");
        }
        for bad in [
            "",
            "0 8 * * MON",
            "0 0 8 * * MON 2018 x",
            "0 0 24 * * *",
            "0 60 8 * * *",
            "0 0 8 32 * *",
            "0 0 8 * 13 *",
            "0 0 8 * * 1",
            "0 0 8 * * FRI-MON",
            "0 0 8 L * *",
            "0 0 18-8 * * *",
            "0 */0 8 * * *",
        ] {
            assert!(!cron_shape(bad), "{bad}");
        }
    }
}
