"""What a store makes of objects, readable or not, and whom it tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubeclient.resources import Json, Key, key_of
from kubeclient.store import Store

Told = list[tuple[str, int | None, int | None]]


def obj(name: str, size: object, *, version: int = 1, uid: str = "u") -> Json:
    return {"metadata": {"name": name, "uid": uid, "resourceVersion": str(version)}, "size": size}


def read(thing: Json) -> int:
    return int(thing["size"])


def store() -> tuple[Store[int], Told]:
    """One that reads sizes, and what it tells."""
    made, told = Store(read), Told()

    def tell(key: Key, old: int | None, new: int | None) -> None:
        told.append((key[1], old, new))

    made.on_change(tell)
    return made, told


def test_changes_are_told_with_what_was() -> None:
    made, told = store()
    made.put(obj("a", 1))
    made.put(obj("a", 2, version=2))
    made.remove(("", "a"))
    assert told == [("a", None, 1), ("a", 1, 2), ("a", 2, None)]
    assert not made.objects


def test_what_is_known_already_is_not_told_again() -> None:
    made, told = store()
    for version in (1, 1, 2):
        made.put(obj("a", 1, version=version))
    made.remove(("", "other"))
    assert told == [("a", None, 1)]


def test_the_same_version_may_be_another_state_after_etcd_was_restored() -> None:
    made, told = store()
    made.put(obj("a", 1))
    made.replace([obj("a", 2)])
    assert told == [("a", None, 1), ("a", 1, 2)]


def test_another_object_of_the_name_is_a_death_and_a_birth() -> None:
    made, told = store()
    made.put(obj("a", 1))
    made.put(obj("a", 2, version=5, uid="other"))
    assert told == [("a", None, 1), ("a", 1, None), ("a", None, 2)]


def test_a_list_reveals_who_has_gone_though_nobody_said_so() -> None:
    made, told = store()
    for name in "abc":
        made.put(obj(name, 1))
    told.clear()
    made.replace([obj("b", 1), obj("c", 2, version=2), obj("d", 1)])
    assert told == [("a", 1, None), ("c", 1, 2), ("d", None, 1)]


def test_one_that_cannot_be_read_is_there_all_the_same() -> None:
    made, told = store()
    made.put(obj("a", 1))
    made.put(obj("a", "large", version=2))
    made.put(obj("b", "large"))
    assert dict(made.objects) == {("", "a"): 1}, "its last readable form"
    assert set(made.unreadable) == {("", "a"), ("", "b")}
    made.replace([obj("a", "large", version=2), obj("b", 3, version=3)])
    assert dict(made.objects) == {("", "a"): 1, ("", "b"): 3}
    assert set(made.unreadable) == {("", "a")}
    assert told == [("a", None, 1), ("b", None, 3)]


def test_one_that_cannot_be_read_can_go_and_can_be_replaced() -> None:
    made, told = store()
    made.put(obj("a", 1))
    made.put(obj("a", "large", version=2, uid="other"))
    assert told == [("a", None, 1), ("a", 1, None)], "the first one is no more, whatever the second is"
    made.put(obj("b", "large"))
    made.remove(("", "a"))
    made.replace([])
    assert not made.unreadable
    assert len(told) == 2


def test_a_handler_that_fails_keeps_nobody_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    made, told = Store(read), Told()

    def fail(*_: object) -> None:
        raise RuntimeError("its own")

    made.on_change(fail)
    made.on_change(lambda key, old, new: told.append((key[1], old, new)))
    made.put(obj("a", 1))
    assert told == [("a", None, 1)]
    assert "its own" in caplog.text


NAMES, SIZES = st.sampled_from("abc"), st.one_of(st.integers(0, 3), st.just("large"))
STEPS = st.one_of(
    st.tuples(st.just("put"), NAMES, SIZES, st.booleans()),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("replace"), st.dictionaries(NAMES, SIZES)),
)


@given(st.lists(STEPS, max_size=20))
def test_whoever_follows_what_is_told_knows_what_the_store_knows(steps: list[tuple[object, ...]]) -> None:
    """And no `old` is ever other than the last `new`."""
    made, told = store()
    truth: dict[Key, Json] = {}
    for version, step in enumerate(steps, start=1):
        match step:
            case ("put", str(name), size, bool(again)):
                old = truth.get(("", name))
                uid = old["metadata"]["uid"] if old and again else str(version)
                truth["", name] = obj(name, size, version=version, uid=uid)
                made.put(truth["", name])
            case ("remove", str(name)):
                truth.pop(("", name), None)
                made.remove(("", name))
            case ("replace", dict(sizes)):
                truth = {("", name): obj(name, size, version=version, uid=name) for name, size in sizes.items()}
                made.replace(truth.values())
    seen: dict[str, int] = {}
    for name, before, after in told:
        assert seen.pop(name, None) == before
        if after is not None:
            seen[name] = after
    assert {key[1]: value for key, value in made.objects.items()} == seen
    assert made.objects.keys() | made.unreadable.keys() == truth.keys()
    readable = {key: read(thing) for key, thing in truth.items() if isinstance(thing["size"], int)}
    assert readable.items() <= dict(made.objects).items()
    assert {key_of(thing) for thing in truth.values()} == set(truth)
