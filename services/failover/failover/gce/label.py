"""Labels as GCE takes them: 63 characters of a-z, 0-9, `_` and `-`; a key begins with a letter.

A Kubernetes name has dots and may be longer (defect D22 of the operator this one replaces). What does not fit is made
to fit and ends in a hash of the whole original, so two names never share a label, however they are alike.
"""

import hashlib
import re

LENGTH = 63
HASH = 10
_FOREIGN = re.compile(r"[^a-z0-9_-]")
_HASHED = re.compile(rf"_[0-9a-f]{{{HASH}}}\Z")
_LETTER = re.compile(r"[a-zA-Z]")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


def label_key(text: str) -> str:
    """The text itself if GCE takes it for a key."""
    if _KEY.fullmatch(text) and not _HASHED.search(text):
        return text
    return _fitted(text if _LETTER.match(text) else f"x{text}", text)


def label_value(text: str) -> str:
    """The text itself if GCE takes it for a value."""
    # One that looks as if hashed is hashed too, else it could be taken for what another was made into.
    return text if _VALUE.fullmatch(text) and not _HASHED.search(text) else _fitted(text, text)


def _fitted(shown: str, original: str) -> str:
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]
    stem = _FOREIGN.sub("-", shown.lower())[: LENGTH - HASH - 1]
    return f"{stem}_{digest}"
