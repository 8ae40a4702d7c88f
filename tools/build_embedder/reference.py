"""Reference vectors for the tests of the model file: what the published weights give in float64, unquantized.

None of the texts is among those that `taming` looks at.
"""

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tools.build_embedder.bert import embed, read_bert
from tools.build_embedder.folder import WINDOW, strip_tokenizer
from tools.build_embedder.source import Source

TEXTS = (
    "What are your opening hours on public holidays?",
    "what time do you open on public holidays",
    "How do I enable notifications?",
    "How do I disable notifications?",
    "Which airlines fly from Paris to Oslo on Mondays?",
    "Which airlines fly from Oslo to Paris on Mondays?",
    "Is 17 a prime number?",
    "Is 18 a prime number?",
    "yes",
    "Where is my card?",
    "my new credit card never showed up in the mail, what now",
    "Give me a recipe for a vegan lasagne without nuts.",
    "def mean(xs): return sum(xs) / len(xs)",
    "SELECT count(*) FROM flights WHERE origin = 'OSL'",
    "Who was the first woman to win a Nobel Prize in physics?",
    "What is the boiling point of water at 3,000 m altitude in °C?",
    "Quel temps fait-il à Besançon aujourd'hui ?",
    "I love the 🍕 here!!!",
    "The landlord keeps the deposit until the flat has been inspected, and pays it back within 60 days. " * 4,
    "The committee heard what each of the five experts had to say about the bridge. " * 40,  # Fills a window.
)


def write_reference(source: Source, path: Path) -> None:
    bert = read_bert(source.weights)
    tokenizer = Tokenizer.from_str(strip_tokenizer(source.tokenizer))
    tokenizer.enable_truncation(WINDOW)
    vectors = [embed(bert, tokenizer.encode(text).ids, lambda *_: None) for text in TEXTS]
    np.savez_compressed(path, texts=np.array(TEXTS), vectors=np.array(vectors, dtype=np.float16))
