package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"libmesh.test/peers/istio/internal/differ"
)

// A cluster draws Kubernetes' objects from a seed: namespaces, nodes, pods, services of all sorts with their slices, and a few
// of Istio's beside them. They are such as an API server would hold.
type clusterDraw struct {
	dice
	number     int // of the cluster, of which its addresses and the names of its pods are
	objects    []body
	namespaces []string
	pods       []drawnPod
	hosts      []string
}

type body = map[string]any

type drawnPod struct {
	name, namespace, node string
	labels                map[string]string
	addresses             []string
	ports                 map[string]int // by name, of TCP
}

// one of several; what stands there twice comes twice as often.
func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// dice are thrown from a seed.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// once in `in`.
func (d dice) rarely(in int) bool { return d.IntN(in) == 0 }

// maybe does it once in `in`.
func (d dice) maybe(in int, do func()) {
	if d.rarely(in) {
		do()
	}
}

func (d *clusterDraw) add(kind, apiVersion, namespace, name string, metadata, parts body) {
	metadata["name"] = name
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	object := body{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	for key, value := range parts {
		object[key] = value
	}
	d.objects = append(d.objects, object)
}

// How much there is.
const (
	fewestPods, mostPods         = 2, 8
	mostServices, mostPorts      = 6, 5
	mostSlices                   = 3
	mostRules                    = 3
	nodesThere                   = 3
	mostProxies                  = 3
	metadataInTwo, versionsInTen = 2, 10
)

// drawCluster makes the documents of a seed, and who asks.
func drawCluster(seed uint64) (string, map[string]description, error) {
	d := &clusterDraw{dice: newDice(seed, 3)}
	d.namespaces = []string{"default", "other"}[:1+d.IntN(2)]
	for _, name := range append([]string{"istio-system"}, d.namespaces...) {
		labels := body{"kubernetes.io/metadata.name": name}
		if name == "other" && d.rarely(8) {
			labels["topology.istio.io/network"] = "network2"
		}
		d.add("Namespace", "v1", "", name, body{"labels": labels}, nil)
	}
	d.nodes()
	for i := range fewestPods + d.IntN(mostPods-fewestPods+1) {
		d.pod(i)
	}
	for i := range 1 + d.IntN(mostServices) {
		d.service(i)
	}
	for i := range d.IntN(mostRules) {
		d.serviceEntry(i)
	}
	for i := range d.IntN(mostRules) {
		d.destinationRule(i)
	}
	d.policies()
	text, err := d.text()
	return text, d.proxies(), err
}

// text is that of all objects but those which Istio's validation refuses.
func (d *clusterDraw) text() (string, error) {
	var documents []string
	for _, object := range d.objects {
		b, err := yaml.Marshal(object)
		if err != nil {
			return "", err
		}
		if o := newObject(object); !o.isKube() && refusedText(o.kind, string(b)) != "" {
			continue
		}
		documents = append(documents, string(b))
	}
	return strings.Join(documents, "---\n"), nil
}

func (d *clusterDraw) nodes() {
	for i := range nodesThere {
		labels := body{"topology.kubernetes.io/region": fmt.Sprintf("r%d", i%2+1), "topology.kubernetes.io/zone": fmt.Sprintf("z%d", i+1)}
		switch d.IntN(5) {
		case 0:
			labels = body{"failure-domain.beta.kubernetes.io/region": "ro", "failure-domain.beta.kubernetes.io/zone": "zo"}
		case 1:
			labels["topology.istio.io/subzone"] = "s"
		}
		d.add("Node", "v1", "", fmt.Sprintf("node%d", i), body{"labels": labels}, body{"status": body{"addresses": []any{
			body{"type": "InternalIP", "address": fmt.Sprintf("172.16.%d.%d", d.number, i+1)},
			body{"type": "ExternalIP", "address": fmt.Sprintf("34.0.%d.%d", d.number, i+1)},
		}}})
	}
}

// Pods of several clusters have several names: of two of one name, Istio takes for a ServiceEntry the one that it heard of last.
func (d *clusterDraw) nameOfPod(i int) string {
	if d.number == 0 {
		return fmt.Sprintf("p%d", i)
	}
	return fmt.Sprintf("p%d-%d", d.number, i)
}

func (d *clusterDraw) pod(i int) {
	v4, v6 := fmt.Sprintf("10.244.%d.%d", d.number, i+10), fmt.Sprintf("fd00:%d::%d", d.number+1, i+10)
	p := drawnPod{
		name: d.nameOfPod(i), namespace: one(d.Rand, d.namespaces...),
		labels:    map[string]string{"app": one(d.Rand, "a", "b", "c"), "version": one(d.Rand, "v1", "v2")},
		addresses: one(d.Rand, []string{v4}, []string{v4}, []string{v4}, []string{v4, v6}, []string{v6}, []string{v6, v4}),
		ports:     one(d.Rand, map[string]int{}, map[string]int{"web": 8080}, map[string]int{"web": 8081, "named": 9090}),
	}
	d.maybe(2, func() { p.labels["security.istio.io/tlsMode"] = one(d.Rand, "istio", "istio", "disabled", "") })
	d.maybe(6, func() { p.labels["topology.istio.io/network"] = one(d.Rand, "network1", "network2") })
	d.maybe(6, func() { p.labels["istio-locality"] = one(d.Rand, "rx.zx.sx", "ry") })
	d.maybe(6, func() { p.labels["service.istio.io/canonical-name"] = "cn" })
	d.maybe(6, func() { p.labels["app.kubernetes.io/name"] = "akn" })
	spec := body{"serviceAccountName": one(d.Rand, "sa1", "sa2", "default")}
	if !d.rarely(5) {
		p.node = fmt.Sprintf("node%d", d.IntN(nodesThere+1)) // of which one is not there
		spec["nodeName"] = p.node
	}
	if d.rarely(6) {
		spec["hostname"], spec["subdomain"] = "h"+p.name, one(d.Rand, "s0", "s1")
	}
	var ports []any
	for _, name := range []string{"web", "named"} {
		if number, found := p.ports[name]; found {
			ports = append(ports, body{"name": name, "containerPort": number, "protocol": "TCP"})
		}
	}
	spec["containers"] = []any{body{"name": "c", "image": "x", "ports": ports}}
	var addresses []any
	for _, address := range p.addresses {
		addresses = append(addresses, body{"ip": address})
	}
	d.add("Pod", "v1", p.namespace, p.name, body{"labels": p.labels}, body{"spec": spec, "status": body{
		"phase": "Running", "podIP": p.addresses[0], "podIPs": addresses,
		"conditions": []any{body{"type": "Ready", "status": one(d.Rand, "True", "True", "True", "False")}},
	}})
	d.pods = append(d.pods, p)
}

var (
	portNames = []string{"http", "http2", "grpc", "grpc-web", "https", "tls", "tcp", "mongo", "mysql", "redis", "udp", "web", "HTTP", "http-Foo", "foo", "quic", "auto"}
	protocols = []string{"", "", "", "", "", "", "http", "https", "Http2", "grpc", "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "tls", "tcp", "redis", "udp", "foo"}
	numbers   = []int{80, 443, 8080, 9090, 53, 3306, 27017, 15001, 15008, 15021, 65535, 81, 82}
)

// servicePorts have names and numbers of their own; UDP may stand at the number of another one.
func (d *clusterDraw) servicePorts() []body {
	var ports []body
	taken := map[string]bool{}
	for i := range 1 + d.IntN(mostPorts) {
		name, number, transport := one(d.Rand, portNames...), one(d.Rand, numbers...), one(d.Rand, "TCP", "TCP", "TCP", "TCP", "TCP", "TCP", "UDP")
		if taken[name] {
			name = fmt.Sprintf("%s-%d", name, i)
		}
		place := fmt.Sprint(number, transport)
		if taken[place] {
			continue
		}
		taken[name], taken[place] = true, true
		port := body{"name": name, "port": number, "protocol": transport, "targetPort": one[any](d.Rand, number, 8080, 8080, 9090, "web", "named", "8080")}
		if said := one(d.Rand, protocols...); said != "" {
			port["appProtocol"] = said
		}
		ports = append(ports, port)
	}
	return ports
}

func (d *clusterDraw) service(i int) {
	name, namespace, ports := fmt.Sprintf("s%d", i), one(d.Rand, d.namespaces...), d.servicePorts()
	d.hosts = append(d.hosts, name+"."+namespace+".svc.cluster.local")
	labels, annotations := body{}, body{}
	metadata := body{"labels": labels, "annotations": annotations}
	if d.rarely(16) {
		d.add("Service", "v1", namespace, name, metadata, body{"spec": body{"type": "ExternalName", "ports": ports,
			"externalName": one(d.Rand, "www.google.com", "s0.default.svc.cluster.local", "10.1.1.1", "ext.example.com")}})
		return
	}
	families, addresses := []string{"IPv4"}, []string{fmt.Sprintf("10.96.%d.%d", d.number, i+10)}
	switch d.IntN(8) {
	case 0, 1:
		families, addresses = []string{"IPv4", "IPv6"}, append(addresses, fmt.Sprintf("fd10:%d::%d", d.number+1, i+10))
	case 2:
		families, addresses = []string{"IPv6"}, []string{fmt.Sprintf("fd10:%d::%d", d.number+1, i+10)}
	case 3:
		addresses = []string{"None"}
	}
	spec := body{"ports": ports, "type": "ClusterIP", "clusterIP": addresses[0], "clusterIPs": addresses, "ipFamilies": families}
	var selector map[string]string
	if !d.rarely(6) {
		selector = map[string]string{"app": one(d.Rand, "a", "b", "c")}
		spec["selector"] = selector
	}
	status := body{}
	if addresses[0] != "None" && d.rarely(7) {
		spec["type"] = "LoadBalancer"
		status["loadBalancer"] = body{"ingress": []any{body{"ip": fmt.Sprintf("35.2.%d.%d", 2+d.number, i+1)}}}
		if d.rarely(3) {
			labels["topology.istio.io/network"] = "network2"
		}
	}
	d.maybe(8, func() { spec["publishNotReadyAddresses"] = true })
	d.maybe(8, func() { spec["sessionAffinity"] = "ClientIP" })
	d.maybe(8, func() { spec["internalTrafficPolicy"] = "Local" })
	d.maybe(8, func() { spec["trafficDistribution"] = one(d.Rand, "PreferClose", "PreferSameZone", "PreferSameNode") })
	d.maybe(8, func() { spec["externalIPs"] = []string{fmt.Sprintf("35.0.%d.%d", d.number, i)} })
	d.maybe(8, func() {
		annotations["networking.istio.io/traffic-distribution"] = one(d.Rand, "PreferClose", "PreferSameNode", "Any")
	})
	d.maybe(8, func() {
		annotations["networking.istio.io/exportTo"] = one(d.Rand, ".", "*", "~", "other", "default,other")
	})
	d.maybe(12, func() { labels["istio.io/persistent-session"] = one(d.Rand, "ck", "ck:/p") })
	d.add("Service", "v1", namespace, name, metadata, body{"spec": spec, "status": status})
	for _, family := range families {
		d.slices(name, namespace, family, selector, ports)
	}
}

// slices are those that the controller would make, in any number, and endpoints without a pod.
func (d *clusterDraw) slices(service, namespace, family string, selector map[string]string, ports []body) {
	inOne := 1 + d.IntN(mostSlices)
	endpoints := make([][]any, inOne)
	for _, p := range d.pods {
		at := slices.IndexFunc(p.addresses, func(a string) bool { return strings.Contains(a, ":") == (family == "IPv6") })
		if selector == nil || p.namespace != namespace || p.labels["app"] != selector["app"] || at < 0 || d.rarely(6) {
			continue
		}
		endpoint := body{"addresses": []string{p.addresses[at]}, "conditions": d.conditions(),
			"targetRef": body{"kind": "Pod", "name": p.name, "namespace": namespace}}
		if p.node != "" {
			endpoint["nodeName"] = p.node
		}
		if d.rarely(6) {
			endpoint["zone"], endpoint["hints"] = "z1", body{"forZones": []any{body{"name": "z1"}}}
		}
		where := d.IntN(inOne)
		endpoints[where] = append(endpoints[where], endpoint)
	}
	for i, list := range endpoints {
		if selector == nil || d.rarely(7) {
			address := fmt.Sprintf("10.%d.%d.%d", 77+d.number, d.IntN(200), i+1)
			if family == "IPv6" {
				address = fmt.Sprintf("fd%d::%d:%d", 77+d.number, d.IntN(200), i+1)
			}
			list = append(list, body{"addresses": []string{address}, "conditions": d.conditions()})
		}
		d.add("EndpointSlice", "discovery.k8s.io/v1", namespace, fmt.Sprintf("%s-%s-%d", service, strings.ToLower(family), i),
			body{"labels": body{"kubernetes.io/service-name": service}},
			body{"addressType": family, "endpoints": list, "ports": slicePorts(ports)})
	}
}

func (d *clusterDraw) conditions() body {
	return one(d.Rand, body{"ready": true, "serving": true, "terminating": false}, body{"ready": true}, body{},
		body{"ready": false, "serving": false, "terminating": false}, body{"ready": false, "serving": true, "terminating": true})
}

func slicePorts(ports []body) []any {
	named := map[any]int{"web": 8080, "named": 9090, "8080": 8080}
	var out []any
	for _, port := range ports {
		target := port["targetPort"]
		if number, found := named[target]; found {
			target = number
		}
		one := body{"name": port["name"], "port": target, "protocol": port["protocol"]}
		if said, found := port["appProtocol"]; found {
			one["appProtocol"] = said
		}
		out = append(out, one)
	}
	return out
}

func (d *clusterDraw) serviceEntry(i int) {
	host := fmt.Sprintf("e%d.example.com", i)
	spec := body{"hosts": []string{host}, "location": one(d.Rand, "MESH_INTERNAL", "MESH_EXTERNAL"), "resolution": one(d.Rand, "STATIC", "STATIC", "DNS", "NONE"),
		"ports": []any{body{"name": "http", "number": 80, "protocol": one(d.Rand, "HTTP", "GRPC", "TCP")}, body{"name": "tls", "number": 443, "protocol": "TLS"}}}
	if spec["resolution"] == "STATIC" {
		if d.rarely(2) {
			spec["workloadSelector"] = body{"labels": body{"app": one(d.Rand, "a", "b", "c")}}
		} else {
			spec["endpoints"] = []any{body{"address": "10.88.0.1", "labels": body{"version": "v1"}, "locality": "r1/z1/s1"}, body{"address": "10.88.0.2", "network": "network2", "weight": 7}}
		}
	}
	d.hosts = append(d.hosts, host)
	d.add("ServiceEntry", "networking.istio.io/v1", one(d.Rand, d.namespaces...), fmt.Sprintf("se%d", i), body{}, body{"spec": spec})
	if d.rarely(3) {
		d.add("WorkloadEntry", "networking.istio.io/v1", one(d.Rand, d.namespaces...), fmt.Sprintf("we%d", i), body{}, body{"spec": body{
			"address": fmt.Sprintf("10.66.0.%d", i+1), "labels": body{"app": one(d.Rand, "a", "b", "c")}, "serviceAccount": one(d.Rand, "", "wsa"), "locality": "r1/z1"}})
	}
}

func (d *clusterDraw) destinationRule(i int) {
	policy := body{"loadBalancer": one(d.Rand, body{"simple": "LEAST_REQUEST"}, body{"simple": "PASSTHROUGH"}, body{"consistentHash": body{"useSourceIp": true}},
		body{"localityLbSetting": body{"failover": []any{body{"from": "r1", "to": "r2"}}}},
		body{"localityLbSetting": body{"failoverPriority": []string{"topology.kubernetes.io/zone", "version"}}},
		body{"localityLbSetting": body{"distribute": []any{body{"from": "r1/z1/*", "to": body{"r1/*": 60, "r2/*": 40}}}}},
		body{"simple": "ROUND_ROBIN", "warmup": body{"duration": "30s"}})}
	if d.rarely(2) {
		policy["outlierDetection"] = one(d.Rand, body{"consecutive5xxErrors": 3}, body{"minHealthPercent": 10})
	}
	if d.rarely(4) {
		policy["tls"] = body{"mode": one(d.Rand, "ISTIO_MUTUAL", "DISABLE", "SIMPLE")}
	}
	spec := body{"host": one(d.Rand, append([]string{"*.default.svc.cluster.local", "*.local"}, d.hosts...)...), "trafficPolicy": policy}
	if d.rarely(2) {
		spec["subsets"] = []any{body{"name": "v1", "labels": body{"version": "v1"}}, body{"name": "a", "labels": body{"app": "a"}}}
	}
	if d.rarely(4) {
		spec["workloadSelector"] = body{"matchLabels": body{"app": "a"}}
	}
	d.add("DestinationRule", "networking.istio.io/v1", one(d.Rand, d.namespaces...), fmt.Sprintf("dr%d", i), body{}, body{"spec": spec})
}

func (d *clusterDraw) policies() {
	if d.rarely(3) {
		d.add("PeerAuthentication", "security.istio.io/v1", one(d.Rand, d.namespaces...), "pa", body{}, body{"spec": body{"mtls": body{"mode": one(d.Rand, "STRICT", "DISABLE")}}})
	}
	if d.rarely(3) {
		d.add("Sidecar", "networking.istio.io/v1", one(d.Rand, d.namespaces...), "sc", body{}, body{"spec": body{"egress": []any{
			body{"hosts": one(d.Rand, []string{"./*"}, []string{"*/*"}, []string{"other/*", "default/s0.default.svc.cluster.local"})}}}})
	}
	if d.rarely(4) {
		d.add("ConfigMap", "v1", "istio-system", "istio", body{}, body{"data": body{"meshNetworks": `{"networks": {
 "network1": {"endpoints": [{"fromRegistry": "Kubernetes"}], "gateways": [{"address": "44.1.1.1", "port": 15443}]},
 "network2": {"endpoints": [{"fromCidr": "10.88.0.0/16"}], "gateways": [{"address": "44.2.2.2", "port": 443}]}}}`}})
	}
}

// proxies are those of some pods, and a gateway.
func (d *clusterDraw) proxies() map[string]description {
	out := map[string]description{"gateway": {Type: "gateway", Namespace: one(d.Rand, d.namespaces...), IP: []string{"10.9.9.9"}, Labels: map[string]string{"app": "gw"}}}
	for range mostProxies - 1 {
		p := d.pods[d.IntN(len(d.pods))]
		one := description{Type: "sidecar", ID: p.name + "." + p.namespace, Namespace: p.namespace, IP: p.addresses, Labels: p.labels,
			Locality: one(d.Rand, "", "r1/z1", "r2/z2/s"), Network: one(d.Rand, "", "", "network1", "network2")}
		if d.rarely(metadataInTwo) {
			one.Metadata = metadataChoices[d.IntN(len(metadataChoices))]
		}
		if d.rarely(versionsInTen) {
			one.IstioVersion = "1.26.3"
		}
		out[p.name] = one
	}
	return out
}

func runKubernetes(args []string) error {
	s := newSeedRun("kubernetes", 100)
	_ = s.Parse(args)
	return s.run((*fieldsRun).kubernetes)
}

func (r *fieldsRun) kubernetes(seed uint64, result *differ.Case) error {
	input, proxies, err := drawCluster(seed)
	if err != nil {
		return err
	}
	if err := r.writeProxies(proxies); err != nil {
		return err
	}
	return r.compareText(meshText{config: input}, fmt.Sprintf("seed-%d", seed), result)
}
