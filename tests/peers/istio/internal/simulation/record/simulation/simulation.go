// Package simulation stands in for pilot/pkg/simulation while Istio's simulation tests say what they ask:
// each simulation that a test makes is written down with its inputs, its proxy and its calls.
package simulation

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	real "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pkg/util/protomarshal"
	"libmesh.test/peers/istio/internal/simulation/record/xds"
)

// The words of Istio's package.
type (
	Call                        = real.Call
	Expect                      = real.Expect
	Result                      = real.Result
	Protocol                    = real.Protocol
	TLSMode                     = real.TLSMode
	CallMode                    = real.CallMode
	CustomFilterChainValidation = real.CustomFilterChainValidation
)

const (
	HTTP      = real.HTTP
	HTTP2     = real.HTTP2
	TCP       = real.TCP
	Plaintext = real.Plaintext
	TLS       = real.TLS
	MTLS      = real.MTLS
)

var (
	CallModeGateway  = real.CallModeGateway
	CallModeOutbound = real.CallModeOutbound
	CallModeInbound  = real.CallModeInbound

	ErrNoListener          = real.ErrNoListener
	ErrNoFilterChain       = real.ErrNoFilterChain
	ErrNoRoute             = real.ErrNoRoute
	ErrTLSRedirect         = real.ErrTLSRedirect
	ErrNoVirtualHost       = real.ErrNoVirtualHost
	ErrMultipleFilterChain = real.ErrMultipleFilterChain
	ErrProtocolError       = real.ErrProtocolError
	ErrTLSError            = real.ErrTLSError
	ErrMTLSError           = real.ErrMTLSError
)

// Folder is the variable that names where to write.
const Folder = "SIMULATION_QUESTIONS"

// A Question is one simulation of a test.
type Question struct {
	Test       string          `json:"test"`
	Config     string          `json:"config,omitempty"`
	Kubernetes string          `json:"kubernetes,omitempty"`
	Mesh       json.RawMessage `json:"mesh,omitempty"`
	Proxy      Proxy           `json:"proxy"`
	Unread     []string        `json:"unread,omitempty"` // inputs that only Go values hold
	Calls      []Asked         `json:"calls,omitempty"`
}

// A Proxy is what peers' descriptions say of one.
type Proxy struct {
	Type      string            `json:"type,omitempty"`
	ID        string            `json:"id,omitempty"`
	IP        []string          `json:"ip,omitempty"`
	Namespace string            `json:"namespace,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	ClusterID string            `json:"clusterID,omitempty"`
	DNSDomain string            `json:"dnsDomain,omitempty"`
	Metadata  map[string]any    `json:"metadata,omitempty"`
}

// Asked is a call and what Istio's test wants of it.
type Asked struct {
	Name  string `json:"name,omitempty"`
	Call  Call   `json:"call"`
	Want  Result `json:"want"`
	Error string `json:"error,omitempty"`
}

// Simulation has nothing to simulate.
type Simulation struct {
	Listeners []*listener.Listener
	Clusters  []*cluster.Cluster
	Routes    []*route.RouteConfiguration

	t        *testing.T
	question Question
	file     string
}

var made atomic.Int64

// NewSimulation writes the inputs down.
func NewSimulation(t *testing.T, s *xds.Server, proxy *model.Proxy) *Simulation {
	sim := &Simulation{t: t}
	sim.file = filepath.Join(os.Getenv(Folder), fmt.Sprintf("%06d.json", made.Add(1)))
	o := s.Options
	q := Question{Test: t.Name(), Config: o.ConfigString, Kubernetes: o.KubernetesObjectString, Proxy: describe(t, proxy)}
	if o.MeshConfig != nil {
		text, err := protomarshal.ToJSON(o.MeshConfig)
		if err != nil {
			t.Fatal(err)
		}
		q.Mesh = json.RawMessage(text)
	}
	for name, there := range map[string]bool{
		"Services": len(o.Services) > 0, "Gateways": len(o.Gateways) > 0, "Configs": len(o.Configs) > 0,
	} {
		if there {
			q.Unread = append(q.Unread, name)
		}
	}
	sim.question = q
	sim.write()
	return sim
}

// NewSimulationFromConfigGen skips a test whose input is a registry made of Go values: there is nothing to write down.
func NewSimulationFromConfigGen(t *testing.T, _ *core.ConfigGenTest, _ *model.Proxy) *Simulation {
	t.Skip("the input is made of Go values")
	return nil
}

// RunExpectations writes the calls down.
func (sim *Simulation) RunExpectations(es []Expect) {
	for _, e := range es {
		one := Asked{Name: e.Name, Call: e.Call, Want: e.Result}
		if len(e.Call.CustomListenerValidations) > 0 {
			one.Call.CustomListenerValidations = nil
		}
		if e.Result.Error != nil {
			one.Error, one.Want.Error = e.Result.Error.Error(), nil
		}
		sim.question.Calls = append(sim.question.Calls, one)
	}
	sim.write()
}

// Run notes the call; nobody knows the answer.
func (sim *Simulation) Run(call Call) Result {
	sim.RunExpectations([]Expect{{Call: call}})
	return Result{}
}

func (sim *Simulation) write() {
	b, err := json.MarshalIndent(sim.question, "", " ")
	if err == nil {
		err = os.WriteFile(sim.file, b, 0o644)
	}
	if err != nil {
		sim.t.Fatal(err)
	}
}

func describe(t *testing.T, p *model.Proxy) Proxy {
	kinds := map[model.NodeType]string{model.SidecarProxy: "sidecar", model.Router: "gateway", model.Waypoint: "waypoint", "": "sidecar"}
	out := Proxy{
		Type: kinds[p.Type], ID: p.ID, IP: p.IPAddresses, Namespace: p.ConfigNamespace, Labels: p.Labels, DNSDomain: p.DNSDomain,
	}
	if out.Namespace == "" && p.Metadata != nil {
		out.Namespace = p.Metadata.Namespace // Istio finds a proxy's services by this one
	}
	if out.Namespace == "" {
		out.Namespace = "default"
	}
	if out.ID == "" {
		out.ID = "app.test"
	}
	if p.Metadata == nil {
		return out
	}
	b, err := json.Marshal(p.Metadata)
	if err == nil {
		err = json.Unmarshal(b, &out.Metadata)
	}
	if err != nil {
		t.Fatal(err)
	}
	out.ClusterID = string(p.Metadata.ClusterID)
	if out.Labels == nil {
		out.Labels = p.Metadata.Labels
	}
	for _, own := range []string{"LABELS", "NAMESPACE", "CLUSTER_ID"} {
		delete(out.Metadata, own)
	}
	return out
}

// Names gives the error of a text.
func Names(text string) error {
	for _, e := range []error{
		ErrNoListener, ErrNoFilterChain, ErrNoRoute, ErrTLSRedirect, ErrNoVirtualHost, ErrMultipleFilterChain,
		ErrProtocolError, ErrTLSError, ErrMTLSError,
	} {
		if strings.TrimSpace(text) == e.Error() {
			return e
		}
	}
	return nil
}
