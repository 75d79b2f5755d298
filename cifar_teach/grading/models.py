"""Keras models as plain data: out of the student's process, past the judge as text, built again in a clean process.

In his own process a student's code can rewrite the probes that look at a model. So a model that is made of Keras's own
layers is exported (configuration, weights, what learns) and built again in a process in which no student's code has
ever run; the probes look at that one. The judge only reads the configuration (:func:`vet`) and never builds anything.

A model with a class, function or Lambda of the student's own cannot be built elsewhere. It is looked at where it is, so
what the probes say of it is what the student's process says: enough for an honest student, no proof against another.
Its points count, and the question is marked for a person (``own_word`` of
:class:`~cifar_teach.grading.records.QuestionResult`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_CONFIG = 2**21
MAX_DEPTH = 64
HOMES = {
    "keras",
    "keras.constraints",
    "keras.initializers",
    "keras.layers",
    "keras.losses",
    "keras.metrics",
    "keras.models",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.regularizers",
    "keras.src.models.functional",
}
"""Modules whose classes are built again."""
OPERATION_HOME = re.compile(r"keras\.src\.ops\.[a-z_]+")
CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_]*")
PLAIN_KINDS = {"__keras_tensor__", "__tuple__", "__ellipsis__"}
"""What Keras writes for things that are no objects."""
NOT_REBUILT = {
    *("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer", "FeatureSpace", "Pipeline"),
    *("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "Discretization", "Normalization"),
    *("Map", "Scan", "Cond", "WhileLoop", "ForiLoop", "VectorizedMap", "AssociativeScan", "Switch", "CustomGradient"),
}
"""Classes that hold functions or read files, and preprocessing that keeps its state elsewhere than in weights."""


class Foreign(Exception):
    """The object holds something that is not Keras's own."""


def vet(text: str) -> None:
    """Read a configuration and raise :class:`Foreign` unless everything in it is known and harmless to build."""
    if len(text) > MAX_CONFIG:
        raise Foreign("its configuration is too long")
    try:
        _vet(json.loads(text), 0)
    except (ValueError, RecursionError):
        raise Foreign("its configuration is damaged") from None


