"""What the terminal shows: headings, tables, bars and check marks.

Colour only on a terminal (and never with NO_COLOR set); plain ASCII where the output is not UTF-8,
so that a log file stays readable.
"""

from __future__ import annotations

import os
import re
import sys

_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34",
            "magenta": "35", "cyan": "36"}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(text: str, colour: str) -> str:
    """The text in a colour, or as it is where colours are not wanted."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if _coloured() else text


def _width(text: str) -> int:
    return len(_ESCAPE.sub("", text))


def line(text: str = "") -> None:
    print(text, flush=True)


def heading(text: str) -> None:
    """Opens a chapter."""
    rule = ("─" if _unicode() else "-") * max(4, 76 - len(text))
    line()
    line(f"{paint(text, 'bold')} {paint(rule, 'dim')}")


def note(text: str) -> None:
    line(paint("  " + text, "dim"))


def bar(share: float, width: int = 30, colour: str = "cyan") -> str:
    """A horizontal bar for a share between 0 and 1."""
    full = round(share * width)
    on, off = ("█", "░") if _unicode() else ("#", ".")
    return paint(on * full, colour) + paint(off * (width - full), "dim")


def table(head: list[str], rows: list[list[object]], right: tuple[int, ...] = ()) -> None:
    """A table with a header line; columns listed in `right` are set flush right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max([len(head[i])] + [_width(row[i]) for row in cells]) for i in range(len(head))]

    def pad(text: str, column: int) -> str:
        space = " " * (widths[column] - _width(text))
        return space + text if column in right else text + space

    line("  " + "  ".join(paint(pad(text, i), "dim") for i, text in enumerate(head)).rstrip())
    for row in cells:
        line("  " + "  ".join(pad(text, i) for i, text in enumerate(row)).rstrip())


class Checks:
    """Counts what was as expected and what was not, and says so in the moment it is known."""

    def __init__(self) -> None:
        self.passed = 0
        self.failures: list[str] = []

    def expect(self, fact: str, holds: bool, otherwise: object = "") -> bool:
        """Shows `fact` with a mark; `otherwise` tells what was seen instead when it fails."""
        good, bad = ("✓", "✗") if _unicode() else ("ok", "FAILED")
        if holds:
            self.passed += 1
            line(f"  {paint(good, 'green')} {fact}")
        else:
            self.failures.append(fact)
            line(f"  {paint(bad, 'red')} {fact}  {paint(f'(seen: {otherwise})', 'red')}")
        return holds

    def closing_line(self) -> str:
        return f"{self.passed} passed, {len(self.failures)} failed"
