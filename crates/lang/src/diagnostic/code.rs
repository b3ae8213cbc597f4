//! The codes of diagnostics: C01xx text and limits, C02xx grammar, C03xx names, C04xx values and types,
//! C05xx the agreement as a whole, C06xx warnings.
//!
//! Invariants: a number is given once and never again for something else; every code has a message in both languages,
//! a page `grammar/<code>.md` and a file in `tests/bad` that produces it.

use std::fmt;

use super::Severity;

/// A diagnostic's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code($number);)*
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    /// The file is larger than 1 MiB.
    TOO_LARGE = 101;
    /// The file is not UTF-8.
    NOT_UTF8 = 102;
    /// The file holds bytes that no text has (a zero byte): it is no text file.
    NOT_TEXT = 103;
    /// The file says nothing.
    EMPTY = 104;
    /// A control character.
    CONTROL_CHARACTER = 105;
    /// A letter written as base letter plus loose accent (not Unicode NFC).
    NOT_NFC = 106;
    /// A character that does not show, or that turns the order of the text round.
    INVISIBLE_CHARACTER = 107;
    /// A letter of another script that looks like a Latin one.
    FOREIGN_LETTER = 108;
    /// Nested deeper than 64.
    TOO_DEEP = 109;
    /// More than 10,000 clauses.
    TOO_MANY_CLAUSES = 110;
    /// A condition chains more than 64 of an operator that nests.
    CONDITION_TOO_LONG = 111;
    /// More of a thing than can be numbered (65,535).
    TOO_MANY = 112;

    /// A text between quotation marks does not end on its line.
    UNTERMINATED_TEXT = 201;
    /// A block is not closed.
    UNCLOSED_BLOCK = 202;
    /// A `}` that closes nothing.
    STRAY_CLOSE = 203;
    /// A word that cannot stand here.
    UNEXPECTED = 204;
    /// A clause ends before it is complete.
    INCOMPLETE = 205;
    /// A clause that belongs in another block.
    MISPLACED = 206;
    /// A quoted line where none can stand.
    STRAY_QUOTE = 207;
    /// Typographic quotation marks around a text.
    CURLY_QUOTES = 208;
    /// A clause that may occur once occurs twice.
    DUPLICATE_CLAUSE = 210;
    /// A clause that must be there is absent.
    MISSING_CLAUSE = 211;
    /// Two clauses exclude each other.
    CONFLICTING_CLAUSES = 212;
    /// A section that stands loose beside `regeling`.
    LOOSE_SECTION = 213;
    /// A criterion that says nothing.
    EMPTY_CRITERION = 214;
    /// A decision with fewer than two outcomes.
    TOO_FEW_OUTCOMES = 215;
    /// A rule about homes that says nothing.
    EMPTY_HOME_RULE = 216;

    /// No party has this name.
    UNKNOWN_PARTY = 301;
    /// No role or body has this name.
    UNKNOWN_WHO = 302;
    /// No fact has this name.
    UNKNOWN_FACT = 303;
    /// No piece of evidence has this name.
    UNKNOWN_EVIDENCE = 304;
    /// No step or end has this name.
    UNKNOWN_TARGET = 305;
    /// No step has this name.
    UNKNOWN_STEP = 306;
    /// No scheme has this name.
    UNKNOWN_SCHEME = 307;
    /// Nothing that a deadline can count from has this name.
    UNKNOWN_ANCHOR = 308;
    /// Nothing that sets a notice off has this name.
    UNKNOWN_TRIGGER = 309;
    /// No body has this name.
    UNKNOWN_BODY = 310;
    /// No party has this attribute.
    UNKNOWN_ATTRIBUTE = 311;
    /// No task has this name.
    UNKNOWN_TASK = 312;
    /// No end has this name.
    UNKNOWN_END = 313;
    /// No fact of a home has this name.
    UNKNOWN_HOME_FACT = 314;
    /// A home, or the party of the case, in a condition that is not about homes.
    NOT_ABOUT_HOMES = 315;
    /// A name is given twice.
    DUPLICATE_NAME = 320;
    /// A word of the language as a name.
    RESERVED_NAME = 321;
    /// A name that means two things here.
    AMBIGUOUS_NAME = 322;
    /// A party where a role or body is asked.
    PARTY_AS_ROLE = 323;
    /// A name that two schemes have.
    AMBIGUOUS_SCHEME = 324;
    /// `van regeling` behind something that belongs to no scheme.
    OF_NO_SCHEME = 325;

    /// A number that is not written the Dutch way.
    BAD_NUMBER = 401;
    /// More decimals than are kept.
    TOO_PRECISE = 402;
    /// A number beyond the range of its type.
    TOO_BIG = 403;
    /// A negative number where none can be.
    NEGATIVE = 404;
    /// A fraction where a whole number is asked.
    NOT_WHOLE = 405;
    /// Not a length of time.
    BAD_DURATION = 406;
    /// Not a date.
    BAD_DATE = 407;
    /// A day that the month does not have.
    NO_SUCH_DAY = 408;
    /// A year outside 1900-2199.
    YEAR_OUT_OF_RANGE = 409;
    /// Not a time of the day.
    BAD_TIME = 410;
    /// A percentage outside 0-100.
    BAD_PERCENTAGE = 411;
    /// Zero where something must recur or be counted.
    ZERO = 412;
    /// Not a schedule.
    BAD_CRON = 413;
    /// A day of the month that not every month has.
    BAD_MONTH_DAY = 414;
    /// A term whose end does not lie after its start.
    TERM_ENDS_BEFORE_START = 415;
    /// The two sides of a comparison have different types.
    TYPE_MISMATCH = 420;
    /// A value where a condition is asked.
    NOT_A_CONDITION = 421;
    /// A condition where a value is asked.
    NOT_A_VALUE = 422;
    /// Not an option of the choice.
    UNKNOWN_OPTION = 423;
    /// Free text decides nothing.
    TEXT_DECIDES = 424;
    /// Yes/no, choices and parties are equal or not; they have no order.
    NOT_ORDERED = 425;
    /// A fact of another type than the clause needs.
    WRONG_FACT_TYPE = 426;
    /// A sum of things that cannot be added.
    BAD_ARITHMETIC = 427;
    /// Not a value of the type (facts supplied from outside).
    BAD_VALUE = 428;
    /// Periods are looked back upon, not compared.
    PERIODS_COMPARED = 430;
    /// A party of another kind than the clause needs.
    WRONG_PARTY_KIND = 429;

    /// An evaluation of the convenant on a day outside the term.
    TERM_EVALUATION_OUTSIDE = 502;
    /// An extension of a term that has no end.
    TERM_EXTENSION_OF_INDEFINITE = 503;
    /// A version that amends itself or a later one.
    AMENDS_LATER_VERSION = 504;
    /// `wijzigt` without `overgang`.
    AMENDMENT_WITHOUT_TRANSITION = 505;
    /// `overgang` without `wijzigt`.
    TRANSITION_WITHOUT_AMENDMENT = 506;
    /// An extension, at most zero times.
    NOTHING_EXTENDED = 508;
    /// A date of membership outside the term.
    MEMBER_OUTSIDE_TERM = 511;
    /// A membership that ends before it begins.
    MEMBER_ENDS_FIRST = 512;
    /// A party that succeeds itself, directly or by way of others.
    SUCCESSION_CYCLE = 513;
    /// A successor of another kind.
    SUCCESSOR_OTHER_KIND = 514;
    /// A successor that is no member on the day that it takes over.
    SUCCESSOR_GAP = 515;
    /// A successor that did not sign.
    SUCCESSOR_NO_MEMBER = 516;
    /// A role that no member fills at any time.
    ROLE_WITHOUT_PARTY = 517;
    /// A role `van de zaak` of a kind that nothing fixes.
    ROLE_OF_CASE_NEVER_ASSIGNED = 518;
    /// A role `van de zaak` that acts before its party can be fixed.
    ROLE_OF_CASE_TOO_EARLY = 519;
    /// A body without members.
    BODY_WITHOUT_MEMBERS = 520;
    /// A decision by a body that only advises.
    BODY_ONLY_ADVISES = 521;
    /// A rule about homes that names nothing of the home.
    RULE_WITHOUT_HOME = 522;
    /// A home of which it is not known to which of the parties of the spreading it belongs.
    HOME_WITHOUT_PARTY = 523;
    /// Two facts of a home that both say to whom it belongs, or where it stands.
    HOME_FACT_TWICE = 524;
    /// A fact that nobody supplies.
    FACT_NOT_SUPPLIED = 525;
    /// A fact that nobody uses.
    FACT_UNUSED = 526;
    /// Evidence that no step asks for.
    EVIDENCE_UNUSED = 527;
    /// Criteria without a decision on eligibility.
    CRITERIA_NEVER_DECIDED = 528;
    /// A decision on eligibility without criteria.
    DECISION_WITHOUT_CRITERIA = 529;
    /// Schemes that wait for each other's refusal.
    SCHEME_CYCLE = 530;
    /// A relation to the refusal of a scheme that never refuses.
    SCHEME_NEVER_REFUSES = 531;
    /// Fixed shares that are more than 100%, or not more than zero.
    SHARES_TOO_LARGE = 533;
    /// Fixed shares of 100% while other parties wait for theirs.
    SHARES_LEAVE_NOTHING = 534;
    /// Fixed shares below 100% and nobody for the rest.
    SHARES_LEAVE_REST = 535;
    /// A table of shares with nothing in it.
    TABLE_ZERO = 536;
    /// A table of shares that does not add up to the target.
    TABLE_DIFFERS = 537;
    /// A share of a party of another kind, or that is never a member.
    SHARE_OF_STRANGER = 538;
    /// A table of shares without one of the members.
    TABLE_MISSES_PARTY = 539;
    /// A member without the attribute by which shares are computed.
    KEY_MISSING = 541;
    /// Attributes with differing reference dates in one key.
    KEY_DATES_DIFFER = 542;
    /// Spreading over a kind of party without members.
    SPREAD_OVER_NOBODY = 543;
    /// A cap of zero.
    CAP_ZERO = 545;
    /// A target of zero, or of more than 100%.
    TARGET_IMPOSSIBLE = 546;
    /// Release of the remainder before the period begins.
    RELEASE_TOO_EARLY = 547;
    /// A member without the attribute that says how many it can take.
    CAPACITY_MISSING = 544;
    /// Spreading without a step that allocates.
    SPREADING_UNUSED = 548;
    /// Allocation according to a spreading that is not there.
    ALLOCATE_WITHOUT_SPREADING = 549;
    /// An obligation for which another clause leaves no room.
    SPREADING_CONFLICT = 550;
    /// A step that is never entered.
    STEP_NEVER_REACHED = 551;
    /// A step without a way out.
    STEP_CANNOT_BE_LEFT = 552;
    /// A step from which no end can be reached.
    STEP_WITHOUT_END = 553;
    /// An end at which no case arrives.
    END_NEVER_REACHED = 554;
    /// More rules about homes than a matching can keep apart.
    HOME_RULES_TOO_MANY = 555;
    /// An attribute to divide by that is zero for everybody.
    KEY_ZERO = 556;
    /// A step with two exits `gereed`.
    DONE_TWICE = 559;
    /// A suspension during a step that the case cannot get to.
    SUSPENSION_NOT_REACHABLE = 561;
    /// A suspension of a step during itself.
    SUSPENSION_OF_ITSELF = 562;
    /// A suspension or extension in a step without a deadline.
    NO_DEADLINE_TO_MOVE = 563;
    /// A contract with a shortest length and no flip.
    FLIP_MISSING = 564;
    /// An exit on a day before the term.
    DATE_BEFORE_TERM = 565;
    /// A deadline that is counted from something that cannot have happened.
    ANCHOR_NEVER_BEFORE = 571;
    /// A deadline that is counted from the end of an indefinite term.
    ANCHOR_TERM_INDEFINITE = 573;
    /// A deadline that is counted back from something without a day known ahead.
    BACKWARD_FROM_NOTHING = 574;
    /// A reminder before the deadline has begun.
    REMINDER_TOO_EARLY = 575;
    /// A deadline in hours under the ATW, which does not cover it.
    ATW_IN_HOURS = 576;
    /// Rungs of an escalation that do not come one after the other.
    RUNGS_NOT_ASCENDING = 577;
    /// `ongelezen … verder` behind the last rung.
    UNREAD_GOES_NOWHERE = 578;
    /// A mail with a fact that is not declared fit for it.
    FIELD_NOT_FOR_MAIL = 581;
    /// A notice that nothing sets off.
    NOTICE_NEVER = 582;
    /// A template that the file names and that is not there.
    TEMPLATE_MISSING = 583;
    /// A template with a name that no letter has.
    TEMPLATE_FIELD_UNKNOWN = 584;
    /// A template with a fact that may not stand in a notice.
    TEMPLATE_PERSONAL = 585;
    /// A report with a lower privacy class than its fields.
    REPORT_CLASS_TOO_LOW = 591;
    /// A norm on a step without a deadline.
    NORM_WITHOUT_DEADLINE = 593;
    /// A clause with neither a source nor the word that it is an assumption.
    NO_SOURCE = 601;
    /// A role that no clause names.
    ROLE_UNUSED = 602;
    /// A body that no clause names.
    BODY_UNUSED = 603;
    /// A preference after the one that always gives an answer.
    PREFERENCE_UNREACHABLE = 604;
    /// A file that tells people things, and names nobody for when there is nobody to tell.
    NO_LAST_RESORT = 605;
    /// Somebody to be told who may not be there on some day.
    MAYBE_NO_RECEIVER = 606;
    /// A fact of a home that no clause uses.
    HOME_FACT_UNUSED = 607;
    /// A target that is reached only by departures.
    TARGET_OUT_OF_REACH = 608;
    /// A preference that may name nobody, while there is a target to reach.
    PREFERENCE_NAMES_NOBODY = 609;
}

impl Code {
    /// Whether it stops the file or asks for attention: C06xx are warnings.
    pub fn severity(self) -> Severity {
        if self.0 >= 600 {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// The page that explains it, from the root of the repository.
    pub fn page(self) -> String {
        format!("grammar/{self}.md")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{:04}", self.0)
    }
}
