"""For all tests: what a group shared ends with the group, and a failure is reported with the logs of what it ran on."""

from collections.abc import Generator

import pytest

LOG_LINES = 6


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test's report ends with the logs of the components that its fixtures run."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            for process in getattr(value, "processes", {}).values():
                report.sections.append((f"{process.log}", process.tail(LOG_LINES)))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """End our session fixtures with the last test of their group (`xdist_group`), which one worker runs in a row.

    Else a control plane would idle beside all that come after it, until the session ends.
    """
    yield
    if nextitem and _group(item) and _group(nextitem) != _group(item) and isinstance(item, pytest.Function):
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            for definition in definitions:
                if definition.scope in ("session", "package") and definition.baseid.startswith("tests/"):
                    definition.finish(item._request)  # type: ignore[arg-type]  # as pytest itself does


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""
