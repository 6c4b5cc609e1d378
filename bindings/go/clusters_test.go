package mesh_test

import (
	"errors"
	"strings"
	"testing"

	"libmesh.invalid/mesh"
)

const cart = `
{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {clusterIP: 10.9.0.1, ports: [{name: http, port: 80}]}}
`

func TestClusters(t *testing.T) {
	store := newStore(t)
	east := store.Cluster("east")
	if said, err := east.ReplaceFile([]byte(cart), "cart.yaml"); err != nil || len(said) != 0 {
		t.Fatal(said, err)
	}
	if err := store.Delete("Service", "shop", "cart"); !errors.Is(err, mesh.ErrNotFound) {
		t.Fatal("the own cluster has no such Service:", err)
	}
	before := snapshotOf(t, store).Revision()
	if _, err := east.Apply([]byte(strings.Replace(cart, "10.9.0.1", "10.9.0.2", 1)), "cart.yaml"); err != nil {
		t.Fatal(err)
	}
	if now := snapshotOf(t, store).Revision(); now <= before {
		t.Fatal("a change of a remote cluster is a change of the store:", now)
	}
	if err := east.Delete("Service", "shop", "cart"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Cluster("no/name").Apply([]byte(cart), ""); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Fatal(err)
	}
}
