package fields

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A Setting is one field of one host's object with one value.
type Setting struct {
	Host  *Host
	Path  string // http[].route[].weight
	Value string // as JSON, shortened
	Text  string // the object, YAML
	Spec  proto.Message

	way []protoreflect.FieldDescriptor
	raw json.RawMessage
}

// Name is what a report calls it.
func (s *Setting) Name() string {
	return fmt.Sprintf("%s/%s %s=%s", s.Host.Kind, s.Host.Name, s.Path, s.Value)
}

// Plain is the host's object as it is.
func (h *Host) Plain() (*Setting, error) {
	text, err := h.text(h.spec)
	return &Setting{Host: h, Path: "-", Text: text, Spec: h.spec}, err
}

// Settings are all fields of the host's kind, each with each of its values.
func (h *Host) Settings() ([]*Setting, error) {
	e := &enumeration{host: h}
	e.message(nil, h.spec.ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{})
	return e.found, e.err
}

type enumeration struct {
	host  *Host
	odd   bool // values that are seldom right
	found []*Setting
	err   error
}

func (e *enumeration) message(way []protoreflect.FieldDescriptor, d protoreflect.MessageDescriptor, above map[protoreflect.FullName]bool) {
	above[d.FullName()] = true
	defer delete(above, d.FullName())
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		to := append(way[:len(way):len(way)], f)
		if _, skipped := named(known.Skip, e.host.Kind, to); skipped {
			continue
		}
		inner := f.Message()
		if f.IsMap() {
			inner = f.MapValue().Message()
		}
		listed := false
		switch {
		case !e.wanted(to):
		case e.odd:
			e.oddLeaf(to)
		default:
			listed = e.leaf(to)
		}
		if inner != nil && !isValue(inner) && !above[inner.FullName()] && !listed {
			e.message(to, inner, above)
		}
	}
}

// leaf adds a setting a value; of a message that is the least valid one, as other fields are set below
// it. True when the table lists the message's values.
func (e *enumeration) leaf(way []protoreflect.FieldDescriptor) bool {
	f := way[len(way)-1]
	values, listed := named(known.Values, e.host.Kind, way)
	if !listed {
		values = valuesOf(e.host.Kind, way)
	}
	for _, raw := range values {
		spec := proto.Clone(e.host.spec)
		if err := set(e.host.Kind, spec.ProtoReflect(), way, raw); err != nil {
			e.err = fmt.Errorf("%s %s: %w", e.host.Name, pathOf(way), err)
			return listed
		}
		text, err := e.host.text(spec)
		if err != nil {
			e.err = fmt.Errorf("%s %s: %w", e.host.Name, pathOf(way), err)
			return listed
		}
		e.found = append(e.found, &Setting{Host: e.host, Path: pathOf(way), Value: shortened(raw), Text: text, Spec: spec, way: way, raw: raw})
	}
	return listed && f.Message() != nil
}

func (e *enumeration) wanted(way []protoreflect.FieldDescriptor) bool {
	path := pathOf(way)
	for _, skip := range e.host.Skip {
		if below(path, skip) {
			return false
		}
	}
	for _, only := range e.host.Only {
		if below(path, only) {
			return true
		}
	}
	return len(e.host.Only) == 0
}

func below(path, prefix string) bool {
	rest, found := strings.CutPrefix(path, prefix)
	return found && (rest == "" || strings.ContainsAny(rest[:1], ".[{"))
}

func pathOf(way []protoreflect.FieldDescriptor) string {
	var b strings.Builder
	for i, f := range way {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(f.JSONName())
		switch {
		case f.IsMap():
			b.WriteString("{}")
		case f.IsList():
			b.WriteString("[]")
		}
	}
	return b.String()
}

const longestValue = 60

func shortened(raw json.RawMessage) string {
	if len(raw) > longestValue {
		return string(raw[:longestValue]) + "…"
	}
	return string(raw)
}

