"""Child processes that never outlive the demo.

Each child leads a session of its own, so that stopping it also stops what it started, and gets a
SIGTERM from the kernel should the demo itself be killed.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded here: nothing may be imported between fork and exec


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A started program with its output in a log file."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_die_with_parent)

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        if self.running():
            _signal_group(self._process.pid, signal.SIGTERM)

    def stop(self, patience: float = 5.0) -> int:
        """Ends the child, by force once patience is over; returns its exit status."""
        self.ask_to_stop()
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        _signal_group(self._process.pid, signal.SIGKILL)  # what it may have left behind
        self._process.wait()
        return status


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


class Stage:
    """Owns the children; leaving the `with` block stops them, the last started first."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def start(self, name: str, command: list[str], log: pathlib.Path) -> Child:
        child = Child(name, command, log)
        self._children.append(child)
        return child

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            child.stop()


def wait_for(what: str, condition, child: Child | None = None, patience: float = 20.0) -> float:
    """Waits until condition() is true and returns the seconds it took.

    Raises RuntimeError with the child's last words when the child ends first, or time is up.
    """
    begin = time.monotonic()
    while not condition():
        gone = child is not None and not child.running()
        if gone or time.monotonic() - begin > patience:
            reason = "the program ended" if gone else f"not after {patience:.0f} s"
            words = f"\n{child.last_words()}" if child else ""
            raise RuntimeError(f"{what}: {reason}{words}")
        time.sleep(0.02)
    return time.monotonic() - begin
