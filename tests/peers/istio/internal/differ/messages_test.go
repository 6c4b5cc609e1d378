package differ

import (
	"fmt"
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func packed(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	a, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func aListener(t *testing.T, prefix string) *listener.Listener {
	return &listener.Listener{
		Name: "l", BindToPort: wrapperspb.Bool(false),
		FilterChains: []*listener.FilterChain{{Name: "chain", Filters: []*listener.Filter{{
			Name: "tcp", ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(t, &tcp.TcpProxy{StatPrefix: prefix})},
		}}}},
	}
}

func aRoute(name, prefix string) *route.Route {
	return &route.Route{Name: name, Match: &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: prefix}}}
}

func hosts(routes ...*route.Route) *route.RouteConfiguration {
	return &route.RouteConfiguration{VirtualHosts: []*route.VirtualHost{{Name: "api:80", Domains: []string{"a", "b"}, Routes: routes}}}
}

func withMetadata(t *testing.T, key string, value any) *route.RouteConfiguration {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{key: value})
	if err != nil {
		t.Fatal(err)
	}
	return &route.RouteConfiguration{VirtualHosts: []*route.VirtualHost{{Name: "v", Metadata: &core.Metadata{FilterMetadata: map[string]*structpb.Struct{"istio": s}}}}}
}

func anEndpoint(address string, weight uint32) *endpoint.LbEndpoint {
	return &endpoint.LbEndpoint{
		LoadBalancingWeight: wrapperspb.UInt32(weight),
		HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: &core.Address{Address: &core.Address_SocketAddress{
			SocketAddress: &core.SocketAddress{Address: address, PortSpecifier: &core.SocketAddress_PortValue{PortValue: 80}},
		}}}},
	}
}

func locality(endpoints ...*endpoint.LbEndpoint) *endpoint.ClusterLoadAssignment {
	return &endpoint.ClusterLoadAssignment{Endpoints: []*endpoint.LocalityLbEndpoints{{LbEndpoints: endpoints}}}
}

func headers(names ...string) *route.RouteMatch {
	m := &route.RouteMatch{}
	for _, name := range names {
		m.Headers = append(m.Headers, &route.HeaderMatcher{Name: name})
	}
	return m
}

func TestMessages(t *testing.T) {
	cases := []struct {
		name        string
		ours, istio proto.Message
		want        []Difference
	}{
		{"equal messages have no difference", aListener(t, "x"), aListener(t, "x"), nil},
		{
			"a field inside an Any is found by its path", aListener(t, "mine"), aListener(t, "theirs"),
			[]Difference{{"filter_chains[chain].filters[tcp].typed_config.stat_prefix", `"mine"`, `"theirs"`}},
		},
		{
			"a message that we lack", &listener.Listener{}, &listener.Listener{ListenerFiltersTimeout: &durationpb.Duration{}},
			[]Difference{{"listener_filters_timeout", Absent, `"0s"`}},
		},
		{
			"a wrapper of the zero value is not absence", &listener.Listener{BindToPort: wrapperspb.Bool(false)}, &listener.Listener{},
			[]Difference{{"bind_to_port", "false", Absent}},
		},
		{
			"an element that Istio lacks, by its name", hosts(aRoute("r1", "/a"), aRoute("r2", "/b")), hosts(aRoute("r1", "/a")),
			[]Difference{{"virtual_hosts[api:80].routes[r2]", `{"name":"r2","match":{"prefix":"/b"}}`, Absent}},
		},
		{
			"another order of routes", hosts(aRoute("r1", "/a"), aRoute("r2", "/b")), hosts(aRoute("r2", "/b"), aRoute("r1", "/a")),
			[]Difference{{"virtual_hosts[api:80].routes (order)", "r1, r2", "r2, r1"}},
		},
		{
			"elements of one name are compared by position", hosts(aRoute("r", "/a"), aRoute("r", "/b")), hosts(aRoute("r", "/a"), aRoute("r", "/c")),
			[]Difference{{"virtual_hosts[api:80].routes[1].match.prefix", `"/b"`, `"/c"`}},
		},
		{
			"another member of a oneof is absence of both",
			&core.Address{Address: &core.Address_Pipe{Pipe: &core.Pipe{Path: "/p"}}}, &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{Address: "a"}}},
			[]Difference{{"socket_address", Absent, `{"address":"a"}`}, {"pipe", `{"path":"/p"}`, Absent}},
		},
		{
			"a map's value is found by its key", withMetadata(t, "config", "x"), withMetadata(t, "config", "y"),
			[]Difference{{"virtual_hosts[v].metadata.filter_metadata{istio}.fields{config}.string_value", `"x"`, `"y"`}},
		},
		{
			"a key of a map that we lack", withMetadata(t, "a", "x"), withMetadata(t, "b", "x"),
			[]Difference{
				{"virtual_hosts[v].metadata.filter_metadata{istio}.fields{a}", `"x"`, Absent},
				{"virtual_hosts[v].metadata.filter_metadata{istio}.fields{b}", Absent, `"x"`},
			},
		},
		{
			"two types in an Any", packed(t, &tcp.TcpProxy{}), packed(t, &core.Pipe{}),
			[]Difference{{"@type", "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "type.googleapis.com/envoy.config.core.v3.Pipe"}},
		},
		{"endpoints of a locality in another order", locality(anEndpoint("a", 1), anEndpoint("b", 1)), locality(anEndpoint("b", 1), anEndpoint("a", 1)), nil},
		{
			"an endpoint's weight, by its address", locality(anEndpoint("b", 1), anEndpoint("a", 1)), locality(anEndpoint("a", 7), anEndpoint("b", 1)),
			[]Difference{{"endpoints[0].lb_endpoints[a:80].load_balancing_weight.value", "1", "7"}},
		},
		{"conditions on headers in another order", headers("x", "y"), headers("y", "x"), nil},
		{"the same header twice, in another order", headers("x", "y", "x"), headers("y", "x", "x"), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Messages(c.ours, c.istio)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("\ngot  %v\nwant %v", got, c.want)
			}
			if proto.Equal(c.ours, c.istio) && len(got) > 0 {
				t.Error("differences between equal messages")
			}
		})
	}
}
