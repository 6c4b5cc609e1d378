package differ

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Trees gives the differences of two JSON values, in the order of the keys. What is empty on both sides
// of Go's `omitempty` (null, empty maps and lists) counts as absent; numbers compare as their text.
func Trees(ours, istio any) []Difference {
	w := &walker{}
	w.trees("", bare(ours), bare(istio))
	return w.found
}

// bare takes out what says nothing.
func bare(value any) any {
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, inner := range v {
			if inner = bare(inner); inner != nil {
				kept[key] = inner
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case []any:
		if len(v) == 0 {
			return nil
		}
		kept := make([]any, len(v))
		for i, inner := range v {
			kept[i] = bare(inner)
		}
		return kept
	}
	return value
}

func (w *walker) trees(path string, a, b any) {
	switch {
	case a == nil && b == nil:
	case a == nil:
		w.add(path, Absent, compact(b))
	case b == nil:
		w.add(path, compact(a), Absent)
	default:
		w.both(path, a, b)
	}
}

func (w *walker) both(path string, a, b any) {
	if x, y, ok := pair[map[string]any](a, b); ok {
		keys := slices.Collect(maps.Keys(x))
		for key := range y {
			if _, found := x[key]; !found {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			w.trees(join(path, key), x[key], y[key])
		}
		return
	}
	if x, y, ok := pair[[]any](a, b); ok {
		w.treeLists(path, x, y)
		return
	}
	_, x := a.(string)
	_, y := b.(string)
	if x != y || compact(a) != compact(b) {
		w.add(path, compact(a), compact(b))
	}
}

func pair[T any](a, b any) (x, y T, both bool) {
	x, first := a.(T)
	y, second := b.(T)
	return x, y, first && second
}

// treeLists compares elements by name where every one has its own, and then their order as well.
func (w *walker) treeLists(path string, a, b []any) {
	mine, theirs := elementNames(a), elementNames(b)
	if mine == nil || theirs == nil {
		for i := range max(len(a), len(b)) {
			w.trees(fmt.Sprintf("%s[%d]", path, i), at(a, i), at(b, i))
		}
		return
	}
	before := len(w.found)
	for i, name := range theirs {
		w.trees(path+"["+name+"]", at(a, slices.Index(mine, name)), b[i])
	}
	for i, name := range mine {
		if !slices.Contains(theirs, name) {
			w.trees(path+"["+name+"]", a[i], nil)
		}
	}
	if len(w.found) == before && !slices.Equal(mine, theirs) {
		w.add(path+" (order)", fmt.Sprint(mine), fmt.Sprint(theirs))
	}
}

func at(list []any, i int) any {
	if i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// elementNames is nil unless each element has a name of its own.
func elementNames(list []any) []string {
	var names []string
	for _, element := range list {
		m, _ := element.(map[string]any)
		name := ""
		for _, key := range []string{"mountPath", "name", "containerPort"} {
			if value, found := m[key]; found {
				name = fmt.Sprint(value)
				break
			}
		}
		if name == "" || slices.Contains(names, name) {
			return nil
		}
		names = append(names, name)
	}
	return names
}

func compact(value any) string {
	if text, isText := value.(string); isText {
		return text
	}
	b, _ := json.Marshal(value)
	return string(b)
}
