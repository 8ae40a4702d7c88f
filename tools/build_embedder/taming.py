"""Which inputs of a product are too loud to be quantized beside the others, and by what to turn them down.

Eight bits are spread over the whole range of a product's input, all channels together. In this model one or
two channels of 384 (and one of 1536) are ten times as loud as the rest and leave it a handful of levels. So
each loud channel is divided by how loud it is, and the weights that read it are multiplied by the same: the
product stays what it was, and its quantization loses less (the idea of SmoothQuant, arXiv 2211.10438).

In quarter steps, from a float64 run, so that a last bit in which two machines' numpy differ can not reach the
model file. Powers of two, which would be exact divisors, lose more: they miss the loudness by up to a third.
"""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from tokenizers import Tokenizer
from tools.build_embedder.bert import Bert, Numbers, Weights, embed

Taming: TypeAlias = Mapping[tuple[int, str], Weights]  # (layer, product) -> a divisor for each input channel

LOUD = 1.5  # Times the median channel. The best of 1 to 2 by little, see docs/decisions/0004.

# Written for this purpose, of the kinds that a cache sees. Loudness is a trait of the model more than of the
# text: 250 prompts of banking77 and clinc150 give the same quality (decision 0004).
PROMPTS = (
    "How do I reset the password of my account?",
    "what is the capital of australia",
    "Cancel the order I placed yesterday and refund my card, please.",
    "Which of these restaurants near the station are open after 10 pm on a Sunday?",
    "Explain the difference between a process and a thread in two sentences.",
    "how many people live in the largest city of texas",
    "Write a Python function that returns the n-th Fibonacci number without recursion.",
    "My parcel has still not arrived after 3 weeks. Who can I ask about it?",
    "Can I take ibuprofen together with paracetamol?",
    "translate 'good morning' into spanish",
    "Is it legal to record a phone call in Germany?",
    "SELECT name FROM users WHERE created_at > '2024-01-01' ORDER BY name",
    "set an alarm for 6:45 tomorrow",
    "Why does my washing machine trip the breaker when it spins?",
    "Should I pay off my student loan or invest the money first?",
    "Who wrote the papers on semantic caching published by the database group in 2019?",
    "Error: ECONNREFUSED 127.0.0.1:5432. What does it mean and how can it be fixed?",
    "disable two-factor authentication",
    "Summarise the attached contract, list every deadline in it, and say which of the obligations fall on "
    "the tenant; then suggest questions that we should put to the landlord before anyone signs.",
    "hi",
    "thank you, that is all for today!",
    "What's the weather going to be like in Reykjavík next weekend?",
    "List all flights from Boston to Denver that leave before noon and cost less than $250.",
    "does the premium plan include support by phone?",
)


class Peaks:
    """The loudest that each channel got, of all the runs watched."""

    def __init__(self) -> None:
        self._peaks: dict[tuple[int, str], Numbers] = {}

    def watch(self, layer: int, product: str, states: Numbers) -> None:
        peak = np.abs(states).max(axis=0)
        self._peaks[layer, product] = np.maximum(self._peaks.get((layer, product), peak), peak)

    def taming(self) -> Taming:
        return {place: _divisors(peak) for place, peak in self._peaks.items()}


def find_taming(bert: Bert, tokenizer: Tokenizer) -> Taming:
    peaks = Peaks()
    for prompt in PROMPTS:
        embed(bert, tokenizer.encode(prompt).ids, peaks.watch)
    return peaks.taming()


def _divisors(peak: Numbers) -> Weights:
    excess = peak / (LOUD * np.median(peak))
    divisors: Weights = np.maximum(1, np.rint(4 * excess) / 4).astype(np.float32)
    return divisors
