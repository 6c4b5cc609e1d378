package injection

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

//go:embed further.yaml
var furtherText []byte

//go:embed workloads.yaml
var workloadsText []byte

// variant is one set of further settings.
type variant struct {
	Values  map[string]any `json:"values"`
	Mesh    map[string]any `json:"mesh"`
	Options Options        `json:"options"`
}

var modes = []string{"enabled", "disabled"}

// FurtherCases gives what Istio has no golden of: its own answer is the expected one.
func FurtherCases(m Module, random int) ([]Case, error) {
	var further struct {
		Settings    map[string]variant  `json:"settings"`
		Annotations map[string][]string `json:"annotations"`
		Labels      map[string][]string `json:"labels"`
	}
	if err := yaml.UnmarshalStrict(furtherText, &further); err != nil {
		return nil, err
	}
	base, err := m.Render(nil, nil)
	if err != nil {
		return nil, err
	}
	var cases []Case
	add := func(name string, v variant, inputs []Input) {
		for _, mode := range modes {
			options := v.Options
			options.NativeSidecars = mode
			cases = append(cases, Case{
				Name: name + "-" + mode, Options: options, Inputs: inputs,
				Settings: func() (Settings, error) { return base.With(v.Values, v.Mesh) },
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(further.Settings)) {
		add("settings/"+name, further.Settings[name], workloads())
	}
	plain, cni := further.Settings["plain"], further.Settings["cni-multus"]
	add("annotations/init", plain, tagged(further.Annotations, true))
	add("annotations/cni", cni, tagged(further.Annotations, true))
	add("labels/init", plain, tagged(further.Labels, false))
	for _, name := range []string{"plain", "cni-and-ports", "hold", "openshift", "proxy-config"} {
		add("random/"+name, further.Settings[name], randomPods(name, random))
	}
	return cases, nil
}

func workloads() []Input {
	var inputs []Input
	for i, document := range documents(workloadsText) {
		inputs = append(inputs, Input{Name: fmt.Sprint(i), Text: document})
	}
	return inputs
}

// tagged gives a pod for each value of each key, as annotation or as label.
func tagged(values map[string][]string, annotations bool) []Input {
	var inputs []Input
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			pod := plainPod()
			if annotations {
				pod.Annotations = map[string]string{key: value}
			} else {
				pod.Labels = map[string]string{key: value}
			}
			inputs = append(inputs, podInput(fmt.Sprintf("%s=%s", key, value), pod))
		}
	}
	return inputs
}

func plainPod() *core.Pod {
	probe := core.Probe{ProbeHandler: core.ProbeHandler{HTTPGet: &core.HTTPGetAction{Path: "/live", Port: intstr.FromString("http")}}}
	return &core.Pod{
		TypeMeta:   meta.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: meta.ObjectMeta{Name: "tagged", Namespace: "test-ns"},
		Spec: core.PodSpec{Containers: []core.Container{{
			Name: "app", Image: "app:1", LivenessProbe: &probe,
			Ports: []core.ContainerPort{{Name: "http", ContainerPort: 8080}, {ContainerPort: 9000, Protocol: core.ProtocolTCP}},
		}}},
	}
}

// podInput is a pod at the webhook's door, and as a manifest.
func podInput(name string, pod *core.Pod) Input {
	text, err := yaml.Marshal(pod)
	if err != nil {
		panic(err) // a pod made here
	}
	return Input{Name: name, Text: text}
}
