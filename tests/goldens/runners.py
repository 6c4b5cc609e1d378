"""Who answers the questions of the goldens: the program, or a runner of the library in some language.

The program `mesh` is called with arguments. A runner is a program that knows the library's functions only: it reads one
call a line from standard input and answers it with one line, so that a runner is written in an hour in any language:

    {"call": "members", "arguments": ["", …]}    what is asked: the function and its texts, in the order of the table
    {"text": "…"}                                the answer as the library gave it, not formatted anew; or
    {"code": 5, "message": "…"}                  the error: its number in include/mesh/base.h

`CALLS` is the table. A runner keeps one snapshot, one proxy and one injector: those that it was given last. What the verbs of
`mesh` make of the answers (exit status, what goes to standard error) is in `Library`, once for all languages.
"""

import argparse
import json
import pathlib
import subprocess

CALLS = {  # name: its arguments, all of them texts
    "store": "name, text, name, text, …: a new store with these files, and its snapshot; answers with the empty text. A name "
             "CLUSTER=… is a file of that remote cluster, named by the rest",
    "diagnostics": "tenant (empty: all)",
    "members": "tenant",
    "values": "tenant, options",
    "status": "tenant, options",
    "plan": "options",
    "explain_member": "namespace, tenant",
    "reach": "from, to, options",
    "admission_review": "review, answers, options",
    "proxies": "",
    "proxy_of_pod": "namespace (CLUSTER=namespace of a remote cluster), name; answers with the empty text",
    "proxy_read": "description, file; answers with the empty text",
    "xds_sent": "type, caller: of the proxy",
    "xds_secret_names": "of the proxy",
    "xds_sizes": "of the proxy",
    "convert": "text, file, version",
    "injector": "options: a new injector of the snapshot; answers with the empty text",
    "injector_diagnostics": "",
    "injector_apply": "text, file, options",
    "injector_explain": "namespace, name",
    "injector_matrix": "",
    "uninject": "text, file, options",
}
TYPES = ("clusters", "endpoints", "listeners", "routes", "secrets", "extensions", "nametable")
NOT_FOUND = 5


