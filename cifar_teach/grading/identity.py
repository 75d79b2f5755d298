"""Ids of students that are safe as names of files and folders, and never the same for two students."""

from __future__ import annotations

import hashlib
import re
import unicodedata

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""
MAX_LENGTH = 80
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Kinds of characters that change how a name is shown, such as those that turn its direction around."""


def safe_id(raw: str) -> str:
    """Return ``raw`` as an id that is safe in a path, in a table and in a shell.

    An id that is safe already stays as it is. Otherwise letters lose their accents, everything else becomes ``-``, and
    eight digits of a hash of ``raw`` follow, so that "Müller" and "Muller" remain two students.
    """
    if SAFE.fullmatch(raw) and not raw.endswith(".") and ".." not in raw and not RESERVED.fullmatch(raw):
        return raw
    plain = unicodedata.normalize("NFKD", raw).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^A-Za-z0-9_@.-]+", "-", plain)
    plain = re.sub(r"\.{2,}", ".", plain).strip("-_.@") or "student"
    return with_hash(plain, raw)


def with_hash(id: str, raw: str) -> str:
    """Return ``id`` with eight digits of the hash of ``raw`` behind it."""
    return f"{id[: MAX_LENGTH - 9].rstrip('-_.@')}-{digest_of(raw)}"


def digest_of(text: str) -> str:
    """Return eight hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def shown(text: str, length: int = 120) -> str:
    """Return a name from outside so that it can be shown: no control characters, no reversed writing, not too long."""
    clean = "".join("\ufffd" if unicodedata.category(each) in INVISIBLE else each for each in text)
    return clean if len(clean) <= length else f"{clean[: length // 2]}…{clean[-length // 2 :]}"


def comparable(name: str) -> str:
    """Return a person's name for comparing: ``"Schmidt, Anna"``, ``"anna  schmidt"``, ``"Anna_Schmidt"`` are equal."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(sorted(re.findall(r"\w+", plain.replace("_", " "))))


def squeezed(name: str) -> str:
    """Return a person's name as Canvas writes it in file names: family name first, letters and digits only.

    ``"Schmidt, Anna"`` and ``"Anna Schmidt"`` both give ``"schmidtanna"``.
    """
    family, comma, given = name.partition(",")
    if not comma:
        given, _, family = name.strip().rpartition(" ")
    plain = unicodedata.normalize("NFKC", family + given).casefold()
    return "".join(character for character in plain if character.isalnum())
