"""Events as lines for people: the time, what happened, and how it ended."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Event = Mapping[str, Any]

_RED, _YELLOW, _DIM = 31, 33, 2
_COLOURS: Final = {"error": _RED, "critical": _RED, "warning": _YELLOW}
_HIDDEN: Final = frozenset({"time", "level", "event", "traceback"})


class TerminalLines:
    """Encodes events as lines, with colours if the terminal has them."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, event: Event) -> bytes:
        show = SHOWN.get(event["event"], _other)
        colour = _COLOURS.get(event["level"])
        if colour is None and ("errors" in event or "user_errors" in event):
            colour = _YELLOW
        clock = f"{event['time'].astimezone():%H:%M:%S}"
        lines = [f"{self._in(_DIM, clock)}  {self._in(colour, show(event))}"]
        lines += [f"    {line}" for line in event.get("traceback", ())]
        return "\n".join([*lines, ""]).encode(errors="replace")

    def _in(self, colour: int | None, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and colour is not None else text


def _operation(event: Event) -> str:
    kind, name = event.get("kind", "document"), event.get("name", "(unnamed)")
    parts = [f"{kind:<12} {event['ms']:>9,.1f} ms  {name}"]
    if "user_errors" in event:
        parts.append(f"rejected: {', '.join(event['user_errors'])}")
    if "errors" in event:
        parts.append(f"{'failed' if event['level'] == 'error' else 'rejected'}: {', '.join(event['errors'])}")
    if "limit" in event:
        parts.append(f"limit: {event['limit']}")
    if event.get("slow"):
        parts.append(f"slow: {event['statements']:,} SQL statements, {event['rows']:,} rows, {event['sql_ms']:,.0f} ms")
        parts += [f"slowest: {' '.join(event['slowest_sql'].split())}"] if "slowest_sql" in event else []
    return "  ".join(parts)


def _rejected_request(event: Event) -> str:
    line = f"{'rejected':<12} {event['status']} {', '.join(event['errors'])}"
    if "origin" in event:
        return f"{line}  page of {event['origin']}; allow it with {event['setting']}={event['origin']}"
    return f"{line}  see {event['setting']}" if "setting" in event else line


def _database(event: Event) -> str:
    return f"database {event['place']}{' (new)' if event['new'] else ''}"


def _other(event: Event) -> str:
    level = "" if event["level"] == "info" else f"{event['level']}: "
    fields = " ".join(f"{name}={_plain(value)}" for name, value in event.items() if name not in _HIDDEN)
    return " ".join(f"{level}{event['event']} {fields}".split())


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


SHOWN: Final[Mapping[str, Callable[[Event], str]]] = {
    "operation": _operation,
    "rejected request": _rejected_request,
    "database": _database,
}
"""How the events of a known shape are shown, by name; of the others every field is."""
