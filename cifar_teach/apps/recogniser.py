"""From pictures to answers: the one path that both apps, ``cifar-teach predict`` and an exported Space share.

A model gives probabilities; what a visitor needs is more: the most likely classes, how sure the model is after
calibration, whether the picture may be none of the classes it knows, and where in the picture the evidence lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..backbones import BUNDLED, load_bundled
from ..config import IMAGE_SHAPE, IMAGE_SIZE
from ..evaluate import apply_temperature
from ..exceptions import CifarTeachError, ModelError, unknown_name
from ..explain import grad_cam
from ..models import SavedModel, load_model, predict
from .uploads import Picture, from_pixels

T = TypeVar("T")
THREAD = "cifar-teach-networks"

DEFAULT_MODEL = "tinynet"
"""Which of the bundled models is asked when nothing else is chosen."""


@dataclass(frozen=True)
class Answer:
    """What one model says about one picture.

    Attributes:
        model: the name of the model.
        class_names: the names of its classes, in order.
        probabilities: float32 ``(classes,)``, calibrated, sum 1.
        threshold: calibrated confidence below which the picture may be none of the classes; None when nobody has
            measured it for this model.
        keep: share of the right answers on held-out images that were above the threshold, 0 to 1.
        is_synthetic: whether the model was trained on drawn pictures, so that it knows nothing of photographs.
        size: width and height in pixels of what the model sees.
    """

    model: str
    class_names: tuple[str, ...]
    probabilities: np.ndarray
    threshold: float | None = None
    keep: float = 0.95
    is_synthetic: bool = False
    size: int = IMAGE_SIZE

    @property
    def confidence(self) -> float:
        """The largest probability, 0 to 1."""
        return float(self.probabilities.max())

    @property
    def best(self) -> str:
        """The most likely class."""
        return self.class_names[int(self.probabilities.argmax())]

    @property
    def may_be_none(self) -> bool:
        """Whether the model is less sure than it nearly always is when it is right."""
        return self.threshold is not None and self.confidence < self.threshold

    def top(self, k: int = 3) -> list[tuple[str, float]]:
        """Return the ``k`` most likely classes with their probabilities, the most likely first."""
        order = np.argsort(-self.probabilities, kind="stable")[:k]
        return [(self.class_names[index], float(self.probabilities[index])) for index in order]


def answers_of(saved: SavedModel, images: np.ndarray, name: str) -> list[Answer]:
    """Return what a model says about images it can take, with the views and the temperature its note names.

    Args:
        saved: a model with its note, from :func:`~cifar_teach.models.load_model` or
            :func:`~cifar_teach.backbones.load_bundled`.
        images: uint8 ``(n, size, size, 3)``, as :func:`~cifar_teach.preprocess.photo_to_image` makes them.
        name: what to call the model.

    Raises:
        ModelError: images of a size that the model does not take.
    """
    notes = saved.notes
    rows = predict(saved.model, images, views=notes.get("test_views", 1))
    rows = apply_temperature(rows, notes.get("temperature", 1.0)) if len(rows) else rows
    is_synthetic = bool((notes.get("data") or {}).get("is_synthetic"))
    threshold, keep = doubt_of(notes) or (None, 0.95)
    return [Answer(name, saved.class_names, row, threshold, keep, is_synthetic, images.shape[1]) for row in rows]


def doubt_of(notes: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the threshold of doubt in a model's note, and the share of right answers above it, or None.

    A note may have been edited by anyone, so what is no such number counts as missing.
    """
    doubt = notes.get("doubt")
    if not isinstance(doubt, dict):
        return None
    found = doubt.get("threshold"), doubt.get("keep")
    usable = all(type(value) in (int, float) and 0 <= value <= 1 for value in found)
    return (float(found[0]), float(found[1])) if usable else None


def input_size(saved: SavedModel) -> int:
    """Return the width and height in pixels of the images a model takes; 32 when it takes any."""
    return saved.model.input_shape[1] or IMAGE_SIZE