def _vet(node: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Foreign("its configuration is nested too deeply")
    if isinstance(node, list):
        for each in node:
            _vet(each, depth + 1)
    if not isinstance(node, dict):
        return
    if "class_name" in node:
        _vet_class(node)
    for each in node.values():
        _vet(each, depth + 1)


def _vet_class(node: dict[str, Any]) -> None:
    name, module, registered = node["class_name"], node.get("module"), node.get("registered_name")
    if not isinstance(name, str):
        raise Foreign("its configuration is damaged")
    if name in PLAIN_KINDS and module is None and registered is None:
        return
    if name == "function":
        config = node.get("config")
        own = module == "builtins" and registered in (None, "function") and isinstance(config, str)
        if not own or not FUNCTION_NAME.fullmatch(config):
            raise Foreign("it holds a function")
        return
    known = isinstance(module, str) and (module in HOMES or OPERATION_HOME.fullmatch(module))
    proper = CLASS_NAME.fullmatch(name) and name not in NOT_REBUILT
    if not known or not proper or registered not in (None, name):
        raise Foreign(f"it holds a `{name}`, which is not one of Keras's own" if proper else "it holds code")


def export(objects: list[Any]) -> list[dict[str, Any]] | None:
    """Return objects of Keras as plain data; None when one of them is of another kind.

    Each has ``config`` (text), ``weights``, ``learns`` (one flag for each weight), ``switches`` (``trainable`` of all
    layers inside) and ``shared``: at which places the weights of the first object its own are to be found, if all are.
    """
    import keras

    exported, first = [], None
    for each in objects:
        record: dict[str, Any] = {"weights": [], "learns": [], "switches": [], "shared": []}
        model = isinstance(each, keras.layers.Layer)
        if not model and not isinstance(each, str | keras.losses.Loss) and not callable(each):
            return None
        try:
            record["config"] = json.dumps(keras.saving.serialize_keras_object(each))
        except Exception:  # whatever a class of the student's own raises: it is looked at where it is
            return None
        if model:
            ids = [id(weight) for weight in each.weights]
            learns = {id(weight) for weight in each.trainable_weights}
            record["weights"] = [np.asarray(weight) for weight in each.get_weights()]
            record["learns"] = [each_id in learns for each_id in ids]
            record["switches"] = [bool(layer.trainable) for layer in each._flatten_layers()]
            first = ids if first is None else first
            if exported and ids and set(ids) <= set(first):
                record["shared"] = [first.index(each_id) for each_id in ids]
        exported.append(record)
    return exported


def rebuild(exported: list[dict[str, Any]]) -> list[Any]:
    """Build the objects again, in a process without any code of a student.

    Raises:
        Foreign: the configuration is not one that :func:`vet` lets pass.
        ValueError: it does not fit its weights.
    """
    import keras

    built: list[Any] = []
    for record in exported:
        vet(record["config"])
        config = json.loads(record["config"])
        thing = config if isinstance(config, str) else keras.saving.deserialize_keras_object(config, safe_mode=True)
        if isinstance(thing, keras.layers.Layer):
            _fill(thing, record)
            if record["shared"]:
                thing = _Inside(thing, built[0], exported[0], record)
        built.append(thing)
    return built


def _fill(model: Any, record: dict[str, Any]) -> None:
    layers = model._flatten_layers()
    if len(layers) != len(record["switches"]):
        raise ValueError("the model has another number of layers than was said")
    for layer, switch in zip(layers, record["switches"], strict=True):
        if layer.trainable != switch:
            layer.trainable = switch
    if record["weights"]:
        model.set_weights(record["weights"])
    learning = {id(weight) for weight in model.trainable_weights}
    for weight, learns in zip(model.weights, record["learns"], strict=True):
        if (id(weight) in learning) != learns:
            weight.trainable = learns


class _Inside:
    """A model that is part of another one: its weights are those of the other one, everything else is its own."""

    def __init__(self, model: Any, whole: Any, whole_record: dict[str, Any], record: dict[str, Any]) -> None:
        weights = [whole.weights[place] for place in record["shared"]]
        same = [whole_record["weights"][place] for place in record["shared"]]
        if not all(np.array_equal(one, other) for one, other in zip(same, record["weights"], strict=True)):
            raise ValueError("the weights that are said to be shared are not the same")
        self._model = model
        self.weights = weights

    def get_weights(self) -> list[np.ndarray]:
        """Return the values as they are in the whole model."""
        from keras import ops

        return [ops.convert_to_numpy(weight) for weight in self.weights]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._model(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def warm_up() -> None:
    """Run one operation, so that TensorFlow has started before the clock of a check does."""
    import keras

    keras.ops.convert_to_numpy(keras.ops.ones((1,)) + 1)


def limit_training(steps: int, in_cell: Callable[[], bool], note: Callable[[], None]) -> None:
    """Let ``fit`` end after so many steps when a cell calls it; checks may train as long as their time allows.

    Args:
        steps: how many.
        in_cell: says whether a cell is running.
        note: called when a training was ended.
    """
    import sys

    keras = sys.modules.get("keras")
    if keras is None:
        return
    full_fit = keras.Model.fit

    class Stop(keras.callbacks.Callback):
        """Ends the training after the steps that are allowed."""

        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Count."""
            self.done += 1
            if self.done >= steps and not self.model.stop_training:
                self.model.stop_training = True
                note()

    def fit(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if in_cell() and len(arguments) < 6:
            keywords["callbacks"] = [*_listed(keywords.get("callbacks")), Stop()]
        return full_fit(self, *arguments, **keywords)

    keras.Model.fit = fit


def _listed(callbacks: Any) -> list[Any]:
    """Return callbacks, which may be given as one or several, as a list."""
    if callbacks is None:
        return []
    held = getattr(callbacks, "callbacks", callbacks)
    return list(held) if isinstance(held, list | tuple) else [held]
