"""The `mesh` program as the demo uses it: one function per verb, JSON in, Python values out."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess


@dataclasses.dataclass(frozen=True)
class Proxy:
    """One row of `mesh proxies`."""

    namespace: str
    name: str
    tenant: str      # namespace/name of the control plane
    type: str        # sidecar | gateway
    address: str
    resources: dict  # how many of each type
    bytes: int

    @property
    def pod(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def file_name(self) -> str:
        return f"{self.namespace}.{self.name}"


class Mesh:
    """Runs the command line program; a status of 2 or no JSON is a RuntimeError with its words."""

    def __init__(self, program: pathlib.Path) -> None:
        self.program = str(program)

    def _run(self, *arguments: object, may_find: bool = False) -> str:
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 0 and not (may_find and done.returncode == 1):
            raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n"
                               f"{done.stdout[-800:]}{done.stderr[-2000:]}")
        return done.stdout

    def _json(self, *arguments: object, may_find: bool = False):
        return json.loads(self._run(*arguments, "-o", "json", may_find=may_find))

    def version(self) -> str:
        return self._run("--version").strip()

    def members(self, folder: pathlib.Path) -> dict:
        return self._json("members", "-f", folder)

    def proxies(self, folder: pathlib.Path) -> list[Proxy]:
        rows = self._json("proxies", "-f", folder)["proxies"]
        return [Proxy(row["namespace"], row["name"], row["tenant"], row["type"], row["ip"],
                      row.get("resources", {}), row.get("bytes", 0)) for row in rows]

    def xds(self, folder: pathlib.Path, pod: str, out: pathlib.Path) -> dict[str, list[dict]]:
        """What the proxy of a pod is sent: type -> [{"name", "resource"}]."""
        self._run("xds", "-f", folder, "--pod", pod, "--flavour", "envoy", "--out", out)
        found = {}
        for kind in ("clusters", "endpoints", "listeners", "routes"):
            file = out / f"{kind}.json"
            found[kind] = json.loads(file.read_text()) if file.exists() else []
        return found

    def diff(self, old: pathlib.Path, new: pathlib.Path) -> dict:
        return self._json("diff", old, new, may_find=True)

    def bootstrap(self, folder: pathlib.Path, pod: str, *, xds: str = "", admin_port: int = 0,
                  delta: bool = False, static: bool = False) -> dict:
        options: list[object] = ["--flavour", "envoy", "--admin-port", admin_port]
        options += ["--static"] if static else ["--xds-address", xds]
        options += ["--delta"] if delta else []
        return self._json("bootstrap", "-f", folder, "--pod", pod, *options)

    def serve_command(self, folder: pathlib.Path, xds: str, http: str) -> list[str]:
        return [self.program, "serve", str(folder), "--address", xds, "--http-address", http]
