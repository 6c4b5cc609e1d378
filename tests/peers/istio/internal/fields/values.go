package fields

import (
	"encoding/json"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// isValue tells messages that are written as one value.
func isValue(d protoreflect.MessageDescriptor) bool {
	return d.ParentFile().Package() == "google.protobuf"
}

func keyOf(kind string, way []protoreflect.FieldDescriptor) string {
	if key, found := named(known.Keys, kind, way); found {
		return key
	}
	if way[len(way)-1].MapKey().Kind() != protoreflect.StringKind {
		return "8080"
	}
	return "key"
}

func mapKey(f protoreflect.FieldDescriptor, key string) protoreflect.MapKey {
	if f.MapKey().Kind() == protoreflect.Uint32Kind {
		n, _ := strconv.ParseUint(key, 10, 32)
		return protoreflect.ValueOfUint32(uint32(n)).MapKey()
	}
	return protoreflect.ValueOfString(key).MapKey()
}

// valuesOf gives values by a field's type: all of an enum, both of a bool, a list of one and of two.
func valuesOf(kind string, way []protoreflect.FieldDescriptor) []json.RawMessage {
	f := way[len(way)-1]
	switch {
	case f.IsMap():
		element := elementValues(kind, way, f.MapValue())
		return []json.RawMessage{object(keyOf(kind, way), element[0])}
	case f.IsList():
		element := elementValues(kind, way, f)
		lists := []json.RawMessage{}
		for _, v := range element {
			lists = append(lists, list(v))
		}
		if f.Message() == nil && len(element) > 1 {
			lists = append(lists, list(element[0], element[1]))
		}
		return lists
	}
	return elementValues(kind, way, f)
}

func object(key string, value json.RawMessage) json.RawMessage {
	return raw(map[string]json.RawMessage{key: value})
}

func list(values ...json.RawMessage) json.RawMessage { return raw(values) }

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func elementValues(kind string, way []protoreflect.FieldDescriptor, f protoreflect.FieldDescriptor) []json.RawMessage {
	switch f.Kind() {
	case protoreflect.BoolKind:
		if f.HasPresence() {
			return []json.RawMessage{raw(true), raw(false)}
		}
		return []json.RawMessage{raw(true)}
	case protoreflect.EnumKind:
		var all []json.RawMessage
		for i := range f.Enum().Values().Len() {
			all = append(all, raw(string(f.Enum().Values().Get(i).Name())))
		}
		return all
	case protoreflect.StringKind:
		if f.IsList() {
			return []json.RawMessage{raw("one"), raw("two")}
		}
		return []json.RawMessage{raw("text")}
	case protoreflect.BytesKind:
		return []json.RawMessage{raw("dGV4dA==")}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return []json.RawMessage{raw(2.5)}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageValues(kind, way, f.Message())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind,
		protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return []json.RawMessage{raw(7)}
	}
	panic(fmt.Sprintf("%s: kind %s", f.FullName(), f.Kind()))
}

func messageValues(kind string, way []protoreflect.FieldDescriptor, d protoreflect.MessageDescriptor) []json.RawMessage {
	switch d.FullName() {
	case "google.protobuf.Duration":
		return []json.RawMessage{raw("7s"), raw("0.250s")}
	case "google.protobuf.BoolValue":
		return []json.RawMessage{raw(true), raw(false)}
	case "google.protobuf.UInt32Value", "google.protobuf.Int32Value", "google.protobuf.UInt64Value", "google.protobuf.Int64Value":
		return []json.RawMessage{raw(7), raw(0)}
	case "google.protobuf.DoubleValue", "google.protobuf.FloatValue":
		return []json.RawMessage{raw(2.5), raw(0)}
	case "google.protobuf.StringValue":
		return []json.RawMessage{raw("text"), raw("")}
	case "google.protobuf.Struct", "google.protobuf.Value":
		return []json.RawMessage{raw(map[string]any{"key": "text", "number": 7})}
	case "google.protobuf.Timestamp":
		return []json.RawMessage{raw("2020-01-01T00:00:00Z")}
	}
	if least, found := prototype(kind, way, d); found {
		return []json.RawMessage{least}
	}
	return []json.RawMessage{json.RawMessage("{}")}
}
