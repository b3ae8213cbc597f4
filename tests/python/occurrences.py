"""What the wall clock of Amsterdam does around every change of the clock, 1970 up to and including 2100.

Output, as lines of CSV on standard output:
  change,<date>                          a civil date on which the clock changes
  at,<date>T<time>,<milliseconds>        a time of the days around it, and the moment at which something that recurs at that
                                         time happens: the first moment that shows it, or the change that skips it
"""

import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def offset(moment):
    return moment.astimezone(AMSTERDAM).utcoffset()


def changes():
    """The moments at which the offset changes, found by halving the days on which it differs from the day before."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc)
    end = datetime(2101, 1, 1, tzinfo=timezone.utc)
    while moment < end:
        after = moment + DAY
        if offset(moment) != offset(after):
            low, high = moment, after
            while high - low > SECOND:
                middle = low + (high - low) // 2
                middle -= timedelta(microseconds=middle.microsecond)
                if offset(middle) == offset(low):
                    low = middle
                else:
                    high = middle
            yield high
        moment = after


def first_moment(wall, change):
    """The first moment that shows this wall-clock time; the change itself when it is skipped."""
    moment = wall.replace(tzinfo=AMSTERDAM, fold=0).astimezone(timezone.utc)
    shown = moment.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)
    return moment if shown == wall else change


def main():
    for change in changes():
        on = change.astimezone(AMSTERDAM).date()
        sys.stdout.write(f"change,{on}\n")
        for day in (on - 2 * DAY, on - DAY, on, on + DAY):
            for minutes in range(0, 241, 30):
                wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
                moment = first_moment(wall, change)
                milliseconds = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
                sys.stdout.write(f"at,{wall:%Y-%m-%dT%H:%M:%S},{milliseconds}\n")


main()