@dataclass
class Recogniser:
    """Several models that answer about the same pictures. Models are loaded by :meth:`warm_up`, or when first asked.

    One object serves all visitors of an app: models are loaded once, and everything is computed in one thread of its
    own. So the pictures of several visitors are computed one after the other and memory does not grow with their
    number; nor with the threads that servers start for every click, for each of which TensorFlow would keep buffers.

    Attributes:
        files: the models by the names a visitor chooses from; the path of a ``.keras`` or ``.h5`` file, or None for a
            model that comes with the package.
    """

    files: Mapping[str, Path | None]
    _loaded: dict[str, SavedModel] = field(default_factory=dict, init=False, repr=False)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, THREAD), init=False, repr=False)

    @property
    def names(self) -> list[str]:
        """The names of all models."""
        return list(self.files)

    @property
    def default(self) -> list[str]:
        """The names of the models that are chosen at first, one's own or else the best of the package."""
        own = [name for name, path in self.files.items() if path is not None]
        return own[:1] or [DEFAULT_MODEL if DEFAULT_MODEL in self.files else self.names[0]]

    def position(self, name: str) -> int:
        """Return the place of a model in the list; a name that is not there comes last."""
        return self.names.index(name) if name in self.files else len(self.files)

    def load(self, name: str) -> SavedModel:
        """Return a model with its note.

        Raises:
            ModelError: there is no model of that name, or its file cannot be used.
        """
        if name not in self.files:
            raise ModelError(unknown_name("model", name, self.files))

        def loaded() -> SavedModel:
            if name not in self._loaded:
                path = self.files[name]
                self._loaded[name] = load_bundled(name) if path is None else load_model(path)
            return self._loaded[name]

        return self._compute(loaded)

    def _compute(self, task: Callable[[], T]) -> T:
        """Run a task in the thread of this object, and return or raise what it does."""
        return self._worker.submit(task).result()

    def warm_up(self) -> None:
        """Load every model and let each answer, so that the first visitor does not wait.

        Each answers about one picture and then about two: after that TensorFlow has a graph for any number of pictures,
        and the first upload of several is not the one for which it is made.

        Raises:
            ModelError: the file of a model cannot be used.
        """
        for name in self.names:
            picture = from_pixels(np.full((*IMAGE_SHAPE[:2], 3), 128, np.uint8), "warm-up", self.sizes([name]))
            self.evidence([picture], self.recognise([picture], [name]))
            self.recognise([picture, picture], [name])

    def sizes(self, names: Sequence[str]) -> set[int]:
        """Return the widths of the images that these models take; pictures are to be read at all of them."""
        return {input_size(self.load(name)) for name in names}

    def recognise(self, pictures: Sequence[Picture], names: Sequence[str]) -> list[list[Answer]]:
        """Return what the chosen models say: for each picture one :class:`Answer` of each model, in order.

        Args:
            pictures: pictures that were read at the sizes these models take (:meth:`sizes`).
            names: models to ask.

        Raises:
            CifarTeachError: no model was chosen, or one that does not exist or cannot be loaded.
        """
        if not names:
            raise CifarTeachError("No model is chosen. Choose at least one.")
        columns = []
        for name in names if pictures else ():
            saved = self.load(name)
            batch = np.stack([picture.images[input_size(saved)] for picture in pictures])
            columns.append(self._compute(partial(answers_of, saved, batch, name)))
        return [[column[row] for column in columns] for row in range(len(pictures))]

    def evidence(
        self, pictures: Sequence[Picture], answers: Sequence[Sequence[Answer]]
    ) -> list[dict[str, np.ndarray | None]]:
        """Return for each answer where in the picture its model sees evidence for its best class (Grad-CAM).

        Args:
            pictures: the pictures that were asked about.
            answers: what :meth:`recognise` returned for them.

        Returns:
            For each picture float32 ``(size, size)`` in 0..1 by the name of the model; None for a model that cannot
            be followed layer by layer.
        """
        found: list[dict[str, np.ndarray | None]] = [{} for _ in pictures]
        for column in zip(*answers, strict=True):
            name = column[0].model
            saved = self.load(name)
            batch = np.stack([picture.images[input_size(saved)] for picture in pictures])
            classes = np.array([int(answer.probabilities.argmax()) for answer in column])
            try:
                explain = partial(grad_cam, saved.model, batch, class_index=classes)
                maps: Sequence[np.ndarray | None] = list(self._compute(explain))
            except ModelError:
                maps = [None] * len(pictures)
            for each, heat in zip(found, maps, strict=True):
                each[name] = heat
        return found


def choose_models(own: Sequence[str | Path] = (), *, bundled: Sequence[str] = BUNDLED) -> dict[str, Path | None]:
    """Return the models of an app by name: the files given, then those that come with the package.

    A file is called by its name without the ending; two of the same name also by their folder.

    Args:
        own: paths of ``.keras`` or ``.h5`` files; the name of a bundled model is allowed, too, and then only the
            models named are offered.
        bundled: models of the package that are offered when no bundled one is named in ``own``.

    Raises:
        ModelError: a file that does not exist or is no model file, or no model at all.
    """
    named = [str(entry) for entry in own if str(entry) in BUNDLED]
    paths = [Path(entry).expanduser() for entry in own if str(entry) not in BUNDLED]
    chosen: dict[str, Path | None] = {}
    for path in paths:
        if path.suffix not in (".keras", ".h5"):
            raise ModelError(
                f"'{path}' is neither a .keras or .h5 file nor one of {', '.join(BUNDLED)}, the models of the package."
            )
        if not path.is_file():
            raise ModelError(f"There is no model file '{path}'. Check the path.")
        same = sum(other.stem == path.stem for other in paths) > 1 or path.stem in BUNDLED or path.stem == "model"
        name = f"{path.parent.name}/{path.stem}" if same and path.parent.name else path.stem
        while name in chosen:
            name += "'"
        chosen[name] = path
    chosen |= {name: None for name in (named or bundled)}
    if not chosen:
        raise ModelError("There is no model to offer. Name a .keras file or a model of the package.")
    return chosen
