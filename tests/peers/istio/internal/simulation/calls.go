package simulation

import (
	"sort"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	istio "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pkg/wellknown"
)

// Calls are questions made of an answer: every address and port that is listened at and one that is not,
// every host and path that is routed and ones that are not, every SNI and ALPN that a chain wants, plain,
// with TLS and with mutual TLS. At most `most` of them, spread over all.
func (a *Answer) Calls(gateway bool, most int) []istio.Call {
	var calls []istio.Call
	for _, place := range a.places(gateway) {
		hosts, paths := a.hostsAndPaths(place)
		for _, path := range paths {
			for _, host := range hosts {
				calls = append(calls, calling(place, host, path)...)
			}
		}
	}
	return spread(calls, most)
}

// A place is where a call goes.
type place struct {
	address   string
	port      int
	mode      istio.CallMode
	listeners []*listener.Listener
}

func (a *Answer) places(gateway bool) []place {
	var out []place
	for _, l := range a.simulation.Listeners {
		socket := l.GetAddress().GetSocketAddress()
		if socket == nil || strings.HasPrefix(l.Name, "udp_") {
			continue
		}
		at := place{socket.GetAddress(), int(socket.GetPortValue()), istio.CallModeOutbound, []*listener.Listener{l}}
		switch {
		case gateway:
			at.mode = istio.CallModeGateway
		case l.Name == "virtualInbound":
			out = append(out, inbound(l)...)
			continue
		}
		out = append(out, at)
		if at.address == "0.0.0.0" {
			at.address = "10.99.0.1"
			out = append(out, at)
		}
	}
	nowhere := place{"10.98.7.6", 9998, istio.CallModeOutbound, nil}
	if gateway {
		nowhere.mode = istio.CallModeGateway
	}
	return append(out, nowhere)
}

// inbound are the ports that chains of the inbound listener are for, and one that none is for.
func inbound(l *listener.Listener) []place {
	ports := map[int]bool{9998: true}
	for _, chain := range l.FilterChains {
		if port := chain.GetFilterChainMatch().GetDestinationPort(); port != nil {
			ports[int(port.GetValue())] = true
		}
	}
	var out []place
	for port := range ports {
		out = append(out, place{"10.97.0.1", port, istio.CallModeInbound, []*listener.Listener{l}})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].port < out[j].port })
	return out
}

func (a *Answer) hostsAndPaths(at place) (hosts, paths []string) {
	hosts, paths = []string{"unknown.example.net", ""}, []string{"/", "/nothing/there"}
	for _, l := range at.listeners {
		for _, chain := range append(l.FilterChains, l.DefaultFilterChain) {
			for _, name := range chain.GetFilterChainMatch().GetServerNames() {
				hosts = append(hosts, concrete(name))
			}
			for _, host := range a.routesOf(chain).GetVirtualHosts() {
				for _, domain := range host.GetDomains() {
					hosts = append(hosts, concrete(domain))
				}
				for _, r := range host.GetRoutes() {
					paths = append(paths, pathsOf(r.GetMatch())...)
				}
			}
		}
	}
	return unique(hosts, 60), unique(paths, 40)
}

func (a *Answer) routesOf(chain *listener.FilterChain) *route.RouteConfiguration {
	for _, filter := range chain.GetFilters() {
		if filter.GetName() != wellknown.HTTPConnectionManager {
			continue
		}
		manager := &hcm.HttpConnectionManager{}
		if filter.GetTypedConfig().UnmarshalTo(manager) != nil {
			continue
		}
		if manager.GetRouteConfig() != nil {
			return manager.GetRouteConfig()
		}
		for _, r := range a.simulation.Routes {
			if r.GetName() == manager.GetRds().GetRouteConfigName() {
				return r
			}
		}
	}
	return nil
}

func concrete(domain string) string {
	switch {
	case domain == "*":
		return "any.example.org"
	case strings.HasPrefix(domain, "*"):
		return "one" + domain[1:]
	case strings.HasSuffix(domain, "*"):
		return domain[:len(domain)-1] + "one"
	}
	return domain
}

func pathsOf(match *route.RouteMatch) []string {
	switch specifier := match.GetPathSpecifier().(type) {
	case *route.RouteMatch_Prefix:
		return []string{specifier.Prefix, specifier.Prefix + "more"}
	case *route.RouteMatch_Path:
		return []string{specifier.Path, specifier.Path + "/more"}
	case *route.RouteMatch_PathSeparatedPrefix:
		return []string{specifier.PathSeparatedPrefix, specifier.PathSeparatedPrefix + "/more"}
	case *route.RouteMatch_SafeRegex:
		return []string{strings.NewReplacer(".*", "x", ".+", "x", "\\", "", "^", "", "$", "").Replace(specifier.SafeRegex.GetRegex())}
	}
	return nil
}

func calling(at place, host, path string) []istio.Call {
	one := istio.Call{Address: at.address, Port: at.port, CallMode: at.mode, Path: path, HostHeader: host}
	var out []istio.Call
	add := func(protocol istio.Protocol, tls istio.TLSMode, sni, alpn string) {
		call := one
		call.Protocol, call.TLS, call.Sni, call.Alpn = protocol, tls, sni, alpn
		out = append(out, call)
	}
	for _, protocol := range []istio.Protocol{istio.HTTP, istio.HTTP2, istio.TCP} {
		add(protocol, istio.Plaintext, "", "")
		add(protocol, istio.TLS, host, "")
		add(protocol, istio.MTLS, host, "")
	}
	add(istio.TCP, istio.MTLS, host, "istio-peer-exchange")
	add(istio.HTTP, istio.TLS, host, "custom")
	return out
}

func unique(texts []string, most int) []string {
	seen := map[string]bool{}
	var out []string
	for _, text := range texts {
		if !seen[text] && len(out) < most {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// spread takes every n-th, so that all places are asked about.
func spread(calls []istio.Call, most int) []istio.Call {
	if len(calls) <= most {
		return calls
	}
	out := make([]istio.Call, 0, most)
	for i := range most {
		out = append(out, calls[i*len(calls)/most])
	}
	return out
}
