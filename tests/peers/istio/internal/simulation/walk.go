package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	istio "istio.io/istio/pilot/pkg/simulation"
)

// request is a call in the words of `mesh route --requests`.
type request struct {
	Side     string            `json:"side,omitempty"`
	Protocol string            `json:"protocol"`
	TLS      string            `json:"tls"`
	Host     string            `json:"host"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers,omitempty"`
	Address  string            `json:"address"`
	Port     int               `json:"port"`
	SNI      string            `json:"sni,omitempty"`
	ALPN     []string          `json:"alpn,omitempty"`
}

// Walked is what `mesh route` says becomes of a call, as far as Istio's simulation speaks of it.
type Walked struct {
	Verdict       string `json:"verdict"`
	Detail        string `json:"detail"`
	Listener      string `json:"listener"`
	FilterChain   string `json:"filterChain"`
	Configuration string `json:"routeConfiguration"`
	VirtualHost   string `json:"virtualHost"`
	Route         string `json:"route"`
	Destinations  []struct {
		Cluster string `json:"cluster"`
	} `json:"destinations"`
	Because []struct {
		What     string `json:"what"`
		Resource string `json:"resource"`
	} `json:"because"`
}

var (
	tlsWords  = map[istio.TLSMode]string{istio.Plaintext: "none", istio.TLS: "tls", istio.MTLS: "mutual"}
	sideWords = map[istio.CallMode]string{istio.CallModeOutbound: "outbound", istio.CallModeInbound: "inbound"}
)

func requestOf(call istio.Call) request {
	call = call.FillDefaults()
	if call.Protocol == "" { // to the simulation it is none that a connection manager takes
		call.Protocol = istio.TCP
	}
	out := request{
		Side: sideWords[call.CallMode], Protocol: string(call.Protocol), TLS: tlsWords[call.TLS],
		Host: http.Header(call.Headers).Get("Host"), Path: call.Path, Address: call.Address, Port: call.Port,
		SNI: call.Sni, Headers: map[string]string{},
	}
	for name, values := range call.Headers {
		if name != "Host" {
			out.Headers[name] = strings.Join(values, ",")
		}
	}
	if call.Alpn != "" {
		out.ALPN = []string{call.Alpn}
	}
	return out
}

// Walk puts the calls to our evaluator, for the input and the proxy that DIR holds.
func Walk(program, dir string, calls []istio.Call) ([]Walked, error) {
	requests := make([]request, len(calls))
	for i, call := range calls {
		requests[i] = requestOf(call)
	}
	b, err := json.Marshal(requests)
	if err != nil {
		return nil, err
	}
	asked := filepath.Join(dir, "requests.json")
	if err := os.WriteFile(asked, b, 0o644); err != nil {
		return nil, err
	}
	command := exec.Command(program, "route", "-f", filepath.Join(dir, "input.yaml"), "--proxy",
		filepath.Join(dir, "proxy.yaml"), "--requests", asked, "-o", "json")
	var said, told bytes.Buffer
	command.Stdout, command.Stderr = &said, &told
	failed := command.Run()
	var out []Walked
	if err := json.Unmarshal(said.Bytes(), &out); err != nil || len(out) != len(calls) {
		return nil, fmt.Errorf("mesh route: %v: %s", failed, firstLine(told.String()))
	}
	return out, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// Outcome is the walk's answer in the words of Istio's simulation.
func (w Walked) Outcome(call istio.Call) Outcome {
	out := Outcome{
		Listener: w.Listener, FilterChain: w.FilterChain, Configuration: w.Configuration,
		VirtualHost: w.VirtualHost, Route: w.Route,
	}
	for _, step := range w.Because {
		if step.What == "route-configuration" && strings.HasPrefix(step.Resource, "listeners/") {
			out.Configuration = "" // the simulation names those only that are asked for
		}
	}
	if len(w.Destinations) == 1 {
		out.Cluster = w.Destinations[0].Cluster // of weighted ones it names none
	}
	if err := w.err(call); err != nil {
		out.Error = err.Error()
	}
	return out
}

// came tells whether there was a step of that kind.
func (w Walked) came(what string) bool {
	for _, step := range w.Because {
		if step.What == what {
			return true
		}
	}
	return false
}

func (w Walked) err(call istio.Call) error {
	switch w.Verdict {
	case "no-listener":
		if w.Listener != "" {
			return istio.ErrMultipleFilterChain // Envoy does not take such a listener
		}
		return istio.ErrNoListener
	case "no-filter-chain":
		return istio.ErrNoFilterChain
	case "tls-refused":
		if call.FillDefaults().TLS == istio.Plaintext {
			return istio.ErrTLSError
		}
		return istio.ErrMTLSError
	case "not-http":
		return istio.ErrProtocolError
	case "no-virtual-host":
		return istio.ErrNoVirtualHost
	case "no-route":
		return istio.ErrNoRoute
	case "redirect":
		if !w.came("route") {
			return istio.ErrTLSRedirect // the virtual host's own
		}
	}
	return nil
}
