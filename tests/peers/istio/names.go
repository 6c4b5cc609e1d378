package main

import (
	"strings"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	"istio.io/istio/pilot/test/xdstest"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/sets"
)

// extensionNames are the filters that listeners leave to ECDS.
func extensionNames(listeners []*listener.Listener) sets.String {
	names := sets.New[string]()
	add := func(name string, discovered *core.ExtensionConfigSource) {
		if discovered != nil {
			names.Insert(name)
		}
	}
	for _, l := range listeners {
		for _, chain := range append(l.GetFilterChains(), l.GetDefaultFilterChain()) {
			for _, filter := range chain.GetFilters() {
				add(filter.GetName(), filter.GetConfigDiscovery())
				manager := &hcm.HttpConnectionManager{}
				if filter.GetTypedConfig().UnmarshalTo(manager) != nil {
					continue
				}
				for _, inner := range manager.GetHttpFilters() {
					add(inner.GetName(), inner.GetConfigDiscovery())
				}
			}
		}
	}
	return names
}

// credentialNames are the secrets that istiod has: those of the workload itself and of files are the agent's.
func credentialNames(t test.Failer, clusters []*cluster.Cluster, listeners []*listener.Listener) sets.String {
	names := sets.New[string]()
	add := func(found []string) {
		for _, name := range found {
			if strings.Contains(name, "://") && !strings.HasPrefix(name, "file-") {
				names.Insert(name)
			}
		}
	}
	for _, c := range clusters {
		add(xdstest.ExtractClusterSecretResources(t, c))
	}
	for _, l := range listeners {
		if l.GetUdpListenerConfig() != nil {
			continue // over QUIC, with the names of its mirror; the helper reads TLS only
		}
		add(xdstest.ExtractListenerSecretResources(t, l))
	}
	return names
}
