// Bench tells what a call from Go costs over the same call from C: the least of alternating rounds, CPU time of one thread.
//
//	go run ./internal/bench [-quick]
package main

/*
#cgo !mesh_static pkg-config: mesh
#cgo mesh_static pkg-config: --static mesh
#include <mesh/mesh.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double c_abi_version(int calls) {
  volatile uint32_t sum = 0;
  const double start = now();
  for (int i = 0; i < calls; ++i) sum += mesh_abi_version();
  return (now() - start) / calls;
}

static double c_publish(int calls) {
  mesh_store *store;
  mesh_snapshot *snapshot;
  mesh_watch *watch;
  mesh_store_new((mesh_view){0}, &store);
  mesh_store_snapshot(store, &snapshot);
  mesh_watch_new(&watch);
  mesh_watch_publish(watch, snapshot);
  const double start = now();
  for (int i = 0; i < calls; ++i) mesh_error_delete(mesh_watch_publish(watch, snapshot));
  const double each = (now() - start) / calls;
  mesh_watch_delete(watch);
  mesh_snapshot_delete(snapshot);
  mesh_store_delete(store);
  return each;
}

static double c_merge(int calls) {
  const mesh_view value = {"a/b", 3}, network = {"c", 1};
  const double start = now();
  for (int i = 0; i < calls; ++i) {
    mesh_buffer *out;
    mesh_error_delete(mesh_cni_networks_merge(value, network, (mesh_view){0}, &out));
    mesh_buffer_delete(out);
  }
  return (now() - start) / calls;
}
*/
import "C"

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"

	"libmesh.invalid/mesh"
)

type row struct {
	name string
	what string
	c    func(calls int) float64 // nanoseconds a call
	call func() error
}

func rows() ([]row, error) {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		return nil, err
	}
	snapshot, err := store.Snapshot()
	if err != nil {
		return nil, err
	}
	watch, err := mesh.NewWatch()
	if err != nil {
		return nil, err
	}
	return []row{
		{"ABIVersion", "no argument", func(n int) float64 { return float64(C.c_abi_version(C.int(n))) },
			func() error { mesh.ABIVersion(); return nil }},
		{"Watch.Publish", "two handles, an error", func(n int) float64 { return float64(C.c_publish(C.int(n))) },
			func() error { return watch.Publish(snapshot) }},
		{"MergeNetworks", "texts, JSON decoded", func(n int) float64 { return float64(C.c_merge(C.int(n))) },
			func() error { _, err := mesh.MergeNetworks("a/b", "c", nil); return err }},
	}, nil
}

// least is the least time of a call in several rounds, from C and from Go by turns.
func least(r row, rounds, calls int) (c, g float64, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, g = math.Inf(1), math.Inf(1)
	for range rounds {
		c = min(c, r.c(calls))
		start := C.now()
		for range calls {
			if err := r.call(); err != nil {
				return 0, 0, err
			}
		}
		g = min(g, float64(C.now()-start)/float64(calls))
	}
	return c, g, nil
}

func print(rounds, calls int) error {
	all, err := rows()
	if err != nil {
		return err
	}
	fmt.Printf("%-16s %-24s %10s %10s %10s\n", "call", "", "C ns", "Go ns", "over ns")
	for _, r := range all {
		c, g, err := least(r, rounds, calls)
		if err != nil {
			return err
		}
		fmt.Printf("%-16s %-24s %10.1f %10.1f %10.1f\n", r.name, r.what, c, g, g-c)
	}
	return nil
}

func main() {
	quick := flag.Bool("quick", false, "one short round: to see that it runs")
	flag.Parse()
	rounds, calls := 9, 200_000
	if *quick {
		rounds, calls = 1, 1000
	}
	if err := print(rounds, calls); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
