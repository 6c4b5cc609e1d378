// Package differ compares what two control planes generate: resources by name, as parsed messages,
// every difference with its path. Messages inside an Any are unpacked, so that the order of bytes
// says nothing; the order of lists does, because Envoy reads most of them in order (orderFree).
package differ

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// Absent is the value of what one side does not have.
const Absent = "(absent)"

// A Difference is one field that two messages do not agree on. List elements stand in the path by
// their name where they have one and it is unique, else by position: routes[api].match.prefix,
// domains[3]. Keys of maps stand in braces.
type Difference struct {
	Path  string `json:"path"`
	Ours  string `json:"ours"`
	Istio string `json:"istio"`
}

// Messages gives the differences of two messages, in the order of the fields. None means equal.
func Messages(ours, istio proto.Message) []Difference {
	w := &walker{}
	w.messages("", ours.ProtoReflect(), istio.ProtoReflect())
	return w.found
}

type walker struct{ found []Difference }

func (w *walker) add(path, ours, istio string) {
	w.found = append(w.found, Difference{path, ours, istio})
}

func (w *walker) messages(path string, a, b protoreflect.Message) {
	if a.Descriptor().FullName() != b.Descriptor().FullName() {
		w.add(join(path, "@type"), string(a.Descriptor().FullName()), string(b.Descriptor().FullName()))
		return
	}
	if x, ok := a.Interface().(*anypb.Any); ok {
		w.packed(path, x, b.Interface().(*anypb.Any))
		return
	}
	fields := a.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		at := join(path, string(f.Name()))
		switch {
		case !a.Has(f) && !b.Has(f):
		case f.IsList():
			w.lists(at, f, a.Get(f).List(), b.Get(f).List())
		case f.IsMap():
			w.maps(at, f, a.Get(f).Map(), b.Get(f).Map())
		case !a.Has(f):
			w.add(at, Absent, show(f, b.Get(f)))
		case !b.Has(f):
			w.add(at, show(f, a.Get(f)), Absent)
		default:
			w.values(at, f, a.Get(f), b.Get(f))
		}
	}
	if string(a.GetUnknown()) != string(b.GetUnknown()) {
		w.add(join(path, "(unknown fields)"), fmt.Sprintf("%x", a.GetUnknown()), fmt.Sprintf("%x", b.GetUnknown()))
	}
}

func (w *walker) packed(path string, a, b *anypb.Any) {
	if a.GetTypeUrl() != b.GetTypeUrl() {
		w.add(join(path, "@type"), a.GetTypeUrl(), b.GetTypeUrl())
		return
	}
	x, errA := a.UnmarshalNew()
	y, errB := b.UnmarshalNew()
	switch {
	case errA == nil && errB == nil:
		w.messages(path, x.ProtoReflect(), y.ProtoReflect())
	case string(a.GetValue()) != string(b.GetValue()):
		w.add(join(path, "value"), fmt.Sprintf("%x", a.GetValue()), fmt.Sprintf("%x", b.GetValue()))
	}
}

func (w *walker) values(path string, f protoreflect.FieldDescriptor, a, b protoreflect.Value) {
	if f.Message() != nil {
		w.messages(path, a.Message(), b.Message())
	} else if !a.Equal(b) {
		w.add(path, show(f, a), show(f, b))
	}
}

// orderFree are the lists whose order says nothing to Envoy and varies in Istio itself from run to
// run, because it comes out of Go's maps: conditions that must all hold, endpoints of one locality.
var orderFree = map[protoreflect.FullName]bool{
	"envoy.config.route.v3.RouteMatch.headers":                  true,
	"envoy.config.route.v3.RouteMatch.query_parameters":         true,
	"envoy.config.endpoint.v3.LocalityLbEndpoints.lb_endpoints": true,
}

