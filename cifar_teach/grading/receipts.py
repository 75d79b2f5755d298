"""Receipts: what was graded and how, signed with the key of the course, so that nobody can change it unnoticed.

A receipt is a small JSON record. Its signature is an HMAC-SHA256 (RFC 2104) over the record in one canonical form, so
that a copy that was saved, sent and loaded again still verifies. Whoever has the key can make receipts: it proves to
the instructor, not to the world.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

from ..exceptions import CifarTeachError
from .records import Result

SCHEMA = 1
PURPOSE = b"cifar-teach receipt 1\n"
"""Stands before what is signed, so that a signature made with the same key for another purpose is worth nothing."""
KEY_BYTES = 16
CODE = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}")


def sign(result: Result, key: bytes) -> dict[str, Any]:
    """Return the receipt of a result.

    It holds whose hand-in it was, the hashes of the file and of all that decided the result, points and state of each
    question, the repairs, the isolation, the versions, and ``code``: sixteen letters and digits that a student can read
    out. No message, no name and nothing that the student wrote is in it.

    Args:
        result: what was graded.
        key: secret of the course, at least 16 bytes.

    Raises:
        CifarTeachError: the key is too short to protect anything.
    """
    record = {
        "schema": SCHEMA,
        "student": result.student,
        "exercise": result.exercise,
        "digest": result.digest,
        "key": result.key,
        "outcome": str(result.outcome),
        "points": result.points,
        "max_points": result.max_points,
        "questions": [
            {"id": each.id, "state": str(each.state), "points": each.points, "max_points": each.max_points}
            for each in result.questions
        ],
        "repairs": [{"kind": each.kind, "question": each.question} for each in result.repairs],
        "isolation": str(result.isolation),
        "submitted_at": result.submitted_at,
        "graded_at": result.graded_at,
        "versions": dict(result.versions),
    }
    signature = _signature(record, key)
    return record | {"code": short_code(signature), "signature": signature.hex()}


def verify(receipt: Any, key: bytes) -> bool:
    """Return whether ``receipt`` is one that :func:`sign` made with this key and nothing in it was changed.

    Anything that is no receipt is answered with False.

    Raises:
        CifarTeachError: the key is too short to protect anything.
    """
    _check_key(key)
    if not isinstance(receipt, dict) or receipt.get("schema") != SCHEMA:
        return False
    record = {name: value for name, value in receipt.items() if name not in ("code", "signature")}
    try:
        expected = _signature(record, key)
    except (TypeError, ValueError, RecursionError):
        return False
    # Both are compared in full, in a time that does not depend on where they differ.
    signed = hmac.compare_digest(expected.hex().encode(), str(receipt.get("signature")).encode("utf-8", "replace"))
    coded = hmac.compare_digest(short_code(expected).encode(), str(receipt.get("code")).encode("utf-8", "replace"))
    return signed and coded


def read_receipts(path: Path) -> list[dict[str, Any]]:
    """Return the receipts in a file of ``results/``, or the one that a file holds.

    Raises:
        CifarTeachError: the file cannot be read, or holds none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise CifarTeachError(f"'{path}' cannot be read ({problem}). Give a file of the folder results/.") from None
    results = content.get("results") if isinstance(content, dict) else None
    found = (
        [each.get("receipt") for each in results if isinstance(each, dict)] if isinstance(results, list) else [content]
    )
    found = [each for each in found if isinstance(each, dict)]
    if not found:
        raise CifarTeachError(f"'{path}' holds no receipt. Give a file of the folder results/.")
    return found


def short_code(signature: bytes) -> str:
    """Return the first 80 bits of a signature as ``"K7QF-2M5D-XW3A-PQ4E"``: base 32 has no letters to mix up."""
    letters = base64.b32encode(signature[:10]).decode()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def canonical(record: Any) -> bytes:
    """Return the one form of ``record`` that is signed: JSON with sorted names, no spaces, ASCII only.

    ``2`` and ``2.0`` are the same number and are written alike, because programs that pass JSON on do not keep them
    apart.

    Raises:
        TypeError, ValueError: something that JSON cannot hold.
    """
    return json.dumps(_plain(record), sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("a name in JSON is a string")
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _signature(record: dict[str, Any], key: bytes) -> bytes:
    _check_key(key)
    return hmac.new(key, PURPOSE + canonical(record), hashlib.sha256).digest()


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) < KEY_BYTES:
        raise CifarTeachError(
            f"The key of the course has {len(key)} bytes; receipts need at least {KEY_BYTES}. "
            "Use the secret file that `cifar-teach grade` made for this course."
        )
