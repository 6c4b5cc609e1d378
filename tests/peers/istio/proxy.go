package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/network"
	"istio.io/istio/pkg/spiffe"
)

// description is the file that describes one proxy; `mesh xds --proxy` reads the same.
type description struct {
	Type           string            `json:"type,omitempty"` // sidecar, gateway or waypoint
	ID             string            `json:"id,omitempty"`   // pod.namespace
	IP             []string          `json:"ip,omitempty"`
	Namespace      string            `json:"namespace,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	ServiceAccount string            `json:"serviceAccount,omitempty"`
	ClusterID      string            `json:"clusterID,omitempty"`
	Network        string            `json:"network,omitempty"`
	Locality       string            `json:"locality,omitempty"` // region/zone/subzone
	DNSDomain      string            `json:"dnsDomain,omitempty"`
	IstioVersion   string            `json:"istioVersion,omitempty"`
	Metadata       map[string]any    `json:"metadata,omitempty"` // node metadata by its wire names
}

var proxyTypes = map[string]model.NodeType{
	"sidecar": model.SidecarProxy, "gateway": model.Router, "router": model.Router, "waypoint": model.Waypoint,
}

// benchmarkProxy is the proxy of Istio's own benchmarks (pilot/pkg/xds/bench_test.go, setupTest).
func benchmarkProxy(kind string) description {
	return description{
		Type: kind, ID: "v0.default", Namespace: "default", DNSDomain: "default.example.org", IP: []string{"1.1.1.1"},
		Labels: map[string]string{"istio.io/benchmark": "true"}, IstioVersion: "1.26.0",
	}
}

func readDescription(path string) (description, error) {
	var d description
	b, err := os.ReadFile(path)
	if err != nil {
		return d, err
	}
	if err := yaml.UnmarshalStrict(b, &d); err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func (d description) withDefaults() description {
	or := func(value *string, fallback string) {
		if *value == "" {
			*value = fallback
		}
	}
	or(&d.Type, "sidecar")
	or(&d.Namespace, "default")
	or(&d.ID, "v0."+d.Namespace)
	or(&d.ClusterID, "Kubernetes")
	or(&d.DNSDomain, d.Namespace+".svc.cluster.local")
	or(&d.IstioVersion, "1.32.0")
	if len(d.IP) == 0 {
		d.IP = []string{"1.1.1.1"}
	}
	return d
}

// proxy makes the node that istiod makes of a connection's first request.
func (d description) proxy() (*model.Proxy, error) {
	d = d.withDefaults()
	kind, ok := proxyTypes[d.Type]
	if !ok {
		return nil, fmt.Errorf("unknown proxy type %q", d.Type)
	}
	p := &model.Proxy{
		Type: kind, ID: d.ID, IPAddresses: d.IP, DNSDomain: d.DNSDomain, Labels: d.Labels, ConfigNamespace: d.Namespace,
		Metadata:         &model.NodeMetadata{},
		IstioVersion:     model.ParseIstioVersion(d.IstioVersion),
		VerifiedIdentity: &spiffe.Identity{TrustDomain: "cluster.local", Namespace: d.Namespace, ServiceAccount: d.ServiceAccount},
	}
	if len(d.Metadata) > 0 {
		b, err := json.Marshal(d.Metadata)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, p.Metadata); err != nil {
			return nil, err
		}
		p.Metadata.Raw = d.Metadata
	}
	m := p.Metadata
	m.Namespace, m.Labels, m.IstioVersion, m.ServiceAccount = d.Namespace, d.Labels, d.IstioVersion, d.ServiceAccount
	m.ClusterID, m.Network, m.InstanceIPs = cluster.ID(d.ClusterID), network.ID(d.Network), d.IP // as an agent sends
	if d.Locality != "" {
		parts := append(strings.Split(d.Locality, "/"), "", "")
		p.Locality = &core.Locality{Region: parts[0], Zone: parts[1], SubZone: parts[2]}
	}
	p.DiscoverIPMode()
	return p, nil
}
