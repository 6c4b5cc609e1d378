package simulation

import (
	"fmt"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/networking/core"
	istio "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pkg/test"
)

// An Answer is what one side makes of an input, ready to be asked.
type Answer struct {
	simulation istio.Simulation
}

// Outcome is what a call meets, as texts that can be compared.
type Outcome struct {
	Error         string `json:"error,omitempty"`
	Listener      string `json:"listener,omitempty"`
	FilterChain   string `json:"filterChain,omitempty"`
	Configuration string `json:"routeConfiguration,omitempty"`
	VirtualHost   string `json:"virtualHost,omitempty"`
	Route         string `json:"route,omitempty"`
	Cluster       string `json:"cluster,omitempty"`
}

// NewAnswers gives a maker of answers. Istio's simulation can only be made of a server; one without any
// configuration lends it what it has nothing else for.
func NewAnswers(t test.Failer) func(listeners, clusters, routes []proto.Message) *Answer {
	empty := core.NewConfigGenTest(t, core.TestOptions{})
	base := istio.NewSimulationFromConfigGen(&testing.T{}, empty, empty.SetupProxy(nil))
	return func(listeners, clusters, routes []proto.Message) *Answer {
		a := &Answer{*base}
		a.simulation.Listeners = overTCP(of[*listener.Listener](listeners))
		a.simulation.Clusters = of[*cluster.Cluster](clusters)
		a.simulation.Routes = of[*route.RouteConfiguration](routes)
		return a
	}
}

// overTCP leaves out what the simulation would take for listeners of the same ports: those of QUIC and DNS.
func overTCP(listeners []*listener.Listener) []*listener.Listener {
	var out []*listener.Listener
	for _, l := range listeners {
		if l.GetAddress().GetSocketAddress().GetProtocol() != core3.SocketAddress_UDP {
			out = append(out, l)
		}
	}
	return out
}

func of[T proto.Message](messages []proto.Message) []T {
	out := make([]T, 0, len(messages))
	for _, m := range messages {
		if typed, ok := m.(T); ok {
			out = append(out, typed)
		}
	}
	return out
}

// Ask runs one call. What the simulation cannot do (it ends the test then) is an outcome as well.
func (a *Answer) Ask(call istio.Call) Outcome {
	answered := make(chan Outcome, 1)
	go func() {
		out := gaveUp
		defer func() {
			if fault := recover(); fault != nil {
				out = gaveUp
			}
			answered <- out
		}()
		out = outcome(a.simulation.Run(call))
	}()
	return <-answered
}

// gaveUp is the outcome of a call that ends the simulation.
var gaveUp = Outcome{Error: "the simulation gave up"}

func outcome(r istio.Result) Outcome {
	out := Outcome{
		Listener: r.ListenerMatched, FilterChain: r.FilterChainMatched, Configuration: r.RouteConfigMatched,
		VirtualHost: r.VirtualHostMatched, Route: r.RouteMatched, Cluster: r.ClusterMatched,
	}
	if r.Error != nil {
		out.Error = r.Error.Error()
	}
	return out
}

// Wanted tells whether an outcome is what one of Istio's tests wants; empty words of a test ask for nothing
// unless it says so. The tests run without a domain for short names: there "a.default" is the host of Service a.
func (o Outcome) Wanted(r istio.Result, errorText string) bool {
	want := outcome(r)
	want.Error = errorText
	if r.StrictMatch {
		return o == want
	}
	meets := func(want, got string) bool { return want == "" || want == got || want+".svc.cluster.local" == got }
	return want.Error == o.Error && meets(want.Listener, o.Listener) && meets(want.FilterChain, o.FilterChain) &&
		meets(want.Configuration, o.Configuration) && meets(want.VirtualHost, o.VirtualHost) &&
		meets(want.Route, o.Route) && meets(want.Cluster, o.Cluster)
}

func (o Outcome) String() string {
	return fmt.Sprintf("listener %q chain %q routes %q host %q route %q cluster %q error %q",
		o.Listener, o.FilterChain, o.Configuration, o.VirtualHost, o.Route, o.Cluster, o.Error)
}
