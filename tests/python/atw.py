"""Days off and the ends of terms under the Algemene termijnenwet (ATW), computed from the text of the law.

Output, as lines of CSV on standard output, for 2017 up to and including 2028:
  day,<date>,<holidays: 0 or 1>,<workalendar: 0 or 1>,<the law: 0 or 1>   whether it is a day off, by each
  end,<first day>,<n>,<unit>,<last day>                                   the last day of a term of n units that starts that day
Nothing here comes from the program that is tested; the decrees are typed over from the Staatscourant's list.
"""

import calendar
import sys
from datetime import date, timedelta

import holidays
from workalendar.europe import Netherlands

FIRST, LAST = date(2017, 1, 1), date(2028, 12, 31)
DAY = timedelta(days=1)

# Days that a decree equates with a holiday (ATW 3(3)). Those of 2020 to 2022 were never looked up.
DECREES = {
    date.fromisoformat(day)
    for day in """
    2017-04-28 2017-05-26 2018-05-11 2018-12-24 2018-12-31 2019-05-31 2019-12-27
    2023-04-28 2023-05-19 2024-05-10 2024-12-27 2025-05-30
    2026-01-02 2026-05-15 2027-05-07 2028-04-28 2028-05-26
    """.split()
}

# Terms up to the limits of ATW 4, and just over them.
TERMS = [(n, "days") for n in (1, 2, 3, 5, 10, 14, 30, 90, 91)]
TERMS += [(n, "weeks") for n in range(1, 14)]
TERMS += [(n, "months") for n in range(1, 5)]


def easter(year):
    """Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    r = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * r) // 451
    month, day = divmod(h + r - 7 * m + 114, 31)
    return date(year, month, day + 1)


def recognised(year):
    """ATW 3: the recognised holidays and Good Friday, as far as they do not always fall on a Sunday."""
    sunday = easter(year)
    king = date(year, 4, 27)
    return {
        date(year, 1, 1),
        sunday - 2 * DAY,
        sunday + DAY,
        king - DAY if king.weekday() == 6 else king,
        date(year, 5, 5),
        sunday + 39 * DAY,
        sunday + 50 * DAY,
        date(year, 12, 25),
        date(year, 12, 26),
    }


HOLIDAYS = DECREES.union(*(recognised(year) for year in range(2017, 2031)))


def off(day):
    """ATW 1(1): a Saturday, a Sunday or a recognised holiday."""
    return day.weekday() >= 5 or day in HOLIDAYS


def last_day(start, n, unit):
    """The last day of a term that begins with the day after `start`."""
    if unit == "months":
        index = start.year * 12 + start.month - 1 + n
        year, month = index // 12, index % 12 + 1
        end = date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
    else:
        end = start + n * (DAY if unit == "days" else 7 * DAY)
    # ATW 4: not for terms of more than 90 days, 12 weeks or 3 months.
    if n > {"days": 90, "weeks": 12, "months": 3}[unit]:
        return end
    # ATW 2: a term of at least three days is lengthened until it holds two days that are not off.
    if unit != "days" or n >= 3:
        while sum(not off(start + i * DAY) for i in range(1, min((end - start).days, 30) + 1)) < 2:
            end += DAY
    # ATW 1(1): a term that ends on a day off runs through the next day that is not.
    while off(end):
        end += DAY
    return end


def main():
    public = holidays.NL(years=range(2017, 2030))
    work = Netherlands()
    by_work = {day for year in range(2017, 2030) for day, _ in work.holidays(year)}
    out = sys.stdout
    day = FIRST
    while day <= LAST:
        weekend = day.weekday() >= 5
        out.write(f"day,{day},{int(weekend or day in public)},{int(weekend or day in by_work)},{int(off(day))}\n")
        for n, unit in TERMS:
            out.write(f"end,{day},{n},{unit},{last_day(day, n, unit)}\n")
        day += DAY


main()
