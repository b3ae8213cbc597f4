"""Reads calendar feeds with the package `icalendar`, which knows nothing of the program that wrote them.

Input: a JSON list of feeds, on standard input. Output: a JSON list of what stands in each.
A time zone that a feed brings along is compared with the operating system's, for every hour around each change of the clock.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from icalendar import Calendar


def text(value):
    """A date or a moment; moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


def event(found):
    start = found["DTSTART"]
    return {
        "uid": str(found["UID"]),
        "titel": str(found["SUMMARY"]),
        "tekst": str(found["DESCRIPTION"]),
        "adres": str(found["URL"]),
        "soort": [str(category) for category in found["CATEGORIES"].cats],
        "begin": text(start.dt),
        "zone": start.params.get("TZID"),
        "einde": text(found["DTEND"].dt) if "DTEND" in found else None,
        "stand": str(found["STATUS"]),
        "volgorde": int(found["SEQUENCE"]),
        "gewijzigd": text(found["LAST-MODIFIED"].dt),
        "wekkers": [text(alarm["TRIGGER"].dt) for alarm in found.walk("VALARM")],
        "eigenschappen": sorted(found.keys()),
    }


def hours():
    """The hours of the days around the last Sundays of March and October, 2017 up to and including 2037."""
    for year in range(2017, 2038):
        for month in (3, 10):
            day = datetime(year, month, 24, tzinfo=timezone.utc)
            yield from (day + timedelta(hours=n) for n in range(9 * 24))


def zone(component):
    ours, theirs = component.to_tz(lookup_tzid=False), ZoneInfo(str(component["TZID"]))
    for moment in hours():
        mine, other = moment.astimezone(ours), moment.astimezone(theirs)
        assert mine.utcoffset() == other.utcoffset(), (moment, mine, other)
    return str(component["TZID"])


def calendar(written):
    found = Calendar.from_ical(written)
    for part in found.walk():
        assert not part.errors, part.errors
    return {
        "naam": str(found["X-WR-CALNAME"]),
        "methode": str(found["METHOD"]),
        "verversen": found["REFRESH-INTERVAL"].dt.total_seconds(),
        "eigenschappen": sorted(found.keys()),
        "zones": [zone(part) for part in found.walk("VTIMEZONE")],
        "delen": sorted({part.name for part in found.walk()}),
        "gebeurtenissen": [event(part) for part in found.walk("VEVENT")],
    }


json.dump([calendar(written) for written in json.load(sys.stdin)], sys.stdout)
