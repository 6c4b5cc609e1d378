// Package xds stands in for pilot/test/xds while Istio's simulation tests say what they ask: a server that
// keeps what it was made of and makes nothing.
package xds

import (
	"istio.io/istio/pilot/pkg/model"
	real "istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/test"
)

// FakeOptions are Istio's.
type FakeOptions = real.FakeOptions

// Server remembers its options.
type Server struct{ Options FakeOptions }

// NewFakeDiscoveryServer makes no server.
func NewFakeDiscoveryServer(_ test.Failer, options FakeOptions) *Server { return &Server{options} }

// SetupProxy fills in what Istio's does (networking/core/fake.go), but for what a server knows.
func (s *Server) SetupProxy(p *model.Proxy) *model.Proxy {
	filled := model.Proxy{}
	if p != nil {
		filled = model.Proxy{
			Type: p.Type, ID: p.ID, IPAddresses: p.IPAddresses, DNSDomain: p.DNSDomain, Labels: p.Labels,
			ConfigNamespace: p.ConfigNamespace, Metadata: p.Metadata, Locality: p.Locality,
		}
	}
	return &filled
}
