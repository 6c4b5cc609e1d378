package main

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// Around the policies of Istio's own test of its authorization builder (pilot/pkg/security/authz/builder/testdata):
// the workload that they select, with a port of each kind, a gateway with the same labels, and the service of their
// authorizers.
const authorizationWorld = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: httpbin, namespace: foo}
spec:
  hosts: [httpbin.example.com]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}, {number: 81, name: tcp, protocol: TCP}, {number: 82, name: auto}]
  endpoints: [{address: 1.1.1.1}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: authorizer, namespace: foo}
spec:
  hosts: [my-custom-ext-authz.foo.svc.cluster.local]
  resolution: STATIC
  ports: [{number: 9000, name: grpc, protocol: GRPC}]
  endpoints: [{address: 1.1.1.2}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: httpbin, namespace: foo}
spec:
  selector: {app: httpbin}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 81, name: tcp, protocol: TCP}, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin, namespace: foo}
spec:
  hosts: ["*"]
  gateways: [httpbin]
  tcp: [{route: [{destination: {host: httpbin.example.com, port: {number: 81}}}]}]
---
`

// authorizationSettings are mesh configurations that the policies meet, by an expression for the names of the files
// that they matter for; the names of their providers are those that the policies use.
var authorizationSettings = []struct{ name, files, text string }{
	{"", "", ""},
	{"aliases", withDomains, "trustDomain: td1\ntrustDomainAliases: [cluster.local, some-td]\n"},
	{"other-aliases", withDomains, "trustDomain: new-td\ntrustDomainAliases: [old-td, some-trustdomain, foobar]\n"},
	{"grpc", "^custom", `extensionProviders:
- name: default
  envoyExtAuthzGrpc:
    service: foo/my-custom-ext-authz.foo.svc.cluster.local
    port: 9000
    timeout: 0.002s
    failOpen: true
    statusOnError: "403"
    includeRequestBodyInCheck: {maxRequestBytes: 4096, allowPartialMessage: true}
`},
	{"grpc-anywhere", "^custom", `extensionProviders:
- name: default
  envoyExtAuthzGrpc: {service: my-custom-ext-authz.foo.svc.cluster.local, port: 9000, failOpen: true, statusOnError: "403"}
`},
	{"http", "^custom", `extensionProviders:
- name: default
  envoyExtAuthzHttp:
    service: foo/my-custom-ext-authz.foo.svc.cluster.local
    port: 9000
    timeout: 10s
    failOpen: true
    statusOnError: "403"
    pathPrefix: /check
    includeRequestHeadersInCheck: [x-custom-id, x-prefix-*, "*-suffix"]
    includeHeadersInCheck: [not-beside-the-newer-list]
    includeAdditionalHeadersInCheck: {x-header-1: value-1, x-header-2: value-2}
    includeRequestBodyInCheck: {maxRequestBytes: 2048, allowPartialMessage: true, packAsBytes: true}
    headersToUpstreamOnAllow: [Authorization, x-prefix-*, "*-suffix"]
    headersToDownstreamOnDeny: [Set-cookie, x-prefix-*, "*-suffix"]
    headersToDownstreamOnAllow: [Set-cookie, x-prefix-*, "*-suffix"]
`},
	{"invalid", "^custom", `extensionProviders:
- name: default
  envoyExtAuthzHttp: {service: foo/my-custom-ext-authz, port: 999999, pathPrefix: check, statusOnError: "999"}
`},
}

// Files whose policies name principals or trust domains.
const withDomains = "^simple-policy|^td-|^trust-domains|full-rule"

// authorizationCases gives every input of that folder, with the settings that matter for it, to a sidecar and to a
// gateway.
func authorizationCases(moduleDir string) ([]peerCase, error) {
	moduleDir, err := istioFolder(moduleDir)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(moduleDir, "pilot", "pkg", "security", "authz", "builder", "testdata")
	inputs, err := filepath.Glob(filepath.Join(folder, "*", "*-in.yaml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(inputs)
	labels := map[string]string{"app": "httpbin", "version": "v1"}
	var cases []peerCase
	for _, path := range inputs {
		base := strings.TrimSuffix(filepath.Base(path), "-in.yaml")
		for _, settings := range authorizationSettings {
			if matters, err := regexp.MatchString(settings.files, base); err != nil || !matters {
				continue
			}
			text := func() (string, error) {
				policies, err := os.ReadFile(path)
				return authorizationWorld + string(policies) + "\n---\n" + settings.text, err
			}
			name := "authz/" + filepath.Base(filepath.Dir(path)) + "-" + base
			if settings.name != "" {
				name += "-" + settings.name
			}
			for _, kind := range []string{"sidecar", "gateway"} {
				cases = append(cases, peerCase{
					name: name + "-" + kind, text: text,
					proxy: description{Type: kind, ID: "test-node.foo", Namespace: "foo", Labels: labels, IP: []string{"1.1.1.1"}},
				})
			}
		}
	}
	return cases, nil
}
