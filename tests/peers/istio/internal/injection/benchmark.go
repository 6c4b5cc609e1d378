package injection

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	admission "k8s.io/api/admission/v1beta1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"google.golang.org/protobuf/types/known/wrapperspb"
	networking "istio.io/api/networking/v1beta1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/gvk"
)

//go:embed own-template.yaml
var ownTemplate string

// A Measured is a row of the benchmark: one review, answered again and again under one set of settings.
type Measured struct {
	Name         string
	Settings     Settings
	ProxyConfigs int // how many ProxyConfig objects apply, as in Istio's InjectServePC rows
	Review       []byte
}

// Benchmark gives Istio's own rows (webhook_test.go, inject_test.go), and the same with templates that no
// injector knows beforehand.
func Benchmark(m Module) ([]Measured, error) {
	known, err := m.Render(nil, nil)
	if err != nil {
		return nil, err
	}
	copied, err := known.Retemplated()
	if err != nil {
		return nil, err
	}
	own := known
	own.Config = ownTemplate
	small, err := reviewOf(smallPod())
	large, err2 := reviewOf(podWithEnv(2000))
	return []Measured{
		{"1-InjectServePC0", known, 0, small},
		{"2-InjectServePC5", known, 5, small},
		{"3-InjectServePC15", known, 15, small},
		{"4-many-env-vars", known, 0, large},
		{"5-custom-copy-of-Istios", copied, 0, small},
		{"6-custom-copy-many-env-vars", copied, 0, large},
		{"7-custom-own", own, 0, small},
		{"8-custom-own-many-env-vars", own, 0, large},
	}, errors.Join(err, err2)
}

// smallPod has the shape that Istio's InjectServePC benchmarks send.
func smallPod() *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: "test", Annotations: map[string]string{}},
		Spec: core.PodSpec{
			Volumes:          []core.Volume{{Name: "v0"}},
			InitContainers:   []core.Container{{Name: "c0"}},
			Containers:       []core.Container{{Name: "c1"}},
			ImagePullSecrets: []core.LocalObjectReference{{Name: "p0"}},
		},
	}
}

// podWithEnv has the shape of Istio's benchmark with many variables.
func podWithEnv(count int) *core.Pod {
	container := core.Container{Name: "app", Image: "fake"}
	for i := range count {
		container.Env = append(container.Env, core.EnvVar{Name: fmt.Sprintf("something-%d", i), Value: "blah"})
	}
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: "foo", Namespace: "bar"},
		Spec:       core.PodSpec{Containers: []core.Container{container}},
	}
}

func reviewOf(pod *core.Pod) ([]byte, error) {
	raw, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	return json.Marshal(admission.AdmissionReview{
		TypeMeta: meta.TypeMeta{APIVersion: "admission.k8s.io/v1beta1", Kind: "AdmissionReview"},
		Request: &admission.AdmissionRequest{
			UID: "705ab4f5-6393-11e8-b7cc-42010a800002", Kind: meta.GroupVersionKind{Version: "v1", Kind: "Pod"},
			Resource: meta.GroupVersionResource{Version: "v1", Resource: "pods"}, Operation: admission.Create,
			Namespace: "default", Object: runtime.RawExtension{Raw: raw},
		},
	})
}

// Stage writes what our program reads.
func (r Measured) Stage(folder string) error {
	var text strings.Builder
	for i := range r.ProxyConfigs {
		object := proxyConfig(i)
		spec, err := yaml.Marshal(map[string]any{
			"apiVersion": "networking.istio.io/v1beta1", "kind": "ProxyConfig",
			"metadata": map[string]any{"name": object.Name, "namespace": object.Namespace},
			"spec":     object.Spec,
		})
		if err != nil {
			return err
		}
		text.WriteString("---\n" + string(spec))
	}
	return errors.Join(r.Settings.Write(filepath.Join(folder, "settings")),
		os.WriteFile(filepath.Join(folder, "review.json"), r.Review, 0o644),
		os.WriteFile(filepath.Join(folder, "proxy-configs.yaml"), []byte(text.String()), 0o644))
}

// proxyConfig is one of the mesh's namespace: those of Istio's benchmark.
func proxyConfig(i int) config.Config {
	return config.Config{
		Meta: config.Meta{GroupVersionKind: gvk.ProxyConfig, Name: fmt.Sprintf("pc-%d", i), Namespace: "istio-system"},
		Spec: &networking.ProxyConfig{
			Concurrency:          wrapperspb.Int32(int32(i % 5)),
			EnvironmentVariables: map[string]string{fmt.Sprintf("VAR_%d", i): fmt.Sprint(i)},
		},
	}
}

// Answers hands f what makes Istio's handler answer the review once.
func (r Measured) Answers(f func(answer func() error) error) error {
	store := model.NewFakeStore()
	for i := range r.ProxyConfigs {
		if _, err := store.Create(proxyConfig(i)); err != nil {
			return err
		}
	}
	m, err := mesh.ApplyMeshConfig(r.Settings.Mesh, mesh.DefaultMeshConfig())
	if err != nil {
		return err
	}
	return WithIstio(r.Settings, Options{}, model.GetProxyConfigs(store, m), func(istio *Istio) error {
		answer, err := istio.Serve("/inject", r.Review)
		if err != nil || !strings.Contains(string(answer), `"patch"`) {
			return fmt.Errorf("Istio does not inject: %w: %.300s", err, answer)
		}
		return f(func() error {
			_, err := istio.Serve("/inject", r.Review)
			return err
		})
	})
}
