package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"libmesh.test/peers/istio/internal/differ"
)

// A meshDraw draws a mesh of one to three clusters, each on a network of its own or of another one: the objects of each as
// clusterDraw draws them, services of one name in several of them, gateways between the networks, and rules that look at either.
type meshDraw struct {
	dice
	seed     uint64
	clusters []*clusterDraw // the config cluster first
	names    []string
}

var (
	clusterIDs = []string{"Kubernetes", "east", "west"}
	networkIDs = []string{"n1", "n2", "n3"}
)

const (
	passthroughPort = 15443
	sharedServices  = 4 // that several clusters may have
)

func drawMesh(seed uint64) (meshText, map[string]description, error) {
	m := &meshDraw{dice: newDice(seed, 4), seed: seed}
	m.names = clusterIDs[:one(m.Rand, 1, 2, 2, 2, 3, 3, 3)]
	for i := range m.names {
		m.clusters = append(m.clusters, m.cluster(i))
	}
	config := m.clusters[0]
	for i := range m.IntN(mostRules) {
		m.serviceEntry(config, i)
	}
	for i := range m.clusters[1:] {
		config.hosts = append(config.hosts, m.clusters[i+1].hosts...)
	}
	slices.Sort(config.hosts)
	config.hosts = slices.Compact(config.hosts)
	for i := range m.IntN(mostRules + 1) {
		m.destinationRule(config, i)
	}
	m.policies(config)
	m.meshNetworks(config)
	var text meshText
	var err error
	if text.config, err = config.text(); err != nil {
		return meshText{}, nil, err
	}
	if text.config, err = m.withMeshConfig(text.config); err != nil {
		return meshText{}, nil, err
	}
	text.remotes = map[string]string{}
	for i, remote := range m.clusters[1:] {
		if text.remotes[m.names[i+1]], err = remote.text(); err != nil {
			return meshText{}, nil, err
		}
	}
	return text, m.proxies(), nil
}

func (m *meshDraw) cluster(number int) *clusterDraw {
	d := &clusterDraw{dice: newDice(m.seed, uint64(5+number)), number: number}
	d.namespaces = []string{"default", "other"}
	for _, name := range []string{"istio-system", "default", "other"} {
		labels := body{"kubernetes.io/metadata.name": name}
		if name == "other" {
			labels["mesh"] = one(d.Rand, "in", "in", "out")
		} else {
			labels["mesh"] = "in"
		}
		if name == "istio-system" && !d.rarely(3) {
			labels["topology.istio.io/network"] = one(d.Rand, networkIDs...)
		}
		d.add("Namespace", "v1", "", name, body{"labels": labels}, nil)
	}
	d.nodes()
	for i := range 1 + d.IntN(mostPods-1) {
		d.pod(i)
	}
	for i := range sharedServices {
		if d.rarely(4) {
			continue // not in this cluster
		}
		own := d.dice
		if !d.rarely(3) { // what it is in the other clusters, too
			d.dice = newDice(m.seed, uint64(100+i))
		}
		d.service(i)
		d.dice = own
	}
	for i := range d.IntN(3) {
		d.gateway(i)
	}
	return d
}

// gateway is a Service that leads into a network, mostly.
func (d *clusterDraw) gateway(i int) {
	name := fmt.Sprintf("ew%d", i)
	labels, annotations := body{"istio": "eastwestgateway"}, body{}
	if !d.rarely(4) { // else only the mesh's networks name it
		labels["topology.istio.io/network"] = one(d.Rand, networkIDs...)
	}
	number := one(d.Rand, passthroughPort, passthroughPort, passthroughPort, 443)
	ports := []body{{"name": "tls", "port": number, "targetPort": number, "nodePort": 30000 + 10*d.number + i, "protocol": "TCP"},
		{"name": "status", "port": 15021, "targetPort": 15021, "protocol": "TCP", "nodePort": 31000 + 10*d.number + i}}
	d.maybe(6, func() {
		ports = append(ports, body{"name": "hbone", "port": 15008, "targetPort": 15008, "protocol": "TCP", "nodePort": 32000})
	})
	d.maybe(8, func() { ports = ports[1:] })
	d.maybe(4, func() {
		labels["networking.istio.io/gatewayPort"] = one(d.Rand, "443", "15443", "15021", "x", "0", "0443", "70000", "")
	})
	spec := body{"ports": ports, "selector": map[string]string{"istio": "eastwestgateway"}, "type": one(d.Rand, "LoadBalancer", "LoadBalancer", "LoadBalancer", "NodePort", "ClusterIP")}
	spec["clusterIP"] = fmt.Sprintf("10.96.%d.%d", d.number, 200+i)
	spec["clusterIPs"] = []string{spec["clusterIP"].(string)}
	d.maybe(5, func() { spec["externalIPs"] = []string{fmt.Sprintf("36.0.%d.%d", d.number, i+1)} })
	if !d.rarely(3) {
		d.maybe(2, func() {
			annotations["traffic.istio.io/nodeSelector"] = one(d.Rand, `{"topology.kubernetes.io/region": "r1"}`, `{}`, ``, `{"x": "y"}`, `not json`)
		})
	}
	status := body{}
	if spec["type"] == "LoadBalancer" {
		ingress := []any{body{"ip": fmt.Sprintf("37.0.%d.%d", d.number, i+1)}}
		d.maybe(3, func() { ingress = append(ingress, body{"ip": fmt.Sprintf("37.1.%d.%d", d.number, i+1)}) })
		d.maybe(4, func() { ingress = append(ingress, body{"ip": fmt.Sprintf("fd37:%d::%d", d.number+1, i+1)}) })
		d.maybe(12, func() { ingress = []any{} })
		status["loadBalancer"] = body{"ingress": ingress}
	}
	d.add("Service", "v1", "istio-system", name, body{"labels": labels, "annotations": annotations}, body{"spec": spec, "status": status})
}

