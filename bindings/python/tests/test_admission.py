"""Admission from Python: questions, answers, a review."""

import json

import meshplane

REVIEW = json.dumps({
    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
    "request": {"uid": "r1", "operation": "CREATE", "namespace": "team", "name": "default",
                "kind": {"group": "maistra.io", "version": "v1", "kind": "ServiceMeshMemberRoll"},
                "userInfo": {"username": "alice"},
                "object": {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshMemberRoll",
                           "metadata": {"name": "default", "namespace": "team"}, "spec": {"members": ["a", "b"]}}}})


def test_questions_are_answered():
    with meshplane.Store() as store:
        now = store.snapshot()
        first = now.admission_review(REVIEW)
        assert first["outcome"] == "needsAnswers"
        assert [question["namespace"] for question in first["questions"]] == ["", "a", "b"]
        answers = [{**question, "allowed": question["namespace"] == "a"} for question in first["questions"]]
        last = now.admission_review(REVIEW, answers)
        assert last["outcome"] == "denied"
        assert last["review"]["response"]["status"]["message"].endswith("namespace(s): [b]")


def test_options_are_named():
    with meshplane.Store() as store:
        assert store.snapshot().admission_review(REVIEW, watchedNamespaces=["other"])["outcome"] == "allowed"
