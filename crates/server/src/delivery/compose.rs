//! What a notification says: the content of its letter in the reader's language, before it is known who reads it.
//!
//! Input: a notification with its case, or of the convenant's life. Output: a template and its context. Invariants: the case is as it was
//! when the notification was intended, or later; facts only where the file declares them fit for mail.

use convenant_engine::{Case, Cause, DeadlineRef, LifeCause, Notification, ObligationRef, Place};
use convenant_lang::model::{Channel, Meta, Notice, SchemeId};
use jiff::civil::Date;

use crate::cases::Loaded;
use crate::letters::{Field, LetterContext};
use crate::regions::{Region, Version};
use crate::text::{Language, Texts};
use crate::value;
use crate::words::Words;

/// Where a notification comes from.
#[derive(Clone, Copy)]
pub enum About<'a> {
    /// A case.
    Case(&'a Loaded),
    /// The convenant's own life.
    Life,
}

/// A letter without its reader.
#[derive(Debug, Clone)]
pub struct Content {
    /// Template.
    pub template: String,
    /// What it can use; role and party are the reader's, and still empty.
    pub context: LetterContext,
}

impl<'a> About<'a> {
    /// The version whose words count.
    pub fn version(self, region: &'a Region) -> &'a Version {
        match self {
            About::Case(loaded) => &loaded.version,
            About::Life => &region.current,
        }
    }

    /// The case, when it is about one.
    pub fn case(self) -> Option<&'a Case> {
        match self {
            About::Case(loaded) => Some(&loaded.case),
            About::Life => None,
        }
    }

    /// Where more is to be seen.
    pub fn link(self, base_url: &str, region: &Region) -> String {
        match self {
            About::Case(loaded) => format!("{base_url}/{}/zaken/{}", region.key, loaded.number),
            About::Life => format!("{base_url}/{}", region.key),
        }
    }
}

/// The notice of the file, when a notification comes from one.
pub fn notice_of<'a>(words: &Words<'a>, cause: Cause) -> Option<&'a Notice> {
    match cause {
        Cause::Notice(id) => words.model.notices.get(id.index()),
        _ => None,
    }
}

/// By which channels the file tells this; what it does not say of, by every channel there is.
pub fn channels(words: &Words<'_>, cause: Cause) -> Vec<Channel> {
    match notice_of(words, cause) {
        Some(notice) => notice.channels.clone(),
        None => vec![Channel::Inbox, Channel::Mail, Channel::Webhook],
    }
}

/// The deadline that a notification is about.
pub fn deadline_of(cause: Cause) -> Option<DeadlineRef> {
    match cause {
        Cause::Reminder(of, _) | Cause::Escalation(of, _) => Some(of),
        _ => None,
    }
}

/// Whether it cannot wait: an escalation, or a hard deadline whose last day has come.
pub fn is_urgent(words: &Words<'_>, case: Option<&Case>, told: &Notification, today: Date) -> bool {
    if matches!(told.cause, Cause::Escalation(..)) {
        return true;
    }
    let Some(of) = deadline_of(told.cause) else {
        return false;
    };
    let scheme = case.and_then(|c| c.scheme).unwrap_or(SchemeId(0));
    let hard = words.deadline(scheme, of).is_none_or(|d| !d.aim);
    hard && told.due.is_some_and(|due| due <= today)
}

/// The content of a notification in one language.
pub fn content(
    texts: &Texts,
    language: Language,
    base_url: &str,
    region: &Region,
    about: About<'_>,
    told: &Notification,
) -> Content {
    let words = about.version(region).words(texts, language);
    let mut context = LetterContext {
        regio: region.name().to_owned(),
        convenant: words.model.header.title.clone(),
        verwijzing: about.link(base_url, region),
        ..LetterContext::default()
    };
    match about {
        About::Case(loaded) => {
            of_case(&words, &loaded.case, told, &mut context);
            context.zaaknummer = loaded.number.to_string();
            let notice = notice_of(&words, told.cause);
            let template = region.letters.template_of(told.cause, notice);
            Content { template, context }
        }
        About::Life => {
            context.termijn = told.due.map(|d| words.date(d));
            if let Cause::Life(cause) = told.cause {
                let (text, source) = life_message(&words, cause);
                context.bericht = text;
                context.bron = source.map(|meta| words.source_text(meta));
            }
            Content {
                template: "convenant".to_owned(),
                context,
            }
        }
    }
}

