package mesh

import (
	"encoding/json"
	"errors"
	"fmt"

	"libmesh.invalid/mesh/internal/capi"
)

// ErrABI is what every call gives when the library that was loaded is not one that this module was made for. It is found out
// when the program starts; nothing of the library is called then.
var ErrABI = errors.New("another ABI")

// abiError is nil when the library that was loaded is of the ABI of the headers that internal/capi was made of.
var abiError = checkABI(ABIVersion())

func checkABI(loaded int) error {
	if loaded == capi.MESH_ABI_VERSION {
		return nil
	}
	return fmt.Errorf("mesh: the libmesh that was loaded has ABI %d, and this module was made for ABI %d: "+
		"install the library of the same release, or point LD_LIBRARY_PATH at it (%w)", loaded, capi.MESH_ABI_VERSION, ErrABI)
}

// ABIVersion of the library that is loaded; a difference is [ErrABI].
func ABIVersion() int { return int(capi.Mesh_abi_version()) }

// VersionInfo says what the library is and whose behaviour and messages it follows (schema version.json).
type VersionInfo struct {
	Version  string `json:"version"`
	ABI      int    `json:"abi"`
	Istio    string `json:"istio"`
	EnvoyAPI string `json:"envoyApi"`
}

// Version of the library that is loaded.
func Version() (VersionInfo, error) {
	if abiError != nil {
		return VersionInfo{}, abiError
	}
	var info VersionInfo
	err := json.Unmarshal([]byte(capi.Mesh_version()), &info)
	return info, err
}
