"""Starts `mesh serve` on a copy of the shop, and one Envoy for each of its proxies."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples/shop"
sys.path.insert(0, str(SHOP / "demo"))

import customers      # noqa: E402
import envoys         # noqa: E402
import installation   # noqa: E402
import mesh           # noqa: E402
import processes      # noqa: E402


@dataclasses.dataclass
class Cluster:
    """A control plane that follows `folder`, and the Envoys it serves, by "namespace/name"."""

    mesh: mesh.Mesh
    folder: pathlib.Path
    work: pathlib.Path
    server: processes.Child
    xds: str
    http: tuple[str, int]
    proxies: list
    envoys: dict

    def sent(self, pod: str) -> dict[str, list[str]]:
        """Names of what the pod's proxy is sent now, by type."""
        resources = self.mesh.xds(self.folder, pod, self.work / "xds" / pod.replace("/", "."))
        return {kind: sorted(item["name"] for item in items) for kind, items in resources.items()}

    def page(self, path: str) -> str:
        return customers.get(self.http, "mesh", path).body


@pytest.fixture(scope="session")
def program() -> mesh.Mesh:
    prefix = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
    path = pathlib.Path(os.environ.get("MESH_PROGRAM", prefix / "bin/mesh"))
    assert path.exists(), f"there is no {path}: run make release first"
    return mesh.Mesh(path)


@pytest.fixture(scope="session")
def envoy_program() -> pathlib.Path:
    return installation.envoy(ROOT / "build/demo/venv")


@pytest.fixture(scope="session")
def proxies(program) -> list:
    return program.proxies(SHOP)


def start(stage, program, envoy_program, proxies, work, delta: bool) -> Cluster:
    folder = work / "shop"
    folder.mkdir(parents=True)
    for file in SHOP.glob("*.yaml"):
        shutil.copy(file, folder)
    xds, http = f"127.0.0.1:{envoys.free_port()}", ("127.0.0.1", envoys.free_port())
    server = stage.start("mesh serve", program.serve_command(folder, xds, "%s:%d" % http),
                         work / "log/serve.log")
    processes.wait_for("mesh serve",
                       lambda: customers.get(http, "mesh", "/ready").status == 200, server)
    running = {}
    for proxy in proxies:
        port = envoys.free_port()
        bootstrap = program.bootstrap(folder, proxy.pod, xds=xds, admin_port=port, delta=delta)
        running[proxy.pod] = envoys.start(stage, envoy_program, proxy.file_name, bootstrap, port,
                                          work)
    for envoy in running.values():
        processes.wait_for(envoy.name, envoy.ready, envoy.child, patience=60)
    return Cluster(program, folder, work, server, xds, http, proxies, running)


@pytest.fixture(scope="module", params=["state of the world", "delta"])
def cluster(request, program, envoy_program, proxies, tmp_path_factory):
    work = tmp_path_factory.mktemp("cluster")
    with processes.Stage() as stage:
        yield start(stage, program, envoy_program, proxies, work, request.param == "delta")
