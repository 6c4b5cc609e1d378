"""Proxies: the Envoys that ask for configuration."""

from __future__ import annotations

from typing import Any, Union

from . import _core
from ._texts import Object, Text, dict_of


class Proxy:
    """One Envoy: which it is, not what it is sent. Immutable, for any number of threads. Snapshot.proxy makes one.

    >>> shop.proxy("shop-web/frontend").describe()["tenant"]
    'shop-control-plane/shop-mesh'
    """

    def __init__(self, core: _core.Proxy) -> None:
        self._core = core

    @property
    def raw(self) -> _core.Proxy:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten."""
        self._core.close()

    def describe(self) -> dict[str, Any]:
        """The proxy as an element of Snapshot.proxies."""
        return dict_of(self._core.describe())

    def with_flavour(self, flavour: str) -> Proxy:
        """The same proxy as "istio" (all of Istio's filters) or "envoy" (a stock Envoy)."""
        return Proxy(self._core.with_flavour(flavour))


AnyProxy = Union[Proxy, Text, Object]
