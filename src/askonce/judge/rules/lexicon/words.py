"""Common English words, without endings: what is not among them is a name, a term or another language.

Made from the SCOWL word lists of sizes up to 35, American and British (`words.NOTICE` is their licence), by
`stem_of`. Read once, at import: 160 kB.
"""

from importlib.resources import files

from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.stems import stem_of

_STEMS = frozenset(files(__package__).joinpath("words.txt").read_text(encoding="utf-8").split())
_LATER = word_set(
    """
    online internet website email smartphone app apps wifi blog vlog podcast laptop login logout signup
    upload download
    url pdf gps usb tv pc cpu gpu ram ssd hdmi bluetooth emoji selfie hashtag username signin login
    backend frontend
    dataset timestamp config admin info etc vs ok okay pls plz thx lol btw asap faq diy vegan gluten
    startup freelance
    chatbot meme covid vape ebook paywall crypto blockchain
    """
)


def is_common(word: str) -> bool:
    """`word` is in lower case."""
    return stem_of(word) in _STEMS or word in _LATER
