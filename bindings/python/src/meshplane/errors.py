"""What a call that cannot be answered raises: a MeshError that is one of Python's own kinds, too.

A mistake in a configuration is no error but a diagnostic (Store.apply, Snapshot.diagnostics).
"""

from __future__ import annotations


class MeshError(Exception):
    """Any error of the library; `code` is its number in include/mesh/base.h.

    >>> try:
    ...     meshplane.Store().delete("Service", "shop", "nobody")
    ... except LookupError as error:
    ...     print(type(error).__name__, error.code, error)
    NotFound 5 there is no Service shop/nobody
    """

    code = 0


class InvalidArgument(MeshError, ValueError):
    """An argument is outside what the call takes."""

    code = 1


class ParseError(MeshError, ValueError):
    """Bytes that must be well-formed are not."""

    code = 2


class Unsupported(MeshError, NotImplementedError):
    """Known, but not in this version."""

    code = 3


class InternalError(MeshError, RuntimeError):
    """A defect of the library."""

    code = 4


class NotFound(MeshError, LookupError):
    """The named thing does not exist."""

    code = 5


class Conflict(MeshError, RuntimeError):
    """The state does not allow it."""

    code = 6


class Timeout(MeshError, TimeoutError):
    """The time was over first."""

    code = 7


_BY_CODE: dict[int, type[MeshError]] = {
    kind.code: kind
    for kind in (InvalidArgument, ParseError, Unsupported, InternalError, NotFound, Conflict, Timeout)
}


def of_code(code: int) -> type[MeshError]:
    """The class of a code; MeshError for one that a newer library has."""
    return _BY_CODE.get(code, MeshError)
