"""What commands print holds no control character of other people's text."""

from io import StringIO

import pytest
from rich.table import Table

from jobbot_gql.console import PrintableConsole, printable, printable_line

EVIL = "a\x1b]0;title\x07\x9b2J\r\x7f\u202eb"
SHOWN = "a\ufffd]0;title\ufffd\ufffd2J\ufffd\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (EVIL, SHOWN),
        ("one\ntwo\tthree", "one\ntwo\tthree"),
        ("Café 会社 👩\u200d💻 na\u00efve\u00a0x", "Café 会社 👩\u200d💻 na\u00efve\u00a0x"),
        ("\u2028\ud800\0", "\ufffd" * 3),
    ],
)
def test_printable_text(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable_line(f"{text}\n") == shown.replace("\n", "\ufffd").replace("\t", " ") + "\ufffd"


def test_a_console_keeps_its_own_colours_only() -> None:
    file = StringIO()
    console = PrintableConsole(file=file, force_terminal=True, color_system="standard", width=60)
    table = Table("value")
    table.add_row(EVIL)
    console.print(table)
    console.print(EVIL, style="red", markup=False)

    printed = file.getvalue()
    assert "\x1b[31m" in printed
    for evil in ("\x1b]0", "\x07", "\x9b", "\r", "\x7f", "\u202e"):
        assert evil not in printed
