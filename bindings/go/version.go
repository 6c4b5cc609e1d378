package mesh

import (
	"encoding/json"

	"libmesh.invalid/mesh/internal/capi"
)

// VersionInfo says what the library is and whose behaviour and messages it follows.
type VersionInfo struct {
	Version  string `json:"version"`
	ABI      int    `json:"abi"`
	Istio    string `json:"istio"`
	EnvoyAPI string `json:"envoyApi"`
}

// Version of the library that is loaded.
func Version() (VersionInfo, error) {
	var info VersionInfo
	err := json.Unmarshal([]byte(capi.Mesh_version()), &info)
	return info, err
}
