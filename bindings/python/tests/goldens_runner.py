"""The goldens' questions asked of the package, as its users ask: a call a line in, a line out (tests/goldens/runners.py has the
protocol). Answers go through the package's own dicts and lists.
"""

import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
if os.environ.get("MESH_PYTHON") != "installed":
    sys.path.insert(0, os.environ.get("MESH_PYTHON", str(ROOT / "build/python")))

import meshplane  # noqa: E402


class Runner:
    """Keeps what it was given last; each method is a call of the protocol."""

    def store(self, *files):
        with meshplane.Store() as store:
            for name, text in zip(files[::2], files[1::2]):
                cluster, _, file = name.rpartition("=")
                store.apply(text.encode(), file=file, cluster=cluster)
            self.now = store.snapshot()

    def diagnostics(self, tenant):
        return self.now.diagnostics(tenant)

    def members(self, tenant):
        return self.now.members(tenant)

    def values(self, tenant, options):
        return self.now.values(tenant, **json.loads(options))

    def status(self, tenant, options):
        return self.now.status(tenant, **json.loads(options))

    def plan(self, options):
        return self.now.plan(json.loads(options))

    def explain_member(self, namespace, tenant):
        return self.now.explain_member(namespace, tenant)

    def reach(self, start, end, options):
        return self.now.reach(start, end, planned=json.loads(options or "{}").get("planned", False))

    def admission_review(self, review, answers, options):
        said = json.loads(answers)["answers"] if answers else ()
        return self.now.admission_review(json.loads(review), said, **json.loads(options))

    def proxies(self):
        return {"proxies": self.now.proxies()}

    def proxy_of_pod(self, namespace, name):
        self.proxy = self.now.proxy(f"{namespace}/{name}")

    def proxy_read(self, description, file):
        self.proxy = self.now.proxy(description, file=file)

    def xds_sent(self, type, caller):
        return self.now.xds(self.proxy, type, caller=json.loads(caller))

    def xds_secret_names(self):
        return self.now.secret_names(self.proxy)

    def xds_sizes(self):
        return self.now.sizes(self.proxy)

    def convert(self, text, file, version):
        return meshplane.convert(text, version, file=file)

    def injector(self, options):
        self.injector_ = meshplane.Injector(self.now, **json.loads(options))

    def injector_diagnostics(self):
        return self.injector_.diagnostics()

    def injector_apply(self, text, file, options):
        asked = json.loads(options)
        if asked["output"] == "text":
            return self.injector_.apply(text, file=file, namespace=asked["namespace"])
        return json.loads(str(self.injector_.raw.apply(text, file, options)))  # objects of a text that keep their places

    def injector_explain(self, namespace, name):
        return self.injector_.explain(namespace, name)

    def injector_matrix(self):
        return self.injector_.matrix()

    def uninject(self, text, file, options):
        from meshplane import _core
        return json.loads(str(_core.uninject(text, file, options)))


def main():
    runner = Runner()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = getattr(runner, asked["call"])(*asked["arguments"])
            said = {"text": "" if answer is None else json.dumps(answer, ensure_ascii=False)}
        except meshplane.MeshError as error:
            said = {"code": error.code, "message": str(error)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
