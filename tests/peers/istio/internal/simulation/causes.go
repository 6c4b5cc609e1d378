package simulation

import (
	"regexp"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"

	istio "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pkg/wellknown"
)

// A Cause is a rule of Envoy's that Istio's simulation leaves out. It is taken for the cause of a difference
// only where the resources show that the rule applies to the call.
type Cause struct {
	Name, Reason string
	holds        func(difference) bool
}

// difference is a call that the two answer differently.
type difference struct {
	answer    *Answer
	call      istio.Call
	simulated Outcome
	walked    Walked
	got       Outcome
}

// Causes are all that are known; the first that holds counts.
var Causes = []Cause{
	{"twins", "it lets a listener be whose filter chains match alike; Envoy refuses it, so that nothing listens", difference.isRefused},
	{"hosts", "it takes any text for a host; Envoy's codec refuses what cannot be one", difference.isNoHost},
	{"server names", "it takes an SNI of plain connections, and where no TLS inspector reads it", difference.hasUnreadName},
	{"sources", "it does not look at where a connection comes from", difference.isOfASource},
	{"weights", "it names no cluster of weighted ones, and finds a TCP proxy by the name of its filter only", difference.hasWeights},
	{"gives up", "it ends where a route is by a path template", func(d difference) bool { return d.simulated == gaveUp }},
	{"filters", "it runs no filters; a fault, jwt_authn or RBAC answers before the router does", difference.endsInFilter},
	{"conditions", "it looks at the path of a route only, not at headers, methods and parameters", difference.hasConditions},
	{"expressions", "it looks for an expression anywhere in the path; Envoy matches the whole of it, without the query", difference.matchesInPart},
	{"separated prefixes", "it takes them for prefixes", difference.matchesUnseparated},
	{"certificates", "it refuses a client certificate that nobody asks for, and asks for one only where the server's own is that of the mesh", difference.hasOtherCertificate},
}

// Cause names why a call is answered differently; empty: for no known cause.
func (a *Answer) Cause(call istio.Call, simulated Outcome, walked Walked) string {
	d := difference{a, call.FillDefaults(), simulated, walked, walked.Outcome(call)}
	for _, cause := range Causes {
		if cause.holds(d) {
			return cause.Name
		}
	}
	return ""
}

func (d difference) isRefused() bool {
	return d.walked.Verdict == "no-listener" && d.walked.Listener != ""
}

func (d difference) isNoHost() bool {
	host := d.call.Headers.Get("Host")
	return d.walked.Verdict == "not-http" && strings.ContainsAny(host, "/ ?#") && strings.HasSuffix(d.walked.Detail, "is no host")
}

func (d difference) hasUnreadName() bool {
	for _, l := range d.answer.simulation.Listeners {
		if l.Name != d.simulated.Listener || d.call.TLS != istio.Plaintext && inspectsTLS(l) {
			continue
		}
		for _, chain := range l.FilterChains {
			if chain.Name == d.simulated.FilterChain && len(chain.GetFilterChainMatch().GetServerNames()) > 0 {
				return true
			}
		}
	}
	return false
}

func inspectsTLS(l *listener.Listener) bool {
	for _, filter := range l.ListenerFilters {
		if filter.Name == wellknown.TLSInspector {
			return true
		}
	}
	return false
}

func (d difference) isOfASource() bool {
	for _, chain := range d.chains() {
		m := chain.GetFilterChainMatch()
		if len(m.GetSourcePorts())+len(m.GetSourcePrefixRanges())+len(m.GetDirectSourcePrefixRanges()) > 0 || m.GetSourceType() != 0 {
			return true
		}
	}
	return false
}

func (d difference) hasWeights() bool {
	want := d.simulated
	want.Cluster = d.got.Cluster
	return d.simulated.Cluster == "" && want == d.got && d.walked.Verdict == "routed"
}

func (d difference) endsInFilter() bool {
	switch d.walked.Verdict {
	case "denied", "unauthenticated", "aborted", "unknown":
	default:
		return false
	}
	want := d.simulated
	want.Cluster = ""
	if d.got.Configuration+d.got.VirtualHost == "" { // a network filter ended it
		want = Outcome{Listener: want.Listener, FilterChain: want.FilterChain}
	}
	return want == d.got
}

// chains are the filter chains that have the name of the one that the simulation took; gateways' have none.
func (d difference) chains() []*listener.FilterChain {
	var out []*listener.FilterChain
	for _, l := range d.answer.simulation.Listeners {
		if l.Name != d.simulated.Listener {
			continue
		}
		for _, chain := range append(l.FilterChains, l.DefaultFilterChain) {
			if chain != nil && chain.GetName() == d.simulated.FilterChain {
				out = append(out, chain)
			}
		}
	}
	return out
}

// took tells whether the simulation took a route, of the virtual host that both came to, for which it holds.
func (d difference) took(holds func(*route.RouteMatch) bool) bool {
	if d.simulated.VirtualHost == "" || d.simulated.VirtualHost != d.got.VirtualHost {
		return false
	}
	for _, chain := range d.chains() {
		for _, host := range d.answer.routesOf(chain).GetVirtualHosts() {
			if host.Name != d.simulated.VirtualHost {
				continue
			}
			for _, r := range host.Routes {
				if r.Name == d.simulated.Route && holds(r.Match) {
					return true
				}
			}
		}
	}
	return false
}

func (d difference) hasConditions() bool {
	return d.took(func(m *route.RouteMatch) bool {
		return len(m.Headers)+len(m.QueryParameters)+len(m.DynamicMetadata) > 0 || m.Grpc != nil || m.TlsContext != nil
	})
}

func (d difference) bare() string {
	path, _, _ := strings.Cut(d.call.Path, "?")
	return path
}

func (d difference) matchesInPart() bool {
	return d.took(func(m *route.RouteMatch) bool {
		if m.GetSafeRegex() == nil {
			return false
		}
		whole, err := regexp.Compile("^(?:" + m.GetSafeRegex().Regex + ")$")
		return err == nil && !whole.MatchString(d.bare())
	})
}

func (d difference) matchesUnseparated() bool {
	return d.took(func(m *route.RouteMatch) bool {
		prefix, path := m.GetPathSeparatedPrefix(), d.bare()
		return prefix != "" && path != prefix && !strings.HasPrefix(path, prefix+"/")
	})
}

func (d difference) hasOtherCertificate() bool {
	if d.simulated.Listener != d.got.Listener || d.simulated.FilterChain != d.got.FilterChain {
		return false
	}
	for _, chain := range d.chains() {
		context := &tls.DownstreamTlsContext{}
		socket := chain.GetTransportSocket()
		if socket == nil || socket.GetTypedConfig().UnmarshalTo(context) != nil {
			continue
		}
		required := context.GetRequireClientCertificate().GetValue()
		if d.simulated.Error == istio.ErrMTLSError.Error() && d.call.TLS == istio.MTLS && !required {
			return true
		}
		if d.walked.Verdict == "tls-refused" && d.call.TLS == istio.TLS && required {
			return true
		}
	}
	return false
}
