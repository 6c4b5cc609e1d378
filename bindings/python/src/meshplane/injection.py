"""Sidecars: who gets one, why, the patch, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Union, overload

from . import _core
from ._texts import Manifests, Object, Text, dict_of, dicts_of, is_text, json_of, options_of, text_of
from .snapshot import Snapshot


class Injector:
    """The settings of every control plane of a snapshot, read once; for any number of threads.

    Options are those of mesh_injector_new: values, mesh_config, injector_config (texts: settings to use in place of the
    snapshot's), revision, native_sidecars, compliance_policy, platform, kubelet_version, cluster, network. What is unchanged of
    a previous injector is taken over.

    >>> injector = meshplane.Injector(shop)
    >>> pod = {"apiVersion": "v1", "kind": "Pod",
    ...        "metadata": {"name": "job", "namespace": "shop-web", "labels": {"sidecar.istio.io/inject": "true"}},
    ...        "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
    >>> injected = injector.apply(pod)["documents"][0]["spec"]
    >>> [each["name"] for each in injected["initContainers"] if each["name"] == "istio-proxy"]
    ['istio-proxy']
    """

    def __init__(self, snapshot: Optional[Snapshot] = None, *, previous: Optional[Injector] = None,
                 **options: Any) -> None:
        self._core: _core.Injector = _core.Injector(None if snapshot is None else snapshot.raw, options_of(options),
                                    None if previous is None else previous._core)

    def __enter__(self) -> Injector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Injector:
        return self.clone()

    @property
    def raw(self) -> _core.Injector:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten."""
        self._core.close()

    def clone(self) -> Injector:
        """A further handle of the same injector; closing one leaves the other."""
        made = Injector.__new__(Injector)
        made._core = self._core.clone()
        return made

    def diagnostics(self) -> list[dict[str, Any]]:
        """What is wrong with the settings."""
        return dicts_of(self._core.diagnostics())

    @overload
    def review(self, review: Text, path: str = ...) -> bytes: ...
    @overload
    def review(self, review: Object, path: str = ...) -> dict[str, Any]: ...

    def review(self, review: Union[Text, Object], path: str = "/inject") -> Union[bytes, dict[str, Any]]:
        """The answer to an AdmissionReview of a pod: bytes for a text or bytes, a dict for a mapping. path is that of the HTTP
        request. Whatever stands in the review, the answer is one that can be sent back.

            injector.review(request.body, request.path)
        """
        if isinstance(review, Mapping):
            return dict_of(self._core.review(json_of(review), path))
        return bytes(self._core.review(review, path))

    def apply(self, manifests: Manifests, *, file: str = "", namespace: str = "") -> dict[str, Any]:
        """Manifests injected: of a text "manifests" is the text, of objects "documents" are the objects. namespace is of those
        that name none; "messages" say of which pod why not.
        """
        options = {"namespace": namespace, "output": "text" if is_text(manifests) else "documents"}
        return dict_of(self._core.apply(text_of(manifests), file, json_of(options)))

    def explain(self, namespace: str, name: str) -> dict[str, Any]:
        """Why a pod, or the pods of a workload, get a sidecar or none.

        >>> meshplane.Injector(shop).explain("shop-web", "frontend")["text"]
        'no (policy): ServiceMeshControlPlane shop-control-plane/shop-mesh spec.proxy.injection.autoInject "disabled": ...'
        """
        return dict_of(self._core.explain(namespace, name))

    def matrix(self) -> dict[str, Any]:
        """Who injects which workload, and what decides."""
        return dict_of(self._core.matrix())


def uninject(manifests: Manifests, *, file: str = "") -> dict[str, Any]:
    """Manifests without what injection put in, in the form that they came in.

    >>> pod = meshplane.Injector(shop).apply({"apiVersion": "v1", "kind": "Pod",
    ...     "metadata": {"name": "job", "namespace": "shop-web", "labels": {"sidecar.istio.io/inject": "true"}},
    ...     "spec": {"containers": [{"name": "app", "image": "app:1"}]}})
    >>> meshplane.uninject(pod["documents"])["documents"][0]["spec"]
    {'containers': [{'name': 'app', 'image': 'app:1'}]}
    """
    options = {"output": "text" if is_text(manifests) else "documents"}
    return dict_of(_core.uninject(text_of(manifests), file, json_of(options)))


def cni_networks_merge(annotation: str, network: str, **options: Any) -> dict[str, Any]:
    """A value of k8s.v1.cni.cncf.io/networks with a network added; options: pod_namespace, overwrite.

    >>> meshplane.cni_networks_merge("team/storage", "istio-cni")["value"]
    'team/storage, istio-cni'
    """
    return dict_of(_core.cni_networks_merge(annotation, network, options_of(options)))
