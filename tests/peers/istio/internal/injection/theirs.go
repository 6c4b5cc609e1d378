// Package injection compares what libmesh's injector makes of workloads and AdmissionReviews with what
// Istio's own code makes of them: kube-inject on manifests, and its webhook's HTTP handler on reviews.
package injection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	common "istio.io/istio/pkg/features"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/kube/multicluster"
	"istio.io/istio/pkg/test"
)

// Options are what istiod knows beside its ConfigMaps, by the names of the program's flags.
type Options struct {
	NativeSidecars   string `json:"nativeSidecars,omitempty"` // enabled, unless said otherwise
	CompliancePolicy string `json:"compliancePolicy,omitempty"`
	Platform         string `json:"platform,omitempty"`
	WebhookPath      string `json:"webhookPath,omitempty"` // /inject, unless said otherwise
}

func (o Options) native() string {
	if o.NativeSidecars == "" {
		return "enabled"
	}
	return o.NativeSidecars
}

func (o Options) path() string {
	if o.WebhookPath == "" {
		return "/inject"
	}
	return o.WebhookPath
}

// Istio is Istio's side under one set of settings.
type Istio struct {
	config  inject.Config
	values  inject.ValuesConfig
	mesh    *meshconfig.MeshConfig
	handler *http.ServeMux
	client  kube.Client
}

// namespaceText is what OpenShift makes of a namespace; both sides know it.
const namespaceText = `apiVersion: v1
kind: Namespace
metadata:
  name: test-ns
  annotations:
    openshift.io/sa.scc.uid-range: 1000620000/10000
    openshift.io/sa.scc.supplemental-groups: 1000620000/10000
`

func clusterObjects() []runtime.Object {
	node := &core.Node{ObjectMeta: meta.ObjectMeta{Name: "node"}}
	node.Status.NodeInfo.KubeletVersion = "v1.33.0"
	return []runtime.Object{node, &core.Namespace{ObjectMeta: meta.ObjectMeta{
		Name: "test-ns",
		Annotations: map[string]string{
			"openshift.io/sa.scc.uid-range":           "1000620000/10000",
			"openshift.io/sa.scc.supplemental-groups": "1000620000/10000",
		},
	}}}
}

type fixed struct {
	config *inject.Config
	values string
}

func (f fixed) SetHandler(func(*inject.Config, string) error) {}
func (f fixed) Run(<-chan struct{})                           {}
func (f fixed) Get() (*inject.Config, string, error)          { return f.config, f.values, nil }

// setGlobals sets what istiod reads from its environment at start.
func setGlobals(o Options) error {
	switch o.native() {
	case "enabled":
		features.EnableNativeSidecars = features.NativeSidecarModeEnabled
	case "disabled":
		features.EnableNativeSidecars = features.NativeSidecarModeDisabled
	default:
		features.EnableNativeSidecars = features.NativeSidecarModeAuto
	}
	common.CompliancePolicy = o.CompliancePolicy
	if o.Platform == "" {
		return os.Unsetenv("PLATFORM")
	}
	return os.Setenv("PLATFORM", o.Platform)
}

// WithIstio hands Istio's injector to f. Its switches are of the process: one at a time.
func WithIstio(s Settings, o Options, proxyConfigs *model.ProxyConfigs, f func(*Istio) error) error {
	if err := setGlobals(o); err != nil {
		return err
	}
	config, err := inject.UnmarshalConfig([]byte(s.Config))
	if err != nil {
		return err
	}
	values, err := inject.NewValuesConfig(s.Values)
	if err != nil {
		return err
	}
	m, err := mesh.ApplyMeshConfig(s.Mesh, mesh.DefaultMeshConfig())
	if err != nil {
		return err
	}
	var inner error
	err = test.Wrap(func(t test.Failer) {
		stop := test.NewStop(t)
		client := kube.NewFakeClient(clusterObjects()...)
		clusters := multicluster.NewFakeController()
		env := &model.Environment{Watcher: meshwatcher.NewTestWatcher(m)}
		if proxyConfigs == nil {
			proxyConfigs = &model.ProxyConfigs{}
		}
		env.SetPushContext(&model.PushContext{ProxyConfigs: proxyConfigs})
		i := &Istio{config, values, m, http.NewServeMux(), client}
		if _, inner = inject.NewWebhook(inject.WebhookParameters{
			Watcher: fixed{&i.config, s.Values}, Env: env, Mux: i.handler, Revision: "default", MultiCluster: clusters,
		}); inner != nil {
			return
		}
		clusters.Add(constants.DefaultClusterName, client, stop)
		client.RunAndWait(stop)
		inner = f(i)
	})
	return errors.Join(inner, err)
}

type clientOnly struct{ client kube.Client }

func (c clientOnly) Inject(*core.Pod, string) ([]byte, error) { return nil, nil }
func (c clientOnly) GetKubeClient() kube.Client               { return c.client }

// Manifest is `istioctl kube-inject`: an error is a refusal.
func (i *Istio) Manifest(text []byte) ([]byte, error) {
	var out bytes.Buffer
	err := inject.IntoResourceFile(clientOnly{i.client}, i.config.Templates, i.values, "", i.mesh,
		bytes.NewReader(text), &out, func(string) {})
	return out.Bytes(), err
}

// Review makes the bytes of an AdmissionReview as a kube-apiserver sends them.
func Review(pod []byte, namespace string) ([]byte, error) {
	return json.Marshal(admission.AdmissionReview{
		TypeMeta: meta.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admission.AdmissionRequest{
			UID: types.UID("705ab4f5-6393-11e8-b7cc-42010a800002"), Kind: meta.GroupVersionKind{Version: "v1", Kind: "Pod"},
			Resource: meta.GroupVersionResource{Version: "v1", Resource: "pods"}, Operation: admission.Create,
			Namespace: namespace, Object: runtime.RawExtension{Raw: pod},
		},
	})
}

// Serve gives the bytes that Istio's handler answers a review with.
func (i *Istio) Serve(path string, review []byte) ([]byte, error) {
	request := httptest.NewRequest(http.MethodPost, "http://istiod"+path, bytes.NewReader(review))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	i.handler.ServeHTTP(w, request)
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", w.Code, strings.TrimSpace(w.Body.String()))
	}
	return w.Body.Bytes(), nil
}

// Patched applies the patch of an answer to the pod; a refusal is an error.
func Patched(pod, answer []byte) ([]byte, error) {
	var review admission.AdmissionReview
	if err := json.Unmarshal(answer, &review); err != nil {
		return nil, fmt.Errorf("the answer is no AdmissionReview: %w", err)
	}
	switch {
	case review.Response == nil:
		return nil, errors.New("the answer has no response")
	case !review.Response.Allowed && review.Response.Result != nil:
		return nil, refusal(review.Response.Result.Message)
	case !review.Response.Allowed:
		return nil, refusal("")
	case len(review.Response.Patch) == 0:
		return pod, nil
	}
	patch, err := jsonpatch.DecodePatch(review.Response.Patch)
	if err != nil {
		return nil, fmt.Errorf("the patch is none: %w", err)
	}
	return patch.Apply(pod)
}

// A refusal is the injector's own no, as opposed to something that went wrong around it.
type refusal string

func (r refusal) Error() string { return string(r) }
