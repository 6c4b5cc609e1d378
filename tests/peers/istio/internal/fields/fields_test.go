package fields

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"sigs.k8s.io/yaml"

	networking "istio.io/api/networking/v1alpha3"
)

func hostsOf(t *testing.T) []*Host {
	t.Helper()
	hosts, err := Hosts()
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

func settingsOf(t *testing.T, h *Host) []*Setting {
	t.Helper()
	settings, err := h.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

func hostNamed(t *testing.T, kind, name string) *Host {
	t.Helper()
	for _, h := range hostsOf(t) {
		if h.Kind == kind && h.Name == name {
			return h
		}
	}
	t.Fatalf("no host %s/%s", kind, name)
	return nil
}

func TestEachOfTheKindsHasAHost(t *testing.T) {
	asked := map[string]bool{}
	for _, h := range hostsOf(t) {
		asked[h.Kind] = true
	}
	for _, kind := range []string{
		"AuthorizationPolicy", "DestinationRule", "EnvoyFilter", "Gateway", "PeerAuthentication", "ProxyConfig", "RequestAuthentication", "ServiceEntry",
		"Sidecar", "Telemetry", "TrafficExtension", "VirtualService", "WasmPlugin", "WorkloadEntry", "WorkloadGroup", MeshConfig,
	} {
		if !asked[kind] {
			t.Errorf("nothing of %s is asked about", kind)
		}
	}
}

// leaves are the paths of all fields below a message that hold values, each message type once on a way.
func leaves(kind string, way []protoreflect.FieldDescriptor, d protoreflect.MessageDescriptor, above []protoreflect.FullName, add func(string)) {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		to := append(way[:len(way):len(way)], f)
		if _, skipped := named(known.Skip, kind, to); skipped {
			continue
		}
		inner := f.Message()
		if f.IsMap() {
			inner = f.MapValue().Message()
		}
		again := false
		for _, one := range above {
			again = again || inner != nil && inner.FullName() == one
		}
		if _, listed := named(known.Values, kind, to); listed || inner == nil || isValue(inner) || again {
			add(pathOf(to))
		} else {
			leaves(kind, to, inner, append(above[:len(above):len(above)], inner.FullName()), add)
		}
	}
}

func TestEveryFieldIsAskedAbout(t *testing.T) {
	asked, specs := map[string]bool{}, map[string]protoreflect.MessageDescriptor{}
	for _, h := range hostsOf(t) {
		specs[h.Kind] = h.spec.ProtoReflect().Descriptor()
		for _, s := range settingsOf(t, h) {
			asked[h.Kind+"."+s.Path] = true
		}
	}
	for kind, d := range specs {
		leaves(kind, nil, d, []protoreflect.FullName{d.FullName()}, func(path string) {
			if !asked[kind+"."+path] {
				t.Errorf("%s.%s is not asked about", kind, path)
			}
		})
	}
}

func TestEveryValueOfAnEnumIsAskedAbout(t *testing.T) {
	var values []string
	for _, s := range settingsOf(t, hostNamed(t, "PeerAuthentication", "namespace")) {
		if s.Path == "mtls.mode" {
			values = append(values, s.Value)
		}
	}
	if got := strings.Join(values, " "); got != `"UNSET" "DISABLE" "PERMISSIVE" "STRICT"` {
		t.Errorf("mtls.mode is set to %s", got)
	}
}

func TestASettingChangesJustItsField(t *testing.T) {
	h := hostNamed(t, "VirtualService", "http")
	for _, s := range settingsOf(t, h) {
		if s.Path != "http[].retries.attempts" {
			continue
		}
		want := proto.Clone(h.spec)
		b := []byte(`{"http":[{"retries":{"attempts":7}}]}`)
		more := h.spec.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal(b, more); err != nil {
			t.Fatal(err)
		}
		field := func(m proto.Message, name protoreflect.Name) (protoreflect.Message, protoreflect.FieldDescriptor) {
			r := m.ProtoReflect()
			first := r.Mutable(r.Descriptor().Fields().ByName("http")).List().Get(0).Message()
			return first, first.Descriptor().Fields().ByName(name)
		}
		to, f := field(want, "retries")
		from, _ := field(more, "retries")
		to.Set(f, from.Get(f))
		if !proto.Equal(s.Spec, want) {
			t.Errorf("got\n%s\nwant\n%s", protojson.Format(s.Spec), protojson.Format(want))
		}
		var body struct{ Kind string }
		if err := yaml.Unmarshal([]byte(s.Text), &body); err != nil || body.Kind != "VirtualService" {
			t.Errorf("%v in %s", err, s.Text)
		}
		return
	}
	t.Error("http[].retries.attempts is not set")
}

func TestWhatCannotStandBesideAFieldGoes(t *testing.T) {
	found := false
	for _, s := range settingsOf(t, hostNamed(t, "VirtualService", "http")) {
		if s.Path == "http[].directResponse.status" {
			found = true
			if first := s.Spec.(*networking.VirtualService).GetHttp()[0]; len(first.GetRoute()) > 0 || first.GetDirectResponse().GetStatus() == 0 {
				t.Errorf("%v", first)
			}
		}
	}
	if !found {
		t.Error("http[].directResponse.status is not set")
	}
}

func TestASeedGivesOneMesh(t *testing.T) {
	taken := 0
	g, err := NewGenerator(nil, func(kind, text string) bool { taken++; return taken%3 == 0 })
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for seed := range uint64(20) {
		taken = 0
		once, err := g.Mesh(seed)
		if err != nil {
			t.Fatal(err)
		}
		taken = 0
		again, err := g.Mesh(seed)
		if err != nil || once != again {
			t.Errorf("seed %d gives two meshes, %v", seed, err)
		}
		texts[once] = true
		identities := map[string]bool{}
		for _, document := range strings.Split(strings.TrimPrefix(once, Base), "\n---\n") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			id := identityOf(document)
			if identities[id] {
				t.Errorf("seed %d has %q twice", seed, id)
			}
			identities[id] = true
		}
	}
	if len(texts) < 20 {
		t.Errorf("20 seeds give %d meshes", len(texts))
	}
}

