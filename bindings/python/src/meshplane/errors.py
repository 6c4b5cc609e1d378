"""What a call that cannot be answered raises: a MeshError that is one of Python's own kinds, too.

A mistake in a configuration is no error but a diagnostic (Store.apply, Snapshot.diagnostics).
"""

from __future__ import annotations


class MeshError(Exception):
    """Any error of libmesh."""


class InvalidArgument(MeshError, ValueError):
    """An argument is outside what the call takes."""


class ParseError(MeshError, ValueError):
    """Bytes that must be well-formed are not."""


class Unsupported(MeshError, NotImplementedError):
    """Known, but not in this version."""


class InternalError(MeshError, RuntimeError):
    """A defect of the library."""


class NotFound(MeshError, LookupError):
    """The named thing does not exist."""


class Conflict(MeshError, RuntimeError):
    """The state does not allow it."""


class Timeout(MeshError, TimeoutError):
    """The time was over first."""


_BY_CODE: dict[int, type[MeshError]] = {  # the numbers of include/mesh/base.h
    1: InvalidArgument,
    2: ParseError,
    3: Unsupported,
    4: InternalError,
    5: NotFound,
    6: Conflict,
    7: Timeout,
}


def of_code(code: int) -> type[MeshError]:
    return _BY_CODE.get(code, MeshError)
