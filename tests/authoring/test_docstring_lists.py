"""Docstrings say on the API pages what they mean: a list is whole, and no sentence is taken for a type."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cifar_teach.backbones import get_backbone
from cifar_teach.backbones.registry import ALPHAS
from cifar_teach.errors import slices
from cifar_teach.errors.slicing import GROUPS
from cifar_teach.preprocess import AUGMENTATIONS
from cifar_teach.preprocess import recipe as augmentation_recipes
from cifar_teach.train import History
from cifar_teach.train.history import COLUMNS

PACKAGE = Path(augmentation_recipes.__file__).parents[1]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(get_backbone.__doc__, ALPHAS, id="widths"),
        pytest.param(slices.__doc__, GROUPS, id="groups"),
        pytest.param(History.__doc__, COLUMNS, id="columns of a history"),
        pytest.param(
            Path(augmentation_recipes.__file__).read_text(encoding="utf-8").partition("Named recipes.")[2],
            [f"``{name}``" for name in AUGMENTATIONS],
            id="augmentations",
        ),
    ],
)
def test_nothing_is_missing(text: str, names) -> None:
    assert [name for name in names if name not in text] == []


def test_the_columns_of_the_experiment_store_are_listed(tmp_path) -> None:
    pytest.importorskip("sqlalchemy", reason="the experiment store needs it")
    from sqlalchemy import inspect

    from cifar_teach.tracking import ExperimentStore, class_metrics, confusion_matrix, epochs
    from cifar_teach.tracking.store import MEASURES

    assert [name for name in MEASURES if f"``{name}``" not in ExperimentStore.finish_model.__doc__] == []
    with ExperimentStore(f"sqlite:///{tmp_path / 'experiments.db'}") as store:
        database = inspect(store.engine)
        for function, name in (
            (epochs, "Epoch_Stats"),
            (class_metrics, "Class_Metrics"),
            (confusion_matrix, "Confusion_Matrix"),
        ):
            listed = set(re.findall(r"``(\w+)``", function.__doc__))
            assert {column["name"] for column in database.get_columns(name)} <= listed, name


def test_no_sentence_of_a_property_is_taken_for_its_type() -> None:
    """Sphinx takes what comes before a colon in the first line for the type of what comes behind it."""
    taken = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_property = isinstance(node, ast.FunctionDef) and any(
                ast.unparse(each).endswith("property") for each in node.decorator_list
            )
            if is_property and ": " in (ast.get_docstring(node) or "").partition("\n")[0]:
                taken.append(f"{path.name}: {node.name}")
    assert taken == []
