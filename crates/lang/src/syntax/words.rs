//! The rules of the grammar in the words of the language.
//!
//! Input: a rule or a word. Output: what to call it in a message, and in which block a clause belongs. Invariant: no name of
//! a rule ever reaches a reader.

use super::Rule;

/// The id of the word for a kind of value, in the message files.
pub(super) fn kind(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::target | Rule::who | Rule::whos | Rule::during => "w-name",
        Rule::text => "w-quoted",
        Rule::number => "w-number",
        Rule::percentage => "w-percentage",
        Rule::money => "w-money",
        Rule::date => "w-date",
        Rule::duration => "w-duration",
        Rule::time => "w-time",
        Rule::condition | Rule::judgement => "w-condition",
        _ => return None,
    })
}

/// Whether a token of the grammar is a word or sign that a reader can type.
pub(super) fn is_word(token: &str) -> bool {
    let mut letters = token.chars();
    let first = letters.next().unwrap_or(' ');
    let several = letters.next().is_some();
    match token {
        "->" | "<=" | ">=" | "<>" | ":" | "(" | ")" | "{" | "=" => true,
        _ => {
            several
                && first.is_alphabetic()
                && token
                    .chars()
                    .all(|c| c.is_alphanumeric() || "-/'".contains(c))
        }
    }
}

/// Where a clause that begins with this word belongs, when that is not the block that it stands in.
pub(super) fn block_of(word: &str, items: Rule) -> Option<&'static [&'static str]> {
    let (blocks, rule): (&'static [&'static str], Rule) = match word {
        "regio" | "versie" | "bron" | "kalender" | "maandeinde" | "wijzigt" => {
            (&["convenant"], Rule::convenant_items)
        }
        "onbepaald" | "inwerkingtreding" | "opzegging" | "verlenging" => {
            (&["looptijd"], Rule::term_items)
        }
        "gemeente" | "woningcorporatie" | "zorgaanbieder" | "dienstverlener"
        | "coördinatiepunt" | "organisatie" | "rol" | "overleg" | "commissie" | "instemming" => {
            (&["partijen"], Rule::parties_items)
        }
        "ondersteuner" | "ondertekenaar" | "teruggetrokken" | "grondgebied" | "centrumgemeente"
        | "inwoners" => (&["gemeente"], Rule::trait_items),
        "leden" => (&["overleg", "commissie"], Rule::body_items),
        "criterium" | "uitsluiting" | "hardheidsclausule" | "bezwaar" => {
            (&["doelgroep"], Rule::eligibility_items)
        }
        "passend" | "liefst" | "gemeld" | "gekoppeld" => (&["woningen"], Rule::homes_items),
        "woningen" | "plaatsingen" | "doel" | "verplichting" | "plafond" | "sleutel"
        | "aandeel" | "afronden" | "voorkeur" | "tekort" | "overschot" | "restant"
        | "contra-indicatie" | "capaciteit" | "toetreding" | "uittreding" => {
            (&["spreiding"], Rule::spreading_items)
        }
        "stap" | "begin" | "einde" | "altijd" => (&["overdracht"], Rule::handover_items),
        "verzetten" => (&["stap", "overdracht", "termijn"], Rule::step_items),
        "taak" | "levert" | "gereed" | "opschorten" | "verlengen" | "handeling" | "toewijzen"
        | "aanbod" | "contract" | "omslag" | "mislukt" => (&["stap"], Rule::step_items),
        "termijn" => (&["stap", "overdracht"], Rule::step_items),
        "uitkomst" => (&["besluit"], Rule::decision_items),
        "voldoet" => (&["besluit doelgroep"], Rule::eligibility_outcome_items),
        "geldige" | "aanvaard" | "uitgeput" => (&["aanbod"], Rule::offer_items),
        "melding" | "overzicht" | "vangnet" => (&["meldingen"], Rule::notices_items),
        "sjabloon" => (&["melding"], Rule::notice_items),
        "rapport" | "plicht" | "norm" => (&["toezicht"], Rule::oversight_items),
        "telt" => (&["rapport"], Rule::report_items),
        "uitzondering" => (&["overgang"], Rule::transition_items),
        "looptijd" | "partijen" | "gegevens" | "meldingen" | "toezicht" | "overgang"
        | "convenant" | "regeling" => (&["het bestand zelf"], Rule::file_items),
        _ => return None,
    };
    (rule != items).then_some(blocks)
}
