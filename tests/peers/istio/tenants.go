package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/util/sets"
)

// A tenant is one control plane of a cluster with the namespaces that its member roll names.
type tenant struct {
	controlPlane, namespace string
	namespaces              sets.String // its own and the members
}

// runTenants compares, for every proxy of every tenant, what libmesh makes of the whole cluster with
// what Istio makes of that tenant's objects alone: the same answer and isolation in one.
func runTenants(args []string) error {
	flags := newComparisonFlags("tenants")
	in := flags.String("in", "", "folder of a cluster's objects, control planes and member rolls included")
	_ = flags.Parse(args)
	if *in == "" {
		return errors.New("tenants needs -in")
	}
	cases, err := tenantCases(*in)
	if err != nil {
		return err
	}
	return flags.run(cases)
}

func tenantCases(cluster string) ([]peerCase, error) {
	text, err := readInput(cluster, nil)
	if err != nil {
		return nil, err
	}
	objects, err := parseObjects(text)
	if err != nil {
		return nil, err
	}
	tenants, err := findTenants(objects)
	if err != nil {
		return nil, err
	}
	var cases []peerCase
	for _, t := range tenants {
		more, err := t.cases(objects, cluster)
		if err != nil {
			return nil, err
		}
		cases = append(cases, more...)
	}
	return cases, nil
}

// findTenants reads control planes and their rolls. It knows literal member names only, and says so
// when there is more, since guessing would compare the wrong objects.
func findTenants(objects []object) ([]*tenant, error) {
	var tenants []*tenant
	for _, o := range objects {
		if o.kind == "ServiceMeshControlPlane" {
			tenants = append(tenants, &tenant{o.name, o.namespace, sets.New(o.namespace)})
		}
	}
	for _, o := range objects {
		switch o.kind {
		case "ServiceMeshMember":
			return nil, fmt.Errorf("ServiceMeshMember %s/%s: only member rolls are understood here", o.namespace, o.name)
		case "ServiceMeshMemberRoll":
			members, err := literalMembers(o)
			if err != nil {
				return nil, err
			}
			owner := slices.IndexFunc(tenants, func(t *tenant) bool { return t.namespace == o.namespace })
			if owner < 0 {
				return nil, fmt.Errorf("ServiceMeshMemberRoll %s/%s: no control plane in its namespace", o.namespace, o.name)
			}
			tenants[owner].namespaces.InsertAll(members...)
		}
	}
	if len(tenants) == 0 {
		return nil, errors.New("no ServiceMeshControlPlane")
	}
	return tenants, nil
}

func literalMembers(roll object) ([]string, error) {
	b, err := yaml.Marshal(roll.body["spec"])
	if err != nil {
		return nil, err
	}
	var spec struct {
		Members []string `json:"members"`
	}
	if err := yaml.UnmarshalStrict(b, &spec); err != nil || slices.Contains(spec.Members, "*") {
		return nil, fmt.Errorf("ServiceMeshMemberRoll %s/%s: only literal members are understood here: %v", roll.namespace, roll.name, err)
	}
	return spec.Members, nil
}

// objects gives what Istio sees of the cluster if it holds this tenant and nothing else.
func (t *tenant) objects(all []object) []object {
	mine := []object{newObject(map[string]any{"rootNamespace": t.namespace})}
	for _, o := range all {
		group, _, _ := strings.Cut(o.apiVersion, "/")
		switch {
		case group == "maistra.io" || o.kind == "" || o.kind == "Deployment" || o.kind == "ServiceAccount":
		case o.kind == "Namespace" && !t.namespaces.Contains(o.name):
		case o.namespace != "" && !t.namespaces.Contains(o.namespace):
		default:
			mine = append(mine, o)
		}
	}
	return mine
}

// cases gives one case for each pod of the tenant with a proxy in it.
func (t *tenant) cases(all []object, cluster string) ([]peerCase, error) {
	mine := t.objects(all)
	var text strings.Builder
	for _, o := range mine {
		b, err := yaml.Marshal(o.body)
		if err != nil {
			return nil, err
		}
		text.WriteString("---\n" + string(b))
	}
	var cases []peerCase
	for _, o := range mine {
		if o.kind != "Pod" {
			continue
		}
		d, found, err := describePod(o)
		if err != nil {
			return nil, err
		}
		if found {
			cases = append(cases, peerCase{
				name: filepath.Base(cluster) + "/" + t.controlPlane + "/" + d.ID, proxy: d, meshInput: cluster,
				text: func() (string, error) { return text.String(), nil },
			})
		}
	}
	return cases, nil
}

// describePod describes the proxy of a pod as its agent would: found tells whether it has one.
func describePod(o object) (d description, found bool, err error) {
	b, err := yaml.Marshal(o.body)
	if err != nil {
		return d, false, err
	}
	var pod core.Pod
	if err := yaml.Unmarshal(b, &pod); err != nil {
		return d, false, err
	}
	at := slices.IndexFunc(pod.Spec.Containers, func(c core.Container) bool { return c.Name == "istio-proxy" })
	if at < 0 {
		return d, false, nil
	}
	d = description{
		Type: "sidecar", ID: pod.Name + "." + pod.Namespace, Namespace: pod.Namespace,
		Labels: pod.Labels, ServiceAccount: pod.Spec.ServiceAccountName,
	}
	if slices.Contains(pod.Spec.Containers[at].Args, "router") {
		d.Type = "gateway"
	}
	for _, ip := range pod.Status.PodIPs {
		d.IP = append(d.IP, ip.IP)
	}
	if mode := pod.Annotations["sidecar.istio.io/interceptionMode"]; mode != "" {
		d.Metadata = map[string]any{"INTERCEPTION_MODE": mode}
	}
	return d, true, nil
}
