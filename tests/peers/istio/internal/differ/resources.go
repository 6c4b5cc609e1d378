package differ

import (
	"encoding/json"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// A Resource is one named message; one that could not be read has no message but a fault.
type Resource struct {
	Name    string
	Message proto.Message
	Fault   error
}

// A Verdict says how one resource compares. Without differences it is equal.
type Verdict struct {
	Name        string       `json:"name"`
	Differences []Difference `json:"differences,omitempty"`
	Deliberate  bool         `json:"deliberate,omitempty"` // each difference is in the reviewed list
}

// Equal tells whether both sides have the resource and agree on all of it.
func (v Verdict) Equal() bool { return len(v.Differences) == 0 }

// Resources compares by name: Istio's in their order, then what only we have. A name that comes
// twice is compared occurrence by occurrence.
func Resources(ours, istio []Resource) []Verdict {
	mine := map[string]Resource{}
	var order []string
	for i, name := range numbered(ours) {
		mine[name] = ours[i]
		order = append(order, name)
	}
	var verdicts []Verdict
	for i, name := range numbered(istio) {
		r, found := mine[name]
		delete(mine, name)
		v := Verdict{Name: name}
		switch {
		case !found:
			v.Differences = []Difference{{"", Absent, "(present)"}}
		case r.Fault != nil || istio[i].Fault != nil:
			v.Differences = []Difference{{"", faultOf(r), faultOf(istio[i])}}
		default:
			canonical(r.Message)
			canonical(istio[i].Message)
			v.Differences = Messages(r.Message, istio[i].Message)
		}
		verdicts = append(verdicts, v)
	}
	for _, name := range order {
		if _, left := mine[name]; left {
			verdicts = append(verdicts, Verdict{Name: name, Differences: []Difference{{"", "(present)", Absent}}})
		}
	}
	return verdicts
}

// Unsettled tells that two answers of one side to the same question differ in a resource.
func Unsettled(name string, once, again []Resource) bool {
	for _, v := range Resources(once, again) {
		if v.Name == name {
			return !v.Equal()
		}
	}
	return false
}

func faultOf(r Resource) string {
	if r.Fault != nil {
		return r.Fault.Error()
	}
	return "(present)"
}

func numbered(resources []Resource) []string {
	seen := map[string]int{}
	names := make([]string, len(resources))
	for i, r := range resources {
		names[i] = r.Name
		if seen[r.Name]++; seen[r.Name] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", r.Name, seen[r.Name])
		}
	}
	return names
}

// ReadFile reads a list of {"name", "resource"} as `mesh xds` writes it. A file that is not there
// is an empty list. A resource that is no message of the type is kept with its fault.
func ReadFile(path string, empty func() proto.Message) ([]Resource, error) {
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var entries []struct {
		Name     string          `json:"name"`
		Resource json.RawMessage `json:"resource"`
	}
	if err := json.Unmarshal(b, &entries); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	resources := make([]Resource, len(entries))
	for i, e := range entries {
		m := empty()
		resources[i] = Resource{e.Name, m, protojson.Unmarshal(e.Resource, m)}
	}
	return resources, nil
}
