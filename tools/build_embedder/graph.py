"""The ONNX graph: one prompt's token ids in, its unit vector out.

Three liberties against the published network, none of which changes what it computes:

* One prompt a call, never padded: there is no mask, and pooling is a plain mean.
* LayerNormalization is written as InstanceNormalization with a token for a channel, because onnxruntime's
  kernel for that is three times as fast (decision 0004); and its beta is not added but carried along and
  folded into the biases of whatever reads the sum (`Stream.offset`).
* Inputs that are too loud to be quantized are turned down, and the weights behind them up (`taming`).

Then the weights become int8, per output channel (per row for the words), and the inputs of products uint8,
with one scale a call. `Recipe` exists so that `tools/measure_embedder.py` can say what each choice costs.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, ValueInfoProto, helper
from tools.build_embedder.bert import EPSILON, HEADS, Bert, Layer, Linear, Norm, Weights
from tools.build_embedder.sheet import Sheet
from tools.build_embedder.taming import Taming

INPUT, OUTPUT, DIMENSIONS = "input_ids", "sentence_embedding", 384
TYPES, CONFIDENCE = "token_type_ids", "confidence"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is quantized, and how finely. The default is what ships."""

    taming: Taming = field(default_factory=dict)
    levels: int = 127  # On each side of zero. 63 would not saturate on CPUs without VNNI (decision 0004).
    in_float: frozenset[str] = frozenset()  # Of "words", "qkv", "out", "up" and "down".


@dataclass(frozen=True, slots=True)
class Stream:
    """What a normalisation gives. Its value is `residual + offset`, and `feed` is `residual / divisors`."""

    residual: str
    feed: str
    divisors: Weights
    offset: Weights


@dataclass(frozen=True, slots=True)
class Head:
    """What makes one number of the states: `dense` reads [CLS] beside the mean, `last` what it gave."""

    dense: Linear
    last: Linear


def build_graph(bert: Bert, recipe: Recipe) -> ModelProto:
    """An embedder's: token ids in, a unit vector out."""
    return _Builder(bert, recipe).build()


def build_pair_graph(bert: Bert, head: Head, recipe: Recipe) -> ModelProto:
    """A judge's: token ids and types of two texts in, one probability out."""
    return _Builder(bert, recipe).build_pair(head)


