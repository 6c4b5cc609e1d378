package mesh_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"libmesh.invalid/mesh"
)

const injectedShop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: app, image: "app:1"}]}
`

func newInjector(t *testing.T) *mesh.Injector {
	t.Helper()
	store := newStore(t)
	if _, err := store.Apply([]byte(injectedShop), "shop.yaml"); err != nil {
		t.Fatal(err)
	}
	injector, err := mesh.NewInjector(snapshotOf(t, store), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return injector
}

func TestInjectAndUninject(t *testing.T) {
	injector := newInjector(t)
	injected, err := injector.Apply([]byte(injectedShop), "shop.yaml", nil)
	if err != nil || injected.Injected != 1 || !strings.Contains(injected.Manifests, "istio-proxy") {
		t.Fatalf("%+v: %v", injected, err)
	}
	back, err := mesh.Uninject([]byte(injected.Manifests), "shop.yaml", nil)
	if err != nil || back.Uninjected != 1 || strings.Contains(back.Manifests, "istio-proxy") {
		t.Errorf("%+v: %v", back, err)
	}
	explained, err := injector.Explain("shop", "web")
	if err != nil || !strings.Contains(string(explained), `"answer":"yes"`) {
		t.Errorf("%s: %v", explained, err)
	}
	if _, err := injector.Explain("shop", "nobody"); !errors.Is(err, mesh.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if matrix, err := injector.Matrix(); err != nil || !strings.Contains(string(matrix), `"web"`) {
		t.Errorf("%s: %v", matrix, err)
	}
}

func TestReviewsFromManyGoroutines(t *testing.T) {
	injector := newInjector(t)
	review := []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1","operation":"CREATE",
"namespace":"shop","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
"object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"app"}]}}}}`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				answer, err := injector.Review(review, "/inject")
				var out struct {
					Response struct {
						UID     string
						Allowed bool
						Patch   []byte
					}
				}
				if err != nil || json.Unmarshal(answer, &out) != nil || out.Response.UID != "u1" || !out.Response.Allowed ||
					len(out.Response.Patch) == 0 {
					t.Errorf("%s: %v", answer, err)
				}
			}
		})
	}
	all.Wait()
	injector.Close()
	if _, err := injector.Review(review, "/inject"); !errors.Is(err, mesh.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestOptionsOfAnInjectorAreStrict(t *testing.T) {
	_, err := mesh.NewInjector(nil, mesh.Parameters{"nativeSidecars": "sometimes"}, nil)
	if !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestNetworks(t *testing.T) {
	merged, err := mesh.MergeNetworks("a/b@c", "istio-cni", nil)
	if err != nil || merged.Value != "a/b@c, istio-cni" || len(merged.Networks) != 2 || merged.Networks[0].Interface != "c" {
		t.Errorf("%+v: %v", merged, err)
	}
}
