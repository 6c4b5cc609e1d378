"""Real Envoys: started from the bootstrap `mesh` writes, asked through their admin port."""

from __future__ import annotations

import http.client
import json
import pathlib
import re
import socket
import urllib.parse

import processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Envoy:
    """One running Envoy."""

    def __init__(self, name: str, admin_port: int, child: processes.Child) -> None:
        self.name, self.child = name, child
        self._admin_port = admin_port

    def admin(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._admin_port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def ready(self) -> bool:
        """True once the first clusters and listeners are in and what they need has arrived."""
        try:
            return self.admin("/ready").startswith("LIVE")
        except (OSError, http.client.HTTPException):
            return False

    def stats(self, pattern: str) -> dict[str, int]:
        """Counters and gauges whose name matches the regular expression."""
        found = {}
        answer = self.admin("/stats?filter=" + urllib.parse.quote(pattern, safe=""))
        for line in answer.splitlines():
            name, _, value = line.rpartition(": ")
            if value.isdigit():
                found[name] = int(value)
        return found

    def total(self, pattern: str) -> int:
        return sum(self.stats(pattern).values())

    def clusters(self) -> list[str]:
        """Names of the clusters that came over xDS."""
        return sorted(item["cluster"]["name"] for item in self._dump("dynamic_active_clusters"))

    def listeners(self) -> list[str]:
        return sorted(item["name"] for item in self._dump("dynamic_listeners")
                      if "active_state" in item)

    def routes(self) -> list[dict]:
        """The route configurations that came over RDS."""
        return [item["route_config"] for item in self._dump("dynamic_route_configs")]

    def endpoints(self) -> list[str]:
        """Names of the load assignments that came over EDS."""
        asked = {item["cluster"].get("eds_cluster_config", {}).get("service_name")
                 for item in self._dump("dynamic_active_clusters")}
        dump = json.loads(self.admin("/config_dump?include_eds"))
        return sorted(item["endpoint_config"]["cluster_name"] for section in dump["configs"]
                      for item in section.get("dynamic_endpoint_configs", [])
                      if item["endpoint_config"].get("cluster_name") in asked)

    def refusals(self) -> list[str]:
        """Every trace of an update this Envoy did not accept: counters and error states."""
        counted = [f"{name} = {value}" for name, value in self.stats("update_rejected$").items()
                   if value]
        dump = self.admin("/config_dump")
        return counted + re.findall(r'"error_state": \{[^}]*\}', dump)

    def _dump(self, resource: str) -> list[dict]:
        answer = json.loads(self.admin(f"/config_dump?resource={resource}"))
        return answer.get("configs", [])


def start(stage: processes.Stage, program: pathlib.Path, name: str, bootstrap: dict,
          admin_port: int, work: pathlib.Path) -> Envoy:
    """Writes the bootstrap and starts an Envoy with one worker on it."""
    file = work / "bootstrap" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bootstrap, indent=1))
    command = [str(program), "-c", str(file), "--concurrency", "1", "--disable-hot-restart",
               "--log-level", "warning"]
    return Envoy(name, admin_port, stage.start(name, command, work / "log" / f"{name}.log"))
