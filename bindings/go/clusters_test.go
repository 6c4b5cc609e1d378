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

const web = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: istio-proxy}]},
 status: {phase: Running, podIP: 10.0.0.1}}
`

func TestPodsOfClusters(t *testing.T) {
	store := newStore(t)
	apply := func(cluster, text string) {
		if _, err := store.Cluster(cluster).Apply([]byte(text), cluster+".yaml"); err != nil {
			t.Fatal(err)
		}
	}
	apply("Kubernetes", web)
	apply("east", strings.Replace(web, "10.0.0.1", "10.8.0.1", 1))
	apply("east", strings.NewReplacer("web", "far", "10.0.0.1", "10.8.0.2").Replace(web))
	apply("west", strings.NewReplacer("web", "twice", "10.0.0.1", "10.7.0.1").Replace(web))
	apply("east", strings.NewReplacer("web", "twice", "10.0.0.1", "10.8.0.3").Replace(web))
	now := snapshotOf(t, store)
	all, err := now.Proxies()
	if err != nil || len(all) != 5 || all[3].Cluster != "" || all[4].Cluster != "east" || all[4].IP != "10.8.0.1" {
		t.Fatal(all, err)
	}
	for _, row := range []struct{ namespace, name, ip string }{
		{"shop", "web", "10.0.0.1"}, {"east=shop", "web", "10.8.0.1"}, {"shop", "far", "10.8.0.2"},
		{"west=shop", "twice", "10.7.0.1"},
	} {
		proxy, err := now.ProxyOfPod(row.namespace, row.name)
		if err != nil {
			t.Fatal(row, err)
		}
		if said, err := proxy.Describe(); err != nil || said.IP != row.ip {
			t.Error(row, said, err)
		}
		proxy.Close()
	}
	if _, err := now.ProxyOfPod("shop", "twice"); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := now.ProxyOfPod("north=shop", "web"); !errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
}

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