// named looks a field up by its path within the kind, then by its own name.
func named[T any](t map[string]T, kind string, way []protoreflect.FieldDescriptor) (T, bool) {
	if v, found := t[kind+"."+pathOf(way)]; found {
		return v, true
	}
	v, found := t[shortName(way[len(way)-1])]
	return v, found
}

// set puts a value where the way leads, with what has to be on the way.
func set(kind string, m protoreflect.Message, way []protoreflect.FieldDescriptor, raw json.RawMessage) error {
	for i, f := range way {
		if err := makeRoom(kind, m, way[:i+1]); err != nil {
			return err
		}
		if i == len(way)-1 {
			return setValue(kind, m, way, raw)
		}
		var err error
		if m, err = descend(kind, m, way[:i+1]); err != nil {
			return fmt.Errorf("%s: %w", f.FullName(), err)
		}
	}
	return nil
}

// makeRoom takes away what cannot stand beside a field and adds what has to.
func makeRoom(kind string, m protoreflect.Message, way []protoreflect.FieldDescriptor) error {
	siblings, _ := named(known.Without, kind, way)
	for _, sibling := range siblings {
		f := m.Descriptor().Fields().ByJSONName(sibling)
		if f == nil {
			return fmt.Errorf("%s has no %q", m.Descriptor().FullName(), sibling)
		}
		m.Clear(f)
	}
	beside, found := named(known.Beside, kind, way)
	if !found {
		return nil
	}
	more := m.New().Interface()
	if err := protojson.Unmarshal(beside, more); err != nil {
		return err
	}
	more.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		m.Set(f, v)
		return true
	})
	return nil
}

// descend gives the message below a field: the one that is there, the first of a list, or the least
// valid one.
func descend(kind string, m protoreflect.Message, way []protoreflect.FieldDescriptor) (protoreflect.Message, error) {
	f := way[len(way)-1]
	switch {
	case f.IsMap():
		values, key := m.Mutable(f).Map(), mapKey(f, keyOf(kind, way))
		if !values.Has(key) {
			values.Set(key, protoreflect.ValueOfMessage(values.NewValue().Message()))
		}
		return values.Mutable(key).Message(), nil
	case f.IsList():
		list := m.Mutable(f).List()
		if list.Len() > 0 {
			return list.Get(0).Message(), nil
		}
		element := list.NewElement().Message()
		if err := fill(kind, element, way); err != nil {
			return nil, err
		}
		list.Append(protoreflect.ValueOfMessage(element))
		return list.Get(0).Message(), nil
	case !m.Has(f):
		inner := m.NewField(f).Message()
		if err := fill(kind, inner, way); err != nil {
			return nil, err
		}
		m.Set(f, protoreflect.ValueOfMessage(inner))
	}
	return m.Mutable(f).Message(), nil
}

// fill makes an empty message the least valid one.
func fill(kind string, m protoreflect.Message, way []protoreflect.FieldDescriptor) error {
	if raw, found := prototype(kind, way, m.Descriptor()); found {
		return protojson.Unmarshal(raw, m.Interface())
	}
	return nil
}

func prototype(kind string, way []protoreflect.FieldDescriptor, d protoreflect.MessageDescriptor) (json.RawMessage, bool) {
	if raw, found := known.Prototypes[kind+"."+pathOf(way)]; found {
		return raw, true
	}
	if raw, found := known.Prototypes[shortName(way[len(way)-1])]; found {
		return raw, true
	}
	raw, found := known.Prototypes[shortName(d)]
	return raw, found
}

// setValue reads the value as the JSON of the whole field, lists and maps included.
func setValue(kind string, m protoreflect.Message, way []protoreflect.FieldDescriptor, raw json.RawMessage) error {
	f := way[len(way)-1]
	one := m.New().Interface()
	wrapped, err := json.Marshal(map[string]json.RawMessage{f.JSONName(): raw})
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(wrapped, one); err != nil {
		return err
	}
	if !one.ProtoReflect().Has(f) {
		m.Clear(f)
		return nil
	}
	m.Set(f, one.ProtoReflect().Get(f))
	return nil
}
