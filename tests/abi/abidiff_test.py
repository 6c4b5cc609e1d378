"""Nothing that was promised is gone or changed: abidiff against the committed baseline.

That the library exports these functions, and no other, is symbols_test.py's; here are their types.
"""

import subprocess

import pytest

from conftest import ROOT, run

BASELINE = ROOT / "tests/abi/baseline.abi"


@pytest.fixture(scope="module")
def surface(tmp_path_factory):
    out = tmp_path_factory.mktemp("abi") / "surface.so"
    run(ROOT / "scripts/abi-surface", out)
    return out


def compare(before, after):
    return ["abidiff", "--no-added-syms", before, after]


def test_the_baseline_knows_every_exported_symbol():
    text = BASELINE.read_text()
    names = [line for line in (ROOT / "tests/abi/symbols.txt").read_text().splitlines()
             if line and not line.startswith("#")]
    missing = [name for name in names if f"name='abi_{name}'" not in text]
    assert not missing, f"make abi-baseline, and a line in CHANGELOG.md: {missing}"


def test_the_abi_is_kept(surface):
    run(*compare(BASELINE, surface))


def test_a_changed_parameter_would_be_seen(surface, tmp_path):
    """The gate itself: a baseline in which one function has one parameter less is not today's ABI."""
    text = BASELINE.read_text()
    start = text.index("<parameter", text.index("<function-type", text.index("</elf-variable-symbols>")))
    (tmp_path / "other.abi").write_text(text[:start] + text[text.index("/>", start) + 2:])
    done = subprocess.run(compare(tmp_path / "other.abi", surface), stdout=subprocess.PIPE)
    assert done.returncode & 4, done.stdout.decode()
