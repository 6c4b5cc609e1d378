"""The store: objects under change."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any, Union

from . import _core
from .snapshot import Snapshot

_SUFFIXES = {".yaml", ".yml", ".json"}


class Store:
    """Takes Kubernetes objects in any order and yields snapshots, which outlive it.

    cluster_id, cluster_domain, synthesize and mesh_config are the options of mesh_store_new.
    """

    def __init__(self, *, cluster_id: str = "Kubernetes", cluster_domain: str = "cluster.local",
                 synthesize: bool = True, mesh_config: str = "") -> None:
        options = {"clusterId": cluster_id, "clusterDomain": cluster_domain, "synthesize": synthesize}
        if mesh_config:
            options["meshConfig"] = mesh_config
        self._core = _core.Store(json.dumps(options))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees it; every later call is a ValueError."""
        self._core.close()

    def apply(self, source: Union[str, bytes, os.PathLike[str]], *, file: str = "") -> list[dict[str, Any]]:
        """Adds or replaces objects and returns the diagnostics; what can be read is applied.

        A str or bytes is a text, YAML or JSON; a pathlib.Path is a file, or a directory whose YAML and JSON
        files are taken in the order of their paths.
        """
        if not isinstance(source, os.PathLike):
            return json.loads(self._core.apply(source, file))
        found: list[dict[str, Any]] = []
        for path in _files(pathlib.Path(source)):
            found += json.loads(self._core.apply(path.read_bytes(), str(path)))
        return found

    def replace_file(self, text: Union[str, bytes], file: str) -> list[dict[str, Any]]:
        """Makes a text the only source of a file's objects; an empty text removes them."""
        return json.loads(self._core.replace_file(text, file))

    def give_text(self, url: str, text: Union[str, bytes]) -> None:
        """The text behind a URL of Snapshot.wanted_texts; an empty one takes it back."""
        self._core.give_text(url, text)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Removes one object; the namespace is empty for cluster-scoped kinds."""
        self._core.remove(kind, namespace, name)

    def snapshot(self) -> Snapshot:
        """The present state; unchanged stores give an equal revision."""
        return Snapshot(self._core.snapshot())


def _files(path: pathlib.Path) -> list[pathlib.Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
