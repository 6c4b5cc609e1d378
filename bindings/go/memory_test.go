package mesh_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"libmesh.invalid/mesh"
)

// resident is the memory of the process, C's and Go's, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("skipped: there is no /proc/self/statm")
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// Calls of every shape: handles made, closed and forgotten, answers, errors.
func TestAMillionCallsLeaveNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short: a sanitizer keeps memory, and the collector would run a million times")
	}
	snapshot := snapshotOf(t, shopStore(t))
	proxy, err := snapshot.ProxyOfPod("shop-web", "frontend")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	watch, err := mesh.NewWatch()
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	round := func(i int) { // five calls
		clone, err := snapshot.Clone()
		if err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 { // else it is left to the collector
			clone.Close()
		}
		if err := watch.Publish(snapshot); err != nil {
			t.Fatal(err)
		}
		if _, err := proxy.WithFlavour("vanilla"); !errors.Is(err, mesh.ErrInvalidArgument) {
			t.Fatal(err)
		}
		if _, err := proxy.Describe(); err != nil {
			t.Fatal(err)
		}
		if _, err := mesh.Convert(nil, "", "v2"); err != nil {
			t.Fatal(err)
		}
	}
	const rounds = 1_000_000 / 5
	for i := range rounds / 10 {
		round(i)
	}
	before := resident(t)
	for i := range rounds {
		round(i)
	}
	runtime.GC()
	after := resident(t)
	t.Logf("%d kB after 100,000 calls, %d kB after a million more", before>>10, after>>10)
	if after > before+8<<20 {
		t.Errorf("%d MB after 100,000 calls, %d MB after a million more", before>>20, after>>20)
	}
}

// allocated is how many bytes of Go's memory f takes.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// A large answer is copied once, out of C's memory; a large text given and a message written are not copied at all.
func TestBytesAreCopiedOnceOrNever(t *testing.T) {
	var text bytes.Buffer
	for i := range 1500 {
		fmt.Fprintf(&text, "apiVersion: v1\nkind: Service\nmetadata: {name: s%d, namespace: shop}\nspec: {ports: [{port: 80, name: http}]}\n---\n", i)
	}
	store := newStore(t)
	if took := allocated(func() {
		if _, err := store.Apply(text.Bytes(), "many.yaml"); err != nil {
			t.Error(err)
		}
	}); took > text.Len()/10 {
		t.Errorf("%d bytes allocated to give %d", took, text.Len())
	}
	snapshot := snapshotOf(t, store)
	xds, err := mesh.NewXDS(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	defer xds.Close()
	proxy, err := snapshot.ReadProxy([]byte("{type: sidecar, id: a.shop, ip: [10.0.0.1], namespace: shop}"), "proxy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	var response []byte
	took := allocated(func() {
		if response, err = xds.Response(proxy, mesh.Clusters); err != nil {
			t.Error(err)
		}
	})
	if len(response) < 1<<20 || took > len(response)+len(response)/20 {
		t.Errorf("%d bytes allocated for an answer of %d", took, len(response))
	}
	writesWithoutACopy(t, xds, proxy, len(response))
}

type counting int

func (c *counting) Write(p []byte) (int, error) {
	*c += counting(len(p))
	return len(p), nil
}

func writesWithoutACopy(t *testing.T, xds *mesh.XDS, proxy *mesh.Proxy, size int) {
	t.Helper()
	described, err := proxy.Describe()
	if err != nil {
		t.Fatal(err)
	}
	session, err := xds.NewSession(mesh.SessionOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := session.Receive(discoveryRequest(described.Node, clusterType)); err != nil {
		t.Fatal(err)
	}
	message, err := session.Next()
	if err != nil {
		t.Fatal(err)
	}
	defer message.Close()
	var written counting
	took := allocated(func() {
		if _, err := message.WriteTo(&written); err != nil {
			t.Error(err)
		}
	})
	if int(written) < size*9/10 || took > size/10 {
		t.Errorf("%d bytes allocated to write %d", took, written)
	}
}