class _Builder:
    def __init__(self, bert: Bert, recipe: Recipe) -> None:
        self._bert = bert
        self._recipe = recipe
        self._sheet = Sheet()

    def build(self) -> ModelProto:
        sheet = self._sheet
        stream = self._encode(self._positions())
        return sheet.finish(
            [_tokens(INPUT)],
            helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, DIMENSIONS]),
            sheet.add("LpNormalization", [self._mean(stream)], {"axis": 1, "p": 2}),
        )

    def build_pair(self, head: Head) -> ModelProto:
        sheet = self._sheet
        second = np.stack([np.zeros_like(self._bert.second), self._bert.second])
        types = sheet.add("Gather", [sheet.constant(second), TYPES])
        stream = self._encode(sheet.add("Add", [types, self._positions()]))
        first = sheet.add("Gather", [stream.residual, self._integers(0)], {"axis": 1})
        first = sheet.add("Squeeze", [first, self._integers(1)])
        first = sheet.add("Add", [first, sheet.constant(stream.offset)])
        both = sheet.add("Concat", [first, self._mean(stream)], {"axis": 1})
        raised = sheet.add("Gelu", [self._plain(both, head.dense)], fused=True)
        return sheet.finish(
            [_tokens(INPUT), _tokens(TYPES)],
            helper.make_tensor_value_info(CONFIDENCE, TensorProto.FLOAT, [1, 1]),
            sheet.add("Sigmoid", [self._plain(raised, head.last)]),
        )

    def _positions(self) -> str:
        sheet = self._sheet
        tokens = sheet.add("Shape", [INPUT], {"start": 1})
        self._ones = sheet.add("ConstantOfShape", [tokens], {"value": _single(1)})
        self._zeros = sheet.add("ConstantOfShape", [tokens], {"value": _single(0)})
        return sheet.add("Slice", [sheet.constant(self._bert.positions), self._integers(0), tokens])

    def _encode(self, added: str) -> Stream:
        """The last layer's states; `added` is what stands beside the words."""
        stream = self._normalise(self._words(), added, self._bert.norm, (0, "qkv"))
        for number, layer in enumerate(self._bert.layers):
            stream = self._layer(number, layer, stream)
        return stream

    def _mean(self, stream: Stream) -> str:
        sheet = self._sheet
        pooled = sheet.add("ReduceMean", [stream.residual, self._integers(1)], {"keepdims": 0})
        return sheet.add("Add", [pooled, sheet.constant(stream.offset)])

    def _plain(self, states: str, linear: Linear) -> str:
        """In float: a head has too few weights to be worth quantizing."""
        product = self._sheet.add("MatMul", [states, self._sheet.constant(linear.weight)])
        return self._sheet.add("Add", [product, self._sheet.constant(linear.bias)])

    def _words(self) -> str:
        """Rows of the table, made float after they were picked: the table stays int8 in memory too."""
        sheet = self._sheet
        if "words" in self._recipe.in_float:
            return sheet.add("Gather", [sheet.constant(self._bert.words), INPUT])
        rows, scales = _quantize(self._bert.words, 127, axis=1)
        picked = sheet.add("Cast", [sheet.add("Gather", [sheet.constant(rows), INPUT])], {"to": 1})
        return sheet.add("Mul", [picked, sheet.add("Gather", [sheet.constant(scales), INPUT])])

    def _layer(self, number: int, layer: Layer, stream: Stream) -> Stream:
        mixed = self._attend(stream.feed, _behind(stream, layer.qkv))
        summed = self._product("out", mixed, _with_bias(layer.out, stream.offset))
        stream = self._normalise(summed, stream.residual, layer.attention_norm, (number, "up"))
        raised = self._product("up", stream.feed, _behind(stream, layer.up))
        raised = self._sheet.add("Gelu", [raised], fused=True)
        down = _with_bias(layer.down, stream.offset)
        divisors = self._recipe.taming.get((number, "down"))
        if divisors is not None:
            raised = self._sheet.add("Mul", [raised, self._sheet.constant(np.reciprocal(divisors))])
            down = Linear(down.weight * divisors[:, None], down.bias)
        lowered = self._product("down", raised, down)
        return self._normalise(lowered, stream.residual, layer.norm, (number + 1, "qkv"))

    def _normalise(self, states: str, residual: str, norm: Norm, reader: tuple[int, str]) -> Stream:
        sheet = self._sheet
        summed = sheet.add("Add", [states, residual])
        even = sheet.add("InstanceNormalization", [summed, self._ones, self._zeros], {"epsilon": EPSILON})
        scaled = sheet.add("Mul", [even, sheet.constant(norm.gamma)])
        divisors = self._recipe.taming.get(reader)
        if divisors is None:
            return Stream(scaled, scaled, np.ones_like(norm.gamma), norm.beta)
        feed = sheet.add("Mul", [even, sheet.constant(norm.gamma / divisors)])
        return Stream(scaled, feed, divisors, norm.beta)

    def _attend(self, states: str, qkv: Linear) -> str:
        sheet, heads = self._sheet, {"num_heads": HEADS}
        bias = sheet.constant(qkv.bias)
        if "qkv" in self._recipe.in_float:
            return sheet.add("Attention", [states, sheet.constant(qkv.weight), bias], heads, fused=True)
        weight, scales = self._quantized(qkv)
        levels, scale, zero = sheet.add_many("DynamicQuantizeLinear", [states], 3)
        zeros = sheet.constant(np.zeros(len(qkv.bias), np.int8))
        inputs = [levels, weight, bias, scale, scales, "", zero, zeros]
        return sheet.add("QAttention", inputs, heads, fused=True)

    def _product(self, kind: str, states: str, linear: Linear) -> str:
        sheet = self._sheet
        bias = sheet.constant(linear.bias)
        if kind in self._recipe.in_float:
            return sheet.add("Add", [sheet.add("MatMul", [states, sheet.constant(linear.weight)]), bias])
        weight, scales = self._quantized(linear)
        zeros = sheet.constant(np.zeros(len(linear.bias), np.int8))
        return sheet.add("DynamicQuantizeMatMul", [states, weight, scales, zeros, bias], fused=True)

    def _quantized(self, linear: Linear) -> tuple[str, str]:
        columns, scales = _quantize(linear.weight, self._recipe.levels, axis=0)
        return self._sheet.constant(columns), self._sheet.constant(scales[0])

    def _integers(self, value: int) -> str:
        return self._sheet.constant(np.array([value], np.int64))


def _behind(stream: Stream, linear: Linear) -> Linear:
    """`linear` as it must be to give, from the stream's feed, what it gave from the stream's true value."""
    shift = stream.offset.astype(np.float64) @ linear.weight.astype(np.float64)
    return Linear(linear.weight * stream.divisors[:, None], (linear.bias + shift).astype(np.float32))


def _with_bias(linear: Linear, offset: Weights) -> Linear:
    return Linear(linear.weight, linear.bias + offset)


def _quantize(weight: Weights, levels: int, axis: int) -> tuple[NDArray[np.int8], Weights]:
    """Symmetric: zero stays zero, and the kernels need no correction for a zero point."""
    scales = (np.abs(weight).max(axis=axis, keepdims=True) / np.float32(levels)).astype(np.float32)
    return np.rint(weight / scales).astype(np.int8), scales


def _tokens(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"])


def _single(value: int) -> TensorProto:
    return helper.make_tensor("value", TensorProto.FLOAT, [1], [float(value)])
