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

impl Day {
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
    pub(crate) fn date(self) -> Option<Date> {
        let shifted = i64::from(self.0) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date::new(
            i16::try_from(year).ok()?,
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
