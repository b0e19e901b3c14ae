"""Kubernetes quantities in canonical form, as Go's `resource.Quantity` prints them."""

import re
from decimal import ROUND_CEILING, Decimal, localcontext

NANO = Decimal("1e-9")  # nothing smaller is kept
DIGITS = 60  # 1n to 9E, with room
_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+|)")
_BINARY = {"": 0, "Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_NAME = {power: suffix for suffix, power in _DECIMAL.items()}


def parse(text: str | int | float) -> tuple[Decimal, str]:
    """The size, and its suffix. Raises ValueError for what is no quantity."""
    found = _FORM.fullmatch(str(text).strip())
    if not found:
        raise ValueError(f"not a quantity: {text}")
    number, suffix = Decimal(found[1]), found[2]
    if suffix in _DECIMAL:
        return number.scaleb(3 * _DECIMAL[suffix]), suffix
    if suffix in _BINARY:
        return number * 1024 ** _BINARY[suffix], suffix
    return number.scaleb(int(suffix[1:])), suffix


def canonical(text: str | int | float) -> str:
    """`1000m` is `1`, `1024Mi` is `1Gi`, `0.5` is `500m`: the largest suffix that leaves a whole number."""
    with localcontext(prec=DIGITS):
        size, suffix = parse(text)
        size = size.quantize(NANO, rounding=ROUND_CEILING)
        if size == 0:
            return "0"
        if suffix.endswith("i") and abs(size) >= 1024 and size == size.to_integral():
            return _binary(int(size))
        if suffix[:1] in ("e", "E") and suffix != "E":
            return _exponent(size)
        power = max(power for power in _NAME if size.scaleb(-3 * power) % 1 == 0)
        return f"{int(size.scaleb(-3 * power))}{_NAME[power]}"


def _binary(size: int) -> str:
    power = max(power for power in _BINARY.values() if size % 1024**power == 0)
    return f"{size // 1024**power}{next(suffix for suffix, each in _BINARY.items() if each == power)}"


def _exponent(size: Decimal) -> str:
    power = max(power for power in range(-9, 19, 3) if size.scaleb(-power) % 1 == 0)
    number = int(size.scaleb(-power))
    return f"{number}e{power}" if power else str(number)
