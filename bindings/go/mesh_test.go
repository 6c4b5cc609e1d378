package mesh_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"libmesh.invalid/mesh"
)

const shop = "../../examples/shop"

func newStore(t *testing.T) *mesh.Store {
	t.Helper()
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func shopStore(t *testing.T) *mesh.Store {
	t.Helper()
	store := newStore(t)
	if diagnostics, err := store.ApplyFS(os.DirFS(shop)); err != nil || len(diagnostics) != 0 {
		t.Fatal(diagnostics, err)
	}
	return store
}

func snapshotOf(t *testing.T, store *mesh.Store) *mesh.Snapshot {
	t.Helper()
	snapshot, err := store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(snapshot.Close)
	return snapshot
}

func TestMembersOfTheExample(t *testing.T) {
	snapshot := snapshotOf(t, shopStore(t))
	members, err := snapshot.Members()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, plane := range members.ControlPlanes {
		for _, member := range plane.Members {
			got[plane.Name] = append(got[plane.Name], member.Namespace)
		}
		slices.Sort(got[plane.Name])
	}
	if !slices.Equal(got["shop-mesh"], []string{"shop-cart", "shop-catalog", "shop-web"}) ||
		!slices.Equal(got["partner-mesh"], []string{"partner-billing", "partner-portal"}) || len(got) != 2 {
		t.Errorf("members: %v", got)
	}
	if one, err := snapshot.MembersOf("shop-control-plane/shop-mesh"); err != nil || len(one.ControlPlanes) != 1 {
		t.Error(one, err)
	}
	if _, err := snapshot.MembersOf("no/mesh"); !errors.Is(err, mesh.ErrNotFound) {
		t.Errorf("an unknown mesh: %v", err)
	}
}

func TestWhatAProxyIsSent(t *testing.T) {
	snapshot := snapshotOf(t, shopStore(t))
	xds, err := mesh.NewXDS(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	defer xds.Close()
	proxies, err := snapshot.Proxies()
	if err != nil || len(proxies) != 8 {
		t.Fatal(proxies, err)
	}
	for _, description := range proxies {
		proxy, err := snapshot.ProxyOfPod(description.Namespace, description.Name)
		if err != nil {
			t.Fatal(err)
		}
		defer proxy.Close()
		if again, err := proxy.Describe(); err != nil || again != description {
			t.Error(again, description, err)
		}
		seesOwnTenant(t, xds, proxy, description)
	}
}

// The other tenant's namespaces are nowhere in what a proxy is sent.
func seesOwnTenant(t *testing.T, xds *mesh.XDS, proxy *mesh.Proxy, description mesh.Description) {
	t.Helper()
	mine, other := ".shop-", ".partner-"
	if strings.HasPrefix(description.Namespace, "partner-") {
		mine, other = other, mine
	}
	for _, kind := range []mesh.Type{mesh.Clusters, mesh.Endpoints, mesh.Listeners, mesh.Routes} {
		resources, err := xds.Resources(proxy, kind)
		if err != nil {
			t.Fatal(description, kind, err)
		}
		own := false
		for _, resource := range resources {
			own = own || strings.Contains(string(resource.Resource), mine)
			if strings.Contains(resource.Name, other) || strings.Contains(string(resource.Resource), other) {
				t.Errorf("%v is sent %s %s of the other tenant", description, kind, resource.Name)
			}
		}
		if !own && description.Name == "frontend" && kind != mesh.Listeners {
			t.Errorf("%v: nothing of its own among %d %s", description, len(resources), kind)
		}
		if len(resources) == 0 && (kind == mesh.Clusters || kind == mesh.Listeners) {
			t.Errorf("%v is sent no %s", description, kind)
		}
		if bytes, err := xds.Response(proxy, kind); err != nil || len(bytes) == 0 {
			t.Error(description, kind, len(bytes), err)
		}
	}
	if _, err := xds.Resources(proxy, "cluster"); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Errorf("an unknown type: %v", err)
	}
}

func TestMistakesAreDiagnosticsAndBadCallsAreErrors(t *testing.T) {
	store := newStore(t)
	diagnostics, err := store.Apply([]byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n"), "f.yaml")
	if err != nil || len(diagnostics) != 1 || diagnostics[0].Code != "unknown-field" || diagnostics[0].Line != 4 {
		t.Error(diagnostics, err)
	}
	if all, err := snapshotOf(t, store).Diagnostics(); err != nil || !slices.Equal(all, diagnostics) {
		t.Error(all, err)
	}
	if err := store.Delete("Service", "default", "b"); !errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
	if err := store.Delete("Unicorn", "default", "b"); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := mesh.NewStore(mesh.Options{MeshConfig: "a: ["}); err == nil {
		t.Error("a broken MeshConfig is taken")
	}
	if _, err := snapshotOf(t, store).ReadProxy([]byte("tpye: sidecar"), "p.yaml"); err == nil || errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	store := shopStore(t)
	snapshot := snapshotOf(t, store)
	store.Close()
	store.Close()
	if _, err := store.Snapshot(); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	if _, err := snapshot.Members(); err != nil { // it outlives its store
		t.Error(err)
	}
	var group sync.WaitGroup
	for range 8 { // closing while others ask
		group.Go(func() {
			if _, err := snapshot.Members(); err != nil && !errors.Is(err, mesh.ErrClosed) {
				t.Error(err)
			}
			snapshot.Close()
		})
	}
	group.Wait()
}

func TestWhatIsForgottenIsFreed(t *testing.T) {
	store := shopStore(t)
	for range 50 {
		if _, err := store.Snapshot(); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
	}
}

func TestWatch(t *testing.T) {
	store := newStore(t)
	watch, err := mesh.NewWatch()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	if _, err := watch.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	arrived := make(chan uint64)
	go func() {
		snapshot, err := watch.Wait(context.Background(), 0)
		if err != nil {
			t.Error(err)
		}
		arrived <- snapshot.Revision()
	}()
	if _, err := store.Apply([]byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"), ""); err != nil {
		t.Fatal(err)
	}
	snapshot := snapshotOf(t, store)
	if err := watch.Publish(snapshot); err != nil {
		t.Fatal(err)
	}
	if revision := <-arrived; revision != snapshot.Revision() || revision == 0 {
		t.Error(revision)
	}
	ended := make(chan error)
	go func() {
		_, err := watch.Wait(context.Background(), snapshot.Revision())
		ended <- err
	}()
	time.Sleep(10 * time.Millisecond)
	watch.Close()
	if err := <-ended; !errors.Is(err, mesh.ErrConflict) && !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
}

func TestVersion(t *testing.T) {
	version, err := mesh.Version()
	if err != nil || version.Version == "" || !strings.HasPrefix(version.Istio, "1.31") {
		t.Error(version, err)
	}
}

// Nobody holds what is asked: a call that did not hold it itself would be asked of freed memory (the build tag mesh_gc).
func TestWhatNobodyHoldsIsHeldByTheCall(t *testing.T) {
	store := shopStore(t)
	snapshot := func() *mesh.Snapshot {
		made, err := store.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	proxy := func() *mesh.Proxy {
		made, err := snapshot().ProxyOfPod("shop-web", "frontend")
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	xds := func() *mesh.XDS {
		made, err := mesh.NewXDS(snapshot())
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	for range 3 {
		if _, err := snapshot().Members(); err != nil {
			t.Error(err)
		}
		if _, err := snapshot().Diff(snapshot()); err != nil {
			t.Error(err)
		}
		if _, err := xds().Response(proxy(), mesh.Clusters); err != nil {
			t.Error(err)
		}
		session, err := xds().NewSession(mesh.SessionOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		described, err := proxy().Describe()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Receive(discoveryRequest(described.Node, clusterType)); err != nil {
			t.Error(err)
		}
		if message, err := session.Next(); message == nil || err != nil {
			t.Error(message, err)
		}
	}
}
