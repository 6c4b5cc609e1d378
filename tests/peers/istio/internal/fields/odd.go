package fields

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"sigs.k8s.io/yaml"
)

// Odd are all fields of the host's kind, each with values that are seldom right: empty and negative ones, zeros, ports too high,
// names with characters that names do not have.
func (h *Host) Odd() ([]*Setting, error) {
	e := &enumeration{host: h, odd: true}
	e.message(nil, h.spec.ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{})
	return e.found, e.err
}

var (
	oddTexts = []any{"", "*", "a b", "a_b", "-", "a*b", "*a", "a.b.", "10.0.0.1", "a/b", "a/b/c", "/", "http://a", "unix://a", ":80", "@", "{a}", "50%"}
	// Addresses and names of domains, of which a mesh configuration has many.
	oddAddresses = []any{"a:80", "a:0", "a:65536", "a:b:80", "a:+80", "a:-80", "a b:80", "a.b:80/c", "1.2.3:80", "10.0.0.1:80", "::1:80", "[::1]:80",
		"[::1]", "[a]:80", "$(HOST_IP):80", "a..b", ".", "a.-b", "a.7", "*.a.b", "shop/a.b", "~/a.b", "*/*.b", "/%zz", "/a b", "0403", "302", "P-256"}
	oddDurations = []any{"0s", "0.0005s", "1.0005s", "-1s", "1.5s"}
	oddNumbers   = map[protoreflect.Kind][]any{
		protoreflect.Int32Kind: {-1, 0, 101, 599, 600}, protoreflect.Int64Kind: {-1, 0, 101},
		protoreflect.Uint32Kind: {0, 99, 101, 304, 600, 65536}, protoreflect.Uint64Kind: {0, 10, 5000011},
		protoreflect.DoubleKind: {-1, 0, 0.00001, 101}, protoreflect.FloatKind: {-1, 0, 101},
	}
	oddWrapped = map[protoreflect.FullName][]any{
		"google.protobuf.Duration": oddDurations, "google.protobuf.StringValue": oddTexts,
		"google.protobuf.BoolValue": {true, false}, "google.protobuf.DoubleValue": {-1, 0, 101}, "google.protobuf.FloatValue": {-1, 0, 101},
		"google.protobuf.UInt32Value": {0, 101, 600}, "google.protobuf.Int32Value": {-1, 0, 101}, "google.protobuf.UInt64Value": {0, 10}, "google.protobuf.Int64Value": {-1, 0},
	}
)

// oddOnes are those of one element.
func oddOnes(f protoreflect.FieldDescriptor) []any {
	switch f.Kind() {
	case protoreflect.StringKind:
		return oddTexts
	case protoreflect.BoolKind:
		return []any{true}
	case protoreflect.EnumKind:
		var all []any
		for i := range f.Enum().Values().Len() {
			all = append(all, string(f.Enum().Values().Get(i).Name()))
		}
		return all
	case protoreflect.MessageKind:
		if wrapped, found := oddWrapped[f.Message().FullName()]; found {
			return wrapped
		}
		return []any{map[string]any{}}
	}
	return oddNumbers[f.Kind()]
}

func oddValues(f protoreflect.FieldDescriptor) []json.RawMessage {
	var out []json.RawMessage
	switch {
	case f.IsMap():
		for _, one := range oddOnes(f.MapValue()) {
			key := "a"
			if f.MapKey().Kind() != protoreflect.StringKind {
				key = "70000"
			}
			out = append(out, raw(map[string]any{key: one}))
		}
		if f.MapKey().Kind() == protoreflect.StringKind {
			one := oddOnes(f.MapValue())[0]
			out = append(out, raw(map[string]any{"": one}), raw(map[string]any{"a b": one}), raw(map[string]any{"a*": one}), raw(map[string]any{"@": one}))
		} else {
			out = append(out, raw(map[string]any{"0": oddOnes(f.MapValue())[0]}))
		}
		out = append(out, raw(map[string]any{}))
	case f.IsList():
		for _, one := range oddOnes(f) {
			out = append(out, raw([]any{one}), raw([]any{one, one}))
		}
		out = append(out, raw([]any{}))
	default:
		for _, one := range oddOnes(f) {
			out = append(out, raw(one))
		}
	}
	return out
}

// oddLeaf adds a setting for each value that can be written at all.
func (e *enumeration) oddLeaf(way []protoreflect.FieldDescriptor) {
	f := way[len(way)-1]
	values := oddValues(f)
	for _, one := range oddAddresses {
		if !isText(e.host.Kind) || f.Kind() != protoreflect.StringKind || f.IsMap() {
			break
		}
		if f.IsList() {
			one = []any{one}
		}
		values = append(values, raw(one))
	}
	for _, raw := range values {
		spec := proto.Clone(e.host.spec)
		if set(e.host.Kind, spec.ProtoReflect(), way, raw) != nil {
			continue
		}
		text, err := e.host.text(spec)
		if err == nil && isText(e.host.Kind) {
			text, err = written(e.host.Kind, text, way, raw)
		}
		if err != nil {
			continue
		}
		e.found = append(e.found, &Setting{Host: e.host, Path: pathOf(way), Value: shortened(raw), Text: text, Spec: spec, way: way, raw: raw})
	}
}

// written puts the value into the text as it is: a message does not say what is its type's own zero, and where there are
// defaults that is another mesh configuration.
func written(kind, text string, way []protoreflect.FieldDescriptor, value json.RawMessage) (string, error) {
	var body map[string]any
	if err := yaml.Unmarshal([]byte(text), &body); err != nil {
		return "", err
	}
	at := body
	for i, f := range way {
		name := f.JSONName()
		if i == len(way)-1 {
			at[name] = value
			break
		}
		var next any = at[name]
		if list, found := next.([]any); found && len(list) > 0 {
			next = list[0]
		}
		if values, found := next.(map[string]any); found && f.IsMap() {
			next = values[keyOf(kind, way[:i+1])]
		}
		message, found := next.(map[string]any)
		if !found {
			return text, nil
		}
		at = message
	}
	b, err := json.Marshal(body)
	return string(b), err
}
