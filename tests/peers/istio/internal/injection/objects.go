package injection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	openshift "github.com/openshift/api/apps/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/kube/inject"

	"libmesh.test/peers/istio/internal/differ"
)

// documents splits YAML text as kubectl does, without those that say nothing.
func documents(text []byte) [][]byte {
	var kept [][]byte
	for _, document := range strings.Split("\n"+string(text), "\n---") {
		if strings.TrimSpace(stripComments(document)) != "" {
			kept = append(kept, []byte(document))
		}
	}
	return kept
}

func stripComments(document string) string {
	var kept []string
	for _, line := range strings.Split(document, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// typed reads a document as the Kubernetes object it is and gives its JSON tree: quantities, durations
// and defaults of Go's zero values are then written in one way. Unknown kinds stay as they are.
func typed(document []byte) (tree any, err error) {
	object, err := inject.FromRawToObject(document)
	var b []byte
	switch {
	case runtime.IsNotRegisteredError(err):
		b, err = yaml.YAMLToJSON(document)
	case err != nil:
		return nil, err
	default:
		if list, isList := object.(*core.List); isList {
			return typedList(list)
		}
		b, err = json.Marshal(object)
	}
	if err != nil {
		return nil, err
	}
	return decodeTree(b)
}

func typedList(list *core.List) (any, error) {
	items := []any{}
	for _, item := range list.Items {
		tree, err := typed(item.Raw)
		if err != nil {
			return nil, err
		}
		items = append(items, tree)
	}
	return map[string]any{"kind": "List", "items": items}, nil
}

func decodeTree(b []byte) (tree any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	err = decoder.Decode(&tree)
	return tree, err
}

// typedPod is the tree of a Pod's JSON; fields that Kubernetes does not know are an error.
func typedPod(b []byte) (any, error) {
	pod := &core.Pod{}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(pod); err != nil {
		return nil, err
	}
	again, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	return decodeTree(again)
}

// A Pod is one that a webhook is called with.
type Pod struct {
	Name, Namespace string
	JSON            []byte
}

// pods gives for each workload of a manifest a pod as its controller would make it.
func pods(text []byte) ([]Pod, error) {
	var all []Pod
	for _, document := range documents(text) {
		object, err := inject.FromRawToObject(document)
		if runtime.IsNotRegisteredError(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := podsOf(object)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func podsOf(object runtime.Object) ([]Pod, error) {
	switch o := object.(type) {
	case *core.List:
		var all []Pod
		for _, item := range o.Items {
			found, err := pods(item.Raw)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	case *core.Pod:
		return onePod(o.ObjectMeta, o.Spec, o.Name, o.Namespace)
	case *batch.CronJob:
		return owned(o.Spec.JobTemplate.Spec.Template, "batch/v1", "Job", o.Name, o.Namespace)
	case *batch.Job:
		return owned(o.Spec.Template, "batch/v1", "Job", o.Name, o.Namespace)
	case *apps.DaemonSet:
		return owned(o.Spec.Template, "apps/v1", "DaemonSet", o.Name, o.Namespace)
	case *apps.StatefulSet:
		return owned(o.Spec.Template, "apps/v1", "StatefulSet", o.Name, o.Namespace)
	case *apps.ReplicaSet:
		return owned(o.Spec.Template, "apps/v1", "ReplicaSet", o.Name, o.Namespace)
	case *core.ReplicationController:
		return owned(*o.Spec.Template, "v1", "ReplicationController", o.Name, o.Namespace)
	case *openshift.DeploymentConfig:
		return owned(*o.Spec.Template, "v1", "ReplicationController", o.Name+"-1", o.Namespace)
	case *apps.Deployment:
		template := *o.Spec.Template.DeepCopy()
		if template.Labels == nil {
			template.Labels = map[string]string{}
		}
		template.Labels["pod-template-hash"] = "5c9d7b8f6d"
		return owned(template, "apps/v1", "ReplicaSet", o.Name+"-5c9d7b8f6d", o.Namespace)
	}
	return nil, fmt.Errorf("%T has no pod", object)
}

func owned(template core.PodTemplateSpec, version, kind, owner, namespace string) ([]Pod, error) {
	yes := true
	m := *template.ObjectMeta.DeepCopy()
	m.GenerateName = owner + "-"
	m.OwnerReferences = []meta.OwnerReference{{APIVersion: version, Kind: kind, Name: owner, Controller: &yes, UID: "1"}}
	return onePod(m, template.Spec, owner, namespace)
}

func onePod(m meta.ObjectMeta, spec core.PodSpec, name, namespace string) ([]Pod, error) {
	b, err := json.Marshal(core.Pod{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: m, Spec: spec,
	})
	if namespace == "" {
		namespace = "default"
	}
	return []Pod{{name, namespace, b}}, err
}

// nameOf names an object in the report.
func nameOf(tree any) string {
	m, _ := tree.(map[string]any)
	metadata, _ := m["metadata"].(map[string]any)
	return strings.Trim(fmt.Sprintf("%v/%v", m["kind"], orNothing(metadata["name"])), "/")
}

func orNothing(value any) any {
	if value == nil {
		return ""
	}
	return value
}

// compareManifests gives a verdict for each document of the expected text.
func compareManifests(ours, expected []byte) ([]differ.Verdict, error) {
	mine, theirs := documents(ours), documents(expected)
	var verdicts []differ.Verdict
	for i, document := range theirs {
		want, err := typed(document)
		if err != nil {
			return nil, fmt.Errorf("expected document %d: %w", i, err)
		}
		v := differ.Verdict{Name: nameOf(want)}
		switch {
		case i >= len(mine):
			v.Differences = []differ.Difference{{Path: "", Ours: differ.Absent, Istio: "(present)"}}
		default:
			got, err := typed(mine[i])
			if err != nil {
				v.Differences = []differ.Difference{{Path: "", Ours: err.Error(), Istio: "(present)"}}
				break
			}
			v.Differences = differ.Trees(got, want)
		}
		verdicts = append(verdicts, v)
	}
	for i := len(theirs); i < len(mine); i++ {
		verdicts = append(verdicts, differ.Verdict{Name: fmt.Sprintf("document %d", i),
			Differences: []differ.Difference{{Path: "", Ours: "(present)", Istio: differ.Absent}}})
	}
	return verdicts, nil
}

func comparePods(ours, expected []byte) ([]differ.Difference, error) {
	want, err := typedPod(expected)
	if err != nil {
		return nil, fmt.Errorf("Istio's pod: %w", err)
	}
	got, err := typedPod(ours)
	if err != nil {
		return []differ.Difference{{Path: "(pod)", Ours: err.Error(), Istio: "(a pod)"}}, nil
	}
	return differ.Trees(got, want), nil
}
