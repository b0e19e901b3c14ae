"""Kubernetes resource quantities: their size, and the one spelling the API server stores."""

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def millicores(cpu: int | str) -> int:
    """`2` and `"2"` are 2000, `"500m"` is 500."""
    text = str(cpu)
    return int(text[:-1]) if text.endswith("m") else round(float(text) * 1000)


def mebibytes(memory: str) -> int:
    """`"2Gi"` is 2048; decimal suffixes are rounded up."""
    for suffix, factor in (*_BINARY.items(), *sorted(_DECIMAL.items(), reverse=True)):
        if memory.endswith(suffix):
            size = float(memory.removesuffix(suffix)) * factor
            return -int(-size // 2**20)
    raise ValueError(f"not a quantity: {memory}")


def cpu(millis: int) -> str:
    """Canonical form: `2000` is `"2"`, `500` is `"500m"`. Any other spelling shows as drift in Argo CD."""
    return str(millis // 1000) if millis % 1000 == 0 else f"{millis}m"


def memory(mebi: int) -> str:
    """Canonical form: `2048` is `"2Gi"`, `320` is `"320Mi"`, nothing is `"0"`."""
    for suffix, factor in (("Ti", 2**20), ("Gi", 2**10)):
        if mebi % factor == 0 and mebi:
            return f"{mebi // factor}{suffix}"
    return f"{mebi}Mi" if mebi else "0"
