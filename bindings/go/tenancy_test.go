package mesh_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"libmesh.invalid/mesh"
)

func teams(t *testing.T) *mesh.Snapshot {
	t.Helper()
	store := newStore(t)
	if _, err := store.ApplyFS(os.DirFS("../../examples/two-teams")); err != nil {
		t.Fatal(err)
	}
	return snapshotOf(t, store)
}

func TestReachOfTheTwoTeams(t *testing.T) {
	snapshot := teams(t)
	for _, row := range []struct {
		planned bool
		want    string
	}{{false, "yes"}, {true, "no"}} {
		text, err := snapshot.Reach("batch/report", "red-pay/ledger:8080", mesh.Parameters{"planned": row.planned})
		if err != nil {
			t.Fatal(err)
		}
		var decision struct{ Answer string }
		if err := json.Unmarshal(text, &decision); err != nil || decision.Answer != row.want {
			t.Errorf("planned %v: %s, want %s: %v", row.planned, text, row.want, err)
		}
	}
	if _, err := snapshot.Reach("batch/nobody", "red-pay/ledger", nil); !errors.Is(err, mesh.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestPlanStatusAndValuesOfTheTwoTeams(t *testing.T) {
	snapshot := teams(t)
	plan, err := snapshot.Plan(mesh.Parameters{"namespace": "blue-api"})
	if err != nil || !strings.Contains(string(plan), "istio-mesh-blue") || strings.Contains(string(plan), "istio-mesh-red") {
		t.Errorf("plan: %.300s: %v", plan, err)
	}
	status, err := snapshot.Status("red-mesh/red", nil)
	if err != nil || !strings.Contains(string(status), "red-shop") || strings.Contains(string(status), "blue") {
		t.Errorf("status: %.300s: %v", status, err)
	}
	values, err := snapshot.Values("blue-mesh/blue", nil)
	if err != nil || !strings.Contains(string(values), "istio-discovery") {
		t.Errorf("values: %.300s: %v", values, err)
	}
	why, err := snapshot.ExplainMember("blue-agents", "")
	if err != nil || !strings.Contains(string(why), "blue-mesh/blue") {
		t.Errorf("explain: %s: %v", why, err)
	}
	if _, err := snapshot.Plan(mesh.Parameters{"colour": "red"}); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Errorf("an unknown option: %v", err)
	}
}

func TestConvertGivesTheOtherVersion(t *testing.T) {
	text := []byte("apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: a, namespace: b}\n" +
		"spec: {version: v2.5, tracing: {type: Jaeger, sampling: 1000}}\n")
	converted, err := mesh.Convert(text, "a.yaml", "v1")
	if err != nil || !strings.Contains(string(converted), `"traceSampling":10`) {
		t.Errorf("%s: %v", converted, err)
	}
}

func TestAdmissionAsksAndThenDecides(t *testing.T) {
	snapshot := teams(t)
	review := []byte(`{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "1",
	  "kind": {"group": "maistra.io", "version": "v1", "kind": "ServiceMeshMember"},
	  "resource": {"group": "maistra.io", "version": "v1", "resource": "servicemeshmembers"},
	  "namespace": "batch", "name": "default", "operation": "CREATE", "userInfo": {"username": "rosa"},
	  "object": {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshMember", "metadata": {"name": "default", "namespace": "batch"},
	    "spec": {"controlPlaneRef": {"name": "red", "namespace": "red-mesh"}}}}}`)
	text, err := snapshot.AdmissionReview(review, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var asked struct {
		Outcome   string
		Questions []map[string]any
	}
	if err := json.Unmarshal(text, &asked); err != nil || asked.Outcome != "needsAnswers" || len(asked.Questions) == 0 {
		t.Fatalf("%s: %v", text, err)
	}
	for _, question := range asked.Questions {
		question["allowed"] = false
	}
	answers, err := json.Marshal(map[string]any{"answers": asked.Questions})
	if err != nil {
		t.Fatal(err)
	}
	text, err = snapshot.AdmissionReview(review, answers, nil)
	if err != nil || !strings.Contains(string(text), "does not have permission to use ServiceMeshControlPlane red-mesh/red") {
		t.Errorf("%s: %v", text, err)
	}
}
