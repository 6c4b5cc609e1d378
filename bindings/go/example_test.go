package mesh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"libmesh.invalid/mesh"
)

// Whose namespaces are whose, of a directory.
func Example() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if _, err := store.ApplyFS(os.DirFS("../../examples/shop")); err != nil {
		log.Fatal(err)
	}
	snapshot, err := store.Snapshot()
	if err != nil {
		log.Fatal(err)
	}
	defer snapshot.Close()
	members, err := snapshot.Members()
	if err != nil {
		log.Fatal(err)
	}
	for _, plane := range members.ControlPlanes {
		fmt.Println(plane.Tenant, plane.Namespaces)
	}
	// Output:
	// partner-control-plane/partner-mesh [partner-billing partner-control-plane partner-portal]
	// shop-control-plane/shop-mesh [shop-cart shop-catalog shop-control-plane shop-web]
}

// A mistake in a configuration is a diagnostic; the rest is taken.
func ExampleStore_Apply() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	found, err := store.Apply([]byte(`
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {prots: [{port: 80}]}
`), "cart.yaml")
	fmt.Println(found, err)
	// Output:
	// [cart.yaml:5:8: warning[unknown-field] Service shop/cart: spec.prots: is no field of ServiceSpec (did you mean "ports"?)] <nil>
}

// Objects are whatever marshals to JSON.
func ExampleStore_ApplyObjects() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	namespace := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}}
	fmt.Println(store.ApplyObjects(namespace))
	fmt.Println(store.DeleteObject(namespace))
	fmt.Println(errors.Is(store.DeleteObject(namespace), mesh.ErrNotFound))
	// Output:
	// [] <nil>
	// <nil>
	// true
}

// A goroutine changes a store, another one follows it.
func ExampleStore_Snapshots() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go store.Apply([]byte("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"), "shop.yaml")
	for snapshot, err := range store.Snapshots(ctx) {
		if err != nil {
			fmt.Println(err)
		} else if snapshot.Revision() > 0 { // 0 is the empty store
			fmt.Println(snapshot.Changed())
			cancel()
		}
	}
	// Output:
	// [{Namespace  shop}] <nil>
	// context canceled
}

// What one Envoy is sent.
func ExampleXDS_Resources() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if _, err := store.ApplyFS(os.DirFS("../../examples/shop")); err != nil {
		log.Fatal(err)
	}
	snapshot, err := store.Snapshot()
	if err != nil {
		log.Fatal(err)
	}
	proxy, err := snapshot.ProxyOfPod("shop-web", "frontend")
	if err != nil {
		log.Fatal(err)
	}
	xds, err := mesh.NewXDS(snapshot)
	if err != nil {
		log.Fatal(err)
	}
	defer xds.Close()
	routes, err := xds.Resources(proxy, mesh.Routes)
	if err != nil {
		log.Fatal(err)
	}
	for _, route := range routes {
		fmt.Println(route.Name, json.Valid(route.Resource))
	}
	// Output:
	// 18080 true
}

// A pod's annotation, with the network that a mesh needs.
func ExampleMergeNetworks() {
	merged, err := mesh.MergeNetworks("team/fast@net1", "istio-cni", mesh.Parameters{"podNamespace": "shop"})
	fmt.Println(merged.Outcome, merged.Value, err)
	// Output:
	// added team/fast@net1, istio-cni <nil>
}
