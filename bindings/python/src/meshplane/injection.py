"""Sidecars: who gets one, why, the patch, and out again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from . import _core
from .snapshot import Snapshot

Manifests = Union[str, bytes, Mapping[str, Any], Sequence[Mapping[str, Any]]]


def _text(manifests: Manifests) -> tuple[Union[str, bytes], bool]:
    """The text of manifests, and whether they came as objects."""
    if isinstance(manifests, (str, bytes)):
        return manifests, False
    if isinstance(manifests, Mapping):
        manifests = [manifests]
    return "\n---\n".join(json.dumps(each) for each in manifests), True


class Injector:
    """The settings of every control plane of a snapshot, read once; for any number of threads.

        injector = meshplane.Injector(store.snapshot())
        injector.apply(deployment)["documents"]      # a dict goes in, dicts come out
        injector.review(request.body, request.path)  # bytes of an AdmissionReview in and out

    Options are those of mesh_injector_new: values, meshConfig, injectorConfig (texts), revision, nativeSidecars, …
    """

    def __init__(self, snapshot: Optional[Snapshot] = None, *, previous: Optional[Injector] = None,
                 **options: Any) -> None:
        self._core = _core.Injector(None if snapshot is None else snapshot._core,
                                    json.dumps(options) if options else "",
                                    None if previous is None else previous._core)

    def __enter__(self) -> Injector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten."""
        self._core.close()

    def diagnostics(self) -> list[dict[str, Any]]:
        """What is wrong with the settings."""
        return json.loads(self._core.diagnostics())

    def review(self, review: Union[str, bytes, Mapping[str, Any]],
               path: str = "/inject") -> Union[bytes, dict[str, Any]]:
        """The answer to an AdmissionReview: bytes for bytes, a dict for a dict."""
        if isinstance(review, Mapping):
            return json.loads(self._core.review(json.dumps(review), path))
        return self._core.review(review, path)

    def apply(self, manifests: Manifests, *, file: str = "", namespace: str = "") -> dict[str, Any]:
        """Manifests injected: of a text "manifests" is the text, of objects "documents" are the objects."""
        text, objects = _text(manifests)
        options = {"namespace": namespace, "output": "documents" if objects else "text"}
        return json.loads(self._core.apply(text, file, json.dumps(options)))

    def explain(self, namespace: str, name: str) -> dict[str, Any]:
        """Why a pod, or the pods of a workload, get a sidecar or none."""
        return json.loads(self._core.explain(namespace, name))

    def matrix(self) -> dict[str, Any]:
        """Who injects which workload, and what decides."""
        return json.loads(self._core.matrix())


def uninject(manifests: Manifests, *, file: str = "") -> dict[str, Any]:
    """Manifests without what injection put in, in the form that they came in."""
    text, objects = _text(manifests)
    return json.loads(_core.uninject(text, file, json.dumps({"output": "documents" if objects else "text"})))


def cni_networks_merge(annotation: str, network: str, **options: Any) -> dict[str, Any]:
    """A value of k8s.v1.cni.cncf.io/networks with a network added; options: podNamespace, overwrite."""
    return json.loads(_core.cni_networks_merge(annotation, network, json.dumps(options) if options else ""))
