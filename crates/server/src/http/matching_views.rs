//! The JSON of the matchings: a proposal, its lines, and what another choice costs.
//!
//! Input: what is kept, and the reasons. Output: views, as the description of the API has them.

use convenant_store::{LineState, MatchingLine};
use serde::{Deserialize, Serialize};

use super::views::moment;
use crate::matching::{LevelView, LineView, ScoreView};

/// A proposal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MatchingView {
    /// Number.
    pub nummer: i64,
    /// When it was made.
    pub gemaakt: String,
    /// The account that made it.
    pub door: String,
    /// The day that it was made for.
    pub dag: String,
    /// Hash of everything that the answer depends on: the same hash has the same answer.
    pub invoer: String,
    /// How good it is.
    pub score: ScoreView,
    /// Something that the answer depends on has changed since: the reasons are left out.
    pub verouderd: bool,
    /// A line per client, in the order of case numbers.
    pub regels: Vec<ProposedView>,
}

/// A proposal in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MatchingSummary {
    /// Number.
    pub nummer: i64,
    /// When it was made.
    pub gemaakt: String,
    /// The account that made it.
    pub door: String,
    /// The day that it was made for.
    pub dag: String,
}

/// A line of a proposal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProposedView {
    /// Case number.
    pub zaak: String,
    /// The home as it stands: the proposed one, or the one that was chosen since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub woning: Option<String>,
    /// `voorgesteld`, `gewijzigd`, `aanvaard` or `afgewezen`.
    pub stand: &'static str,
    /// What was done with it.
    pub gedaan: Vec<LineActView>,
    /// Why; none when the proposal is out of date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uitleg: Option<LineView>,
}

/// What was done with a line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineActView {
    /// When.
    pub op: String,
    /// The account that did it.
    pub door: String,
    /// `gewijzigd`, `aanvaard` or `afgewezen`.
    pub stand: &'static str,
    /// The home that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub woning: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motivering: Option<String>,
}

/// What to do with a line.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    /// What.
    pub doe: LineDeed,
    /// The other home, for `wijzig`.
    pub woning: Option<String>,
    /// Why: needed for `wijzig` and `wijs-af`. Name no facts of the client here.
    pub motivering: Option<String>,
}

/// What can be done with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineDeed {
    /// Offer the home to the case.
    Aanvaard,
    /// Choose another home.
    Wijzig,
    /// Leave it.
    WijsAf,
}

/// What another choice for a client costs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CostView {
    /// The first thing in which the whole becomes worse.
    pub gevolg: LevelView,
    /// The score with that choice.
    pub score: ScoreView,
    /// Every case whose home changes, with the home before and after.
    pub wijzigingen: Vec<ChangeView>,
}

/// A case whose home changes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeView {
    /// Case number.
    pub zaak: String,
    /// The home before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub van: Option<String>,
    /// The home after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naar: Option<String>,
}

/// Which other choice.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CostQuery {
    /// The other home; none at all when absent.
    pub woning: Option<String>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// A line as it stands.
pub fn proposed(line: &MatchingLine, told: Option<LineView>) -> ProposedView {
    ProposedView {
        zaak: line.number.clone(),
        woning: home_of(line).map(|home| home.to_string()),
        stand: line
            .acts
            .last()
            .map_or("voorgesteld", |act| state(act.state)),
        gedaan: line
            .acts
            .iter()
            .map(|act| LineActView {
                op: moment(act.at),
                door: act.person.clone(),
                stand: state(act.state),
                woning: act.home.map(|home| home.to_string()),
                motivering: act.motivation.clone(),
            })
            .collect(),
        uitleg: told,
    }
}

/// The home of a line as it stands.
pub fn home_of(line: &MatchingLine) -> Option<i64> {
    match line.acts.last() {
        Some(act) => act.home,
        None => line.home,
    }
}

fn state(state: LineState) -> &'static str {
    match state {
        LineState::Accepted => "aanvaard",
        LineState::Changed => "gewijzigd",
        LineState::Rejected => "afgewezen",
    }
}
