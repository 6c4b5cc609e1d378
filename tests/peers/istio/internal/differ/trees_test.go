package differ

import (
	"encoding/json"
	"testing"
)

func TestTrees(t *testing.T) {
	for name, test := range map[string]struct{ ours, istio, want string }{
		"equal":                         {`{"a":[{"name":"x","v":1}]}`, `{"a":[{"name":"x","v":1}]}`, ``},
		"empty is absent":               {`{"a":{},"b":[],"c":null}`, `{}`, ``},
		"a value":                       {`{"a":{"b":1}}`, `{"a":{"b":2}}`, `a.b`},
		"an extra key":                  {`{"a":1,"b":2}`, `{"b":2}`, `a`},
		"an element by its name":        {`{"a":[{"name":"x"},{"name":"y","v":1}]}`, `{"a":[{"name":"y"},{"name":"x"}]}`, `a[y].v`},
		"the order of named ones":       {`{"a":[{"name":"x"},{"name":"y"}]}`, `{"a":[{"name":"y"},{"name":"x"}]}`, `a (order)`},
		"elements by position":          {`{"a":["x","y"]}`, `{"a":["x"]}`, `a[1]`},
		"a name twice goes by position": {`{"a":[{"name":"x"},{"name":"x"}]}`, `{"a":[{"name":"x"},{"name":"x","v":1}]}`, `a[1].v`},
		"a number is not its text":      {`{"a":[1]}`, `{"a":["1"]}`, `a[0]`},
		"a map is not a list":           {`{"a":{"b":1}}`, `{"a":[1]}`, `a`},
	} {
		var ours, istio any
		if err := json.Unmarshal([]byte(test.ours), &ours); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(test.istio), &istio); err != nil {
			t.Fatal(err)
		}
		got := ""
		if found := Trees(ours, istio); len(found) > 0 {
			got = found[0].Path
		}
		if got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}
