"""The test runner keeps to the markers that tests/markers.py sets."""

import os

import pytest


@pytest.mark.xdist_group("here")
def test_a_group_runs_on_one_worker(request: pytest.FixtureRequest) -> None:
    """pytest-xdist sees the group: it puts it at the end of the test's id, and distributes by that."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@here")
