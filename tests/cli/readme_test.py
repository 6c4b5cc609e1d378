"""What a reader pastes: every call of `mesh` in README.md, in the examples' READMEs and in the examples of `mesh VERB --help` is run as
it stands there, in a folder that has examples/ in it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from conftest import ROOT

READMES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/*/README.md")), "docs/route.md"]
# What is asked there is answered with no: a connection that is not let through, control planes that wait.
ANSWERED_NO = ("mesh reach ", "mesh status ", "mesh admit ")


def calls(text):
    """The lines that begin with `mesh`, continued ones joined, without those that run until they are stopped or name no file of ours."""
    text = re.sub(r"\\\n\s*", "", text)
    found = re.findall(r"^(?:    \$ |    |  )(mesh .*)$", text, re.M)
    words, out = ["examples/"], []
    for call in found:
        if any(word in call for word in words) and not call.startswith("mesh serve "):
            out.append(call)
            words += re.findall(r"> (\S+)", call)  # the next may read it
    return out


@pytest.fixture
def here(program, tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def run(call):
    done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, timeout=60, check=False)
    allowed = (0, 1) if call.startswith(ANSWERED_NO) else (0,)
    assert done.returncode in allowed, f"{call}: status {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.stdout or "--out " in call or ">" in call, f"{call}: says nothing"


@pytest.mark.parametrize("page", READMES)
def test_calls_of_a_readme(page, here):
    text = (ROOT / page).read_text()
    for call in calls(text):
        run(call)
    if page == "README.md":
        assert len(calls(text)) >= 15


def verbs(mesh, *path):
    """Every verb and verb of a verb, with what its help says."""
    text = mesh(*path, "--help", status=0).stdout
    yield path, text
    listed = re.search(r"\nSubcommands:\n((?:  .*\n)+)", text)
    for name in re.findall(r"^  (\w+)", listed.group(1), re.M) if listed else []:
        yield from verbs(mesh, *path, name)


def test_calls_of_the_help(mesh, here):
    without = []
    for path, text in verbs(mesh):
        head, _, examples = text.partition("\nExamples:\n")
        if path and not examples:
            without.append(path)
        for call in calls(examples):
            run(call)
    assert without == []
