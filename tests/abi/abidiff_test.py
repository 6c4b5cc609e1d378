"""Nothing that was promised is gone or changed: abidiff against the committed baseline."""

from conftest import ROOT, run

BASELINE = ROOT / "tests/abi/baseline.abi"


def compare(library):
    return ["abidiff", "--headers-dir2", ROOT / "include/mesh", "--drop-private-types", "--no-added-syms",
            BASELINE, library]


def test_the_baseline_knows_every_exported_symbol():
    text = BASELINE.read_text()
    names = [line for line in (ROOT / "tests/abi/symbols.txt").read_text().splitlines()
             if line and not line.startswith("#")]
    missing = [name for name in names if f"name='{name}'" not in text]
    assert not missing, f"make abi-baseline, and a line in CHANGELOG.md: {missing}"


def test_the_library_keeps_the_abi(library):
    run(*compare(library))
