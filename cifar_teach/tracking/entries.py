"""What several steps of the store need: finding a row, entering a data set once, a sign of life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Provenance
from .problems import TrackingError
from .provenance import now
from .schema import table

if TYPE_CHECKING:
    from sqlalchemy import Connection


def row_of(connection: Connection, name: str, key: str, value: int) -> Mapping[str, Any]:
    """Return the row of table ``name`` whose column ``key`` is ``value``.

    Raises:
        TrackingError: there is none.
    """
    found = table(name)
    row = connection.execute(found.select().where(found.c[key] == value)).mappings().first()
    if row is None:
        what = {"Runs": "run", "Model_Info": "model"}.get(name, name)
        raise TrackingError(
            f"There is no {what} {value} in this database; `cifar-teach runs list` shows what there is."
        )
    return row


def labels_of(connection: Connection, dataset_id: int) -> np.ndarray:
    """Return the true classes of a data set's test images, int64 ``(n,)``."""
    images = table("Test_Images")
    chosen = images.select().with_only_columns(images.c.label).where(images.c.dataset_id == dataset_id)
    return np.array(connection.scalars(chosen.order_by(images.c.image_index)).all(), dtype=np.int64)


def sign_of_life(connection: Connection, run_id: int) -> None:
    """Note that a run is still being written."""
    runs = table("Runs")
    connection.execute(runs.update().where(runs.c.run_id == run_id).values(seen_utc=now()))


def enter_dataset(connection: Connection, data: Provenance, class_names: Sequence[str], test_labels: np.ndarray) -> int:
    """Return the key of the data set, entering it with its classes and test images when it is new."""
    datasets = table("Datasets")
    same = (
        (datasets.c.checksum == data.checksum)
        & (datasets.c.train_size == data.train_size)
        & (datasets.c.test_size == data.test_size)
        & (datasets.c.subset_seed == data.subset_seed)
    )
    known = connection.execute(datasets.select().where(same)).mappings().first()
    if known is not None:
        return known["dataset_id"]
    if len(test_labels) != data.test_size:
        raise TrackingError(
            f"The data set says that it has {data.test_size:,} test images, but {len(test_labels):,} labels came."
        )
    row = {
        "name": data.name, "kind": data.kind, "is_synthetic": int(data.is_synthetic), "checksum": data.checksum,
        "train_size": data.train_size, "test_size": data.test_size, "subset_seed": data.subset_seed,
        "num_classes": len(class_names),
    }  # fmt: skip
    key = connection.execute(datasets.insert().values(row)).inserted_primary_key[0]
    classes = [{"dataset_id": key, "class_index": i, "class_name": name} for i, name in enumerate(class_names)]
    connection.execute(table("Classes").insert(), classes)
    images = [{"dataset_id": key, "image_index": i, "label": int(label)} for i, label in enumerate(test_labels)]
    connection.execute(table("Test_Images").insert(), images)
    return key
