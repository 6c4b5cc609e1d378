// Goldens answers the questions of tests/goldens through package mesh: a call a line in, a line out (tests/goldens/runners.py has
// the protocol). An answer that the package gives as Go values is written as JSON again, so that the goldens also hold that these lose
// nothing.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"libmesh.invalid/mesh"
)

// now is what was given last, and what later calls ask about.
type now struct {
	snapshot *mesh.Snapshot
	xds      *mesh.XDS
	proxy    *mesh.Proxy
	injector *mesh.Injector
}

type call func(n *now, w []string) (any, error)

var calls = map[string]call{
	"store": (*now).store,
	"diagnostics": func(n *now, w []string) (any, error) {
		if w[0] == "" {
			return n.snapshot.Diagnostics()
		}
		return n.snapshot.DiagnosticsOf(w[0])
	},
	"members": func(n *now, w []string) (any, error) { return n.snapshot.MembersOf(w[0]) },
	"values":  func(n *now, w []string) (any, error) { return n.snapshot.Values(w[0], options(w[1])) },
	"status":  func(n *now, w []string) (any, error) { return n.snapshot.Status(w[0], options(w[1])) },
	"plan":    func(n *now, w []string) (any, error) { return n.snapshot.Plan(options(w[0])) },
	"reach":   func(n *now, w []string) (any, error) { return n.snapshot.Reach(w[0], w[1], options(w[2])) },
	"explain_member": func(n *now, w []string) (any, error) {
		return n.snapshot.ExplainMember(w[0], w[1])
	},
	"admission_review": func(n *now, w []string) (any, error) {
		return n.snapshot.AdmissionReview([]byte(w[0]), []byte(w[1]), options(w[2]))
	},
	"proxies": func(n *now, w []string) (any, error) {
		proxies, err := n.snapshot.Proxies()
		return map[string]any{"proxies": proxies}, err
	},
	"proxy_of_pod": func(n *now, w []string) (_ any, err error) {
		n.proxy, err = n.snapshot.ProxyOfPod(w[0], w[1])
		return nil, err
	},
	"proxy_read": func(n *now, w []string) (_ any, err error) {
		n.proxy, err = n.snapshot.ReadProxy([]byte(w[0]), w[1])
		return nil, err
	},
	"xds_sent": func(n *now, w []string) (any, error) {
		var caller mesh.Caller
		if err := json.Unmarshal([]byte(w[1]), &caller); err != nil {
			return nil, err
		}
		return n.xds.SentTo(n.proxy, mesh.Type(w[0]), caller)
	},
	"xds_secret_names": func(n *now, w []string) (any, error) { return n.xds.SecretNames(n.proxy) },
	"xds_sizes":        func(n *now, w []string) (any, error) { return n.xds.Sizes(n.proxy) },
	"convert":          func(n *now, w []string) (any, error) { return mesh.Convert([]byte(w[0]), w[1], w[2]) },
	"injector": func(n *now, w []string) (_ any, err error) {
		n.injector, err = mesh.NewInjector(n.snapshot, options(w[0]), nil)
		return nil, err
	},
	"injector_diagnostics": func(n *now, w []string) (any, error) { return n.injector.Diagnostics() },
	"injector_apply": func(n *now, w []string) (any, error) {
		return n.injector.Apply([]byte(w[0]), w[1], options(w[2]))
	},
	"injector_explain": func(n *now, w []string) (any, error) { return n.injector.Explain(w[0], w[1]) },
	"injector_matrix":  func(n *now, w []string) (any, error) { return n.injector.Matrix() },
	"uninject": func(n *now, w []string) (any, error) {
		return mesh.Uninject([]byte(w[0]), w[1], options(w[2]))
	},
}

// options are one JSON object, or the empty text; anything else is the driver's mistake.
func options(text string) mesh.Parameters {
	var p mesh.Parameters
	if text != "" {
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			panic(err)
		}
	}
	return p
}

func (n *now) store(words []string) (_ any, err error) {
	store, err := mesh.NewStore(mesh.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	for i := 0; i+1 < len(words); i += 2 {
		apply, name := store.Apply, words[i]
		if cluster, file, found := strings.Cut(name, "="); found {
			apply, name = store.Cluster(cluster).Apply, file
		}
		if _, err := apply([]byte(words[i+1]), name); err != nil {
			return nil, err
		}
	}
	if n.snapshot, err = store.Snapshot(); err != nil {
		return nil, err
	}
	n.xds, err = mesh.NewXDS(n.snapshot)
	return nil, err
}

// compact is JSON as the library writes it.
func compact(value any) ([]byte, error) {
	if raw, ok := value.(json.RawMessage); ok || value == nil {
		return raw, nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func (n *now) answer(line []byte) (any, error) {
	var request struct {
		Call      string
		Arguments []string
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, err
	}
	ask, ok := calls[request.Call]
	if !ok {
		return nil, fmt.Errorf("there is no call %q", request.Call)
	}
	value, err := ask(n, request.Arguments)
	var refused *mesh.Error
	if errors.As(err, &refused) {
		return map[string]any{"code": refused.Code, "message": refused.Message}, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := compact(value)
	return map[string]any{"text": string(text)}, err
}

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	var n now
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := n.answer(line)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(reply); err != nil {
			return err
		}
	}
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "goldens:", err)
		os.Exit(2)
	}
}
