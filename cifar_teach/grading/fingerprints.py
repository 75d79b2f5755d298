"""Fingerprints of an answer: which short runs of tokens it is made of, without names, comments, layout and texts.

Method: winnowing, S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003. Every run of ``K`` tokens is hashed, and of each ``WINDOW`` hashes in a row the smallest is kept. Two
answers that share ``K + WINDOW - 1`` tokens in a row then share a fingerprint, wherever those stand.
"""

from __future__ import annotations

import builtins
import keyword
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

K = 9
"""Tokens of code in a hashed run: shorter ones also occur by chance."""
K_TEXT = 5
"""Words of prose in a hashed run."""
WINDOW = 4
MAX_CHARS = 60_000
"""An answer is a few lines; of a longer one only the beginning is compared."""

TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"(?:\\.|(?!\"\"\").)*(?:\"\"\"|\Z)|'''(?:\\.|(?!''').)*(?:'''|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))
    |(?P<number>(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?))
    |(?P<name>[^\W\d]\w*)
    |(?P<newline>\n)
    |(?P<joined>\\\n)
    |(?P<space>[^\S\n]+)
    |(?P<operator>\*\*=?|//=?|<<=?|>>=?|[-+*/%@&|^=<>!:]=|->|.)""",
    re.VERBOSE | re.DOTALL,
)
WORD = re.compile(r"\w+")
KEPT = frozenset(keyword.kwlist) | {name for name in dir(builtins) if not name.startswith("_")}
OPENING, CLOSING = "([{", ")]}"
MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of one answer.

    Attributes:
        hashes: ``uint64 (n,)``, in the order in which they stand.
        first_line, last_line: ``int64 (n,)``, lines of the answer, from 0, that each of them covers.
    """

    hashes: np.ndarray
    first_line: np.ndarray
    last_line: np.ndarray


def fingerprints(answer: str, *, prose: bool = False) -> Fingerprints:
    """Return the fingerprints of an answer in Python, or in words when it is ``prose``; it need not be valid Python."""
    tokens, places = _tokens(answer, prose)
    size = K_TEXT if prose else K
    hashes = _run_hashes(tokens, size)
    chosen = _winnow(hashes)
    lines = np.asarray(places, dtype=np.int64)
    if len(chosen) == 0:
        return Fingerprints(hashes, chosen, chosen)
    return Fingerprints(hashes[chosen], lines[chosen], lines[chosen + size - 1])


def all_runs(text: str, *, prose: bool = False) -> np.ndarray:
    """Return the hashes of every run of tokens, ``uint64 (n,)``: what is given may be anywhere in an answer."""
    tokens, _ = _tokens(text, prose)
    return _run_hashes(tokens, K_TEXT if prose else K)


def _tokens(text: str, prose: bool) -> tuple[list[str], list[int]]:
    text = text[:MAX_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    if not prose:
        return code_tokens(text)
    found = [(match[0].casefold(), match.start()) for match in WORD.finditer(text)]
    ends = np.flatnonzero(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4") == 10)
    return [word for word, _ in found], np.searchsorted(ends, [start for _, start in found]).tolist()


def code_tokens(text: str) -> tuple[list[str], list[int]]:
    """Return the tokens of Python code, made comparable, and the line of each, from 0.

    Names that a student may choose become ``N``, so renaming changes nothing; keywords, builtins, attributes (after a
    dot) and names of arguments (before ``=`` in a call) stay. Strings become ``S``; comments, blank lines, docstrings,
    indentation and imports are left out. ``x += 1`` is written out as ``x = x + 1`` where ``x`` is a plain name.
    """
    tokens: list[str] = []
    lines: list[int] = []
    line, depth, begins, importing = 0, 0, True, False
    matches = [match for match in TOKEN.finditer(text) if match.lastgroup not in ("comment", "space")]
    for index, match in enumerate(matches):
        kind, piece = match.lastgroup, match[0]
        here, line = line, line + piece.count("\n")
        if kind == "joined":
            continue
        if kind == "newline":
            if not depth:
                begins, importing = True, False
            continue
        following = matches[index + 1][0] if index + 1 < len(matches) else "\n"
        if begins and kind == "string" and following == "\n":
            continue  # a docstring
        importing = importing or (begins and piece in ("import", "from"))
        begins = False
        depth = max(0, depth + (piece in OPENING) - (piece in CLOSING))
        if importing:
            continue
        if (
            kind == "operator"
            and len(piece) > 1
            and piece.endswith("=")
            and piece not in ("==", "!=", "<=", ">=", ":=")
        ):
            plain = tokens[-1:] == ["N"] and tokens[-2:-1] != ["."]
            parts = ["=", "N", piece[:-1]] if plain else [piece]
        elif kind == "string":
            parts = ["S"]
        elif kind == "name" and piece not in KEPT and tokens[-1:] != ["."] and not (depth and following == "="):
            parts = ["N"]
        else:
            parts = [piece]
        tokens += parts
        lines += [here] * len(parts)
    return tokens, lines


@lru_cache(maxsize=50_000)
def _code_of(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) * 0x1_0000_01B3 & 0xFFFF_FFFF_FFFF_FFFF


def _run_hashes(tokens: list[str], size: int) -> np.ndarray:
    if len(tokens) < size:
        return np.zeros(0, dtype=np.uint64)
    codes = np.array([_code_of(token) for token in tokens], dtype=np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(codes, size)
    hashes = np.zeros(len(runs), dtype=np.uint64)
    for column in range(size):
        # The mixing of splitmix64, so that the smallest hash is a fair choice among the runs.
        hashes = (hashes ^ runs[:, column]) * MIX
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _winnow(hashes: np.ndarray) -> np.ndarray:
    """Return where the fingerprints are: of each window the smallest hash, of equal ones the last."""
    if len(hashes) == 0:
        return np.zeros(0, dtype=np.int64)
    width = min(WINDOW, len(hashes))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, width)
    last_smallest = width - 1 - windows[:, ::-1].argmin(axis=1)
    return np.unique(np.arange(len(windows)) + last_smallest)
