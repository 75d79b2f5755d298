"""Messages between the judge and the process that holds the student's work: JSON and raw arrays, never pickle.

A frame is a fixed head (mark, length of the JSON, length of the bytes), the JSON, and the bytes of the arrays. What
comes from the sandbox is not trusted: every length is limited before anything is read, every type and shape is checked
before an array is made, and whatever does not fit raises :class:`WireError`.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks.work import Handle

HEAD = struct.Struct(">4sIQ")
MARK = b"CTW1"
MAX_JSON = 16 * 2**20
MAX_DEPTH = 24
MAX_DIMENSIONS = 16
MAX_INTEGER = 2**4096
MAX_TEXT_ARRAY = 2**24
NUMBERS = re.compile(r"[<>|]?(?:b1|[iu][1248]|f[248]|c(?:8|16))")


class WireError(Exception):
    """The other side sent something that is no proper message."""


class WireClosed(WireError):
    """The other side is gone."""


class WireTimeout(WireError):
    """No message came in time."""


def encode(value: Any, buffers: list[bytes], depth: int = 0) -> Any:
    """Return ``value`` as data for JSON; the bytes of its arrays are added to ``buffers``.

    Raises:
        WireError: it is no plain data, no handle and no function of this package.
    """
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.ndarray):
        return _encode_array(value, buffers)
    if isinstance(value, np.generic):
        return {"k": "scalar", "v": _encode_array(np.asarray(value), buffers)}
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise WireError("a number of more than a thousand digits")
        return value if abs(value) < 2**63 else {"k": "int", "v": hex(value)}
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return {"k": "complex", "v": [value.real, value.imag]}
    if isinstance(value, list):
        return [encode(each, buffers, depth + 1) for each in value]
    if isinstance(value, tuple):
        return {"k": "tuple", "v": [encode(each, buffers, depth + 1) for each in value]}
    if isinstance(value, dict):
        pairs = [[encode(each, buffers, depth + 1) for each in pair] for pair in value.items()]
        return {"k": "dict", "v": pairs}
    if isinstance(value, Handle):
        return {"k": "handle", "v": [value.number, value.type_name]}
    if callable(value):
        return {"k": "function", "v": [value.__module__, value.__qualname__]}
    raise WireError(f"a value of type {type(value).__name__}")


def _encode_array(array: np.ndarray, buffers: list[bytes]) -> dict[str, Any]:
    if array.dtype.kind == "U":
        return {"k": "texts", "s": list(array.shape), "v": [str(each) for each in array.ravel()]}
    if array.dtype.str in ("<f16", "<c32"):  # 80 bits on this machine, other numbers of bits on the next
        array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if not NUMBERS.fullmatch(array.dtype.str):
        raise WireError(f"an array of dtype {array.dtype}")
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    buffers.append(array.tobytes(order))
    return {"k": "array", "d": array.dtype.str, "s": list(array.shape), "o": order, "i": len(buffers) - 1}


def decode(
    node: Any, buffers: list[memoryview], resolve: Callable[[str, str], Any] | None = None, depth: int = 0
) -> Any:
    """Return the value that :func:`encode` wrote; ``resolve`` finds functions, without it there are none.

    Raises:
        WireError: it is not what :func:`encode` writes.
    """
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    if node is None or isinstance(node, bool | int | float):
        return node
    if isinstance(node, str):
        return _clean(node)
    if isinstance(node, list):
        return [decode(each, buffers, resolve, depth + 1) for each in node]
    try:
        return _decode_kind(node["k"], node, buffers, resolve, depth)
    except (KeyError, TypeError, ValueError, OverflowError, IndexError) as problem:
        raise WireError(f"no proper value: {type(problem).__name__}") from None


def _decode_kind(kind: str, node: dict[str, Any], buffers: list[memoryview], resolve: Any, depth: int) -> Any:
    if kind == "array":
        return _decode_array(node, buffers)
    value = node["v"]
    if kind == "scalar":
        array = decode(value, buffers, None, depth + 1)
        if not isinstance(array, np.ndarray) or array.shape:
            raise WireError("no proper number")
        return array[()]
    if kind == "texts":
        texts = [decode(each, buffers, None, depth + 1) for each in value]
        if not all(isinstance(each, str) for each in texts):
            raise WireError("texts that are none")
        # One long text among many short ones would take its length for each of them.
        if len(texts) * max(map(len, texts), default=0) > MAX_TEXT_ARRAY:
            raise WireError("an array of too much text")
        return np.array(texts, dtype=str).reshape(_shape(node["s"]))
    if kind == "int":
        if not isinstance(value, str) or len(value) > 1100:
            raise WireError("no proper number")
        return int(value, 16)
    if kind == "complex":
        return complex(*map(float, value))
    if kind == "tuple":
        return tuple(decode(each, buffers, resolve, depth + 1) for each in value)
    if kind == "dict":
        pairs = [[decode(each, buffers, resolve, depth + 1) for each in pair] for pair in value]
        if not all(isinstance(key, str | int | float | bool | None) for key, _ in pairs):
            raise WireError("a dict with keys of another kind")
        return dict(pairs)
    if kind == "handle" and isinstance(value[0], int) and isinstance(value[1], str):
        return Handle(value[0], _clean(value[1])[:80])
    if kind == "function" and resolve is not None:
        return resolve(str(value[0]), str(value[1]))
    raise WireError("a value of an unknown kind")


def _decode_array(node: dict[str, Any], buffers: list[memoryview]) -> np.ndarray:
    if not isinstance(node["d"], str) or not NUMBERS.fullmatch(node["d"]) or node["o"] not in ("C", "F"):
        raise WireError("an array of an unknown kind")
    dtype, shape, index = np.dtype(node["d"]), _shape(node["s"]), node["i"]
    if type(index) is not int or not 0 <= index < len(buffers):
        raise WireError("an array without its bytes")
    data = buffers[index]
    if math.prod(shape) * dtype.itemsize != len(data):
        raise WireError("an array whose bytes do not fit its shape")
    if dtype.kind == "b":  # any byte but 0 is True; other code may see the byte itself
        return (np.frombuffer(data, np.uint8) != 0).reshape(shape, order=node["o"])
    return np.frombuffer(data, dtype).reshape(shape, order=node["o"]).copy(order="K")


def _shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError("an array without a proper shape")
    if not all(type(side) is int and 0 <= side < 2**40 for side in shape):
        raise WireError("an array without a proper shape")
    return tuple(shape)


def _clean(text: str) -> str:
    """Return text that can be written as UTF-8: halves of characters, which JSON can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Channel:
    """One end of the connection.

    Args:
        connection: a stream socket.
        largest: bytes of the largest frame that is accepted.
        resolve: finds the functions that a message names; the judge's end has none.
    """

    def __init__(
        self, connection: socket.socket, largest: int, resolve: Callable[[str, str], Any] | None = None
    ) -> None:
        self._connection = connection
        self._largest = largest
        self._resolve = resolve

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._connection.fileno()

    def send(self, message: dict[str, Any], seconds: float | None = None) -> None:
        """Send a message: a dict with text keys.

        Raises:
            WireTimeout: the other side does not read.
            WireClosed: it is gone.
            WireError: the message holds what cannot be sent; nothing was.
        """
        buffers: list[bytes] = []
        nodes = {key: encode(value, buffers) for key, value in message.items()}
        text = json.dumps([nodes, [len(each) for each in buffers]]).encode()
        frame = b"".join([HEAD.pack(MARK, len(text), sum(map(len, buffers))), text, *buffers])
        self._connection.settimeout(seconds)
        try:
            self._connection.sendall(frame)
        except TimeoutError:
            raise WireTimeout("the message was not taken in time") from None
        except OSError as problem:
            raise WireClosed(str(problem)) from None

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Return the next message.

        Raises:
            WireTimeout: none came within ``seconds``.
            WireClosed: the other side is gone.
            WireError: it is no proper message.
        """
        end = None if seconds is None else time.monotonic() + seconds
        mark, text_length, data_length = HEAD.unpack(self._read(HEAD.size, end))
        if mark != MARK or text_length > MAX_JSON or data_length > self._largest:
            raise WireError("a frame of another kind, or too large a one")
        text = self._read(text_length, end)
        data = memoryview(self._read(data_length, end))
        try:
            nodes, lengths = json.loads(bytes(text))
            if not isinstance(nodes, dict) or not all(type(each) is int and each >= 0 for each in lengths):
                raise WireError("no message")
            if sum(lengths) != data_length:
                raise WireError("lengths that do not fit")
        except (ValueError, TypeError, RecursionError):
            raise WireError("no message") from None
        buffers, start = [], 0
        for length in lengths:
            buffers.append(data[start : start + length])
            start += length
        return {key: decode(node, buffers, self._resolve) for key, node in nodes.items()}

    def _read(self, count: int, end: float | None) -> bytearray:
        # The buffer grows with what really comes: a frame that only claims to be long costs nothing.
        content = bytearray()
        while len(content) < count:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise WireTimeout("no message came in time")
            self._connection.settimeout(left)
            try:
                piece = self._connection.recv(min(count - len(content), 2**20))
            except TimeoutError:
                raise WireTimeout("no message came in time") from None
            except OSError as problem:
                raise WireClosed(str(problem)) from None
            if not piece:
                raise WireClosed("the other side is gone")
            content += piece
        return content

    def close(self) -> None:
        """Close this end."""
        self._connection.close()
