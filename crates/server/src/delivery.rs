//! Delivery: from an intended notification to inbox messages and mail files.
//!
//! Input: claimed outbox rows. Output: messages in the inbox and letters in the spool, per receiving party. Invariants: the
//! same row gives the same message ids; a letter is on disk before its row is settled; facts only where the file declares
//! them fit for mail.

use std::sync::Arc;

use convenant_engine::{Case, Cause, LifeCause, Moment, Notification, ObligationRef, Place};
use convenant_lang::model::{Channel, Meta, Notice, PartyId, SchemeId};
use convenant_store::{Delivery as Claimed, Error as StoreError, InboxMessage, Lease, StreamId};
use serde::{Deserialize, Serialize};

use crate::cases::{CaseError, Cases};
use crate::channel::Outcome;
use crate::channel::letter::{BadAddress, ComposeError, Letter, Mail, compose};
use crate::channel::post::{MAIL_DOMAIN, Post};
use crate::clock::machine_now;
use crate::letters::{Field, LetterContext, LetterError, Rendered};
use crate::regions::{Region, Version};
use crate::spool::role_address;
use crate::text::{Language, Texts};
use crate::value;
use crate::words::Words;

/// Notifications claimed at a time.
const BATCH: u32 = 256;

/// How long a claim holds, in milliseconds of the machine's clock.
const LEASE: i64 = 120_000;

/// Tries before a notification is given up.
const MOST_ATTEMPTS: u32 = 8;

/// Why nothing can be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A case cannot be read.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// Why one notification cannot be delivered.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Letter(#[from] LetterError),
    #[error("mail: {0}")]
    NotSent(String),
    #[error("{0}")]
    Case(#[from] CaseError),
    #[error("the region is not served here")]
    NoRegion,
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("a role has no mail address: {0}")]
    Address(#[from] BadAddress),
    #[error("{0}")]
    Compose(#[from] ComposeError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Case(error.into())
    }
}

/// A letter that was written when it was intended: a digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// The digest's name.
    pub overzicht: String,
    /// The receiving role or body.
    pub rol: String,
    /// The receiving party.
    pub partij: PartyId,
    /// The party's name.
    pub naam: String,
    /// By which channels.
    pub kanalen: Vec<Channel>,
    /// The letter.
    pub brief: Rendered,
}

/// What stands in the outbox.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    Ready(Ready),
    Told(Notification),
}

/// A letter to one party, by its channels.
struct ToParty {
    party: PartyId,
    party_name: String,
    role: String,
    letter: Rendered,
    inbox: bool,
    mail: bool,
}

/// Delivers notifications.
#[derive(Clone)]
pub struct Delivery {
    /// The messages.
    pub texts: Arc<Texts>,
    /// Where mail goes.
    pub post: Arc<Post>,
    /// The address of the pages, without a slash at the end.
    pub base_url: String,
}

impl Delivery {
    /// Delivers what waits at `now`; gives the number delivered.
    pub async fn deliver(&self, cases: &Cases, now: Moment) -> Result<u64, DeliveryError> {
        let mut delivered: u64 = 0;
        loop {
            let wall = machine_now();
            let lease = Lease {
                now: Moment(wall),
                until: Moment(wall.saturating_add(LEASE)),
            };
            let claims = cases.store().claim_outbox(now, lease, BATCH).await?;
            if claims.is_empty() {
                return Ok(delivered);
            }
            let mut tasks = tokio::task::JoinSet::new();
            for claim in claims {
                let (this, cases) = (self.clone(), cases.clone());
                tasks.spawn(async move { this.one(&cases, claim, now).await });
            }
            while let Some(done) = tasks.join_next().await {
                match done {
                    Ok(result) => delivered = delivered.saturating_add(u64::from(result?)),
                    Err(broken) => return Err(CaseError::Broken(broken.to_string()).into()),
                }
            }
        }
    }

