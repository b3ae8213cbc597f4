//! The sections `meldingen`, `toezicht` and `overgang`.

use serde::{Deserialize, Serialize};

use super::{
    Duration, EndId, ExitId, FactId, Ladder, Meta, PrivacyClass, SchemeId, Span, SpreadPeriod,
    StepId, Target, TaskId, Who,
};

/// `melding nieuwe-zaak { bij aanmelding  aan coördinator  per mail, inbox  sjabloon "nieuwe-zaak" }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// When.
    pub on: Trigger,
    /// To whom.
    pub to: Vec<Who>,
    /// By which channels; at least one.
    pub channels: Vec<Channel>,
    /// Template; none means the one with the notice's name, or the built-in one of its trigger.
    pub template: Option<String>,
    /// Where the file names it.
    #[serde(default)]
    pub template_span: Option<Span>,
    /// `velden a, b`: facts that stand in it; each declared fit for mail.
    pub fields: Vec<FactId>,
}

/// `vangnet coördinator`: who is told when nobody else can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastResort {
    /// Source.
    pub meta: Meta,
    /// Who.
    pub who: Who,
}

/// What sets a notice off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// `bij opening`: a case was opened.
    Opened,
    /// `bij stap X`: a step was entered.
    StepEntered(SchemeId, StepId),
    /// `bij taak X`: a task was done.
    TaskDone(SchemeId, StepId, TaskId),
    /// `bij X`: an act, decision or allocation was taken; the step is none for an act of `altijd`.
    ExitTaken(SchemeId, Option<StepId>, ExitId),
    /// `bij einde X`, or any end: of this scheme, or of any.
    Ended(Option<SchemeId>, Option<EndId>),
    /// `bij herinnering`: any reminder.
    Reminder,
    /// `bij overschrijding`: any deadline that passes.
    Overdue,
    /// `bij correctie`.
    Corrected,
    /// `bij afwijking`: a motivated departure.
    Departed,
    /// `bij opschorting`.
    Suspended,
    /// `bij verlenging`.
    Extended,
}

/// Channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `inbox`: in the application.
    Inbox,
    /// `mail`.
    Mail,
    /// `webhook`.
    Webhook,
    /// `agenda`: calendar feed.
    Calendar,
}

/// `overzicht ochtend aan coördinator elke werkdag om 08:00`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// To whom.
    pub to: Vec<Who>,
    /// When.
    pub schedule: Schedule,
    /// By which channels.
    pub channels: Vec<Channel>,
}

/// When something recurs, in Europe/Amsterdam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// `elke werkdag om 08:00`: minutes after midnight; not on days off of the calendar.
    WorkingDays(u16),
    /// `elke dag om 08:00`.
    Daily(u16),
    /// `elke maandag om 08:00`: 1 is Monday.
    Weekly(u8, u16),
    /// `elke maand op dag 1 om 08:00`.
    Monthly(u8, u16),
    /// `cron "0 0 8 * * MON-FRI"`: with the seconds field.
    Cron(String),
}

/// The days of the week, as [`Schedule::Weekly`] counts them: the first is 1.
pub const WEEKDAYS: [&str; 7] = [
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

/// The section `toezicht`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Oversight {
    /// `rapport …`.
    pub reports: Vec<Report>,
    /// `plicht …`.
    pub duties: Vec<Duty>,
    /// `norm …`.
    pub norms: Vec<Norm>,
}

/// `rapport kwartaalcijfers "…" { elk kwartaal  aan X  velden … }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// Per which period.
    pub period: SpreadPeriod,
    /// To whom.
    pub to: Vec<Who>,
    /// Counts that it holds.
    pub counts: Vec<Count>,
    /// Facts that it lists per case.
    pub fields: Vec<FactId>,
    /// Privacy class; at least that of its fields.
    pub class: PrivacyClass,
}

/// What a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// `aangemeld`.
    Opened,
    /// `geplaatst`.
    Placed,
    /// `afgewezen`.
    Refused,
    /// `afgesloten`.
    Ended,
    /// `lopend`.
    Running,
    /// `te laat`.
    Overdue,
}

/// `plicht jaarverslag "…" door X elke 12 maanden binnen 8 weken`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Duty {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// Who.
    pub by: Who,
    /// How often, from entry into force.
    pub every: Duration,
    /// Within which time after each occurrence.
    pub within: Duration,
    /// Before and after its last day.
    #[serde(default)]
    pub ladder: Ladder,
}

/// `norm tijdig "…" 90% van toets binnen de termijn per kalenderjaar`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Norm {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// At least this share, in ten-thousandths of a percent.
    pub share: i64,
    /// Of the main deadline of this step.
    pub of: (SchemeId, StepId),
    /// Per which period.
    pub period: SpreadPeriod,
}

/// The section `overgang` of an amendment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Source.
    pub meta: Meta,
    /// `lopende zaken blijven` (false) or `lopende zaken gaan over` (true): what holds for steps not named.
    pub moves: bool,
    /// `stap oud -> nieuw`: the old step by name (it is of another version), and where to, in which scheme.
    pub steps: Vec<(String, SchemeId, Target)>,
    /// `stap oud blijft`.
    pub stays: Vec<String>,
    /// `uitzondering termijn X` …: intended exceptions to 'no duty is lost, no deadline gets earlier', as written.
    pub exceptions: Vec<String>,
}
