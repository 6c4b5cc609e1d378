package differ

import (
	"slices"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	httpwasm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	networkwasm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/wasm/v3"
	wasm "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	nds "istio.io/istio/pkg/dns/proto"
)

// canonical puts in order what Istio leaves to chance.
func canonical(m proto.Message) {
	switch m := m.(type) {
	case *nds.NameTable:
		sortEntries(m)
	case *core.TypedExtensionConfig:
		dropVersion(m)
	}
}

// The addresses of ServiceEntries of one host follow the order of a map.
func sortEntries(table *nds.NameTable) {
	for _, info := range table.GetTable() {
		if info.GetRegistry() == "External" {
			slices.Sort(info.GetIps())
		}
	}
}

// An object without a resourceVersion is given the time as one (config/memory/store.go).
func dropVersion(config *core.TypedExtensionConfig) {
	const version = "ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION"
	filters := []interface {
		proto.Message
		GetConfig() *wasm.PluginConfig
	}{&httpwasm.Wasm{}, &networkwasm.Wasm{}}
	for _, filter := range filters {
		if config.GetTypedConfig().UnmarshalTo(filter) != nil {
			continue
		}
		variables := filter.GetConfig().GetVmConfig().GetEnvironmentVariables().GetKeyValues()
		if !strings.Contains(variables[version], " m=+") {
			return
		}
		variables[version] = ""
		if packed, err := anypb.New(filter); err == nil {
			config.TypedConfig = packed
		}
	}
}
