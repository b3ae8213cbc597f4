//! Days off: Saturdays, Sundays, recognised holidays and days equated with them, from a data file.
//!
//! Input: the text of the file (`data/holidays-nl.txt` is compiled in). Output: is this day off and on what basis, and fast
//! counting of working days. Invariant: the rows are sorted, within the range, and each name stands once per date.

use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::day::Day;

static DUTCH: &str = include_str!("../../data/holidays-nl.txt");

/// The days off of a country over a range of years. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Holidays(Arc<Table>);

#[derive(Debug)]
struct Table {
    edition: String,
    first: Day,
    /// One past the last day.
    end: Day,
    rows: Vec<Holiday>,
    verified: Vec<(Date, Date)>,
    /// A bit per day from `first`: set on working days.
    working: Vec<u64>,
    /// Working days before each word of `working`.
    before: Vec<u32>,
}

/// A recognised holiday, or a day equated with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Which day.
    pub on: Date,
    /// Its name.
    pub name: String,
    /// On what basis.
    pub basis: Basis,
}

/// The basis on which a day is off in the sense of the Algemene termijnenwet (ATW).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A recognised holiday: ATW 3(1).
    Recognised,
    /// Good Friday, equated: ATW 3(2).
    GoodFriday,
    /// Equated by decree.
    Decree,
}

impl Basis {
    /// As the data file writes it.
    pub fn text(self) -> &'static str {
        match self {
            Basis::Recognised => "ATW 3(1)",
            Basis::GoodFriday => "ATW 3(2)",
            Basis::Decree => "besluit",
        }
    }
}

/// Why a day is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOff {
    /// A Saturday.
    Saturday,
    /// A Sunday.
    Sunday,
    /// A holiday or a day equated with one.
    Holiday {
        /// Its name.
        name: String,
        /// On what basis.
        basis: Basis,
    },
}

/// What is wrong with a file of holidays, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidaysError {
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub problem: HolidayProblem,
}

/// What can be wrong with a line of a file of holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HolidayProblem {
    /// No line says which days the file covers.
    NoRange,
    /// Two lines say so.
    RangeTwice,
    /// It covers years that nobody counts in.
    RangeBounds,
    /// A day before the line that says which days there are.
    DayBeforeRange,
    /// A day that the file does not cover.
    Outside(Date),
    /// A day without a name.
    NoName(Date),
    /// A basis that is none.
    UnknownBasis(String),
    /// A day that stands behind a later one, or behind itself.
    Order(Date),
    /// A line that begins with another word, or has too many or too few fields.
    UnknownLine(String),
    /// What is no date.
    NoDate(String),
    /// A first day after the last.
    Reversed(Date, Date),
}

impl fmt::Display for HolidayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HolidayProblem::NoRange => {
                f.write_str("no `bereik;from;to`: the file must say which days it covers")
            }
            HolidayProblem::RangeTwice => {
                f.write_str("`bereik` stands here for the second time; keep one")
            }
            HolidayProblem::RangeBounds => f.write_str("`bereik` must lie between 1600 and 2999"),
            HolidayProblem::DayBeforeRange => {
                f.write_str("a `dag` stands before `bereik`; put `bereik;from;to` first")
            }
            HolidayProblem::Outside(on) => write!(f, "{on} lies outside `bereik`"),
            HolidayProblem::NoName(on) => {
                write!(f, "{on} has no name; expected `dag;date;basis;name`")
            }
            HolidayProblem::UnknownBasis(basis) => write!(
                f,
                "basis `{basis}` is not known; expected `ATW 3(1)`, `ATW 3(2)` or `besluit`"
            ),
            HolidayProblem::Order(on) => write!(
                f,
                "{on} stands after a row that is not before it; sort the rows by date and name, each once"
            ),
            HolidayProblem::UnknownLine(word) => write!(
                f,
                "`{word}` with these fields is not known; expected `bereik;from;to`, `besluiten;from;to;nagezien` \
                 (or `niet nagezien`) or `dag;date;basis;name`"
            ),
            HolidayProblem::NoDate(text) => write!(
                f,
                "`{text}` is not a date; expected year-month-day, as in 2018-05-11"
            ),
            HolidayProblem::Reversed(from, to) => write!(f, "{from} lies after {to}; swap them"),
        }
    }
}

impl fmt::Display for HolidaysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for HolidaysError {}

impl Holidays {
    /// The Dutch days, 1990 to 2100, as the compiled-in data file has them.
    pub fn dutch() -> Holidays {
        static PARSED: LazyLock<Holidays> = LazyLock::new(parse_dutch);
        PARSED.clone()
    }

    /// Reads a data file. The head of `data/holidays-nl.txt` says what a file looks like.
    pub fn parse(text: &str) -> Result<Holidays, HolidaysError> {
        Reader::read(text).map(|table| Holidays(Arc::new(table)))
    }

