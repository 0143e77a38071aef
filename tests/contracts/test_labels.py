"""Inference against labels made by eye: the floor below which no rule may fall."""

from __future__ import annotations

import pytest
from labels import FOLDER, Rate, measures, misses, pairs

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the development documents are not beside this checkout")

FLOOR = {
    "precision of list": 0.98,
    "precision of read": 0.98,
    "precision of create": 0.97,
    "precision of update": 0.97,
    "precision of delete": 0.98,
    "recall of list": 0.98,
    "recall of read": 0.98,
    "recall of create": 0.98,
    "recall of update": 0.97,
    "recall of delete": 0.98,
    "id": 0.96,
    "paging": 0.94,
    "envelope": 0.99,
}


@pytest.fixture(scope="module")
def found() -> dict[str, Rate]:
    return measures(list(pairs()))


@pytest.mark.parametrize(("name", "floor"), FLOOR.items())
def test_a_measure_is_above_its_floor(found: dict[str, Rate], name: str, floor: float) -> None:
    assert found[name].all > 40
    assert found[name].share >= floor, found[name]


def test_few_operations_are_read_otherwise_than_they_are_labelled() -> None:
    assert len(misses(list(pairs()))) <= 5
