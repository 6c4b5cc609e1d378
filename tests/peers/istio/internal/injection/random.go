package injection

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// chance makes pods; the same name makes the same ones.
type chance struct{ *rand.Rand }

func randomPods(name string, count int) []Input {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	c := chance{rand.New(rand.NewPCG(h.Sum64(), 1))}
	var inputs []Input
	for i := range count {
		input := podInput(fmt.Sprint(i), c.pod(i))
		input.SkipManifest = i%4 != 0
		inputs = append(inputs, input)
	}
	return inputs
}

func (c chance) is(percent int) bool { return c.IntN(100) < percent }

func (c chance) one(of ...string) string { return of[c.IntN(len(of))] }

func (c chance) pod(i int) *core.Pod {
	pod := &core.Pod{
		TypeMeta:   meta.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: meta.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: c.one("default", "test-ns", "other")},
	}
	c.metadata(&pod.ObjectMeta)
	for k := range 1 + c.IntN(3) {
		pod.Spec.Containers = append(pod.Spec.Containers, c.container(fmt.Sprintf("c%d", k), false))
	}
	for k := range c.IntN(3) {
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c.container(fmt.Sprintf("i%d", k), true))
	}
	if c.is(20) {
		own := c.container("istio-proxy", false)
		own.Image = c.one("auto", "own/proxy:1")
		pod.Spec.Containers = append(pod.Spec.Containers, own)
	}
	c.spec(&pod.Spec)
	return pod
}

func (c chance) metadata(m *meta.ObjectMeta) {
	m.Labels, m.Annotations = map[string]string{}, map[string]string{}
	for key, values := range map[string][]string{
		"app": {"a", "-b-"}, "version": {"v1", "1"}, "app.kubernetes.io/name": {"n"}, "service.istio.io/canonical-name": {"c"},
		"topology.istio.io/network": {"n7"}, "sidecar.istio.io/inject": {"true"},
	} {
		if h := fnv.New32a(); c.is(25) {
			_, _ = h.Write([]byte(key + m.Name))
			m.Labels[key] = values[int(h.Sum32())%len(values)]
		}
	}
	for _, a := range [][]string{
		{"sidecar.istio.io/interceptionMode", "TPROXY", "NONE", "REDIRECT"}, {"sidecar.istio.io/proxyCPU", "10m", "1"},
		{"sidecar.istio.io/proxyMemoryLimit", "1Gi"}, {"sidecar.istio.io/nativeSidecar", "true", "false"},
		{"traffic.sidecar.istio.io/excludeInboundPorts", "1", "1,2"}, {"traffic.sidecar.istio.io/includeOutboundPorts", "80"},
		{"status.sidecar.istio.io/port", "0", "123"}, {"prometheus.io/port", "90"}, {"prometheus.io/scrape", "true", "false"},
		{"proxy.istio.io/config", "concurrency: 2", "holdApplicationUntilProxyStarts: true", "proxyMetadata: {A: b}"},
		{"inject.istio.io/templates", "gateway", "grpc-agent", "sidecar"}, {"k8s.v1.cni.cncf.io/networks", "a", "n/b@c"},
		{"sidecar.istio.io/rewriteAppHTTPProbers", "true", "false"}, {"sidecar.istio.io/enableCoreDump", "true"},
		{"sidecar.istio.io/bootstrapOverride", "x"}, {"sidecar.istio.io/logLevel", "debug"},
	} {
		if c.is(12) {
			m.Annotations[a[0]] = c.one(a[1:]...)
		}
	}
}

func (c chance) spec(s *core.PodSpec) {
	if c.is(20) {
		s.Volumes = append(s.Volumes, core.Volume{Name: c.one("data", "istio-envoy")})
	}
	if c.is(20) {
		s.ImagePullSecrets = []core.LocalObjectReference{{Name: "s"}}
	}
	if c.is(20) {
		user := int64(1000 + c.IntN(3)*168)
		s.SecurityContext = &core.PodSecurityContext{RunAsUser: &user, FSGroup: &user}
	}
	if c.is(30) {
		s.ServiceAccountName = "account"
	}
	s.HostNetwork = c.is(5)
	s.NodeName = c.one("", "", "", "node")
}

func (c chance) container(name string, init bool) core.Container {
	made := core.Container{Name: name, Image: name + ":1"}
	for k := range c.IntN(3) {
		port := core.ContainerPort{ContainerPort: int32(1000 + 10*c.IntN(100) + k)}
		if c.is(50) {
			port.Name = fmt.Sprintf("%s-%d", name, k)
		}
		if c.is(40) {
			port.Protocol = core.Protocol(c.one("TCP", "UDP"))
		}
		made.Ports = append(made.Ports, port)
	}
	for k := range c.IntN(3) {
		made.Env = append(made.Env, core.EnvVar{Name: fmt.Sprintf("E%d", k), Value: c.one("", "x", "a: \"b\"\n")})
	}
	if c.is(30) {
		made.Resources.Limits = core.ResourceList{core.ResourceCPU: resource.MustParse(c.one("1", "500m", "0.25"))}
	}
	if c.is(30) {
		user := int64(1001 + c.IntN(3))
		made.SecurityContext = &core.SecurityContext{RunAsUser: &user}
	}
	if !init || c.is(10) {
		made.ReadinessProbe, made.LivenessProbe, made.StartupProbe = c.probe(made.Ports), c.probe(made.Ports), c.probe(nil)
	}
	if c.is(15) {
		made.Lifecycle = &core.Lifecycle{PreStop: &core.LifecycleHandler{HTTPGet: &core.HTTPGetAction{Port: intstr.FromInt32(8001)}}}
	}
	return made
}

func (c chance) probe(ports []core.ContainerPort) *core.Probe {
	if c.is(60) {
		return nil
	}
	port := intstr.FromInt32(int32(7000 + c.IntN(9)))
	if len(ports) > 0 && ports[0].Name != "" && c.is(50) {
		port = intstr.FromString(c.one(ports[0].Name, "unknown"))
	}
	probe := &core.Probe{PeriodSeconds: int32(c.IntN(3)), TimeoutSeconds: int32(c.IntN(3))}
	service := "s"
	switch c.IntN(4) {
	case 0:
		probe.TCPSocket = &core.TCPSocketAction{Port: port}
	case 1:
		probe.GRPC = &core.GRPCAction{Port: port.IntVal, Service: &service}
	case 2:
		probe.Exec = &core.ExecAction{Command: []string{"true"}}
	default:
		probe.HTTPGet = &core.HTTPGetAction{
			Port: port, Path: c.one("", "/p", "q"), Scheme: core.URIScheme(c.one("", "HTTP", "HTTPS")), Host: c.one("", "", "h"),
			HTTPHeaders: []core.HTTPHeader{{Name: "Host", Value: "x"}},
		}
	}
	return probe
}
