"""An ONNX graph while it is written: nodes and constants in the order in which they were added.

Names are numbered in that order and nothing else goes into the file, so the same calls give the same bytes.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, ValueInfoProto, helper, numpy_helper

MICROSOFT = "com.microsoft"  # onnxruntime's own operators: fused and quantized ones that ONNX does not have.
OPSETS = (helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1))
IR_VERSION = (
    8  # Of ONNX 1.13, as opset 18: onnxruntime 1.20, the oldest that pyproject.toml allows, reads it.
)

Constant: TypeAlias = NDArray[np.float32] | NDArray[np.int8] | NDArray[np.int64]
Attributes: TypeAlias = Mapping[str, int | float | Sequence[int] | TensorProto]


class Sheet:
    def __init__(self) -> None:
        self._graph = helper.make_graph([], "minilm", [], [])

    def constant(self, values: Constant) -> str:
        name = f"constant_{len(self._graph.initializer)}"
        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        attributes: Attributes | None = None,
        *,
        fused: bool = False,
    ) -> str:
        """A node with one output, whose name is returned. `fused` takes onnxruntime's own operator."""
        return self.add_many(operator, inputs, 1, attributes, fused=fused)[0]

    def add_many(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: int,
        attributes: Attributes | None = None,
        *,
        fused: bool = False,
    ) -> list[str]:
        name = f"{operator}_{len(self._graph.node)}"
        names = [f"{name}_{number}" for number in range(outputs)]
        node = helper.make_node(operator, inputs, names, name=name, domain=MICROSOFT if fused else None)
        node.attribute.extend(
            helper.make_attribute(key, value) for key, value in sorted((attributes or {}).items())
        )
        self._graph.node.append(node)
        return names

    def finish(self, read: Sequence[ValueInfoProto], written: ValueInfoProto, last: str) -> ModelProto:
        self._graph.input.extend(read)
        self._graph.output.append(written)
        self._graph.node.append(helper.make_node("Identity", [last], [written.name]))
        return helper.make_model(self._graph, opset_imports=OPSETS, ir_version=IR_VERSION)