class Refused(Exception):
    """The library's error, with its code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Program:
    """`mesh` as it was installed."""

    def __init__(self, program, root):
        self._program, self._root = program, root

    def mesh(self, *arguments):
        return subprocess.run([str(self._program), *map(str, arguments)], cwd=self._root, capture_output=True, text=True,
                              check=False)

    def close(self):
        pass


class Runner:
    """A program that answers calls, one a line."""

    def __init__(self, command, root, environment):
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env=environment)

    def call(self, name, *arguments):
        assert name in CALLS, name
        self._process.stdin.write(json.dumps({"call": name, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"goldens: {self._process.args} ended with {self._process.wait()} at {name}")
        answer = json.loads(line)
        if "text" not in answer:
            raise Refused(answer["code"], answer["message"])
        return answer["text"]

    def close(self):
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise SystemExit(f"goldens: {self._process.args} ended with {self._process.returncode}")


def pretty(answer):
    """JSON as `mesh -o json` prints it."""
    return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"


def line_of(diagnostic):
    """A diagnostic as the verbs print it."""
    place = diagnostic.get("file", "")
    if place and diagnostic.get("line"):
        place += f":{diagnostic['line']}:{diagnostic['column']}"
    parts = [f"{place}: " if place else "", f"{diagnostic['severity']}[{diagnostic['code']}]"]
    parts += [f" {diagnostic[key]}:" for key in ("object", "field") if diagnostic.get(key)]
    parts.append(f" {diagnostic['message']}")
    if diagnostic.get("mend"):
        parts.append(f" ({diagnostic['mend']})")
    return "".join(parts) + "\n"


def is_input(file, folder):
    """Whether `mesh` reads it where a folder is given."""
    return (file.suffix in (".yaml", ".yml", ".json") and not file.stem.endswith("_mesh_test")
            and not any(part.startswith(".") for part in file.relative_to(folder).parts))


def sorted_keys(value):
    return json.loads(json.dumps(value, sort_keys=True))


class Library:
    """The verbs of `mesh` with -o json, over a runner: what is printed, and the exit status."""

    def __init__(self, runner, root):
        self._runner, self._root, self._loaded = runner, root, None

    def close(self):
        self._runner.close()

    def mesh(self, verb, *arguments):
        verb = verb if verb != "explain" else f"explain_{arguments[0]}"
        flags = self._flags(verb, list(map(str, arguments[1:] if verb.startswith("explain_") else arguments)))
        self.said = ""
        try:
            if verb not in ("convert", "uninject", "inject"):
                self._load(flags.files)
            status, text = getattr(self, f"_{verb}")(flags)
        except Refused as error:
            status, text = 1 if error.code == NOT_FOUND and verb != "reach" else 2, ""
            self.said += f"mesh: {error}\n"
        return subprocess.CompletedProcess([verb, *arguments], status, text, self.said)

    @staticmethod
    def _flags(verb, arguments):
        parser = argparse.ArgumentParser(prog=verb, allow_abbrev=False)
        parser.add_argument("-f", dest="files", action="append", default=[])
        parser.add_argument("-o", dest="format", choices=["json"])
        parser.add_argument("-n", "--namespace", default="")
        for name in ("--tenant", "--from", "--to", "--proxy", "--review", "--answers", "--operator-namespace",
                     "--native-sidecars", "--compliance-policy", "--platform", "--cluster", "--network"):
            parser.add_argument(name, default="")
        parser.add_argument("--hook", default="both")
        parser.add_argument("--watched-namespace", action="append", default=[])
        for name in ("--planned", "--partial", "--no-cni", "--release-values", "--matrix"):
            parser.add_argument(name, action="store_true")
        parser.add_argument("subject", nargs="?", default="")
        return parser.parse_args(arguments)

    def _ask(self, name, *arguments):
        return json.loads(self._runner.call(name, *arguments))

    def _texts(self, paths):
        """What the paths name, in the order in which `mesh` reads it."""
        out = []
        for argument in paths:
            cluster, _, path = argument.rpartition("=")
            here = self._root / path
            files = sorted(str(file) for file in here.rglob("*") if is_input(file, here)) if here.is_dir() else [str(here)]
            of_cluster = f"{cluster}=" if cluster else ""
            out += [(of_cluster + file.removeprefix(f"{self._root}/"), pathlib.Path(file).read_text()) for file in files]
        return out

    def _load(self, paths):
        texts = [part for pair in self._texts(paths) for part in pair]
        if texts != self._loaded:
            self._loaded = None
            self._runner.call("store", *texts)
            self._loaded = texts

    def _show(self, diagnostics, infos=False):
        """Prints them where people look, and gives the exit status."""
        self.said += "".join(line_of(each) for each in diagnostics if infos or each["severity"] != "info")
        return int(any(each["severity"] == "error" for each in diagnostics))

    def _report(self, tenant=""):
        return self._show(self._ask("diagnostics", tenant))

    def _check(self, flags):
        found = self._ask("diagnostics", flags.tenant)
        return int(any(each["severity"] == "error" for each in found)), pretty(found)

    def _members(self, flags):
        return self._report(flags.tenant), pretty(self._ask("members", flags.tenant))

    def _status(self, flags):
        found = self._report(flags.tenant)
        answer = self._ask("status", flags.tenant, json.dumps({"operatorVersion": "2.5.1", "full": False}))
        return (found if answer["ready"] else 1), pretty(answer)

    def _values(self, flags):
        found = self._report(flags.tenant)
        options = {"operatorNamespace": "openshift-operators", "defaultProfile": "maistra", "cni": not flags.no_cni,
                   "releaseValues": flags.release_values}
        answer = self._ask("values", flags.tenant, json.dumps(options))
        errors = [plane for plane in answer["controlPlanes"] if "error" in plane]
        self.said += "".join(f"mesh: {plane['tenant']}: {plane['error']}\n" for plane in errors)
        return (1 if errors else found), pretty(answer)

    def _plan(self, flags):
        found = self._report(flags.tenant)
        asked = {"namespace": flags.namespace, "tenant": flags.tenant, "operatorNamespace": flags.operator_namespace}
        options = {**{key: text for key, text in asked.items() if text},
                   "defaultProfile": "maistra", "cni": not flags.no_cni, "partial": flags.partial}
        answer = self._ask("plan", json.dumps(options))
        missing = flags.namespace and any(note.get("namespace") == flags.namespace and note["reason"] == "NamespaceNotExists"
                                          for note in answer["notes"])
        return (1 if missing else found), pretty(answer)

    def _explain_member(self, flags):
        return self._report(flags.tenant), pretty(self._ask("explain_member", flags.subject, flags.tenant))

    def _reach(self, flags):
        self._report()
        options = json.dumps({"planned": True}) if flags.planned else ""
        answer = self._ask("reach", getattr(flags, "from"), flags.to, options)
        return {"yes": 0, "no": 1}.get(answer["answer"], 2), pretty(answer)

    def _admit(self, flags):
        read = [(self._root / file).read_text() if file else "" for file in (flags.review, flags.answers)]
        options = {"hook": flags.hook, "operatorNamespace": flags.operator_namespace,
                   "watchedNamespaces": flags.watched_namespace}
        answer = self._ask("admission_review", *read, json.dumps(options))
        return int(answer["outcome"] != "allowed"), pretty(answer)

    def _proxies(self, _):
        found = self._report()
        answer = self._ask("proxies")
        for row in answer["proxies"]:
            cluster = f"{row['cluster']}=" if "cluster" in row else ""
            self._runner.call("proxy_of_pod", cluster + row["namespace"], row["name"])
            sizes = self._ask("xds_sizes")
            row["resources"] = {kind: sizes[kind]["count"] for kind in TYPES[:4]}
            row["bytes"] = sum(sizes[kind]["bytes"] for kind in TYPES[:4])
        return found, pretty(answer)

    def _xds(self, flags):
        found = self._report()
        self._runner.call("proxy_read", (self._root / flags.proxy).read_text(), flags.proxy)
        caller = json.dumps({"believeNode": True, "readsSecrets": True})
        lists = {kind: sorted_keys(self._ask("xds_sent", kind, caller)) for kind in TYPES}
        return found, pretty({**lists, "secret-names": self._ask("xds_secret_names")})

    def _convert(self, flags):
        answers = [self._ask("convert", text, name, flags.to) for name, text in self._texts(flags.files)]
        found = max(self._show(answer["diagnostics"], infos=True) for answer in answers)
        return found, self._list(answers)

    def _inject(self, flags):
        texts = self._texts(flags.files)
        self._load(flags.files)
        self._runner.call("injector", self._injector_options(flags))
        if flags.matrix:
            answer = self._ask("injector_matrix")
            return self._show(answer["diagnostics"]), pretty(answer)
        found = self._show(self._ask("injector_diagnostics"))
        answers = []
        for name, text in texts:
            options = {"namespace": flags.namespace, "output": "documents"}
            answers.append(self._ask("injector_apply", text, name, json.dumps(options)))
            self.said += "".join(f"{message}\n" for message in answers[-1]["messages"])
            found = max(found, self._show(answers[-1]["diagnostics"]))
        return found, self._list(answers)

    def _explain_inject(self, flags):
        self._runner.call("injector", self._injector_options(flags))
        answer = self._ask("injector_explain", *flags.subject.split("/"))
        return self._show(answer["diagnostics"]), pretty(answer)

    def _uninject(self, flags):
        answers = [self._ask("uninject", text, name, json.dumps({"output": "documents"}))
                   for name, text in self._texts(flags.files)]
        found = max(self._show(answer["diagnostics"], infos=True) for answer in answers)
        return found, "".join(pretty(document) for answer in answers for document in answer["documents"])

    @staticmethod
    def _injector_options(flags):
        asked = {"nativeSidecars": flags.native_sidecars, "compliancePolicy": flags.compliance_policy,
                 "platform": flags.platform, "cluster": flags.cluster, "network": flags.network}
        return json.dumps({key: text for key, text in asked.items() if text})

    @staticmethod
    def _list(answers):
        """One object as it is, several as a List."""
        items = [document for answer in answers for document in answer["documents"]]
        return pretty(items[0] if len(items) == 1 else {"apiVersion": "v1", "kind": "List", "items": items})
