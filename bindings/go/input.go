package mesh

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"libmesh.invalid/mesh/internal/inputs"
)

// ApplyFS applies every file of a file system that the program mesh would read of a directory: *.yaml, *.yml and *.json at any depth,
// nothing that begins with a dot and no suites of tests, in the order of their paths.
func (s *Store) ApplyFS(files fs.FS) ([]Diagnostic, error) {
	names, err := inputs.Objects(files)
	if err != nil {
		return nil, err
	}
	all := []Diagnostic{}
	for _, name := range names {
		bytes, err := fs.ReadFile(files, name)
		if err != nil {
			return all, err
		}
		found, err := s.Apply(bytes, name)
		if all = append(all, found...); err != nil {
			return all, err
		}
	}
	return all, nil
}

// ApplyObjects adds or replaces objects that marshal to JSON: maps, structs, []byte or [json.RawMessage] of one object, and the types
// of client-go, Istio and OpenShift, whose kind and API version are known from the Go type where the object does not say them (what a client reads
// from an API server does not). A list, a slice or an array is all of its objects.
func (s *Store) ApplyObjects(objects ...any) ([]Diagnostic, error) {
	list, err := documents(objects)
	if err != nil {
		return nil, err
	}
	bytes, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": list})
	if err != nil {
		return nil, err
	}
	return s.Apply(bytes, "")
}

// DeleteObject removes the object that has the kind, namespace and name of this one, which may be any that [Store.ApplyObjects] takes.
func (s *Store) DeleteObject(object any) error {
	bytes, err := document(object)
	if err != nil {
		return err
	}
	var key struct {
		Kind     string
		Metadata struct{ Namespace, Name string }
	}
	if err := json.Unmarshal(bytes, &key); err != nil {
		return err
	}
	return s.Delete(key.Kind, key.Metadata.Namespace, key.Metadata.Name)
}

// documents are the objects in JSON, lists taken apart.
func documents(objects []any) ([]json.RawMessage, error) {
	out := []json.RawMessage{}
	for _, object := range objects {
		if inside, ok := elements(object); ok {
			more, err := documents(inside)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			continue
		}
		one, err := document(object)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// elements are those of a slice that is no text, and the items of one of the list types of client-go.
func elements(object any) ([]any, bool) {
	value := reflect.Indirect(reflect.ValueOf(object))
	if value.Kind() == reflect.Struct && strings.HasSuffix(value.Type().Name(), "List") {
		if items := value.FieldByName("Items"); items.IsValid() {
			value = items
		}
	}
	if value.Kind() != reflect.Slice && value.Kind() != reflect.Array || value.Type().Elem().Kind() == reflect.Uint8 {
		return nil, false
	}
	out := make([]any, value.Len())
	for i := range out {
		element := value.Index(i)
		if element.CanAddr() && element.Kind() == reflect.Struct {
			element = element.Addr() // client-go's methods are those of pointers
		}
		out[i] = element.Interface()
	}
	return out, true
}

// marshalled is the object in JSON; []byte is JSON already, and a value whose pointer knows how to marshal is asked by its pointer.
func marshalled(object any) ([]byte, error) {
	if bytes, ok := object.([]byte); ok {
		return bytes, nil
	}
	value := reflect.ValueOf(object)
	if value.Kind() == reflect.Struct {
		pointer := reflect.New(value.Type())
		pointer.Elem().Set(value)
		if marshaler, ok := pointer.Interface().(json.Marshaler); ok {
			return marshaler.MarshalJSON()
		}
	}
	return json.Marshal(object)
}

// document is one object in JSON, with its kind.
func document(object any) (json.RawMessage, error) {
	bytes, err := marshalled(object)
	if err != nil {
		return nil, fmt.Errorf("mesh: %T: %w", object, err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(bytes, &fields); err != nil || fields == nil {
		return nil, &Error{InvalidArgument, fmt.Sprintf("mesh: %T is no JSON object", object)}
	}
	var kind string
	if json.Unmarshal(fields["kind"], &kind); kind != "" {
		return bytes, nil
	}
	kind, version := kindOf(reflect.TypeOf(object))
	if kind == "" {
		return nil, &Error{InvalidArgument, fmt.Sprintf("mesh: %T has no kind: set kind and apiVersion", object)}
	}
	fields["kind"], _ = json.Marshal(kind)
	fields["apiVersion"], _ = json.Marshal(version)
	return json.Marshal(fields)
}

// apis are the packages of Go types for objects, with the API groups they are of: "*" is the folder's name, the next one is
// the version.
var apis = []struct {
	prefix string
	groups map[string]string
	group  string
}{
	{"k8s.io/api/", map[string]string{"core": "", "apps": "apps", "batch": "batch", "policy": "policy", "autoscaling": "autoscaling",
		"extensions": "extensions", "rbac": "rbac.authorization.k8s.io"}, "*.k8s.io"},
	{"k8s.io/apiextensions-apiserver/pkg/apis/", nil, "*.k8s.io"},
	{"istio.io/client-go/pkg/apis/", nil, "*.istio.io"},
	{"sigs.k8s.io/gateway-api/apis/", map[string]string{"": "gateway.networking.k8s.io"}, ""},
	{"github.com/openshift/api/", nil, "*.openshift.io"},
	{"github.com/maistra/istio-operator/pkg/apis/maistra/", map[string]string{"": "maistra.io"}, ""},
}

func kindOf(t reflect.Type) (kind, version string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	where := t.PkgPath()
	if at := strings.LastIndex(where, "/vendor/"); at >= 0 {
		where = where[at+len("/vendor/"):]
	}
	for _, api := range apis {
		rest, ok := strings.CutPrefix(where, api.prefix)
		if !ok {
			continue
		}
		folder, version, ok := strings.Cut(rest, "/")
		if !ok {
			folder, version = "", rest
		}
		group, ok := api.groups[folder]
		if !ok {
			group = strings.Replace(api.group, "*", folder, 1)
		}
		if group != "" {
			version = group + "/" + version
		}
		return t.Name(), version
	}
	return "", ""
}
