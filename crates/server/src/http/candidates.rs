//! Why a party stands where it stands in the order of the spreading, in words.
//!
//! Input: the engine's reason. Output: a key, and a text in the reader's language.

use convenant_engine::spread::CandidateReason;

use crate::words::Words;

impl Words<'_> {
    /// A key that programs read, and the words for people.
    pub(crate) fn candidate_reason(&self, reason: CandidateReason) -> (&'static str, String) {
        match reason {
            CandidateReason::Preferred(fact) => (
                "voorkeur",
                self.say(
                    "kandidaat-voorkeur",
                    &[("feit", self.fact_name(fact).into())],
                ),
            ),
            CandidateReason::FurthestBehind => {
                ("achterstand", self.say("kandidaat-achterstand", &[]))
            }
            CandidateReason::Behind => ("volgt", self.say("kandidaat-volgt", &[])),
            CandidateReason::CapReached {
                departure: true, ..
            } => ("grens", self.say("kandidaat-grens-afwijken", &[])),
            CandidateReason::CapReached {
                departure: false, ..
            } => ("grens", self.say("kandidaat-grens", &[])),
            CandidateReason::CeilingReached => ("plafond", self.say("kandidaat-plafond", &[])),
            CandidateReason::CapacityReached => {
                ("capaciteit", self.say("kandidaat-capaciteit", &[]))
            }
            CandidateReason::ContraIndicated(fact) => (
                "contra-indicatie",
                self.say(
                    "kandidaat-contra-indicatie",
                    &[("feit", self.fact_name(fact).into())],
                ),
            ),
            CandidateReason::NoShare => ("geen-aandeel", self.say("kandidaat-geen-aandeel", &[])),
            CandidateReason::NotAMember => ("geen-lid", self.say("kandidaat-geen-lid", &[])),
        }
    }
}
