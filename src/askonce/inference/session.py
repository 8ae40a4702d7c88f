"""onnxruntime, set up as every model here runs: in the thread that asked, exactly, and without spinning."""

import os
import platform
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Inputs: TypeAlias = dict[str, NDArray[np.int64]]


class Session:
    """A model that is run by several threads at once."""

    def __init__(self, model: bytes) -> None:
        options = onnxruntime.SessionOptions()
        # A text runs in the thread that asked, and nothing spins: the cores are for other texts (0005, "The
        # pool").
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not multiplies_int8_exactly():
            options.add_session_config_entry("session.x64quantprecision", "1")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, inputs: Inputs) -> NDArray[np.float32]:
        """The model's one output."""
        (output,) = self._session.run(None, inputs)
        return np.asarray(output, np.float32)


def multiplies_int8_exactly() -> bool:
    """False on an x86 processor without VNNI, or where we can not tell.

    There onnxruntime's fast product saturates, and vectors differ (cosine 0.9967) from those that another
    machine made of the same text. The precise product gives the same ones everywhere, in twice the time:
    docs/decisions/0004.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def cores() -> int:
    """The cores that this process may use, where the system tells; a container's quota is not seen."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
