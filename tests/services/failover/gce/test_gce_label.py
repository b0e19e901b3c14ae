"""Labels that GCE takes, and that tell apart what is apart."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from failover.gce.label import label_key, label_value
from tests.doubles.gce.api_error import ApiError
from tests.doubles.gce.validation import check_instance

KEY, VALUE = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")
SHORT = st.text("aB9._-/é", max_size=6)
HASHED = st.builds(lambda stem, digest: f"{stem}_{digest * 10}", SHORT, st.sampled_from("0af"))
LONG = st.builds(lambda stem, times, end: stem * times + end, SHORT, st.integers(8, 12), SHORT)
TEXT = st.one_of(SHORT, HASHED, LONG, st.text(max_size=70))
"""Names as clusters have them, what looks as if made to fit, what is about the limit, and anything."""

UNHURRIED = settings(deadline=None)


@pytest.mark.parametrize("text", ["hybrid", "uc-k8s4p", "", "4f2d5a0c-9b7e-4e6f-8a1b-3c5d7e9f0a2b", "a" * 63, "1_a-"])
def test_a_value_that_fits_stays_as_it_is(text: str) -> None:
    assert label_value(text) == text


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("uc-k8s4p.example.org", "uc-k8s4p-example-org"),
        ("UC-K8S4P", "uc-k8s4p"),
        ("a" * 64, "a" * 52),
        ("maïs", "ma-s"),
    ],
)
def test_one_that_does_not_is_made_to_fit_with_a_hash(text: str, stem: str) -> None:
    assert re.fullmatch(rf"{re.escape(stem)}_[0-9a-f]{{10}}", label_value(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("node.a", "node-a"),
        ("node.a", "node_a"),
        ("Node", "node"),
        ("n" * 70 + "1", "n" * 70 + "2"),
        ("node.a", label_value("node.a")),
    ],
)
def test_names_that_would_collide_do_not(one: str, other: str) -> None:
    assert label_value(one) != label_value(other)


@UNHURRIED
@given(TEXT)
def test_gce_takes_whatever_comes_out(text: str) -> None:
    assert KEY.fullmatch(label_key(text))
    assert VALUE.fullmatch(label_value(text))


@UNHURRIED
@given(TEXT, TEXT)
def test_two_texts_never_share_a_label(one: str, other: str) -> None:
    assert (label_value(one) == label_value(other)) is (one == other)
    assert (label_key(one) == label_key(other)) is (one == other)


@UNHURRIED
@given(st.dictionaries(TEXT, TEXT, max_size=5))
def test_the_double_takes_them_and_refuses_what_they_were_made_from(labels: dict[str, str]) -> None:
    fitted = {label_key(key): label_value(value) for key, value in labels.items()}
    assert len(fitted) == len(labels)
    assert not complained(fitted)
    fits = all(KEY.fullmatch(key) and VALUE.fullmatch(value) for key, value in labels.items())
    assert complained(labels) is not fits


def complained(labels: dict[str, str]) -> bool:
    """Whether the double refuses an instance for its labels: the rest of this one it refuses too, but later."""
    body = {"name": "fo-1", "machineType": "zones/z-a/machineTypes/n2-standard-8", "labels": labels}
    with pytest.raises(ApiError) as caught:
        check_instance(body, "z-a", ())
    return "labels" in caught.value.message
