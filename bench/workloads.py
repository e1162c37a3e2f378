"""The operations in the form of each kind of server, and the comparison of responses."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal

import orjson
from graphql import FieldNode, OperationDefinitionNode, build_schema, parse, validate

from bench.dataset import CLAIMS, JOB_STATUS, SKILLS, Sizes
from jobbot_gql.db.sql.column_types import RATIO_DECIMALS

Dialect = Literal["jobbot", "naive", "postgraphile"]
"""The schema that an operation is written for. Hand-written servers accept jobbot-gql's requests."""
Variables = dict[str, Any]

DIFFERENT = 500
"""Number of different requests of a workload, so that servers cannot reuse the rows of the last one."""
ENUMS = {
    *("status", "responseType", "riskLevel", "size", "implementationComplexity", "contactMethod", "responseStatus"),
}


@dataclass(frozen=True)
class Workload:
    """One operation with the variables of its requests."""

    name: str
    title: str
    variables: Callable[[Sizes], list[Variables]]
    writes: bool = False
    """Each request can be sent only once: a second application to the same job is rejected."""
    computes: bool = False
    """It selects computed fields, which only jobbot-gql has."""


def _some(rows: int) -> list[Variables]:
    rng = Random("ids")  # noqa: S311 - the same requests each time
    return [{"id": rng.randint(1, rows)} for _ in range(DIFFERENT)]


def _new_applications(sizes: Sizes) -> list[Variables]:
    rng = Random("claims")  # noqa: S311 - the same requests each time
    claims = [
        {
            "claimType": kind,
            "originalExperience": f"2 years with {rng.choice(SKILLS)}",
            "claimedExperience": f"5 years with {rng.choice(SKILLS)}",
            "exaggerationMultiplier": multiplier,
        }
        for kind, multiplier, _ in CLAIMS
    ]
    return [
        {"jobId": job, "resumeVersion": "2026-10", "claims": [claims[job % 3], claims[(job + 2) % 3]]}
        for job in range(1, sizes.jobs, 2)  # jobs without an application
    ]


WORKLOADS = (
    Workload("W1", "job by id, 8 fields", lambda sizes: _some(sizes.jobs)),
    Workload(
        "W2",
        "50 jobs, filtered, ordered",
        lambda sizes: [{"status": s, "remote": r} for s in dict.fromkeys(JOB_STATUS) for r in (True, False)],
    ),
    Workload("W3", "50 applications + job, responses, claims", lambda sizes: [{}]),
    Workload("W4", "one application, whole", lambda sizes: _some(sizes.applications)),
    Workload("W5", "20 companies, opportunities, campaigns", lambda sizes: [{}]),
    Workload("W6", "as W3, 200 applications", lambda sizes: [{}]),
    Workload("W7", "create an application with two claims", _new_applications, writes=True),
    Workload("W8", "50 applications, with computed fields", lambda sizes: [{}], computes=True),
    Workload("W9", "one application, with timeline", lambda sizes: _some(sizes.applications), computes=True),
)


@cache
def documents(dialect: Dialect) -> dict[str, str]:
    """The texts of the operations in `documents/<dialect>.graphql`, by name."""
    text = (Path(__file__).parent / "documents" / f"{dialect}.graphql").read_text("utf-8")
    operations = {}
    for definition in parse(text).definitions:
        assert isinstance(definition, OperationDefinitionNode), "only operations"  # noqa: S101
        assert definition.name is not None, "with a name"  # noqa: S101
        assert definition.loc is not None  # noqa: S101
        operations[definition.name.value] = text[definition.loc.start : definition.loc.end]
    return operations


def not_served_by(sdl: str) -> set[str]:
    """Names of the workloads whose root field is not in `sdl`, the schema of jobbot-gql.

    Raises ValueError if the field exists but the operation is invalid: the document here is out of date.
    """
    schema, missing = build_schema(sdl), set()
    for name, text in documents("jobbot").items():
        document = parse(text)
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)  # noqa: S101
        (field,) = operation.selection_set.selections
        assert isinstance(field, FieldNode)  # noqa: S101
        root = schema.get_root_type(operation.operation)
        if root is None or field.name.value not in root.fields:
            missing.add(name)
        elif errors := validate(schema, document):
            raise ValueError(f"documents/jobbot.graphql, {name}: {errors[0].message}")
    return missing


def bodies(workload: Workload, dialect: Dialect, sizes: Sizes, limit: int | None = None) -> list[bytes]:
    """The bodies of the POST requests of a workload, at most `limit`."""
    return [
        orjson.dumps(
            {
                "query": documents(dialect)[workload.name],
                "operationName": workload.name,
                "variables": _spoken(variables, workload, dialect),
            }
        )
        for variables in workload.variables(sizes)[:limit]
    ]


def _spoken(variables: Variables, workload: Workload, dialect: Dialect) -> Variables:
    """The variables in the types of a dialect's schema."""
    if workload.name == "W2" and dialect != "postgraphile":
        return variables | {"status": variables["status"].upper()}
    if workload.writes and dialect == "jobbot":
        job = urlsafe_b64encode(f"Job:{variables['jobId']}".encode()).decode().rstrip("=")
        given = {"jobId": job, "resumeVersion": variables["resumeVersion"], "experienceClaims": variables["claims"]}
        return {"input": given}
    return variables


def meaning(answer: bytes, workload: Workload) -> Any:
    """A response in a form that is comparable between servers.

    A page becomes the list of its rows. Enum values are compared in upper case, times as instants, a text with a JSON
    array as that array, floats to four decimals, to which jobbot-gql rounds ratios. The id of a row that the request
    created is not compared.
    Raises ValueError if the response has errors.
    """
    parsed = json.loads(answer)
    if parsed.keys() - {"data", "extensions"}:
        raise ValueError(f"{workload.name}: {answer[:400].decode()}")
    (value,) = (_plain(parsed["data"], None)).values()
    if workload.writes:
        if "application" in value:
            if value.get("userErrors"):
                raise ValueError(f"{workload.name}: {value['userErrors']}")
            value = value["application"]
        value = value | {"databaseId": None}
        value["experienceClaims"] = [claim | {"databaseId": None} for claim in value["experienceClaims"]]
    return value


def _plain(value: Any, name: str | None) -> Any:
    match value:
        case {"nodes": rows}:
            value = _plain(rows, name)
        case dict():
            value = {key: _plain(item, key) for key, item in value.items()}
        case list():
            value = [_plain(item, None) for item in value]
        case float():
            value = round(value, RATIO_DECIMALS)
        case str() if name in ENUMS:
            value = value.upper()
        case str() if name is not None and name.endswith(("Date", "Scheduled")) and "T" in value:
            value = datetime.fromisoformat(value)
        case str() if name == "keywords":
            value = json.loads(value)
    return value


def disagreement(left: Any, right: Any, path: str = "") -> str | None:
    """The first difference of two results of `meaning`, or None. The order of fields counts."""
    if isinstance(left, dict) and isinstance(right, dict) and list(left) == list(right):
        pairs: Any = [(key, left[key], right[key]) for key in left]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = zip(range(len(left)), left, right, strict=True)
    else:
        same = left == right and isinstance(left, bool) is isinstance(right, bool) and not isinstance(left, dict | list)
        return None if same else f"at {path or 'the top'}: {_short(left)} and {_short(right)}"
    return next((found for key, a, b in pairs if (found := disagreement(a, b, f"{path}.{key}"))), None)


def _short(value: Any) -> str:
    text = f"{len(value)} rows" if isinstance(value, list) else str(list(value) if isinstance(value, dict) else value)
    return text if len(text) < 120 else f"{text[:120]}…"