    /// Delivers one; true when it was.
    async fn one(&self, cases: &Cases, claim: Claimed, now: Moment) -> Result<bool, DeliveryError> {
        let settled = match self.prepare(cases, &claim).await {
            Ok(messages) => {
                cases
                    .store()
                    .delivered(&claim.id, claim.token, &messages)
                    .await
            }
            Err(trouble) => {
                let tried = claim.attempts.saturating_add(1);
                tracing::warn!(id = %claim.id, tried, %trouble, "a notification was not delivered");
                let wait = 1_000_i64.saturating_mul(1 << tried.min(12));
                let retry_at = (tried < MOST_ATTEMPTS).then(|| Moment(now.0.saturating_add(wait)));
                return match cases.store().failed(&claim.id, claim.token, retry_at).await {
                    Ok(()) | Err(StoreError::DeliveryLost) => Ok(false),
                    Err(other) => Err(other.into()),
                };
            }
        };
        match settled {
            Ok(()) => Ok(true),
            // Another worker took over and delivered it, under the same id.
            Err(StoreError::DeliveryLost) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// Writes the mail and gives the messages for the inbox.
    async fn prepare(&self, cases: &Cases, claim: &Claimed) -> Result<Vec<InboxMessage>, Trouble> {
        let region = cases
            .regions()
            .get(claim.id.region.as_str())
            .ok_or(Trouble::NoRegion)?;
        let body: Body = serde_json::from_str(&claim.body)?;
        let (letters, case) = match body {
            Body::Ready(ready) => (vec![ready_letter(ready)], None),
            Body::Told(told) if claim.id.stream == StreamId::LIFE => {
                (self.life_letters(region, &told)?, None)
            }
            Body::Told(told) => {
                let loaded = cases.load(region, claim.id.stream).await?;
                let number = loaded.number.to_string();
                let letters =
                    self.case_letters(region, &loaded.version, &loaded.case, &number, &told)?;
                (letters, Some(claim.id.stream))
            }
        };
        self.send_mail(region, claim, &letters).await?;
        Ok(letters
            .into_iter()
            .filter(|l| l.inbox)
            .map(|l| InboxMessage {
                party: l.party,
                role: l.role,
                subject: l.letter.subject,
                text: l.letter.text,
                case,
            })
            .collect())
    }

    async fn send_mail(
        &self,
        region: &Region,
        claim: &Claimed,
        letters: &[ToParty],
    ) -> Result<(), Trouble> {
        for told in letters.iter().filter(|l| l.mail) {
            match self.post.send(&self.mail(region, claim, told)?).await {
                Outcome::Delivered => {}
                Outcome::Later { reason, .. }
                | Outcome::Refused { reason }
                | Outcome::Ambiguous { reason } => return Err(Trouble::NotSent(reason)),
            }
        }
        Ok(())
    }

    /// The mail to the role of one party.
    fn mail(&self, region: &Region, claim: &Claimed, told: &ToParty) -> Result<Mail, Trouble> {
        let key = region.key.as_str();
        let sender = self.post.sender(key)?;
        let to = role_address(&told.role, &told.party_name, key, MAIL_DOMAIN)?;
        let why = self.texts.get(
            Language::Dutch,
            "brief-waarom",
            &[
                ("rol", told.role.as_str().into()),
                ("partij", told.party_name.as_str().into()),
            ],
        );
        let stream = claim.id.stream.to_string();
        let letter = Letter {
            key: &format!("{}.{}", claim.id, told.party.0),
            thread: (claim.id.stream != StreamId::LIFE).then_some(stream.as_str()),
            region: key,
            region_name: region.name(),
            convenant: &region.current.model().header.title,
            to: &to,
            name: &format!("{} ({})", told.role, told.party_name),
            language: Language::Dutch,
            urgent: false,
            subject: &told.letter.subject,
            text: &told.letter.text,
            insight: &[why],
            base_url: &self.base_url,
            at: claim.at,
        };
        Ok(compose(
            &letter,
            &sender,
            region.letters.layout(),
            &self.texts,
        )?)
    }

    fn case_letters(
        &self,
        region: &Region,
        version: &Version,
        case: &Case,
        number: &str,
        told: &Notification,
    ) -> Result<Vec<ToParty>, Trouble> {
        let words = version.words(&self.texts, Language::Dutch);
        let scheme = case.scheme.unwrap_or(SchemeId(0));
        let notice = match told.cause {
            Cause::Notice(id) => words.model.notices.get(id.index()),
            _ => None,
        };
        let mut content = self.content(region, &words);
        content.rol = words.who(told.to);
        content.zaaknummer = number.to_owned();
        content.verwijzing = format!("{}/{}/zaken/{number}", self.base_url, region.key);
        content.stap = match case.place {
            Place::Step(step) => Some(words.step_title(scheme, step)),
            Place::End(end) => Some(crate::history::end_title(&words, scheme, end)),
            Place::Nowhere => None,
        };
        let first_due = || case.deadlines.iter().map(|d| d.due).min();
        content.termijn = told.due.or_else(first_due).map(|d| words.date(d));
        content.melding = notice.map_or_else(String::new, |n| n.name.replace('-', " "));
        content.velden = fields(&words, case, notice);
        let about = match told.cause {
            Cause::Reminder(of, _) | Cause::Escalation(of, _) => Some(of),
            _ => None,
        };
        content.over = about.map(|of| words.deadline_title(scheme, of));
        let clause = about.and_then(|of| words.deadline_source(scheme, of));
        content.bron = clause.map(|(meta, _)| words.source_text(meta));
        let template = region.letters.template_of(told.cause, notice);
        self.to_parties(region, &words, told, notice, &template, content)
    }

    fn life_letters(&self, region: &Region, told: &Notification) -> Result<Vec<ToParty>, Trouble> {
        let words = region.current.words(&self.texts, Language::Dutch);
        let mut content = self.content(region, &words);
        content.rol = words.who(told.to);
        content.verwijzing = format!("{}/{}", self.base_url, region.key);
        content.termijn = told.due.map(|d| words.date(d));
        if let Cause::Life(cause) = told.cause {
            let (text, source) = life_message(&words, cause);
            content.bericht = text;
            content.bron = source.map(|meta| words.source_text(meta));
        }
        self.to_parties(region, &words, told, None, "convenant", content)
    }

    fn content(&self, region: &Region, words: &Words<'_>) -> LetterContext {
        LetterContext {
            regio: region.name().to_owned(),
            convenant: words.model.header.title.clone(),
            ..LetterContext::default()
        }
    }

    fn to_parties(
        &self,
        region: &Region,
        words: &Words<'_>,
        told: &Notification,
        notice: Option<&Notice>,
        template: &str,
        mut content: LetterContext,
    ) -> Result<Vec<ToParty>, Trouble> {
        let (inbox, mail) = channels(notice.map(|n| n.channels.as_slice()));
        let mut letters = Vec::new();
        for party in &told.parties {
            content.partij = words.party(*party);
            letters.push(ToParty {
                party: *party,
                party_name: content.partij.clone(),
                role: content.rol.clone(),
                letter: region.letters.render(template, &content)?,
                inbox,
                mail,
            });
        }
        Ok(letters)
    }
}

fn ready_letter(ready: Ready) -> ToParty {
    let (inbox, mail) = channels(Some(&ready.kanalen));
    ToParty {
        party: ready.partij,
        party_name: ready.naam,
        role: ready.rol,
        letter: ready.brief,
        inbox,
        mail,
    }
}

/// Inbox and mail. What the file sends by other channels only is shown in the inbox.
fn channels(channels: Option<&[Channel]>) -> (bool, bool) {
    let Some(channels) = channels else {
        return (true, true);
    };
    let mail = channels.contains(&Channel::Mail);
    (channels.contains(&Channel::Inbox) || !mail, mail)
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
    let obligation = |of: ObligationRef| match of {
        ObligationRef::Evaluation(n) => {
            let evaluation = term.evaluations.get(usize::from(n));
            let name = words.say("leven-evaluatie", &[]);
            (name, evaluation.map(|e| &e.meta))
        }
        ObligationRef::Duty(n) => {
            let duty = words.model.oversight.duties.get(usize::from(n));
            let name = duty.map_or_else(String::new, |d| d.title.clone());
            (name, duty.map(|d| &d.meta))
        }
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
