"""Names of months, days and times of day."""

from collections.abc import Mapping

from askonce.judge.rules.lexicon import word_set

_MONTHS = """
january jan
february feb
march
april apr
may
june jun
july jul
august aug
september sep sept
october oct
november nov
december dec
"""
_WEEKDAYS = """
monday mondays mon
tuesday tuesdays tue tues
wednesday wednesdays wed
thursday thursdays thu thur thurs
friday fridays fri
saturday saturdays
sunday sundays
"""


def _numbered(lines: str) -> Mapping[str, int]:
    return {word: at for at, line in enumerate(lines.strip().splitlines(), 1) for word in line.split()}


MONTHS = _numbered(_MONTHS)
WEEKDAYS = _numbered(_WEEKDAYS)
# Verbs and an auxiliary as well: a month only beside a number or behind one of `BEFORE_MONTHS`.
DOUBTFUL_MONTHS = frozenset(("may", "march"))
BEFORE_MONTHS = word_set(
    "in of by since until till from during to last next early late mid this and before after"
)
RELATIVE_DAYS: Mapping[str, str] = {
    "today": "today",
    "tonight": "today",
    "tomorrow": "tomorrow",
    "tmrw": "tomorrow",
    "tomorrow's": "tomorrow",
    "yesterday": "yesterday",
}
SEASONS: Mapping[str, str] = {
    "summer": "summer",
    "summers": "summer",
    "winter": "winter",
    "winters": "winter",
    "autumn": "autumn",
}
DAY_PARTS: Mapping[str, str] = {
    "morning": "morning",
    "mornings": "morning",
    "afternoon": "afternoon",
    "afternoons": "afternoon",
    "evening": "evening",
    "evenings": "evening",
    "night": "evening",
    "nights": "evening",
    "tonight": "evening",
    "overnight": "evening",
    "noon": "noon",
    "midday": "noon",
    "midnight": "midnight",
}
PERIODS = word_set("week month year weekend quarter semester season")
WHICH: Mapping[str, int] = {
    "this": 0,
    "current": 0,
    "next": 1,
    "coming": 1,
    "last": -1,
    "previous": -1,
    "past": -1,
}
RATES: Mapping[str, str] = {
    "hourly": "hour",
    "daily": "day",
    "nightly": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