    /// Which edition of the data this is: another text, apart from comments and space, is another edition.
    pub fn edition(&self) -> &str {
        &self.0.edition
    }

    /// Whether the data say that this is a working day.
    pub(super) fn works(&self, day: Day) -> bool {
        self.position(day)
            .is_some_and(|position| self.bit(position))
    }

    /// Saturday, Sunday, holiday or equated day. Outside the range of the data only Saturdays and Sundays are known:
    /// see [`Holidays::covers`].
    pub fn is_day_off(&self, date: Date) -> bool {
        let day = Day::of(date);
        match self.position(day) {
            Some(position) => !self.bit(position),
            None => day.weekday() >= 5,
        }
    }

    /// Why the day is off; none for a working day. A weekend goes before a holiday that falls in it.
    pub fn day_off(&self, date: Date) -> Option<DayOff> {
        match Day::of(date).weekday() {
            5 => Some(DayOff::Saturday),
            6 => Some(DayOff::Sunday),
            _ => self
                .holidays_on(date)
                .first()
                .map(|holiday| DayOff::Holiday {
                    name: holiday.name.clone(),
                    basis: holiday.basis,
                }),
        }
    }

    /// The holidays on this date, which may be two (5 May and Ascension Day in 2016).
    pub fn holidays_on(&self, date: Date) -> &[Holiday] {
        let from = self.0.rows.partition_point(|row| row.on < date);
        let until = self.0.rows.partition_point(|row| row.on <= date);
        self.0.rows.get(from..until).unwrap_or_default()
    }

    /// Every row of the data, by date.
    pub fn all(&self) -> &[Holiday] {
        &self.0.rows
    }

    /// Whether the data say which holidays there are on this day.
    pub fn covers(&self, date: Date) -> bool {
        self.position(Day::of(date)).is_some()
    }

    /// Whether the decrees that equate days have been verified for this day; if not, such a day may be missing.
    pub fn decrees_verified(&self, date: Date) -> bool {
        self.0
            .verified
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&date))
    }

    /// The first working day on or after `day`; none outside the data.
    pub(super) fn working_day_from(&self, day: Day) -> Option<Day> {
        if self.bit(self.position(day)?) {
            return Some(day);
        }
        self.working_day(self.working_days_before(day)?)
    }

    /// How many working days the data have before `day`; none outside the data (one past the end is inside).
    pub(super) fn working_days_before(&self, day: Day) -> Option<u32> {
        let position = if day == self.0.end {
            self.length()
        } else {
            self.position(day)?
        };
        let (word, bit) = (position / 64, position % 64);
        let below = self.0.working.get(word).copied().unwrap_or(0) & ((1_u64 << bit) - 1);
        Some(self.0.before.get(word)? + below.count_ones())
    }

    /// The working day with this number, counted from 0 at the start of the data; none past its end.
    pub(super) fn working_day(&self, number: u32) -> Option<Day> {
        let before = |word: usize| self.0.before.get(word).copied();
        // Working days are spread so evenly that the proportional word is nearly always right or next to right.
        let words = u64::try_from(self.0.working.len()).ok()?;
        let total = u64::from(before(self.0.working.len())?).max(1);
        let mut word = usize::try_from(u64::from(number) * words / total).ok()?;
        while word > 0 && before(word).is_none_or(|before| before > number) {
            word -= 1;
        }
        while before(word + 1).is_some_and(|before| before <= number) {
            word += 1;
        }
        let bits = *self.0.working.get(word)?;
        let bit = nth_bit(bits, number.checked_sub(before(word)?)?)?;
        let position = i64::try_from(word * 64).ok()? + i64::from(bit);
        self.0.first.plus(position)
    }

    fn length(&self) -> usize {
        usize::try_from(self.0.end.0 - self.0.first.0).unwrap_or(0)
    }

    fn position(&self, day: Day) -> Option<usize> {
        if day < self.0.first || day >= self.0.end {
            return None;
        }
        usize::try_from(day.0 - self.0.first.0).ok()
    }

    fn bit(&self, position: usize) -> bool {
        self.0
            .working
            .get(position / 64)
            .is_some_and(|word| (word >> (position % 64)) & 1 == 1)
    }
}

#[allow(
    clippy::expect_used,
    reason = "the file is compiled into the program; a test holds it"
)]
fn parse_dutch() -> Holidays {
    Holidays::parse(DUTCH).expect("the compiled-in holidays are well formed")
}

/// Names an edition by its lines: FNV-1a over 128 bits, which tells two texts apart but does not vouch for either.
struct Edition(u128);

