//! The section `looptijd`: the convenant's own life.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BodyId, Duration, Ladder, Meta, Reminder, Target, Who};

/// Signing, duration, entry into force, extension, notice, evaluation and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Source of the section.
    pub meta: Meta,
    /// `ondertekend 15 maart 2017`: the day of the (first) signing.
    pub signed: Option<Date>,
    /// Start and end.
    pub length: TermLength,
    /// `inwerkingtreding`.
    pub entry: Entry,
    /// `verlenging`.
    pub extension: Option<TermExtension>,
    /// `opzegging uiterlijk 3 maanden vooraf`: how long before the end notice must be given.
    pub notice: Option<(Meta, Duration)>,
    /// Before the last day on which notice can be given.
    #[serde(default)]
    pub notice_reminders: Vec<Reminder>,
    /// `evaluatie`.
    pub evaluations: Vec<TermEvaluation>,
    /// `bij einde`, per scheme by its target; what happens to running cases.
    pub at_end: AtEnd,
}

/// How long the convenant lasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermLength {
    /// `van … tot …` (exclusive) or `tot en met …`; `until` is the first day after the term.
    Dates {
        /// First day.
        from: Date,
        /// First day after.
        until: Date,
    },
    /// `duur 24 maanden`, counted from entry into force.
    Length(Duration),
    /// `onbepaald`: until ended.
    Indefinite,
}

/// Entry into force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// `inwerkingtreding op DATUM`, or the first day of the term.
    On(Date),
    /// `inwerkingtreding zodra alle partijen hebben ondertekend`.
    WhenAllSigned,
}

/// `verlenging stilzwijgend met 1 jaar, hoogstens 2 keer` or `verlenging bij besluit van …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TermExtension {
    /// Source.
    pub meta: Meta,
    /// By decision of this body; none means silently.
    pub by: Option<BodyId>,
    /// How long each time.
    pub by_length: Duration,
    /// How often at most.
    pub at_most: u32,
}

/// `evaluatie elke 12 maanden door X` or `evaluatie op DATUM door X`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TermEvaluation {
    /// Source.
    pub meta: Meta,
    /// When.
    pub when: EvaluationWhen,
    /// Who holds it.
    pub by: Who,
    /// Before and after the day on which it is due.
    #[serde(default)]
    pub ladder: Ladder,
}

/// When an evaluation is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationWhen {
    /// Every so long from entry into force.
    Every(Duration),
    /// Once, on a date.
    On(Date),
}

/// What happens to running cases when the term ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// `lopende zaken worden afgemaakt` (the default): they run on under this version; no case opens.
    Finish,
    /// `lopende zaken naar X`: each moves to that step or end, by scheme index.
    Move(Vec<Target>),
}
