"""Seeded mistakes: each is one place of a good mesh made wrong, and is reported at its object and field.

mistakes/*.yaml has them: typing errors, wrong hosts, shadowed routes, missing subsets, wrong ports, and
the like, and two objects of which one wins (ties.yaml). more.yaml was written before anybody looked at what is told of it.
"""

import json
import pathlib

import pytest
import yaml

HERE = pathlib.Path(__file__).parent / "mistakes"
BASE = (HERE / "base.yaml").read_text()
MISTAKES = [mistake for name in ("mistakes.yaml", "more.yaml", "ties.yaml") for mistake in yaml.safe_load((HERE / name).read_text())]


def broken(mistake):
    """The base with the mistake in it: the first such text of the object's document."""
    if "add" in mistake:
        return BASE + "---\n" + mistake["add"] + "\n"
    kind, name = mistake["in"].split(" ")
    namespace, name = name.split("/")
    documents = BASE.split("\n---\n")
    for index, document in enumerate(documents):
        metadata = yaml.safe_load(document).get("metadata", {})
        if f"kind: {kind}\n" not in document or (metadata.get("namespace"), metadata["name"]) != (namespace, name):
            continue
        assert mistake["for"] in document, mistake
        changed = document.replace(mistake["for"], mistake["put"], 1)
        if "also" in mistake:
            assert mistake["also"] in changed, mistake
            changed = changed.replace(mistake["also"], mistake["becomes"], 1)
        return "\n---\n".join([*documents[:index], changed, *documents[index + 1:]])
    raise AssertionError(f"no {mistake['in']}")


def test_the_mesh_without_mistakes_is_clean(mesh):
    assert mesh("check", "-f", HERE / "base.yaml", status=0).stdout == "0 errors, 0 warnings, 0 remarks\n"


def test_there_are_two_hundred_and_at_most_one_in_twenty_is_missed():
    assert len(MISTAKES) >= 200
    assert len({json.dumps(mistake, sort_keys=True) for mistake in MISTAKES}) == len(MISTAKES)
    assert sum("missed" in mistake for mistake in MISTAKES) <= len(MISTAKES) * 5 // 100


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m['in']} {m['field']} {m['code']}" for m in MISTAKES])
def test_is_reported_at_the_right_object_and_field(mesh, mistake):
    found = json.loads(mesh("check", "-f", "-", "-o", "json", stdin=broken(mistake)).stdout)
    told = {(each["object"], each["field"], each["code"]): each for each in found}
    wanted = (mistake.get("at", mistake["in"]), mistake["field"], mistake["code"])
    for each in found:
        assert each["message"] and each["mend"], each
        assert each["field"] or not each["object"], each
    if "missed" in mistake:
        assert wanted not in told, "it is told now: take `missed` away"
        return
    assert wanted in told, sorted(told)
    assert told[wanted]["line"] > 0
