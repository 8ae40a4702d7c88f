"""Forms that an answer may be asked in: languages, formats, programming languages, units."""

from collections.abc import Mapping


def _grouped(lines: str) -> Mapping[str, str]:
    """Every name of a line, to the first name of the line; longer names first, for patterns."""
    found = {
        name.replace("_", " "): line.split()[0]
        for line in lines.strip().splitlines()
        for name in line.split()
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


LANGUAGES = _grouped(
    """
english
french français francais
german deutsch
spanish español espanol castilian
italian italiano
portuguese português
dutch
swedish
norwegian
danish
finnish
icelandic
polish
czech
slovak
hungarian
romanian
bulgarian
serbian
croatian
greek
turkish
russian
ukrainian
arabic
hebrew
persian farsi
hindi
urdu
bengali
punjabi
tamil
telugu
marathi
gujarati
malayalam
kannada
chinese mandarin
cantonese
japanese
korean
thai
vietnamese
indonesian
malay
tagalog filipino
swahili
zulu
afrikaans
latin
esperanto
welsh
gaelic irish
catalan
basque
"""
)
FORMATS = _grouped(
    """
json
yaml yml
xml
csv
html
markdown
latex
toml
table tabular
bullet_list bulleted_list bullet_points bullets bullet-points
numbered_list
poem
haiku
limerick
song
essay
story
email
tweet
letter
diagram
flowchart
bar_chart
pie_chart
line_chart
pdf
spreadsheet
regex
sql
"""
)
PROGRAMMING = _grouped(
    """
python python3 py
java
javascript js nodejs
typescript ts
golang
rust
ruby rails
php laravel
perl
swift
kotlin
scala
haskell
matlab
fortran
cobol
vba
bash
powershell
sql mysql postgresql postgres sqlite
html
css
lua
julia
elixir
erlang
clojure
dart
react reactjs
angular angularjs
vue vuejs
django
flask
pandas
"""
)
UNIT_NAMES = _grouped(
    """
kilometers kilometres km kms
miles mi
meters metres
feet ft
inches
centimeters centimetres cm
kilograms kg kilos
pounds lbs
grams
ounces oz
celsius
fahrenheit
kelvin
liters litres
gallons
euros eur
dollars usd
rupees inr
pounds_sterling gbp
yen
"""
)
