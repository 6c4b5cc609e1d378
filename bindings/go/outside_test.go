package mesh_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What users have: modules of their own outside this tree, and the installed library or none.

func absolute(t *testing.T, path string) string {
	t.Helper()
	whole, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// module makes a fresh Go module of these files, which requires this one.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short: it is built anew, and the same in every mode")
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, nil, "go", "mod", "init", "example.com/outside")
	run(t, dir, nil, "go", "mod", "edit", "-require", "libmesh.invalid/mesh@v0.0.0",
		"-replace", "libmesh.invalid/mesh="+absolute(t, "."))
	return dir
}

func run(t *testing.T, dir string, environment []string, name string, arguments ...string) string {
	t.Helper()
	out, err := attempt(dir, environment, name, arguments...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, arguments, err, out)
	}
	return out
}

func attempt(dir string, environment []string, name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), environment...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func prefix(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(run(t, ".", nil, "pkg-config", "--variable=prefix", "mesh"))
}

// cluster is an API server that knows lists by their path and sends them to who watches.
type cluster map[string][]string

func (c cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, object := range c[strings.TrimPrefix(r.URL.Path, "/")] {
		fmt.Fprintf(w, `{"type":"ADDED","object":%s}`+"\n", object)
	}
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

var small = cluster{
	"api/v1/namespaces": {
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"cp"}}`,
		`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`,
	},
	"apis/maistra.io/v2/servicemeshcontrolplanes": {
		`{"apiVersion":"maistra.io/v2","kind":"ServiceMeshControlPlane","metadata":{"name":"m","namespace":"cp"},"spec":{"version":"v2.5"}}`,
	},
	"apis/maistra.io/v1/servicemeshmemberrolls": {
		`{"apiVersion":"maistra.io/v1","kind":"ServiceMeshMemberRoll","metadata":{"name":"default","namespace":"cp"},"spec":{"members":["shop"]}}`,
	},
}

// planned is what the program says of the same objects, without the spaces.
func planned(t *testing.T) string {
	t.Helper()
	var objects []string
	for _, list := range small {
		objects = append(objects, list...)
	}
	file := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(file, []byte(`{"apiVersion":"v1","kind":"List","items":[`+strings.Join(objects, ",")+`]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(filepath.Join(prefix(t), "bin/mesh"), "plan", "-f", file, "-o", "json").Output()
	var out bytes.Buffer
	if err != nil || json.Compact(&out, said) != nil {
		t.Fatalf("%s: %v", said, err)
	}
	return out.String()
}

func TestTheControllerOutsideTheTreeSaysWhatTheProgramSays(t *testing.T) {
	source, err := os.ReadFile("../../examples/go/main.go")
	if err != nil {
		t.Fatal(err)
	}
	dir := module(t, map[string]string{"main.go": string(source)})
	run(t, dir, nil, "go", "build", "-o", "controller", ".")
	server := httptest.NewServer(small)
	defer server.Close()
	defer server.CloseClientConnections()
	arguments := []string{server.URL}
	for path := range small {
		arguments = append(arguments, path)
	}
	controller := exec.Command(filepath.Join(dir, "controller"), arguments...)
	out, err := controller.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := controller.Start(); err != nil {
		t.Fatal(err)
	}
	impatient := time.AfterFunc(time.Minute, func() { controller.Process.Kill() })
	defer func() {
		impatient.Stop()
		controller.Process.Kill()
		controller.Wait()
	}()
	// Revisions come as the objects do; the one after the last object is the answer.
	want, said := planned(t), bufio.NewReader(out)
	for {
		line, err := said.ReadString('\n')
		if err != nil {
			t.Fatalf("the controller ended before it said what the program says: %v", err)
		}
		if _, plan, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); plan == want {
			return
		}
	}
}

const asks = `package main

import (
	"fmt"
	"os"

	"libmesh.invalid/mesh"
)

func main() {
	_, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	version, err := mesh.Version()
	fmt.Println(version.Version, err)
}
`

func imported(t *testing.T, program string) []string {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	return libraries
}

func TestAProgramIsLinkedWithTheSharedOrTheStaticLibrary(t *testing.T) {
	dir := module(t, map[string]string{"main.go": asks})
	run(t, dir, nil, "go", "build", "-o", "shared", ".")
	run(t, dir, nil, "go", "build", "-tags", "mesh_static", "-o", "static", ".")
	if shared := imported(t, dir+"/shared"); !slices.Contains(shared, "libmesh.so.0") {
		t.Error(shared)
	}
	static := imported(t, dir+"/static")
	if slices.ContainsFunc(static, func(name string) bool { return strings.HasPrefix(name, "libmesh") }) {
		t.Error(static)
	}
	if said := run(t, dir, []string{"LD_LIBRARY_PATH="}, "./static"); !strings.HasSuffix(said, " <nil>\n") {
		t.Error(said)
	}
}

