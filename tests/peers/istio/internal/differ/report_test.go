package differ

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"google.golang.org/protobuf/proto"
)

func clusters(names ...string) []Resource {
	var list []Resource
	for _, name := range names {
		list = append(list, Resource{Name: name, Message: &cluster.Cluster{Name: name}})
	}
	return list
}

func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestResources(t *testing.T) {
	broken := Resource{Name: "a", Message: &cluster.Cluster{}, Fault: errors.New("no cluster")}
	cases := []struct {
		name        string
		ours, istio []Resource
		want        string // names of those that are not equal, with the direction
		total       int
	}{
		{"the same in another order", clusters("a", "b"), clusters("b", "a"), "", 2},
		{"a resource that we lack counts", clusters("a"), clusters("a", "b"), "b missing", 2},
		{"a resource too many counts", clusters("a", "b"), clusters("a"), "b extra", 2},
		{"a name that comes twice", clusters("a"), clusters("a", "a"), "a (2) missing", 2},
		{"a resource that does not parse", []Resource{broken}, clusters("a"), "a differs", 1},
		{"nothing at all", nil, clusters("a", "b"), "a missing, b missing", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			verdicts := Resources(c.ours, c.istio)
			var unequal []string
			for _, v := range verdicts {
				if !v.Equal() {
					unequal = append(unequal, v.Name+" "+direction(v.Differences[0]))
				}
			}
			if got := strings.Join(unequal, ", "); got != c.want || len(verdicts) != c.total {
				t.Errorf("got %q of %d, want %q of %d", got, len(verdicts), c.want, c.total)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	path := written(t, "clusters.json", `[{"name":"a","resource":{"name":"a","connectTimeout":"1s"}},{"name":"b","resource":{"nonsense":1}}]`)
	list, err := ReadFile(path, func() proto.Message { return &cluster.Cluster{} })
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if c := list[0].Message.(*cluster.Cluster); c.GetConnectTimeout().GetSeconds() != 1 || list[0].Fault != nil {
		t.Error(list[0])
	}
	if list[1].Fault == nil {
		t.Error("an unknown field passes")
	}
	if none, err := ReadFile(path+"x", nil); err != nil || none != nil {
		t.Error("a file that is not there is an empty list:", none, err)
	}
}

// report compares two clusters of which the named ones differ in their timeout.
func report(t *testing.T, deliberate *Deliberate, floor int) *Report {
	t.Helper()
	theirs := clusters("a", "b")
	theirs[1].Message.(*cluster.Cluster).AltStatName = "x"
	c := NewCase("case", []string{"clusters"})
	c.Take("clusters", Resources(clusters("a", "b"), theirs), deliberate)
	c.Tallies["clusters"].Floor = floor
	r := &Report{}
	r.Add(c)
	r.Finish(deliberate)
	return r
}

func exceptions(t *testing.T, limit, path string) *Deliberate {
	t.Helper()
	d, err := ReadDeliberate(written(t, "d.yaml", "limitPercent: "+limit+`
exceptions: [{case: "ca*", type: clusters, resource: "*", path: `+path+`, reason: tried}]`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReport(t *testing.T) {
	none := &Deliberate{}
	cases := []struct {
		name       string
		deliberate *Deliberate
		floor      int
		failed     bool
		says       string
	}{
		{"at the floor", none, 1, false, "clusters: 1 of 2 resources equal (50.0 %), 0 deliberately different\n1 passed, 0 failed\n"},
		{"below the floor", none, 2, true, "below the floor of 2"},
		{"causes are listed", none, 1, false, "1 clusters  missing alt_stat_name (1 differences)"},
		{"a deliberate difference", exceptions(t, "50", "alt_stat_name"), 1, false, "1 deliberately different"},
		{"one of few", exceptions(t, "1", "alt_stat_name"), 1, false, "1 deliberately different"},
		{"too many deliberate ones", exceptions(t, "0", "alt_stat_name"), 1, true, "more than 0 % of 2"},
		{"an exception without use", exceptions(t, "50", "other"), 1, true, "does not occur"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, c.deliberate, c.floor)
			if r.Failed() != c.failed || !strings.Contains(r.text(5), c.says) {
				t.Errorf("failed: %v, want %v and %q in\n%s", r.Failed(), c.failed, c.says, r.text(5))
			}
		})
	}
}

func TestDeliberateNeedsReasons(t *testing.T) {
	_, err := ReadDeliberate(written(t, "d.yaml", `exceptions: [{case: "*", type: clusters, resource: "*", path: "*"}]`))
	if err == nil {
		t.Error("an exception without a reason passes")
	}
}

func TestFloorOnlyRises(t *testing.T) {
	path := written(t, "floor.yaml", "case: {clusters: 5}\n")
	f, err := ReadFloor(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Raise("case", "clusters", 3)
	f.Raise("case", "routes", 2)
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	if f, err = ReadFloor(path); err != nil || f["case"]["clusters"] != 5 || f["case"]["routes"] != 2 {
		t.Error(f, err)
	}
}

func TestHold(t *testing.T) {
	cases := []struct {
		name                          string
		equal, total, recorded, floor int
		failed                        bool
	}{
		{"99 of 100 suffice", 99, 100, 0, 99, false},
		{"98 of 100 do not", 98, 100, 0, 99, true},
		{"the share is rounded up", 7, 8, 0, 8, true},
		{"of nothing", 0, 0, 0, 0, false},
		{"a recorded floor that is higher stays", 99, 100, 100, 100, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			one := NewCase("case", []string{"clusters"})
			*one.Tallies["clusters"] = Tally{Equal: c.equal, Total: c.total, Floor: c.recorded}
			one.Hold(99)
			if floor := one.Tallies["clusters"].Floor; floor != c.floor || one.Failed() != c.failed {
				t.Errorf("floor %d, failed %v", floor, one.Failed())
			}
		})
	}
}
