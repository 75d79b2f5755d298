"""Copying flat networks, and finding the places where they can be split."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import ModelError

if TYPE_CHECKING:
    import keras


FEATURES = "features"
"""Name of the layer of a transfer model that holds the features the head is given."""


def copy_onto(
    inputs: keras.KerasTensor,
    model: keras.Model,
    *,
    before: Callable[[keras.KerasTensor], keras.KerasTensor] = lambda x: x,
    replace: Callable[[keras.layers.Layer], keras.layers.Layer | None] = lambda layer: None,
    name: str | None = None,
) -> keras.Model:
    """Return a copy of ``model`` with fresh weights that starts at another input.

    Args:
        inputs: what ``keras.Input`` returned; its size may differ from the one ``model`` was built for.
        model: a network with one input.
        before: what happens to the input before the first layer.
        replace: may return another layer to be used for a layer; None keeps it.
        name: of the copy.
    """
    import keras

    def copy_layer(operation):
        return replace(operation) or type(operation).from_config(operation.get_config())

    def call(operation, *args, **options):
        return operation(*(before(x) if x is inputs else x for x in args), **options)

    copy = keras.models.clone_model(model, input_tensors=inputs, clone_function=copy_layer, call_function=call)
    return keras.Model(copy.inputs[0], copy.outputs[0], name=name or model.name)


def own_weights(layer: keras.layers.Layer) -> dict[str, keras.Variable]:
    """Return the weights of a layer itself, not of layers inside it, under the keys Keras saves them by.

    What is read here is written with ``layer.load_own_variables``. Unlike ``set_weights``, it renews the constants that
    a Normalization layer derives from its weights.
    """
    store: dict = {}
    layer.save_own_variables(store)
    return store


def all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a network and the layers inside them, in an order that its copies share."""
    return [inner for layer in model.layers for inner in layer._flatten_layers()]


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Give every layer of ``target`` the weights of the layer with its name in ``source``."""
    for layer in target.layers:
        if not layer.weights:
            continue
        for theirs, ours in zip(source.get_layer(layer.name)._flatten_layers(), layer._flatten_layers(), strict=True):
            if store := own_weights(theirs):
                ours.load_own_variables(store)


def cut(model: keras.Model, layer: str) -> keras.Model:
    """Return the part of ``model`` that ends at ``layer``; the layers are shared.

    Raises:
        ModelError: there is no such layer.
    """
    import keras

    if layer not in {each.name for each in model.layers}:
        raise ModelError(
            f"The network '{model.name}' has no layer '{layer}' at its top level. Use a network of "
            "build_transfer_model or build_backbone, whose layers are all at the top level."
        )
    return keras.Model(model.inputs[0], output_in(model, model.get_layer(layer)), name=model.name)


def output_in(model: keras.Model, layer: keras.layers.Layer) -> Any:
    """Return what ``layer`` gives inside ``model``.

    A network used as a layer has an ``output`` of its own, from the time when it was built, which is another one.
    """
    calls = calls_in(model).get(id(layer), [])
    return calls[0].output_tensors[0] if len(calls) == 1 and len(calls[0].output_tensors) == 1 else layer.output


def calls_in(model: keras.Model) -> dict[int, list[Any]]:
    """Return the calls (Keras's nodes) that lead from input to output of a functional network, by id of the layer."""
    calls: dict[int, list[Any]] = {}
    waiting, known = list(model.outputs), set()
    while waiting:
        operation, number, _ = waiting.pop()._keras_history
        if (id(operation), number) not in known:
            known.add((id(operation), number))
            call = operation._inbound_nodes[number]
            calls.setdefault(id(operation), []).append(call)
            waiting += call.input_tensors
    return calls


def _functional(model: keras.Model) -> keras.Model:
    import keras

    return keras.Model(model.inputs, model.outputs, name=model.name) if isinstance(model, keras.Sequential) else model


def clean_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that everything flows through: no connection passes them by.

    ``model`` can be split exactly there. They come in the order from input to output.

    Raises:
        ModelError: the network is no functional or sequential one.
    """
    import keras

    model = _functional(model)
    if not hasattr(model, "operations"):
        raise ModelError(
            f"'{model.name}' is a subclass of keras.Model, whose connections nobody can see. Build it functionally."
        )
    operations = [each for each in model.operations if not isinstance(each, keras.layers.InputLayer)]
    calls = calls_in(model)
    last_use: dict[int, int] = {}
    for position, operation in enumerate(operations):
        for tensor in (each for call in calls[id(operation)] for each in call.input_tensors):
            last_use[id(tensor)] = position
    waiting = {id(tensor) for tensor in model.inputs}
    clean = []
    for position, operation in enumerate(operations):
        produced = [id(tensor) for call in calls[id(operation)] for tensor in call.output_tensors]
        waiting = {tensor for tensor in waiting if last_use.get(tensor, -1) > position}
        # Input to output is in order, so a layer is passed by when something older is still waited for after it.
        if not waiting and len(produced) == 1 and isinstance(operation, keras.layers.Layer):
            clean.append(operation)
        waiting |= set(produced)
    return clean


def feature_maps(model: keras.Model) -> tuple[str, ...]:
    """Return the layers whose averages are the features of a transfer model, from input to output.

    There is more than one where the averages of several blocks are joined, and none in a network of another make.
    """
    import keras

    features = next((layer for layer in model.layers if layer.name == FEATURES), None)
    averages = [features]
    if isinstance(features, keras.layers.Concatenate):
        averages = [tensor._keras_history.operation for tensor in features.input]
    if not all(isinstance(layer, keras.layers.GlobalAveragePooling2D) for layer in averages):
        return ()
    order = {operation.name: place for place, operation in enumerate(model.operations)}
    maps = sorted((layer.input._keras_history.operation.name for layer in averages), key=order.__getitem__)
    named = {layer.name for layer in model.layers}
    if not named.issuperset(maps) or not {layer.name for layer in cut(model, maps[-1]).layers}.issuperset(maps):
        return ()  # the sum of two layers without a name, or branches that do not lie one behind the other
    return tuple(maps)


def automatic_blocks(model: keras.Model) -> tuple[str, ...]:
    """Return where a network of unknown make can be split: the last clean layer of each resolution.

    Raises:
        ModelError: the network has no feature map, ``(n, height, width, channels)``.
    """
    model = _functional(model)
    if maps := feature_maps(model):  # the averages of earlier blocks pass the last ones by
        model = cut(model, maps[-1])
    maps = [(layer.name, output_in(model, layer).shape) for layer in clean_layers(model)]
    maps = [(name, shape) for name, shape in maps if len(shape) == 4]
    if not maps:
        raise ModelError(
            f"The network '{model.name}' has no layer that returns a feature map (n, height, width, channels) and "
            "that no connection passes by, so it cannot serve as a backbone."
        )
    following = [*maps[1:], None]
    return tuple(name for (name, shape), after in zip(maps, following) if after is None or after[1][1] != shape[1])
