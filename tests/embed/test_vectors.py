import numpy as np
import pytest

from askonce.embed.vectors import unit


def test_a_unit_vector_is_float32_of_length_one_and_read_only() -> None:
    vector = unit([3, 4])

    assert vector.dtype == np.float32
    assert vector.tolist() == pytest.approx([0.6, 0.8])
    assert not vector.flags.writeable


@pytest.mark.parametrize("components", [[0, 0], [1e-9, 0], [1, float("nan")], [float("inf"), 1]])
def test_components_without_a_direction_are_refused(components: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        unit(components)
