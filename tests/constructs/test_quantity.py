"""Quantities: their size, and the spelling that the API server stores."""

import pytest

from homeground import quantity


@pytest.mark.parametrize(
    ("text", "millis"), [(2, 2000), ("2", 2000), ("500m", 500), ("1500m", 1500), ("0.5", 500), (1024, 1024000)]
)
def test_cpu_is_read_in_thousandths(text: int | str, millis: int) -> None:
    assert quantity.millicores(text) == millis


@pytest.mark.parametrize(
    ("text", "mebi"),
    [
        ("320Mi", 320),
        ("2Gi", 2048),
        ("1.5Gi", 1536),
        ("1Ti", 1048576),
        ("1Ki", 1),
        ("2048Ki", 2),
        ("1G", 954),
        ("500M", 477),
        ("1k", 1),
        ("1T", 953675),
        ("1048577", 2),
    ],
)
def test_memory_is_read_in_mebibytes_rounded_up(text: str, mebi: int) -> None:
    assert quantity.mebibytes(text) == mebi


@pytest.mark.parametrize("text", ["", "Mi", "two", "2GiB"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        quantity.mebibytes(text)


@pytest.mark.parametrize(
    ("millis", "text"), [(2000, "2"), (500, "500m"), (1500, "1500m"), (1, "1m"), (0, "0"), (100000, "100")]
)
def test_cpu_is_written_as_it_is_stored(millis: int, text: str) -> None:
    assert quantity.cpu(millis) == text


@pytest.mark.parametrize(
    ("mebi", "text"),
    [(320, "320Mi"), (1536, "1536Mi"), (2048, "2Gi"), (1048576, "1Ti"), (1049600, "1025Gi"), (1, "1Mi"), (0, "0")],
)
def test_memory_is_written_as_it_is_stored(mebi: int, text: str) -> None:
    assert quantity.memory(mebi) == text


@pytest.mark.parametrize("mebi", [1, 64, 320, 1024, 3000, 38912, 1048576])
def test_memory_that_is_written_is_read_back(mebi: int) -> None:
    assert quantity.mebibytes(quantity.memory(mebi)) == mebi