fn of_case(words: &Words<'_>, case: &Case, told: &Notification, context: &mut LetterContext) {
    let scheme = case.scheme.unwrap_or(SchemeId(0));
    let notice = notice_of(words, told.cause);
    context.stap = match case.place {
        Place::Step(step) => Some(words.step_title(scheme, step)),
        Place::End(end) => Some(crate::history::end_title(words, scheme, end)),
        Place::Nowhere => None,
    };
    let first_due = || case.deadlines.iter().map(|d| d.due).min();
    context.termijn = told.due.or_else(first_due).map(|d| words.date(d));
    context.melding = notice.map_or_else(String::new, |n| n.name.replace('-', " "));
    context.velden = fields(words, case, notice);
    let about = deadline_of(told.cause);
    context.over = about.map(|of| words.deadline_title(scheme, of));
    let clause = about.and_then(|of| words.deadline_source(scheme, of));
    context.bron = clause.map(|(meta, _)| words.source_text(meta));
}

/// Facts of a notice; only those that the file declares fit for mail.
fn fields(words: &Words<'_>, case: &Case, notice: Option<&Notice>) -> Vec<Field> {
    let ids = notice.map(|n| n.fields.as_slice()).unwrap_or_default();
    ids.iter()
        .filter_map(|id| {
            let fact = words.fact(*id).filter(|f| f.fit_for_mail)?;
            let (secret, _) = case.facts.get(id.index())?.as_ref()?;
            Some(Field {
                naam: fact.name.replace('-', " "),
                waarde: value::to_text(words, &fact.kind, secret.value()?),
            })
        })
        .collect()
}

/// What happened in the convenant's life, and the clause that it rests on.
pub fn life_message<'a>(words: &Words<'a>, cause: LifeCause) -> (String, Option<&'a Meta>) {
    let term = &words.model.term;
    let obligation = |of: ObligationRef| match words.obligation(of) {
        Some((name, _, meta)) => (name, Some(meta)),
        None => (String::new(), None),
    };
    let say = |id: &str, name: String| words.say(id, &[("wat", name.into())]);
    match cause {
        LifeCause::EnteredIntoForce => (say("leven-van-kracht", String::new()), Some(&term.meta)),
        LifeCause::FellDue(of) => {
            let (name, meta) = obligation(of);
            (say("leven-aan-de-orde", name), meta)
        }
        LifeCause::Overdue(of) => {
            let (name, meta) = obligation(of);
            (say("leven-niet-gedaan", name), meta)
        }
        LifeCause::Reminder(of, _) => {
            let (name, meta) = obligation(of);
            (say("leven-komt-eraan", name), meta)
        }
        LifeCause::Escalation(of, _) => {
            let (name, meta) = obligation(of);
            (say("leven-nog-niet-gedaan", name), meta)
        }
        LifeCause::NoticeReminder(_) => {
            let meta = term.notice.as_ref().map(|(meta, _)| meta);
            (say("leven-opzegdag-nadert", String::new()), meta)
        }
        LifeCause::NoticeGiven(party) => {
            (say("leven-opgezegd", words.party(party)), Some(&term.meta))
        }
        LifeCause::NoticeCloses => {
            let meta = term.notice.as_ref().map(|(meta, _)| meta);
            (say("leven-laatste-opzegdag", String::new()), meta)
        }
        LifeCause::Extended => {
            let meta = term.extension.as_ref().map(|e| &e.meta);
            (say("leven-verlengd", String::new()), meta)
        }
        LifeCause::EndMoved => (say("leven-eerder-einde", String::new()), Some(&term.meta)),
        LifeCause::Ended => (say("leven-afgelopen", String::new()), Some(&term.meta)),
    }
}
