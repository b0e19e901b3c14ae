"""For all tests: a failure is reported with the logs of what it ran on."""

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
