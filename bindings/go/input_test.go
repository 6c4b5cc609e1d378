package mesh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"libmesh.invalid/mesh"
)

func TestAFileSystemIsReadAsTheProgramReadsADirectory(t *testing.T) {
	object := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\nspec: {colour: red}\n")}
	}
	store := newStore(t)
	found, err := store.ApplyFS(fstest.MapFS{
		"a/b.yml": object("b"), "a.yaml": object("a"), "c.json": {Data: []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"c"}}`)},
		".git/d.yaml": object("d"), ".e.yaml": object("e"), "f.txt": object("f"), "g_mesh_test.yaml": object("g"),
	})
	var files []string
	for _, each := range found {
		files = append(files, each.File+" "+each.Object)
	}
	if err != nil || !slices.Equal(files, []string{"a.yaml Namespace a", "a/b.yml Namespace b"}) {
		t.Error(files, err)
	}
	changed, err := snapshotOf(t, store).Changed()
	if want := []mesh.Key{{"Namespace", "", "a"}, {"Namespace", "", "b"}, {"Namespace", "", "c"}}; err != nil || !slices.Equal(changed, want) {
		t.Error(changed, err)
	}
	example := newStore(t)
	if found, err := example.ApplyFS(os.DirFS(shop)); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	if members, err := snapshotOf(t, example).Members(); err != nil || len(members.ControlPlanes) != 2 {
		t.Error(members, err)
	}
	if _, err := newStore(t).ApplyFS(os.DirFS("nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

type service struct {
	APIVersion string         `json:"apiVersion,omitempty"`
	Kind       string         `json:"kind,omitempty"`
	Metadata   map[string]any `json:"metadata"`
	Spec       map[string]any `json:"spec,omitempty"`
}

func TestWhatMarshalsToJSONIsAnObject(t *testing.T) {
	store := newStore(t)
	named := func(name string) map[string]any { return map[string]any{"name": name, "namespace": "shop"} }
	found, err := store.ApplyObjects(
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}},
		&service{"v1", "Service", named("a"), map[string]any{"ports": []any{map[string]any{"port": 80}}}},
		[]service{{"v1", "Service", named("b"), nil}, {"v1", "Service", named("c"), map[string]any{"prots": 1}}},
		json.RawMessage(`{"apiVersion":"v1","kind":"Service","metadata":{"name":"d","namespace":"shop"}}`))
	if err != nil || len(found) != 1 || found[0].Object != "Service shop/c" || found[0].Code != "unknown-field" {
		t.Error(found, err)
	}
	keys, err := snapshotOf(t, store).Changed()
	if err != nil || len(keys) != 5 {
		t.Error(keys, err)
	}
	if err := store.DeleteObject(service{"v1", "Service", named("a"), nil}); err != nil {
		t.Error(err)
	}
	if err := store.DeleteObject(service{"v1", "Service", named("a"), nil}); !errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
	for _, wrong := range []any{service{Metadata: named("e")}, "text", 7, nil, map[string]any{}} {
		if _, err := store.ApplyObjects(wrong); !errors.Is(err, mesh.ErrInvalidArgument) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if _, err := store.ApplyObjects(make(chan int)); err == nil {
		t.Error("a channel is an object")
	}
}

// As unstructured.Unstructured is: its pointer marshals what its map has.
type byPointer struct{ Object map[string]any }

func (u *byPointer) MarshalJSON() ([]byte, error) { return json.Marshal(u.Object) }

func TestTextsAndValuesOfPointersThatMarshalAreObjects(t *testing.T) {
	store := newStore(t)
	named := func(name string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
	}
	found, err := store.ApplyObjects([]byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}`), byPointer{named("b")}, &byPointer{named("c")})
	if err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	changed, err := snapshotOf(t, store).Changed()
	if want := []mesh.Key{{"Namespace", "", "a"}, {"Namespace", "", "b"}, {"Namespace", "", "c"}}; err != nil || !slices.Equal(changed, want) {
		t.Error(changed, err)
	}
	if _, err := store.ApplyObjects([]byte("a: b")); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestAFileIsReplacedAndATextGiven(t *testing.T) {
	store := newStore(t)
	text := "apiVersion: v1\nkind: Namespace\nmetadata: {name: %}\n"
	for _, name := range []string{"a", "b"} {
		if found, err := store.ReplaceFile([]byte(strings.ReplaceAll(text, "%", name)), "f.yaml"); err != nil || len(found) != 0 {
			t.Error(found, err)
		}
	}
	if err := store.Delete("Namespace", "", "a"); !errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
	if _, err := store.Apply([]byte(`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: r, namespace: b}
spec: {jwtRules: [{issuer: i, jwksUri: "https://keys.example/k"}]}
`), "r.yaml"); err != nil {
		t.Fatal(err)
	}
	wanted, err := snapshotOf(t, store).WantedTexts()
	if err != nil || len(wanted) != 1 || wanted[0].Known || wanted[0].URL != "https://keys.example/k" {
		t.Fatal(wanted, err)
	}
	if err := store.GiveText(wanted[0].URL, []byte(`{"keys":[]}`)); err != nil {
		t.Error(err)
	}
	if wanted, err = snapshotOf(t, store).WantedTexts(); err != nil || !wanted[0].Known {
		t.Error(wanted, err)
	}
	if err := store.GiveText("", nil); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestWaitingForAChangeOfAStore(t *testing.T) {
	store := newStore(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := store.Wait(ctx, 0)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	arrived := make(chan *mesh.Snapshot)
	go func() {
		var seen uint64
		for {
			snapshot, err := store.Wait(context.Background(), seen)
			if err != nil {
				ended <- err
				return
			}
			seen = snapshot.Revision()
			arrived <- snapshot
		}
	}()
	var last uint64
	for _, name := range []string{"a", "b", "c"} {
		if _, err := store.ApplyObjects(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}); err != nil {
			t.Fatal(err)
		}
		snapshot := <-arrived
		if snapshot.Revision() <= last {
			t.Error(snapshot.Revision(), last)
		}
		last = snapshot.Revision()
		snapshot.Close()
	}
	store.Close()
	if err := <-ended; !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	past, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if _, err := store.Wait(past, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestZeroValuesAreClosed(t *testing.T) {
	var store mesh.Store
	if _, err := store.Apply(nil, ""); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	store.Close()
	var watch mesh.Watch
	watch.Close()
	if err := watch.Publish(&mesh.Snapshot{}); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	if _, err := mesh.NewXDS(nil); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	xds, err := mesh.NewXDS(snapshotOf(t, newStore(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer xds.Close()
	if _, err := xds.Sizes(nil); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	var injector mesh.Injector
	if _, err := injector.Matrix(); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	for _, none := range []interface{ Close() }{(*mesh.Authority)(nil), (*mesh.Injector)(nil), (*mesh.Message)(nil), (*mesh.Proxy)(nil),
		(*mesh.Session)(nil), (*mesh.Snapshot)(nil), (*mesh.Store)(nil), (*mesh.Tests)(nil), (*mesh.Watch)(nil), (*mesh.XDS)(nil)} {
		none.Close() // by a defer before the error is looked at
	}
}

func TestAStoreIsChangedFromManyGoroutines(t *testing.T) {
	store := newStore(t)
	var group sync.WaitGroup
	for writer := range 8 {
		group.Go(func() {
			for i := range 10 {
				name := fmt.Sprintf("n-%d-%d", writer, i)
				if _, err := store.ApplyObjects(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := 0
	for snapshot, err := range store.Snapshots(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		members, err := snapshot.Members()
		if err != nil {
			t.Fatal(err)
		}
		if seen = len(members.ControlPlanes[0].Namespaces); seen >= 80 {
			break
		}
	}
	group.Wait()
	if seen != 80 {
		t.Errorf("%d namespaces", seen)
	}
}
