//! Days as numbers: the fast form of a civil date inside the calendar, and month arithmetic with a stated rounding.
//!
//! Input: civil dates. Output: days since 1 January 1970 and back. Proleptic Gregorian; nothing outside the years 1 to 9999.

use convenant_lang::model::MonthEnd;
use jiff::civil::Date;

/// A day, as the number of days since 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub i32);

/// Years that month arithmetic accepts.
const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

/// Eras of 400 years between the first day that a date can hold and the year 0, rounded up.
const ERAS: i32 = 26;

impl Day {
    /// 1 January of the year 1: nothing is counted back beyond it.
    pub(crate) const FIRST: Day = Day(-719_162);

    /// The number of a date (the year is counted from 1 March, so that a leap day comes last).
    pub(crate) fn of(date: Date) -> Day {
        let month = i32::from(date.month());
        let year = i32::from(date.year()) - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year =
            (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i32::from(date.day()) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day(era * 146_097 + day_of_era - 719_468)
    }

    /// The date of a number; none when it lies outside what a date can hold.
    ///
    /// Euclidean affine functions (Neri and Schneider, 2022): divisions by constants of small unsigned numbers only, as every due
    /// date comes through here.
    pub(crate) fn date(self) -> Option<Date> {
        if !(Day::of(Date::MIN)..=Day::of(Date::MAX)).contains(&self) {
            return None;
        }
        // Shifted by whole eras, so that nothing is negative.
        let shifted = u32::try_from(self.0 + 719_468 + ERAS * 146_097).ok()?;
        let century = (4 * shifted + 3) / 146_097;
        let day_of_century = (4 * shifted + 3) % 146_097 / 4;
        let product = 2_939_745 * u64::from(4 * day_of_century + 3);
        let year_of_century = (product >> 32) as u32;
        let day_of_year = (product as u32) / 2_939_745 / 4;
        let month_and_day = 2_141 * day_of_year + 197_913;
        let (month, day) = (month_and_day / 65_536, month_and_day % 65_536 / 2_141 + 1);
        let next_year = day_of_year >= 306;
        let year = 100 * century + year_of_century + u32::from(next_year);
        let month = if next_year { month - 12 } else { month };
        Date::new(
            i16::try_from(i32::try_from(year).ok()? - ERAS * 400).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    }

    /// So many days later (or earlier, when negative); none on overflow.
    pub(crate) fn plus(self, days: i64) -> Option<Day> {
        i64::from(self.0)
            .checked_add(days)
            .and_then(|n| i32::try_from(n).ok())
            .map(Day)
    }

    /// 0 is Monday, 6 is Sunday.
    pub(crate) fn weekday(self) -> i32 {
        // 1 January 1970 was a Thursday.
        (i64::from(self.0) + 3).rem_euclid(7) as i32
    }
}

/// The same day of the month so many months later (or earlier, when negative). The flag says that this month has no
/// such day, so that the rounding decided. None outside the years 1 to 9999.
pub(crate) fn add_months(date: Date, months: i64, month_end: MonthEnd) -> Option<(Date, bool)> {
    let (year, month) = month_after(i64::from(date.year()), i64::from(date.month()), months)?;
    let first = Date::new(year, month, 1).ok()?;
    if date.day() <= first.days_in_month() {
        return Some((Date::new(year, month, date.day()).ok()?, false));
    }
    let rounded = match month_end {
        MonthEnd::LastDay => first.last_of_month(),
        MonthEnd::NextDay => {
            let (year, month) = month_after(i64::from(year), i64::from(month), 1)?;
            Date::new(year, month, 1).ok()?
        }
    };
    Some((rounded, true))
}

/// Year and month so many months later.
fn month_after(year: i64, month: i64, months: i64) -> Option<(i16, i8)> {
    let count = year
        .checked_mul(12)?
        .checked_add(month - 1)?
        .checked_add(months)?;
    let year = count.div_euclid(12);
    if !YEARS.contains(&year) {
        return None;
    }
    Some((
        i16::try_from(year).ok()?,
        i8::try_from(count.rem_euclid(12) + 1).ok()?,
    ))
}
