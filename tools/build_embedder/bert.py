"""The network in numpy: its weights by their role, and a plain float64 run of it.

The run is the yardstick of everything else here: it finds the inputs that need taming, and the reference
vectors of the tests come from it. Nothing in it is fused, quantized or fast.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Weights: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.float64]

LAYERS = 6
HEADS = 12
EPSILON = 1e-12  # The published model's; far below float32's resolution, so a zero variance is its only use.

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Linear:
    weight: Weights  # inputs x outputs, so that it is applied as `x @ weight`
    bias: Weights


@dataclass(frozen=True, slots=True)
class Norm:
    gamma: Weights
    beta: Weights


@dataclass(frozen=True, slots=True)
class Layer:
    qkv: Linear  # query, key and value side by side
    out: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    norm: Norm


@dataclass(frozen=True, slots=True)
class Bert:
    words: Weights
    positions: Weights  # With the token type of a first text added.
    second: Weights  # What the token type of a second text adds to that.
    norm: Norm
    layers: tuple[Layer, ...]


def read_bert(weights: Mapping[str, Weights]) -> Bert:
    positions = weights["embeddings.position_embeddings.weight"]
    types = weights["embeddings.token_type_embeddings.weight"]
    return Bert(
        words=weights["embeddings.word_embeddings.weight"],
        positions=positions + types[0],
        second=types[1] - types[0],
        norm=_norm(weights, "embeddings.LayerNorm"),
        layers=tuple(_layer(weights, f"encoder.layer.{number}.") for number in range(LAYERS)),
    )


def _layer(weights: Mapping[str, Weights], prefix: str) -> Layer:
    parts = [_linear(weights, f"{prefix}attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        qkv=Linear(
            np.concatenate([part.weight for part in parts], axis=1),
            np.concatenate([part.bias for part in parts]),
        ),
        out=_linear(weights, f"{prefix}attention.output.dense"),
        attention_norm=_norm(weights, f"{prefix}attention.output.LayerNorm"),
        up=_linear(weights, f"{prefix}intermediate.dense"),
        down=_linear(weights, f"{prefix}output.dense"),
        norm=_norm(weights, f"{prefix}output.LayerNorm"),
    )


def _linear(weights: Mapping[str, Weights], name: str) -> Linear:
    return Linear(weights[f"{name}.weight"].T, weights[f"{name}.bias"])


def _norm(weights: Mapping[str, Weights], name: str) -> Norm:
    return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


def embed(bert: Bert, token_ids: list[int], watch: Callable[[int, str, Numbers], None]) -> Numbers:
    """The sentence embedding of one text. `watch`: see `encode`."""
    pooled: Numbers = encode(bert, token_ids, watch).mean(axis=0)
    return pooled / np.linalg.norm(pooled)


def encode(
    bert: Bert, token_ids: list[int], watch: Callable[[int, str, Numbers], None], seconds: int = 0
) -> Numbers:
    """The last states, tokens x 384. The last `seconds` tokens are of a second text.

    `watch` is shown what goes into each layer's qkv, up and down. What it sees of a normalised input is
    without beta, as the graph's quantized products get it.
    """
    states = bert.words[token_ids].astype(np.float64) + bert.positions[: len(token_ids)]
    states[len(token_ids) - seconds :] += bert.second
    scaled = _normalise(states, bert.norm)
    states = scaled + bert.norm.beta
    for number, layer in enumerate(bert.layers):
        watch(number, "qkv", scaled)
        states = states + _apply(_attend(_apply(states, layer.qkv)), layer.out)
        scaled = _normalise(states, layer.attention_norm)
        states = scaled + layer.attention_norm.beta
        watch(number, "up", scaled)
        raised = _gelu(_apply(states, layer.up))
        watch(number, "down", raised)
        scaled = _normalise(states + _apply(raised, layer.down), layer.norm)
        states = scaled + layer.norm.beta
    return states


def _apply(states: Numbers, linear: Linear) -> Numbers:
    applied: Numbers = states @ linear.weight.astype(np.float64) + linear.bias
    return applied


def _normalise(states: Numbers, norm: Norm) -> Numbers:
    centred = states - states.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + EPSILON)
    scaled: Numbers = centred / deviation * norm.gamma
    return scaled


def _attend(qkv: Numbers) -> Numbers:
    tokens = len(qkv)
    query, key, value = qkv.reshape(tokens, 3, HEADS, -1).transpose(1, 2, 0, 3)
    weights = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[2]))
    weights /= weights.sum(axis=2, keepdims=True)
    mixed: Numbers = (weights @ value).transpose(1, 0, 2).reshape(tokens, -1)
    return mixed


def _gelu(states: Numbers) -> Numbers:
    raised: Numbers = states * 0.5 * (1 + _erf(states / math.sqrt(2)))
    return raised
