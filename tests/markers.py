"""What a test needs, as markers: `make test-fast` leaves out what needs more than SQLite and this process.

`postgresql`, `browser` and `node` follow from the fixtures that a test uses. `process` and `slow` stand on the test or
its module. A test that starts a process without any of them fails, so that the markers stay true.
"""

import sys
from typing import Any

import pytest

FROM_FIXTURES = {
    "postgres": "postgresql",
    "chromium": "browser",
    "node": "node",
    "tool": "node",
    "python": "process",
    "served_demo": "process",
}
STARTS_PROCESSES = {"postgresql", "browser", "node", "process"}
STARTING = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}
"""The audit events that are raised before a process starts."""

# Fixtures that install packages or start a browser are made once: the tests that use one run on one worker.
ONE_WORKER = ("node", "tool", "python", "chromium")


class Watch:
    """Rejects a process that a test starts without saying so."""

    running: pytest.Item | None = None

    def __call__(self, event: str, _: Any) -> None:
        if event in STARTING and self.running is not None:
            raise AssertionError(f"{self.running.nodeid} starts a process: give it the marker `process`")


watch = Watch()
sys.addaudithook(watch)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("engine") == "postgresql":
            fixtures.add("postgres")
        for name in sorted({FROM_FIXTURES[fixture] for fixture in fixtures & FROM_FIXTURES.keys()}):
            item.add_marker(name)
        group = next((FROM_FIXTURES[fixture] for fixture in ONE_WORKER if fixture in fixtures), None)
        if group:
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    allowed = any(marker.name in STARTS_PROCESSES for marker in item.iter_markers())
    watch.running = None if allowed else item
    try:
        return (yield)
    finally:
        watch.running = None
