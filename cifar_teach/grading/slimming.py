"""Reads a notebook file without its outputs, however large these are.

Outputs (pictures, endless prints, the state of widgets) are never needed for grading. They are dropped from the stream
of bytes, before any of it is parsed, so that a notebook of hundreds of megabytes costs little memory.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20
MAX_FILE = 500_000_000
"""Bytes of a notebook with its outputs."""
MAX_KEPT = 16_000_000
"""Bytes of a notebook without its outputs."""
SMALL = 1_000_000
"""Files up to this size are taken as they are: JSON is parsed faster than it is searched."""

STRUCTURE = re.compile(rb'["\[\]{}]')
INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
SKIPPED = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
COLON = re.compile(rb"\s*:\s*")
DROPPED = (b"outputs", b"widgets")


@dataclass(frozen=True)
class Slimmed:
    """A notebook file without its outputs.

    Attributes:
        data: what is left, UTF-8 unless the file was small.
        digest: SHA-256 of the file, hexadecimal.
        size: bytes of the file.
        dropped: bytes of outputs that were left out while reading.
        too_large: True when the file, or what is left of it, is over the limit; ``data`` is then empty.
    """

    data: bytes
    digest: str
    size: int
    dropped: int = 0
    too_large: bool = False


def read_slim(stream: BinaryIO) -> Slimmed:
    """Read a file to its end, without outputs when it is large.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    first = b""
    while len(first) <= SMALL and (chunk := stream.read(CHUNK)):
        first += chunk
    digest.update(first)
    size = len(first)
    if size <= SMALL:
        return Slimmed(first, digest.hexdigest(), size)
    dropper, decoder = OutputDropper(), _decoder_of(first)
    chunk, too_large = first, False
    while chunk and not too_large:
        dropper.feed(decoder.decode(chunk).encode("utf-8", "replace") if decoder else chunk)
        too_large = size > MAX_FILE or len(dropper.kept) > MAX_KEPT
        chunk = stream.read(CHUNK)
        size += len(chunk)
        digest.update(chunk)
    if too_large:
        return Slimmed(b"", digest.hexdigest(), size, dropper.dropped, True)
    dropper.end()
    return Slimmed(bytes(dropper.kept), digest.hexdigest(), size, dropper.dropped, len(dropper.kept) > MAX_KEPT)


def _decoder_of(start: bytes) -> codecs.IncrementalDecoder | None:
    """Return what turns the file into text when it is UTF-16; None for UTF-8."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return codecs.getincrementaldecoder("utf-16")("replace")
    return None


class OutputDropper:
    """Copies JSON, given in chunks of bytes, and puts ``[]`` or ``{}`` in place of outputs.

    Attributes:
        kept: what was copied so far.
        dropped: how many bytes were not.
    """

    def __init__(self) -> None:
        self.kept = bytearray()
        self.dropped = 0
        self._rest = b""
        self._in_string = False
        self._key: bytes | None = None
        self._between = b""
        self._depth = 0  # of brackets inside an output; 0 outside
        self._skipping_string = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        data, position = self._rest + chunk, 0
        self._rest = b""
        while position < len(data):
            if self._depth:
                position = self._skip(data, position)
            elif self._in_string:
                position = self._copy_string(data, position)
            else:
                position = self._copy(data, position)
            if self._rest:
                return

    def end(self) -> None:
        """Take what was held back for want of a following byte."""
        if self._rest and not self._depth:
            self.kept += self._rest
        self._rest = b""

    def _copy(self, data: bytes, position: int) -> int:
        mark = STRUCTURE.search(data, position)
        stop = mark.start() if mark else len(data)
        if self._key is not None and stop - position < 100:
            self._between += data[position:stop]
        else:
            self._key = None
        self.kept += data[position:stop]
        if mark is None:
            return stop
        sign = data[stop : stop + 1]
        if sign == b'"':
            self._in_string, self._key, self._between = True, b"", b""
        elif sign in b"[{" and self._key in DROPPED and COLON.fullmatch(self._between):
            self._depth, self._key = 1, None
            self.kept += b"[]" if sign == b"[" else b"{}"
            self.dropped += 1
            return stop + 1
        else:
            self._key = None
        self.kept += sign
        return stop + 1

    def _copy_string(self, data: bytes, position: int) -> int:
        stop = INSIDE.match(data, position).end()
        piece = data[position:stop]
        self.kept += piece
        if self._key is not None:
            self._key = self._key + piece if len(self._key) + len(piece) < 20 else None
        if stop == len(data):
            return stop
        if data[stop : stop + 1] == b"\\":  # the character that it escapes is in the next chunk
            self._rest = data[stop:]
            return stop
        self.kept += b'"'
        self._in_string = False
        self._between = b""
        return stop + 1

    def _skip(self, data: bytes, position: int) -> int:
        begin = position
        if self._skipping_string:
            position = INSIDE.match(data, position).end()
            if position < len(data) and data[position : position + 1] == b'"':
                self._skipping_string = False
                position += 1
        else:
            position = SKIPPED.match(data, position).end()
            sign = data[position : position + 1]
            if sign == b'"':
                self._skipping_string = True
                position += 1
            elif sign:
                self._depth += 1 if sign in b"[{" else -1
                position += 1
        self.dropped += position - begin
        if self._skipping_string and data[position : position + 1] == b"\\" and position == len(data) - 1:
            self._rest = data[position:]
        return position