// standIn is a library of the name and the symbols of ours, which crashes at whatever is called but what tells its ABI.
func standIn(t *testing.T, symbols []string) string {
	t.Helper()
	dir := t.TempDir()
	source := "#include <stdlib.h>\nunsigned mesh_abi_version(void) { return 77; }\n"
	for _, symbol := range symbols {
		if symbol != "mesh_abi_version" {
			source += "void " + symbol + "(void) { abort(); }\n"
		}
	}
	for name, text := range map[string]string{"other.c": source, "versions": "MESH_0 { global: mesh_*; };\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, nil, "cc", "-shared", "-fPIC", "-Wl,-soname,libmesh.so.0,--version-script=versions", "-o", "libmesh.so.0", "other.c")
	return dir
}

func TestALibraryThatIsAbsentOrAnotherIsSaidToBe(t *testing.T) {
	dir := module(t, map[string]string{"main.go": asks})
	run(t, dir, nil, "go", "build", "-o", "asks", ".")
	for _, known := range [][]string{symbols(t), nil} { // with all of our functions, with none
		said, err := attempt(dir, []string{"LD_LIBRARY_PATH=" + standIn(t, known)}, "./asks")
		if err == nil || !strings.HasPrefix(said, "mesh: the libmesh that was loaded has ABI 77, and this module was made for ABI 0: install") {
			t.Errorf("another ABI: %v\n%s", err, said)
		}
	}
	said, err := attempt(dir, []string{"LD_LIBRARY_PATH="}, "./asks")
	if err == nil || !strings.Contains(said, "libmesh.so.0") {
		t.Errorf("at the start, without the library: %v\n%s", err, said)
	}
	said, err = attempt(dir, []string{"PKG_CONFIG_PATH=", "PKG_CONFIG_LIBDIR=/nowhere", "CGO_CPPFLAGS=-DNOT_CACHED"}, "go", "build", ".")
	if err == nil || !strings.Contains(said, "mesh was not found") || !strings.Contains(said, "PKG_CONFIG_PATH") {
		t.Errorf("at the build, without the library: %v\n%s", err, said)
	}
}

const clientgo = `package main

import (
	"fmt"

	networking "istio.io/api/networking/v1alpha3"
	istio "istio.io/client-go/pkg/apis/networking/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"libmesh.invalid/mesh"
)

func main() {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		panic(err)
	}
	named := func(name string) meta.ObjectMeta { return meta.ObjectMeta{Name: name, Namespace: "shop"} }
	services := core.ServiceList{Items: []core.Service{
		{ObjectMeta: named("a"), Spec: core.ServiceSpec{Ports: []core.ServicePort{{Port: 80}}}},
		{ObjectMeta: named("b")},
	}}
	route := &istio.VirtualService{ObjectMeta: named("v"), Spec: networking.VirtualService{Hosts: []string{"a"}}}
	fmt.Println(store.ApplyObjects(&services, route, &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "shop"}}))
	fmt.Println(store.DeleteObject(&services.Items[0]))
	snapshot, err := store.Snapshot()
	if err != nil {
		panic(err)
	}
	fmt.Println(snapshot.Changed())
}
`

// What clients read from an API server has neither kind nor API version.
func TestObjectsOfClientGoAreTakenAsTheyAre(t *testing.T) {
	dir := module(t, map[string]string{"main.go": clientgo})
	const peers = "../../tests/peers/istio/" // has the versions, and is built in the same run
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(peers + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, nil, "go", "mod", "edit", "-module", "example.com/clientgo", "-require", "libmesh.invalid/mesh@v0.0.0",
		"-replace", "libmesh.invalid/mesh="+absolute(t, "."))
	offline := []string{"GOFLAGS=-mod=mod", "GOPROXY=off"}
	if out, err := attempt(dir, offline, "go", "list", "k8s.io/api/core/v1", "istio.io/client-go/pkg/apis/networking/v1"); err != nil {
		t.Skipf("skipped: client-go is not on this machine: %s", out)
	}
	said := run(t, dir, offline, "go", "run", ".")
	if want := "[] <nil>\n<nil>\n[{Namespace  shop} {Service shop b} {VirtualService shop v}] <nil>\n"; said != want {
		t.Errorf("%s, want %s", said, want)
	}
}
