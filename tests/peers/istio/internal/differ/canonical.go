package differ

import (
	"slices"

	"google.golang.org/protobuf/proto"

	nds "istio.io/istio/pkg/dns/proto"
)

// canonical puts in order what Istio leaves to chance: the addresses of ServiceEntries of one host in a name table, which
// follow the order of a map.
func canonical(m proto.Message) {
	table, ok := m.(*nds.NameTable)
	if !ok {
		return
	}
	for _, info := range table.GetTable() {
		if info.GetRegistry() == "External" {
			slices.Sort(info.GetIps())
		}
	}
}
