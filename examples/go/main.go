// A controller: follows a cluster through `kubectl proxy`, and says after every change what its meshes need.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"libmesh.invalid/mesh"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	store := must(mesh.NewStore(mesh.Options{}))
	for _, kind := range os.Args[2:] { // api/v1/namespaces apis/maistra.io/v1/servicemeshmemberrolls …
		go follow(store, os.Args[1]+"/"+kind+"?watch=1")
	}
	for snapshot, err := range store.Snapshots(context.Background()) {
		plan := must(must(snapshot, err).Plan(nil)) // a real one carries out its steps, in their order
		fmt.Printf("revision %d: %s\n", snapshot.Revision(), plan)
	}
}

func follow(store *mesh.Store, url string) {
	for events := json.NewDecoder(must(http.Get(url)).Body); ; {
		var event struct {
			Type   string
			Object json.RawMessage
		}
		if must(0, events.Decode(&event)); event.Type == "DELETED" {
			must(0, store.DeleteObject(event.Object))
		} else {
			must(store.ApplyObjects(event.Object))
		}
	}
}
