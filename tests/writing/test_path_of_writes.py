"""A write passes few files: whoever reads them in order understands it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import jobbot_gql
from tests.conftest import Api
from tests.rows import new_job

PACKAGE = Path(jobbot_gql.__file__).parent
MAX_FILES = 12


def watching(found: list[Path]) -> Callable[[FrameType, str, Any], None]:
    """A profile function that records the files of the callers of the first INSERT, from the endpoint on."""

    def watch(frame: FrameType | None, event: str, argument: Any) -> None:
        sql = frame.f_locals.get("sql", "") if frame and event == "call" and frame.f_code.co_name == "fetch" else ""
        if found or "INSERT INTO applications" not in sql:
            return
        while frame is not None:
            file = Path(frame.f_code.co_filename)
            if file.is_relative_to(PACKAGE) and file not in found:
                found.append(file.relative_to(PACKAGE))
            if file == PACKAGE / "web" / "endpoint.py" and frame.f_code.co_name == "respond":
                return
            frame = frame.f_back

    return watch


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_few_files_lead_from_the_endpoint_to_the_insert(api: Api) -> None:
    await api.add(new_job(id=1))
    create = 'mutation { createApplication(input: {jobId: "Sm9iOjE"}) { application { id } userErrors { message } } }'
    found: list[Path] = []

    previous = sys.getprofile()
    sys.setprofile(watching(found))
    try:
        data = await api.data(create)
    finally:
        sys.setprofile(previous)

    files = list(dict.fromkeys(map(str, reversed(found))))
    assert data["createApplication"]["userErrors"] == []
    assert files[0].endswith("endpoint.py")
    assert "writing/entity_writer.py" in files
    assert len(files) <= MAX_FILES, files