func (m *meshDraw) serviceEntry(d *clusterDraw, i int) {
	host := fmt.Sprintf("e%d.example.com", i)
	spec := body{"hosts": []string{host}, "location": one(m.Rand, "MESH_INTERNAL", "MESH_INTERNAL", "MESH_EXTERNAL"),
		"resolution": one(m.Rand, "STATIC", "STATIC", "STATIC", "DNS", "NONE"),
		"ports":      []any{body{"name": "http", "number": 80, "protocol": one(m.Rand, "HTTP", "GRPC", "TCP")}, body{"name": "tls", "number": 443, "protocol": "TLS", "targetPort": 8443}}}
	endpoint := func(address string) body {
		e := body{"address": address, "labels": body{"version": one(m.Rand, "v1", "v2")}}
		m.maybe(2, func() { e["network"] = one(m.Rand, networkIDs...) })
		m.maybe(3, func() { e["weight"] = one(m.Rand, 1, 7, 100) })
		m.maybe(2, func() { e["locality"] = one(m.Rand, "r1/z1/s1", "r2/z2", "r1", "r1/z3") })
		m.maybe(3, func() { e["labels"].(body)["security.istio.io/tlsMode"] = one(m.Rand, "istio", "disabled") })
		m.maybe(4, func() { e["serviceAccount"] = "wsa" })
		m.maybe(6, func() { e["labels"].(body)["topology.istio.io/network"] = one(m.Rand, networkIDs...) })
		m.maybe(6, func() { e["labels"].(body)["topology.istio.io/cluster"] = one(m.Rand, clusterIDs...) })
		return e
	}
	m.maybe(4, func() { spec["addresses"] = []string{fmt.Sprintf("10.55.0.%d", i+1)} })
	m.maybe(6, func() { spec["exportTo"] = []string{one(m.Rand, ".", "*", "other")} })
	switch spec["resolution"] {
	case "STATIC":
		if m.rarely(2) {
			spec["workloadSelector"] = body{"labels": body{"app": one(m.Rand, "a", "b", "c")}}
		} else {
			spec["endpoints"] = []any{endpoint("10.88.0.1"), endpoint("10.88.0.2"), endpoint("10.99.0.3")}
		}
	case "DNS":
		if m.rarely(2) {
			spec["endpoints"] = []any{endpoint("a.example.com"), endpoint("10.88.0.2"), endpoint("b.example.com")}
		}
	}
	d.hosts = append(d.hosts, host)
	d.add("ServiceEntry", "networking.istio.io/v1", one(m.Rand, d.namespaces...), fmt.Sprintf("se%d", i), body{}, body{"spec": spec})
	if m.rarely(2) {
		workload := endpoint(fmt.Sprintf("10.66.0.%d", i+1))
		workload["labels"].(body)["app"] = one(m.Rand, "a", "b", "c")
		d.add("WorkloadEntry", "networking.istio.io/v1", one(m.Rand, d.namespaces...), fmt.Sprintf("we%d", i), body{}, body{"spec": workload})
	}
}

