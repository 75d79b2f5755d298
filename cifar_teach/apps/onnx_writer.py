"""A Keras network as an ONNX file, written node by node.

Keras's own ONNX export needs tf2onnx, which does not work with NumPy 2. The networks of this course consist of a few
layers, and each is one or two ONNX operators, so the file is written here directly. A layer that is not known is
refused with its name.

Keras keeps the channels last, ONNX's convolutions want them first: the picture is turned once at the start, and turned
back where a Flatten depends on the order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import ModelError
from ..files import replacing

if TYPE_CHECKING:
    import keras

OPSET = 17
"""Version of ONNX's operators; runtimes from 2022 on know it."""
IR_VERSION = 8
INPUT, OUTPUT = "images", "probabilities"

ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu", "softmax": "Softmax"}
IDLE = ("InputLayer", "Dropout", "SpatialDropout2D", "GaussianNoise", "RandomFlip", "RandomTranslation", "Identity")
"""Layers that do nothing when a network is used."""


class _Graph:
    """The nodes and numbers written so far. Feature maps are kept as (n, channels, height, width)."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.numbers: list[Any] = []

    def constant(self, array: np.ndarray) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.numbers)}"
        self.numbers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name


def write_onnx(model: keras.Model, path: str | Path) -> Path:
    """Write a network as ONNX: input ``images`` float32 ``(n, size, size, 3)``, 0-255; output ``probabilities``.

    Args:
        model: a functional or Sequential network of the layers this module knows; nested models are walked through.
        path: a name that ends in ``.onnx``.

    Raises:
        ModelError: onnx is not installed, or the network has a layer, or an option of one, that is not known here.
    """
    try:
        from onnx import TensorProto, checker, helper
    except ImportError as problem:
        raise ModelError("ONNX is not installed. Install it with: pip install 'cifar-teach[onnx]'") from problem
    from ..explain.walk import walk

    graph = _Graph()
    example, size = _example(model)
    names: dict[int, str] = {id(example): graph.add("Transpose", INPUT, perm=[0, 3, 1, 2])}
    kept: list[Any] = [example]  # their ids must not be given to others

    def visit(layer: Any, *inputs: Any, **_: Any) -> Any:
        from ..explain.walk import call

        output = call(layer, *inputs)
        flat = [tensor for each in inputs for tensor in (each if isinstance(each, list | tuple) else [each])]
        sources = [names[id(tensor)] for tensor in flat]
        if type(layer).__name__ in IDLE:
            names[id(output)] = sources[0]
        else:
            names[id(output)] = _write(graph, layer, sources, flat)
        kept.append(output)
        return output

    result = walk(model, example, visit)
    last = names[id(result)]
    graph.nodes.append(helper.make_node("Identity", [last], [OUTPUT]))
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", size, size, 3])]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", model.output_shape[-1]])]
    whole = helper.make_graph(graph.nodes, model.name, inputs, outputs, graph.numbers)
    proto = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="cifar-teach"
    )
    checker.check_model(proto, full_check=True)
    with replacing(path) as draft:
        draft.write_bytes(proto.SerializeToString())
    return Path(path)


def _example(model: keras.Model) -> tuple[Any, int]:
    from keras import ops

    from ..config import IMAGE_SIZE

    size = model.input_shape[1] or IMAGE_SIZE
    return ops.zeros((1, size, size, 3), dtype="float32"), size


def _write(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    kind = type(layer).__name__
    writer = WRITERS.get(kind)
    if writer is None:
        raise ModelError(
            f"The layer '{layer.name}' ({kind}) cannot be written as ONNX. Known are: "
            f"{', '.join(sorted({*WRITERS, *IDLE}))}. LiteRT takes more: --to litert."
        )
    for option, expected in (("data_format", "channels_last"), ("groups", 1)):
        if getattr(layer, option, expected) not in (expected, None):
            raise ModelError(
                f"'{layer.name}' has {option}={getattr(layer, option)!r}; only {expected!r} is known here."
            )
    result = writer(graph, layer, sources, tensors)
    activation = getattr(layer, "activation", None)
    if activation is None or kind in ("Softmax", "ReLU"):
        return result
    return _activation(graph, activation.__name__, result, layer)


def _activation(graph: _Graph, name: str, source: str, layer: Any) -> str:
    if name == "linear":
        return source
    if name in ("relu6",):
        return graph.add("Clip", source, graph.constant(np.float32(0)), graph.constant(np.float32(6)))
    if name in ("silu", "swish"):
        return graph.add("Mul", source, graph.add("Sigmoid", source))
    if name not in ACTIVATIONS:
        raise ModelError(f"'{layer.name}' ends in {name}, which cannot be written as ONNX here. Use --to litert.")
    return graph.add(ACTIVATIONS[name], source, **({"axis": -1} if name == "softmax" else {}))


def _numbers(value: Any) -> np.ndarray:
    from keras import ops

    return ops.convert_to_numpy(ops.cast(value, "float32"))


def _pads(layer: Any, kernel: tuple[int, int], tensor: Any) -> list[int]:
    """Return how many zeros Keras adds before and after rows and columns, in the order of ONNX."""
    if layer.padding == "valid":
        return [0, 0, 0, 0]
    before, after = [], []
    dilation = getattr(layer, "dilation_rate", (1, 1))
    for axis in (0, 1):
        length, stride = tensor.shape[axis + 1], layer.strides[axis]
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        total = max((-(-length // stride) - 1) * stride + reach - length, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before + after


def _convolution(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    kernel = _numbers(layer.kernel).transpose(3, 2, 0, 1)
    bias = [graph.constant(_numbers(layer.bias))] if layer.use_bias else []
    return graph.add(
        "Conv", sources[0], graph.constant(kernel), *bias,
        strides=list(layer.strides), dilations=list(layer.dilation_rate),
        pads=_pads(layer, layer.kernel_size, tensors[0]),
    )  # fmt: skip


def _depthwise(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    kernel = _numbers(layer.kernel)  # (height, width, channels, multiplier)
    channels, multiplier = kernel.shape[2:]
    kernel = kernel.reshape(*kernel.shape[:2], 1, channels * multiplier).transpose(3, 2, 0, 1)
    bias = [graph.constant(_numbers(layer.bias))] if layer.use_bias else []
    return graph.add(
        "Conv", sources[0], graph.constant(kernel), *bias, group=channels,
        strides=list(layer.strides), dilations=list(layer.dilation_rate),
        pads=_pads(layer, layer.kernel_size, tensors[0]),
    )  # fmt: skip


def _dense(graph: _Graph, layer: Any, sources: list[str], _: list[Any]) -> str:
    product = graph.add("MatMul", sources[0], graph.constant(_numbers(layer.kernel)))
    return graph.add("Add", product, graph.constant(_numbers(layer.bias))) if layer.use_bias else product


def _batch_normalisation(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    mean, variance = _numbers(layer.moving_mean), _numbers(layer.moving_variance)
    factor = 1 / np.sqrt(variance.astype("float64") + layer.epsilon)
    factor = factor * _numbers(layer.gamma) if layer.scale else factor
    shift = -mean * factor + (_numbers(layer.beta) if layer.center else 0)
    return _scaled(graph, sources[0], factor, shift, tensors[0])


def _scaled(graph: _Graph, source: str, factor: Any, shift: Any, tensor: Any) -> str:
    shape = (1, -1, 1, 1) if len(tensor.shape) == 4 else (1, -1)
    factor, shift = (np.asarray(value, "float32").reshape(shape) for value in (factor, shift))
    return graph.add("Add", graph.add("Mul", source, graph.constant(factor)), graph.constant(shift))


def _rescaling(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    return _scaled(graph, sources[0], np.ravel(layer.scale), np.ravel(layer.offset), tensors[0])


def _normalization(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    mean, variance = np.ravel(_numbers(layer.mean)), np.ravel(_numbers(layer.variance))
    factor = 1 / np.maximum(np.sqrt(variance), 1e-7)
    return _scaled(graph, sources[0], factor, -mean * factor, tensors[0])


def _pooling(operator: str) -> Callable[..., str]:
    def write(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
        attributes = {"count_include_pad": 0} if operator == "AveragePool" else {}
        pads = _pads(layer, layer.pool_size, tensors[0])
        return graph.add(
            operator,
            sources[0],
            kernel_shape=list(layer.pool_size),
            strides=list(layer.strides),
            pads=pads,
            **attributes,
        )

    return write


def _global_pooling(operator: str) -> Callable[..., str]:
    def write(graph: _Graph, layer: Any, sources: list[str], _: list[Any]) -> str:
        pooled = graph.add(operator, sources[0])
        return pooled if layer.keepdims else graph.add("Flatten", pooled)

    return write


def _flatten(graph: _Graph, _: Any, sources: list[str], tensors: list[Any]) -> str:
    source = sources[0]
    if len(tensors[0].shape) == 4:
        source = graph.add("Transpose", source, perm=[0, 2, 3, 1])  # the order in which Keras flattens
    return graph.add("Flatten", source)


def _plain(operator: str, **attributes: Any) -> Callable[..., str]:
    def write(graph: _Graph, _: Any, sources: list[str], __: list[Any]) -> str:
        if len(sources) < 2:
            return graph.add(operator, sources[0], **attributes)
        result = sources[0]
        for other in sources[1:]:
            result = graph.add(operator, result, other, **attributes)
        return result

    return write


def _relu(graph: _Graph, layer: Any, sources: list[str], _: list[Any]) -> str:
    if layer.threshold:
        raise ModelError(f"'{layer.name}' is a ReLU with a threshold, which cannot be written as ONNX here.")
    slope, top = layer.negative_slope, layer.max_value
    result = graph.add("LeakyRelu", sources[0], alpha=float(slope)) if slope else graph.add("Relu", sources[0])
    return result if top is None else graph.add("Min", result, graph.constant(np.float32(top)))


def _padding(graph: _Graph, layer: Any, sources: list[str], _: list[Any]) -> str:
    (top, bottom), (left, right) = layer.padding
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return graph.add("Pad", sources[0], graph.constant(pads))


def _resizing(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    plain = layer.interpolation == "bilinear" and not getattr(layer, "crop_to_aspect_ratio", False)
    if not plain or getattr(layer, "pad_to_aspect_ratio", False):
        raise ModelError(f"'{layer.name}' resizes in a way that cannot be written as ONNX here; only bilinear can.")
    sizes = np.array([1, tensors[0].shape[-1], layer.height, layer.width], np.float32)
    scales = sizes / np.array([1, tensors[0].shape[-1], *tensors[0].shape[1:3]], np.float32)
    nothing = graph.constant(np.array([], np.float32))
    return graph.add(
        "Resize", sources[0], nothing, graph.constant(scales),
        mode="linear", coordinate_transformation_mode="half_pixel",
    )  # fmt: skip


def _joined(graph: _Graph, layer: Any, sources: list[str], tensors: list[Any]) -> str:
    last = len(tensors[0].shape) - 1
    if layer.axis not in (-1, last):
        raise ModelError(f"'{layer.name}' joins along axis {layer.axis}; only the channels are known here.")
    return graph.add("Concat", *sources, axis=1)


def _as_it_is(_: _Graph, __: Any, sources: list[str], ___: list[Any]) -> str:
    return sources[0]


WRITERS: dict[str, Callable[..., str]] = {
    "Activation": _as_it_is,  # what follows is its activation
    "Add": _plain("Add"),
    "AveragePooling2D": _pooling("AveragePool"),
    "BatchNormalization": _batch_normalisation,
    "Concatenate": _joined,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pooling("GlobalAveragePool"),
    "GlobalMaxPooling2D": _global_pooling("GlobalMaxPool"),
    "MaxPooling2D": _pooling("MaxPool"),
    "Multiply": _plain("Mul"),
    "Normalization": _normalization,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Resizing": _resizing,
    "Softmax": _plain("Softmax", axis=-1),
    "ZeroPadding2D": _padding,
}
"""What writes each layer, by the name of its class."""