impl Default for Edition {
    fn default() -> Edition {
        Edition(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Edition {
    fn take(&mut self, line: &str) {
        for byte in line.bytes().chain([b'\n']) {
            self.0 =
                (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    fn name(&self) -> String {
        format!("{:032x}", self.0)
    }
}

/// What has been read of a file so far.
#[derive(Default)]
struct Reader {
    edition: Edition,
    range: Option<(Date, Date)>,
    verified: Vec<(Date, Date)>,
    rows: Vec<Holiday>,
}

impl Reader {
    fn read(text: &str) -> Result<Table, HolidaysError> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                reader.edition.take(line);
                reader.line(line).map_err(|problem| HolidaysError {
                    line: index + 1,
                    problem,
                })?;
            }
        }
        reader.finish()
    }

    fn line(&mut self, line: &str) -> Result<(), HolidayProblem> {
        let fields: Vec<&str> = line.split(';').map(str::trim).collect();
        match fields.as_slice() {
            ["bereik", from, to] => self.range(date(from)?, date(to)?),
            ["besluiten", from, to, "nagezien"] => {
                self.verified.push(ordered(date(from)?, date(to)?)?);
                Ok(())
            }
            ["besluiten", from, to, "niet nagezien"] => ordered(date(from)?, date(to)?).map(drop),
            ["dag", on, basis, name] => self.day(date(on)?, basis, name),
            [word, ..] => Err(HolidayProblem::UnknownLine((*word).to_owned())),
            [] => Ok(()),
        }
    }

    fn range(&mut self, from: Date, to: Date) -> Result<(), HolidayProblem> {
        if self.range.is_some() {
            return Err(HolidayProblem::RangeTwice);
        }
        // A range is kept as bits per day: a slip of the pen must not ask for gigabytes.
        if from.year() < 1600 || to.year() > 2999 {
            return Err(HolidayProblem::RangeBounds);
        }
        self.range = Some(ordered(from, to)?);
        Ok(())
    }

    fn day(&mut self, on: Date, basis: &str, name: &str) -> Result<(), HolidayProblem> {
        let Some((from, to)) = self.range else {
            return Err(HolidayProblem::DayBeforeRange);
        };
        if !(from..=to).contains(&on) {
            return Err(HolidayProblem::Outside(on));
        }
        if name.is_empty() {
            return Err(HolidayProblem::NoName(on));
        }
        let basis = [Basis::Recognised, Basis::GoodFriday, Basis::Decree]
            .into_iter()
            .find(|known| known.text() == basis)
            .ok_or_else(|| HolidayProblem::UnknownBasis(basis.to_owned()))?;
        if let Some(last) = self.rows.last()
            && (last.on, last.name.as_str()) >= (on, name)
        {
            return Err(HolidayProblem::Order(on));
        }
        self.rows.push(Holiday {
            on,
            name: name.to_owned(),
            basis,
        });
        Ok(())
    }

    fn finish(self) -> Result<Table, HolidaysError> {
        let Some((from, to)) = self.range else {
            return Err(HolidaysError {
                line: 0,
                problem: HolidayProblem::NoRange,
            });
        };
        let (first, end) = (Day::of(from), Day(Day::of(to).0 + 1));
        let mut off = self.rows.iter().map(|row| Day::of(row.on)).peekable();
        let mut working = Vec::new();
        let mut before = Vec::new();
        let mut total = 0;
        let mut day = first;
        while day < end {
            let mut word = 0_u64;
            for bit in 0..64 {
                while off.next_if(|holiday| *holiday < day).is_some() {}
                if day < end && day.weekday() < 5 && off.peek() != Some(&day) {
                    word |= 1 << bit;
                }
                day = Day(day.0 + 1);
            }
            before.push(total);
            total += word.count_ones();
            working.push(word);
        }
        // One past the last word, so that the total is known too.
        before.push(total);
        Ok(Table {
            edition: self.edition.name(),
            first,
            end,
            rows: self.rows,
            verified: self.verified,
            working,
            before,
        })
    }
}

/// The position of the set bit with this number, counted from 0; none when there are fewer.
fn nth_bit(mut bits: u64, mut number: u32) -> Option<u32> {
    let mut position = 0;
    for half in [32, 16, 8, 4, 2, 1] {
        let low = bits & ((1 << half) - 1);
        let ones = low.count_ones();
        if number >= ones {
            number -= ones;
            bits >>= half;
            position += half;
        } else {
            bits = low;
        }
    }
    (number == 0 && bits & 1 == 1).then_some(position)
}

fn date(text: &str) -> Result<Date, HolidayProblem> {
    text.parse()
        .map_err(|_| HolidayProblem::NoDate(text.to_owned()))
}

fn ordered(from: Date, to: Date) -> Result<(Date, Date), HolidayProblem> {
    if from <= to {
        Ok((from, to))
    } else {
        Err(HolidayProblem::Reversed(from, to))
    }
}
