package mesh_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"libmesh.invalid/mesh"
)

// field is one field of a protobuf message with bytes in it.
func field(number int, value string) string {
	out := binary.AppendUvarint(nil, uint64(number<<3|2))
	return string(binary.AppendUvarint(out, uint64(len(value)))) + value
}

// discoveryRequest is an envoy.service.discovery.v3.DiscoveryRequest: its node, names and type.
func discoveryRequest(node, kind string, names ...string) []byte {
	request := field(2, field(1, node)) + field(4, "type.googleapis.com/"+kind)
	for _, name := range names {
		request += field(3, name)
	}
	return []byte(request)
}

const (
	clusterType = "envoy.config.cluster.v3.Cluster"
	secretType  = "envoy.extensions.transport_sockets.tls.v3.Secret"
)

func shopXDS(t *testing.T) (*mesh.Snapshot, *mesh.XDS, *mesh.Proxy, mesh.Description) {
	t.Helper()
	snapshot := snapshotOf(t, shopStore(t))
	xds, err := mesh.NewXDS(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(xds.Close)
	proxy, err := snapshot.ProxyOfPod("shop-web", "frontend")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	described, err := proxy.Describe()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot, xds, proxy, described
}

func TestASessionSendsWhatTheProxyIsToHave(t *testing.T) {
	_, xds, proxy, described := shopXDS(t)
	authority, err := mesh.NewAuthority(time.Unix(1_700_000_000, 0), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	session, err := xds.NewSession(mesh.SessionOptions{Caller: mesh.Caller{BelieveNode: true}}, authority)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	authority.Close() // the session keeps what it needs
	if err := session.Receive(discoveryRequest(described.Node, clusterType)); err != nil {
		t.Fatal(err)
	}
	if err := session.Receive(discoveryRequest("", secretType, "default", "ROOTCA")); err != nil {
		t.Fatal(err)
	}
	var sent []string
	for message, err := range session.Messages() {
		if err != nil {
			t.Fatal(err)
		}
		whole, err := message.Bytes()
		var written bytes.Buffer
		if n, failed := message.WriteTo(&written); err != nil || failed != nil || n != int64(len(whole)) || written.String() != string(whole) {
			t.Errorf("%d bytes, written %d: %v %v", len(whole), n, err, failed)
		}
		sent = append(sent, string(whole))
	}
	if len(sent) != 2 || !strings.Contains(sent[0], "outbound|") || !strings.Contains(sent[1], "BEGIN CERTIFICATE") {
		t.Errorf("%d messages", len(sent))
	}
	state, err := session.Describe()
	if err != nil || !strings.Contains(string(state), described.Tenant) {
		t.Errorf("%s: %v", state, err)
	}
	if sizes, err := xds.Sizes(proxy); err != nil || strings.Count(sent[0], clusterType) < sizes[mesh.Clusters].Count {
		t.Errorf("%v: %v", sizes, err)
	}
	if message, err := session.Next(); message != nil || err != nil {
		t.Error(message, err)
	}
}

func TestASessionFollowsTheMesh(t *testing.T) {
	store := shopStore(t)
	before := snapshotOf(t, store)
	xds, err := mesh.NewXDS(before)
	if err != nil {
		t.Fatal(err)
	}
	proxies, err := before.Proxies()
	if err != nil {
		t.Fatal(err)
	}
	session, err := xds.NewSession(mesh.SessionOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	xds.Close() // the session keeps it
	if err := xds.Update(before); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
	runtime.GC()
	if err := session.Receive(discoveryRequest(proxies[0].Node, clusterType)); err != nil {
		t.Fatal(err)
	}
	message, err := session.Next()
	if err != nil || message == nil {
		t.Fatal(message, err)
	}
	session.Close()
	if _, err := message.Bytes(); err != nil { // it outlives its session
		t.Error(err)
	}
	message.Close()
	if _, err := session.Next(); !errors.Is(err, mesh.ErrClosed) {
		t.Error(err)
	}
}

func TestWrongRequestsEndTheStream(t *testing.T) {
	_, xds, _, _ := shopXDS(t)
	for _, row := range []struct {
		name    string
		request []byte
		want    error
	}{
		{"no request", []byte("\xff\xff"), mesh.ErrParse},
		{"no node", []byte(field(4, "type.googleapis.com/"+clusterType)), mesh.ErrInvalidArgument},
		{"a node in no mesh", discoveryRequest("sidecar~1.1.1.1~a.nowhere~nowhere.svc.cluster.local", clusterType), mesh.ErrNotFound},
	} {
		session, err := xds.NewSession(mesh.SessionOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Receive(row.request); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
		session.Close()
	}
	if _, err := xds.NewSession(mesh.SessionOptions{Flavour: "vanilla"}, nil); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestIdentities(t *testing.T) {
	snapshot, xds, proxy, _ := shopXDS(t)
	authority, err := mesh.NewAuthority(time.Unix(1_700_000_000, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer authority.Close()
	identity, err := authority.Issue(snapshot, proxy)
	if err != nil || !strings.Contains(identity.CertificateChain, "BEGIN CERTIFICATE") || !strings.Contains(identity.PrivateKey, "KEY") {
		t.Fatal(identity, err)
	}
	server, err := authority.IssueServer("127.0.0.1", "istiod.istio-system.svc")
	if err != nil || server.Root == "" || server.Root == identity.Root {
		t.Error(server, err)
	}
	bootstrap, err := xds.Bootstrap(proxy, mesh.Parameters{"static": true, "identity": identity})
	if err != nil || !json.Valid(bootstrap) || !strings.Contains(string(bootstrap), `"staticResources"`) {
		t.Errorf("%.200s: %v", bootstrap, err)
	}
	if names, err := xds.SecretNames(proxy); err != nil || len(names) == 0 {
		t.Error(names, err)
	}
	stock, err := proxy.WithFlavour("envoy")
	if err != nil {
		t.Fatal(err)
	}
	defer stock.Close()
	if described, err := stock.Describe(); err != nil || described.Flavour != "envoy" {
		t.Error(described, err)
	}
	if _, err := proxy.WithFlavour("vanilla"); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestExplanationsAndADifference(t *testing.T) {
	snapshot, _, proxy, _ := shopXDS(t)
	why, err := snapshot.ExplainPolicy(proxy, "VirtualService/shop-catalog/catalog")
	if err != nil || !json.Valid(why) {
		t.Errorf("%.200s: %v", why, err)
	}
	if _, err := snapshot.ExplainResource(proxy, mesh.Clusters, "nothing like it"); !errors.Is(err, mesh.ErrNotFound) {
		t.Error(err)
	}
	later := shopStore(t)
	if err := later.Delete("VirtualService", "shop-catalog", "catalog"); err != nil {
		t.Fatal(err)
	}
	after := snapshotOf(t, later)
	difference, err := snapshot.Diff(after)
	if err != nil || !strings.Contains(string(difference), "frontend") {
		t.Errorf("%.300s: %v", difference, err)
	}
	clone, err := after.Clone()
	if err != nil {
		t.Fatal(err)
	}
	after.Close()
	if same, err := snapshot.Diff(clone); err != nil || string(same) != string(difference) || clone.Revision() != after.Revision() {
		t.Errorf("%.300s: %v", same, err)
	}
	clone.Close()
}

func TestDiagnosticCodes(t *testing.T) {
	codes, err := mesh.DiagnosticCodes()
	if err != nil || len(codes) < 20 || codes[0].Code == "" || codes[0].Meaning == "" {
		t.Error(codes, err)
	}
}