func (m *meshDraw) destinationRule(d *clusterDraw, i int) {
	policy := body{"loadBalancer": one(m.Rand, body{"simple": "LEAST_REQUEST"}, body{"consistentHash": body{"useSourceIp": true}},
		body{"localityLbSetting": body{"failover": []any{body{"from": "r1", "to": "r2"}}}},
		body{"localityLbSetting": body{"failoverPriority": []string{"topology.istio.io/network", "topology.kubernetes.io/region"}}},
		body{"localityLbSetting": body{"failoverPriority": []string{"topology.istio.io/cluster", "version"}}},
		body{"localityLbSetting": body{"failoverPriority": []string{"topology.istio.io/network=n2", "topology.istio.io/cluster"}}},
		body{"localityLbSetting": body{"failoverPriority": []string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"}}},
		body{"localityLbSetting": body{"distribute": []any{body{"from": "r1/z1/*", "to": body{"r1/*": 60, "r2/*": 40}}, body{"from": "*", "to": body{"r1/z1/*": 1, "r2/*": 99}}}}},
		body{"localityLbSetting": body{"enabled": false}}, body{})}
	if !m.rarely(3) {
		policy["outlierDetection"] = one(m.Rand, body{"consecutive5xxErrors": 3}, body{"minHealthPercent": 10})
	}
	if m.rarely(4) {
		policy["tls"] = body{"mode": one(m.Rand, "ISTIO_MUTUAL", "DISABLE", "SIMPLE")}
	}
	spec := body{"host": one(m.Rand, append([]string{"*.default.svc.cluster.local", "*.local"}, d.hosts...)...), "trafficPolicy": policy}
	if m.rarely(2) {
		subsets := []any{body{"name": "v1", "labels": body{"version": "v1"}}, body{"name": "n2", "labels": body{"topology.istio.io/network": "n2"}},
			body{"name": "east", "labels": body{"topology.istio.io/cluster": "east"}}, body{"name": "none", "labels": body{"x": "y"}}}
		m.maybe(3, func() { subsets[1].(body)["trafficPolicy"] = body{"tls": body{"mode": "DISABLE"}} })
		spec["subsets"] = subsets
	}
	m.maybe(5, func() { spec["exportTo"] = []string{one(m.Rand, ".", "other")} })
	d.add("DestinationRule", "networking.istio.io/v1", one(m.Rand, append([]string{"istio-system"}, d.namespaces...)...), fmt.Sprintf("dr%d", i), body{}, body{"spec": spec})
}

func (m *meshDraw) policies(d *clusterDraw) {
	m.maybe(2, func() {
		spec := body{"mtls": body{"mode": one(m.Rand, "STRICT", "DISABLE", "PERMISSIVE")}}
		m.maybe(2, func() { spec["selector"] = body{"matchLabels": body{"app": one(m.Rand, "a", "b")}} })
		m.maybe(2, func() {
			if spec["selector"] != nil {
				spec["portLevelMtls"] = body{"8080": body{"mode": "DISABLE"}}
			}
		})
		d.add("PeerAuthentication", "security.istio.io/v1", one(m.Rand, d.namespaces...), "pa", body{}, body{"spec": spec})
	})
	m.maybe(3, func() {
		d.add("Sidecar", "networking.istio.io/v1", one(m.Rand, d.namespaces...), "sc", body{}, body{"spec": body{"egress": []any{
			body{"hosts": one(m.Rand, []string{"./*"}, []string{"*/*"}, []string{"other/*", "default/s0.default.svc.cluster.local"})}}}})
	})
	m.maybe(2, func() {
		d.add("Gateway", "networking.istio.io/v1", "istio-system", "cross-network", body{}, body{"spec": body{"selector": body{"istio": "eastwestgateway"},
			"servers": []any{body{"port": body{"number": passthroughPort, "name": "tls", "protocol": "TLS"}, "tls": body{"mode": "AUTO_PASSTHROUGH"},
				"hosts": one(m.Rand, []string{"*.local"}, []string{"*.local"}, []string{"*.default.svc.cluster.local", "*.example.com"}, []string{"default/*.local"})}}}})
	})
	m.maybe(3, func() {
		d.add("VirtualService", "networking.istio.io/v1", "default", "vs", body{}, body{"spec": body{"hosts": []string{one(m.Rand, d.hosts...)},
			"http": []any{body{"route": []any{body{"destination": body{"host": one(m.Rand, d.hosts...), "subset": one(m.Rand, "v1", "n2", "east")}}}}}}})
	})
}

func (m *meshDraw) meshNetworks(d *clusterDraw) {
	if !m.rarely(3) {
		return
	}
	networks := body{}
	for i, name := range networkIDs {
		if m.rarely(3) {
			continue
		}
		endpoints, gateways := []any{}, []any{}
		if i < len(m.names) && !m.rarely(3) {
			endpoints = append(endpoints, body{"fromRegistry": m.names[i]})
		}
		m.maybe(3, func() {
			endpoints = append(endpoints, body{"fromCidr": one(m.Rand, "10.88.0.0/16", "10.78.0.0/16", "10.77.0.0/17", "10.244.1.0/24")})
		})
		m.maybe(2, func() {
			gateways = append(gateways, body{"address": fmt.Sprintf("44.%d.1.1", i), "port": passthroughPort})
		})
		m.maybe(4, func() { gateways = append(gateways, body{"address": fmt.Sprintf("44.%d.1.2", i), "port": 443}) })
		m.maybe(3, func() {
			gateways = append(gateways, body{"registryServiceName": one(m.Rand, "ew0", "ew1") + ".istio-system.svc.cluster.local", "port": one(m.Rand, passthroughPort, 443)})
		})
		networks[name] = body{"endpoints": endpoints, "gateways": gateways}
	}
	text, _ := yaml.Marshal(body{"networks": networks})
	d.add("ConfigMap", "v1", "istio-system", "istio", body{}, body{"data": body{"meshNetworks": string(text)}})
}

func (m *meshDraw) withMeshConfig(text string) (string, error) {
	config := body{}
	m.maybe(5, func() {
		config["serviceSettings"] = []any{body{"settings": body{"clusterLocal": one(m.Rand, true, true, false)}, "hosts": one(m.Rand, []string{"s0.default.svc.cluster.local"}, []string{"*.other.svc.cluster.local"}, []string{"*.local"})}}
	})
	m.maybe(6, func() { config["discoverySelectors"] = []any{body{"matchLabels": body{"mesh": "in"}}} })
	m.maybe(6, func() { config["trustDomain"] = "td.example"; config["trustDomainAliases"] = []string{"old.example"} })
	m.maybe(5, func() { config["outboundTrafficPolicy"] = body{"mode": "REGISTRY_ONLY"} })
	m.maybe(5, func() {
		config["localityLbSetting"] = one(m.Rand, body{"enabled": false}, body{"failoverPriority": []string{"topology.istio.io/network"}}, body{"failover": []any{body{"from": "r2", "to": "r1"}}})
	})
	m.maybe(8, func() { config["enableAutoMtls"] = false })
	if len(config) == 0 {
		return text, nil
	}
	b, err := yaml.Marshal(config)
	return strings.Join([]string{string(b), text}, "---\n"), err
}

// proxies are those of some pods, and a gateway of each of two clusters.
func (m *meshDraw) proxies() map[string]description {
	out := map[string]description{}
	network := func(labels map[string]string) string {
		if said := labels["topology.istio.io/network"]; said != "" {
			return said
		}
		return one(m.Rand, append([]string{"", ""}, networkIDs...)...)
	}
	for i := range 2 {
		at := m.IntN(len(m.names))
		labels := map[string]string{"istio": "eastwestgateway"}
		g := description{Type: "gateway", ID: fmt.Sprintf("gw%d.istio-system", i), Namespace: "istio-system", IP: one(m.Rand, []string{"10.9.9.9"}, []string{"10.9.9.9"}, []string{"fd99::9"}, []string{"10.9.9.9", "fd99::9"}),
			Labels: labels, ClusterID: m.names[at], Network: network(labels), Locality: one(m.Rand, "", "r1/z1", "r2/z2/s")}
		metadata := body{}
		m.maybe(2, func() { metadata["REQUESTED_NETWORK_VIEW"] = one(m.Rand, "n1", "n2", "n1,n3", g.Network) })
		m.maybe(4, func() { metadata["ROUTER_MODE"] = "sni-dnat" })
		if len(metadata) > 0 {
			g.Metadata = metadata
		}
		out[fmt.Sprintf("gateway%d", i)] = g
	}
	for i := range mostProxies {
		at := m.IntN(len(m.names))
		d := m.clusters[at]
		p := d.pods[m.IntN(len(d.pods))]
		labels := maps.Clone(p.labels)
		net := network(labels)
		if net != "" && m.rarely(2) { // as the agent of an injected pod says
			labels["topology.istio.io/network"] = net
		}
		one := description{Type: "sidecar", ID: p.name + "." + p.namespace, Namespace: p.namespace, IP: p.addresses, Labels: labels,
			ClusterID: m.names[at], Network: net, Locality: one(m.Rand, "", "r1/z1", "r2/z2/s")}
		if m.rarely(2) {
			one.Metadata = metadataChoices[m.IntN(len(metadataChoices))]
		}
		m.maybe(versionsInTen, func() { one.IstioVersion = "1.26.3" })
		out[fmt.Sprintf("%d-%s", i, p.name)] = one
	}
	return out
}

func runClusters(args []string) error {
	s := newSeedRun("clusters", 100)
	_ = s.Parse(args)
	return s.run((*fieldsRun).clusters)
}

func (r *fieldsRun) clusters(seed uint64, result *differ.Case) error {
	input, proxies, err := drawMesh(seed)
	if err != nil {
		return err
	}
	if err := r.writeProxies(proxies); err != nil {
		return err
	}
	return r.compareText(input, fmt.Sprintf("seed-%d", seed), result)
}
