"""Units and what they come to in a base unit of their kind; numbers in words.

A unit may be of several kinds ("m" is metres or millions): all of them count as said. A month is also 30 days
and a year 365, since people use the one for the other.
"""

from collections.abc import Mapping
from typing import TypeAlias

from askonce.judge.rules.lexicon import word_set

Kinds: TypeAlias = tuple[tuple[str, float], ...]

_DAY = 86_400.0

_UNITS: Mapping[str, Kinds] = {
    "second seconds sec secs": (("time", 1.0),),
    "minute minutes min mins": (("time", 60.0),),
    "hour hours hr hrs h": (("time", 3_600.0),),
    "day days": (("time", _DAY),),
    "week weeks wk wks": (("time", 7 * _DAY),),
    "fortnight fortnights": (("time", 14 * _DAY),),
    "month months": (("month", 1.0), ("time", 30 * _DAY)),
    "year years yr yrs": (("month", 12.0), ("time", 365 * _DAY)),
    "decade decades": (("month", 120.0),),
    "century centuries": (("month", 1_200.0),),
    "mm millimeter millimeters millimetre millimetres": (("length", 0.001),),
    "cm centimeter centimeters centimetre centimetres cms": (("length", 0.01),),
    "m": (("length", 1.0), ("", 1e6)),
    "meter meters metre metres": (("length", 1.0),),
    "km kms kilometer kilometers kilometre kilometres": (("length", 1_000.0),),
    "inch inches": (("length", 0.0254),),
    "foot feet ft": (("length", 0.3048),),
    "yard yards": (("length", 0.9144),),
    "mile miles mi": (("length", 1_609.344),),
    "mg milligram milligrams mgs": (("mass", 1e-6),),
    "g gram grams gm gms": (("mass", 0.001),),
    "kg kgs kilo kilos kilogram kilograms": (("mass", 1.0),),
    "lb lbs": (("mass", 0.453592),),
    "pound pounds": (("mass", 0.453592), ("gbp", 1.0)),
    "oz ounce ounces": (("mass", 0.0283495),),
    "ton tons tonne tonnes": (("mass", 1_000.0),),
    "ml milliliter milliliters millilitre millilitres": (("volume", 0.001),),
    "l liter liters litre litres": (("volume", 1.0),),
    "gallon gallons": (("volume", 3.78541),),
    "pint pints": (("volume", 0.473176),),
    "cup cups": (("volume", 0.24),),
    "tablespoon tablespoons tbsp tbsps": (("volume", 0.015),),
    "teaspoon teaspoons tsp tsps": (("volume", 0.005),),
    "kb kilobyte kilobytes": (("bytes", 1e3),),
    "mb mbs megabyte megabytes megs": (("bytes", 1e6),),
    "gb gbs gig gigs gigabyte gigabytes": (("bytes", 1e9),),
    "tb tbs terabyte terabytes": (("bytes", 1e12),),
    "mph": (("mph", 1.0),),
    "kph kmh": (("kmh", 1.0),),
    "celsius c": (("celsius", 1.0),),
    "fahrenheit f": (("fahrenheit", 1.0),),
    "watt watts w": (("watt", 1.0),),
    "kw kilowatt kilowatts": (("watt", 1e3),),
    "% percent pct": (("percent", 1.0), ("", 0.01)),
    "$ usd dollar dollars buck bucks": (("usd", 1.0),),
    "cent cents": (("usd", 0.01),),
    "€ eur euro euros": (("eur", 1.0),),
    "£ gbp quid": (("gbp", 1.0),),
    "¥ yen jpy": (("jpy", 1.0),),
    "₹ rs inr rupee rupees": (("inr", 1.0),),
    "k": (("", 1e3), ("length", 1_000.0)),
    "thousand thousands grand": (("", 1e3),),
    "million millions mio": (("", 1e6),),
    "b bn billion billions": (("", 1e9),),
    "trillion trillions": (("", 1e12),),
    "hundred hundreds": (("", 1e2),),
    "lakh lakhs lac lacs": (("", 1e5),),
    "crore crores": (("", 1e7),),
    "dozen dozens": (("", 12.0),),
}
UNITS: Mapping[str, Kinds] = {name: kinds for names, kinds in _UNITS.items() for name in names.split()}
# Words of other meanings, which are units only right behind a number, with no space.
GLUED_UNITS = word_set("h m g l c f w k b")
CURRENCY_MARKS = frozenset("$€£¥₹")

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
SMALL: Mapping[str, int] = {word: value for value, word in enumerate(_SMALL.split())}
TENS: Mapping[str, int] = {word: 20 + 10 * at for at, word in enumerate(_TENS.split())}
ORDINALS: Mapping[str, int] = {word: value for value, word in enumerate(_ORDINALS.split())}
SCALES: Mapping[str, int] = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
# Words that say a number, yet may as well not: they answer a number on the other side, and ask for none.
HINTS: Mapping[str, float] = {
    "a": 1,
    "an": 1,
    "per": 1,
    "each": 1,
    "single": 1,
    "once": 1,
    "both": 2,
    "couple": 2,
    "pair": 2,
    "twice": 2,
    "double": 2,
    "dual": 2,
    "triple": 3,
    "dozen": 12,
    "half": 0.5,
    "quarter": 0.25,
    "no": 0,
    "fortnight": 2,
    "monthly": 1,
    "daily": 1,
    "weekly": 1,
    "yearly": 1,
    "annual": 1,
}
# In capitals, and not those that are more often a letter.
ROMANS: Mapping[str, int] = {
    "II": 2,
    "III": 3,
    "IV": 4,
    "VI": 6,
    "VII": 7,
    "VIII": 8,
    "IX": 9,
}