func (w *walker) lists(path string, f protoreflect.FieldDescriptor, a, b protoreflect.List) {
	valuesA, valuesB := elements(f, a), elements(f, b)
	keysA, keysB := keys(f, valuesA), keys(f, valuesB)
	if keysA == nil || keysB == nil {
		w.positions(path, f, valuesA, valuesB)
		return
	}
	var commonA, commonB []string
	for i, k := range keysB {
		at := fmt.Sprintf("%s[%s]", path, k)
		if j := slices.Index(keysA, k); j < 0 {
			w.add(at, Absent, show(f, valuesB[i]))
		} else {
			commonB = append(commonB, k)
			w.values(at, f, valuesA[j], valuesB[i])
		}
	}
	for i, k := range keysA {
		if slices.Contains(keysB, k) {
			commonA = append(commonA, k)
		} else {
			w.add(fmt.Sprintf("%s[%s]", path, k), show(f, valuesA[i]), Absent)
		}
	}
	if !slices.Equal(commonA, commonB) && !orderFree[f.FullName()] {
		w.add(path+" (order)", strings.Join(commonA, ", "), strings.Join(commonB, ", "))
	}
}

func (w *walker) positions(path string, f protoreflect.FieldDescriptor, a, b []protoreflect.Value) {
	for i := range max(len(a), len(b)) {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(a):
			w.add(at, Absent, show(f, b[i]))
		case i >= len(b):
			w.add(at, show(f, a[i]), Absent)
		default:
			w.values(at, f, a[i], b[i])
		}
	}
}

// elements gives the list as it stands, or sorted by what it encodes to where order says nothing.
func elements(f protoreflect.FieldDescriptor, l protoreflect.List) []protoreflect.Value {
	values := make([]protoreflect.Value, l.Len())
	for i := range values {
		values[i] = l.Get(i)
	}
	if orderFree[f.FullName()] {
		slices.SortFunc(values, func(x, y protoreflect.Value) int { return bytes.Compare(encoded(x), encoded(y)) })
	}
	return values
}

func encoded(v protoreflect.Value) []byte {
	b, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(v.Message().Interface())
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

// keys names the elements of a list of messages by their field "name", endpoints by their address;
// nil when they have none, or when two have the same.
func keys(f protoreflect.FieldDescriptor, values []protoreflect.Value) []string {
	if f.Message() == nil {
		return nil
	}
	found, seen := make([]string, len(values)), map[string]bool{}
	for i, v := range values {
		k := keyOf(v.Message())
		if k == "" || seen[k] {
			return nil
		}
		found[i], seen[k] = k, true
	}
	return found
}

func keyOf(m protoreflect.Message) string {
	if e, ok := m.Interface().(*endpoint.LbEndpoint); ok {
		if socket := e.GetEndpoint().GetAddress().GetSocketAddress(); socket != nil {
			return fmt.Sprintf("%s:%d", socket.GetAddress(), socket.GetPortValue())
		}
		return e.GetEndpoint().GetAddress().GetPipe().GetPath()
	}
	name := m.Descriptor().Fields().ByName("name")
	if name == nil || name.Kind() != protoreflect.StringKind || name.IsList() {
		return ""
	}
	return m.Get(name).String()
}

func (w *walker) maps(path string, f protoreflect.FieldDescriptor, a, b protoreflect.Map) {
	names := map[string]protoreflect.MapKey{}
	collect := func(k protoreflect.MapKey, _ protoreflect.Value) bool { names[k.String()] = k; return true }
	a.Range(collect)
	b.Range(collect)
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	value := f.MapValue()
	for _, name := range sorted {
		k, at := names[name], fmt.Sprintf("%s{%s}", path, name)
		switch {
		case !a.Has(k):
			w.add(at, Absent, show(value, b.Get(k)))
		case !b.Has(k):
			w.add(at, show(value, a.Get(k)), Absent)
		default:
			w.values(at, value, a.Get(k), b.Get(k))
		}
	}
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// oneLine writes JSON without the spaces that protojson varies on purpose.
func oneLine(m proto.Message) string {
	b, err := protojson.Marshal(m)
	if err != nil {
		return err.Error()
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return err.Error()
	}
	return compact.String()
}

const longestShown = 240

// show writes a value on one line, a message as JSON.
func show(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	text := v.String()
	switch {
	case f.Message() != nil:
		text = oneLine(v.Message().Interface())
	case f.Kind() == protoreflect.StringKind:
		text = fmt.Sprintf("%q", v.String())
	case f.Kind() == protoreflect.BytesKind:
		text = fmt.Sprintf("%x", v.Bytes())
	case f.Enum() != nil:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			text = string(e.Name())
		}
	}
	if len(text) > longestShown {
		text = text[:longestShown] + "…"
	}
	return text
}