func TestAReportCounts(t *testing.T) {
	r := NewReport([]*Outcome{
		{Kind: "A", Path: "x", Visible: true}, {Kind: "A", Path: "y", Differs: []string{"here"}}, {Kind: "A", Path: "z", Invalid: "no"},
		{Kind: "B", Path: "x", Fault: "fell over"},
	}, map[string]int{"A": 1})
	if a := *r.Sums["A"]; a != (Sum{Alike: 1, Total: 2, Visible: 1, Invalid: 1, Floor: 1}) {
		t.Errorf("%+v", a)
	}
	if raised := r.Raise(map[string]int{"A": 2, "C": 3}); raised["A"] != 2 || raised["B"] != 0 || raised["C"] != 3 {
		t.Errorf("raised to %v", raised)
	}
}

// outcomesOf are settings of one kind.
func outcomesOf(kind string, alike, different, refused int) []*Outcome {
	var outcomes []*Outcome
	for range alike {
		outcomes = append(outcomes, &Outcome{Kind: kind})
	}
	for range different {
		outcomes = append(outcomes, &Outcome{Kind: kind, Differs: []string{"here"}})
	}
	for range refused {
		outcomes = append(outcomes, &Outcome{Kind: kind, Invalid: "no"})
	}
	return outcomes
}

func TestAReportFails(t *testing.T) {
	type kinds = map[string]int
	cases := []struct {
		name     string
		outcomes []*Outcome
		floor    kinds
		says     string // in its text; a report that says nothing does not fail
	}{
		{"all alike", outcomesOf("A", 3, 0, 0), kinds{"A": 3}, ""},
		{"98 of 100 suffice", outcomesOf("A", 98, 2, 0), kinds{"A": 98}, ""},
		{"97 of 100 do not, though the floor is kept", outcomesOf("A", 97, 3, 0), kinds{"A": 97}, "below 98 %"},
		{"a kind without a floor is held as well", outcomesOf("A", 97, 3, 0), nil, "below 98 %"},
		{"one kind falls short beside a good one", append(outcomesOf("A", 99, 0, 0), outcomesOf("B", 1, 1, 0)...), nil, "below 98 %"},
		{"below the floor, all of those left alike", outcomesOf("A", 2, 0, 0), kinds{"A": 3}, "below the floor of 3"},
		{"a refused setting counts for nobody", outcomesOf("A", 1, 0, 5), kinds{"A": 1}, ""},
		{"all settings are refused by now", outcomesOf("A", 0, 0, 2), kinds{"A": 2}, "below the floor of 2"},
		{"a kind with a floor is gone", outcomesOf("A", 1, 0, 0), kinds{"A": 1, "B": 1}, "not asked about"},
		{"nothing was asked", nil, kinds{"A": 1}, "not asked about"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := NewReport(c.outcomes, c.floor)
			if failed := c.says != ""; r.Failed() != failed || strings.Contains(r.Text(false), "FAILED") != failed || !strings.Contains(r.Text(false), c.says) {
				t.Errorf("failed %v, want %q in\n%s", r.Failed(), c.says, r.Text(false))
			}
		})
	}
}
