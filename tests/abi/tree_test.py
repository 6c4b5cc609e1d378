"""The tree as a whole: what must be in it, and what must not."""

import re

import pytest

from conftest import ROOT, tracked_files

CORE = sorted(path for path in (ROOT / "libmesh").iterdir() if path.is_dir())

# Texts that belong to a workplace or a third party, never to the project. Written so that this file
# does not contain what it looks for.
FORBIDDEN = re.compile("|".join([
    r"/work" + r"/(main|shared)", r"/tmp" + r"/w/", r"\bshared" + r"/(design|style|oracle|reference|crds)",
    r"Co-Authored" + r"-By", r"\bAI" + r"[- ]generated", r"\bClaude\b", r"\bChat" + r"GPT\b",
    r"pypi\." + r"org", r"proxy\.golang\." + r"org", r"deb\.debian\." + r"org",
]))

TEXT_LIMIT = 400_000  # bytes; what is larger was fetched or generated and does not belong here
LARGE = {"tests/abi/baseline.abi"}

# Definitions written by us, compatible with small ones that no package carries.
OUR_PROTOS = re.compile(r"^(libmesh/schema/proto|tests)/")


@pytest.mark.parametrize("folder", CORE, ids=lambda path: path.name)
def test_a_folder_tells_what_goes_on_in_it(folder):
    readme = folder / "README.md"
    assert readme.exists(), f"{readme.relative_to(ROOT)} is missing"
    lines = [line for line in readme.read_text().splitlines() if line.strip()]
    assert 3 <= len(lines) <= 60, "a few lines for a newcomer, not none and not a manual"


@pytest.mark.parametrize("path", ["LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
                                  "docs/README.md", "docs/abi.md", "docs/architecture.md"])
def test_a_project_file_is_there(path):
    assert (ROOT / path).is_file()


def test_nothing_speaks_of_what_is_not_the_project():
    wrong = []
    for path in tracked_files():
        if path == ROOT / "tests/abi/tree_test.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if FORBIDDEN.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not wrong, "\n".join(wrong)


def test_no_upstream_source_is_copied_into_the_tree():
    """Envoy's and Istio's definitions come from pinned packages at build time."""
    names = re.compile(r"\.(proto|pb\.go|pb\.h|pb\.cc|whl|so|a|o)$|(^|/)(node_modules|vendor|\.venv)/")
    files = [str(path.relative_to(ROOT)) for path in tracked_files()]
    wrong = [name for name in files
             if names.search(name) and not (name.endswith(".proto") and OUR_PROTOS.match(name))]
    assert not wrong, wrong
    headers = [str(path.relative_to(ROOT)) for path in tracked_files()
               if path.suffix in (".h", ".cc", ".go", ".py", ".c", ".proto")
               and re.search(r"Copy" r"right [^\n]*(Istio|Envoy|Kubernetes|Google|Red Hat)", path.read_text(errors="replace"))]
    assert not headers, headers


def test_files_are_small():
    wrong = [f"{path.relative_to(ROOT)}: {path.stat().st_size}" for path in tracked_files()
             if path.stat().st_size > TEXT_LIMIT and str(path.relative_to(ROOT)) not in LARGE]
    assert not wrong, "\n".join(wrong)


def test_scripts_are_executable():
    wrong = [str(path.relative_to(ROOT)) for path in tracked_files()
             if path.read_bytes()[:2] == b"#!" and not path.stat().st_mode & 0o100]
    assert not wrong, wrong
