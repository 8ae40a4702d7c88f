"""Different words for one name: countries and their people, and common short forms."""

from collections.abc import Mapping

_ALIASES = """
us usa america american americans states united u.s u.s.a murica yankees
uk britain british england english great united u.k brits
france french frenchman frenchmen
germany german germans deutschland
spain spanish spaniard spaniards
italy italian italians
portugal portuguese
greece greek greeks
netherlands dutch holland
belgium belgian belgians
switzerland swiss
austria austrian austrians
poland polish pole poles
sweden swedish swede swedes
norway norwegian norwegians
denmark danish dane danes
finland finnish finn finns
ireland irish
scotland scottish scots
wales welsh
russia russian russians ussr soviet soviets
ukraine ukrainian ukrainians
turkey turkish turks türkiye turkiye
israel israeli israelis
iran iranian persian persia
iraq iraqi iraqis
egypt egyptian egyptians
china chinese prc
japan japanese
korea korean koreans
india indian indians indias bharat
pakistan pakistani pakistanis
bangladesh bangladeshi
thailand thai thais
vietnam vietnamese
philippines filipino filipinos
indonesia indonesian indonesians
australia australian australians aussie oz
canada canadian canadians
mexico mexican mexicans
brazil brazilian brazilians brasil
argentina argentine argentinian
chile chilean
peru peruvian
cuba cuban
africa african africans
europe european europeans eu union
asia asian asians
iceland icelandic icelander
czech czechia republic
hungary hungarian budapest
romania romanian
kenya kenyan kenyans
nigeria nigerian
new york nyc ny
los angeles la
san francisco sf frisco
washington dc d.c
philadelphia philly
vegas las
bombay mumbai
bengaluru bangalore
calcutta kolkata
madras chennai
peking beijing
facebook fb meta
youtube yt
instagram ig insta
whatsapp wa
javascript js
typescript ts
python py
kubernetes k8s
postgresql postgres pg psql
mongodb mongo
csharp c#
golang go
google gmail chrome
windows win microsoft ms msft
mac macos osx apple macbook imac
iphone ios apple ipad
android google samsung
playstation ps ps4 ps5 sony
television tv telly
bitcoin btc crypto
ethereum eth
christmas xmas
trump donald
clinton hillary hilary
obama barack
modi narendra
putin vladimir
wwi ww1 war
wwii ww2 war
saint st
mount mt
doctor dr
street st
avenue ave
university uni
mathematics math maths
photoshop ps adobe
excel spreadsheet sheets
version v ver
covid coronavirus corona covid-19 pandemic
"""


def _aliases() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _ALIASES.strip().splitlines():
        words = frozenset(line.split())
        for word in words:
            found[word] = found.get(word, frozenset()) | words
    return found


ALIASES: Mapping[str, frozenset[str]] = _aliases()
