package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"time"
	_ "unsafe" // go:linkname

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"istio.io/api/label"
	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/serviceregistry/aggregate"
	"istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pilot/pkg/serviceregistry/provider"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/ptr"
)

// meshText is what a mesh is read from: the objects of its config cluster, and of the remote ones by their ids.
type meshText struct {
	config  string
	remotes map[string]string
}

// world is what Istio starts from.
func (m meshText) world() (*world, error) {
	w, err := worldOf(m.config)
	if err != nil || len(m.remotes) == 0 {
		return w, err
	}
	w.remotes = map[cluster.ID]*world{}
	for name, text := range m.remotes {
		if w.remotes[cluster.ID(name)], err = worldOf(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return w, nil
}

// write leaves it as a case of `peers compare`, and tells the files, those of remote clusters as NAME=FILE.
func (m meshText) write(folder string) ([]string, error) {
	file := filepath.Join(folder, "input.yaml")
	files := []string{file}
	if err := writeFile(file, []byte(m.config)); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(m.remotes)) {
		file := filepath.Join(folder, "clusters", name, "input.yaml")
		files = append(files, name+"="+file)
		if err := writeFile(file, []byte(m.remotes[name])); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// errOrder is a server whose registries came up in another order than istiod's: the config cluster first. The fake server
// makes them in the order of a Go map, which is none, and what several clusters say differently is decided by it.
var errOrder = errors.New("the clusters are in another order")

// clusterMark names the ConfigMap that tells a client of the fake server which cluster it is of.
const clusterMark = "cluster-of-these-objects"

// addClusters gives the remote clusters to the fake server. The map has the client of each once the server is there.
func (w *world) addClusters(options *xds.FakeOptions) map[cluster.ID]kubelib.Client {
	clients := map[cluster.ID]kubelib.Client{}
	if len(w.remotes) == 0 {
		return clients
	}
	order := append([]cluster.ID{"Kubernetes"}, slices.Sorted(maps.Keys(w.remotes))...)
	options.KubernetesObjectStringByCluster = map[cluster.ID]string{"Kubernetes": markOf("Kubernetes")}
	for id, remote := range w.remotes {
		options.KubernetesObjectStringByCluster[id] = remote.kube + "\n---\n" + markOf(id)
	}
	options.KubeClientBuilder = func(objects ...runtime.Object) kubelib.Client {
		for _, object := range objects {
			mark, is := object.(*core.ConfigMap)
			if !is || mark.Name != clusterMark {
				continue
			}
			id := cluster.ID(mark.Data["cluster"])
			if order[len(clients)] != id {
				panic(errOrder)
			}
			clients[id] = kubelib.NewFakeClient(objects...)
			return clients[id]
		}
		panic("objects of no cluster")
	}
	return clients
}

func markOf(id cluster.ID) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: default}\ndata: {cluster: %s}\n", clusterMark, id)
}

// onSystemNamespaceEvent is how istiod's registry of a cluster hears of its own namespace. The registries of the tests' server
// have none, so that it is told here.
//
//go:linkname onSystemNamespaceEvent istio.io/istio/pilot/pkg/serviceregistry/kube/controller.(*Controller).onSystemNamespaceEvent
func onSystemNamespaceEvent(c *controller.Controller, before, now *core.Namespace, event model.Event) error

// updateServiceNodePortAddresses is what follows an event of a node.
//
//go:linkname updateServiceNodePortAddresses istio.io/istio/pilot/pkg/serviceregistry/kube/controller.(*Controller).updateServiceNodePortAddresses
func updateServiceNodePortAddresses(c *controller.Controller, services ...*model.Service) bool

// tellNetworks tells each registry the network that the label of its root namespace says.
func (s *server) tellNetworks(w *world) error {
	told := false
	for _, registry := range s.registries() {
		of := w
		if remote, is := w.remotes[registry.Cluster()]; is {
			of = remote
		}
		if of.root == nil || of.root.Labels[label.TopologyNetwork.Name] == "" {
			continue
		}
		if err := onSystemNamespaceEvent(registry, nil, of.root, model.EventAdd); err != nil {
			return err
		}
		updateServiceNodePortAddresses(registry) // a change of networks forgets these, as if the nodes had come before
		told = true
	}
	if !told {
		return nil
	}
	// Istio's list of all gateways, those with host names included, follows only where an event changes nothing else
	// (pilot/pkg/model/network.go, reload). What it is at the end is the order of events; here it is what it is without one.
	s.fake.Env().NetworkManager.Unresolved = nil
	if !slices.ContainsFunc(w.configs, selectsWorkloads) {
		return nil
	}
	return s.settleEndpoints()
}

// registries are those of Kubernetes.
func (s *server) registries() []*controller.Controller {
	var out []*controller.Controller
	for _, entry := range s.fake.Env().ServiceDiscovery.(*aggregate.Controller).GetRegistries() {
		// Istio's type of an entry is its own; the registry within it is not.
		registry := reflect.ValueOf(entry).Elem().FieldByName("Instance").Interface()
		if of, is := registry.(*controller.FakeController); is {
			out = append(out, of.Controller)
		}
	}
	return out
}

func (s *server) registry(id cluster.ID) *controller.Controller {
	of := s.registries()
	return of[slices.IndexFunc(of, func(one *controller.Controller) bool { return one.Cluster() == id })]
}

// marker is the service name of an EndpointSlice that belongs to no service.
const marker = "last-of-the-slices"

// addSlices hands over the EndpointSlices when their services and pods are known, and waits until
// they are worked off. Given all at once, the order is a race that shows: the health of an endpoint
// that is not ready depends on its service being known (kube/controller/endpointslice.go,
// endpointHealthStatus). One queue in order carries the slices, so the marker comes last.
func (s *server) addSlices(slices []*discovery.EndpointSlice) error {
	known := s.fake.KubeRegistry.Services()
	if len(slices) == 0 || len(known) == 0 {
		return nil
	}
	return s.handOver("Kubernetes", s.fake.KubeClient(), slices, known[0].Attributes.Namespace)
}

// addRemoteSlices does the same in a remote cluster. Its marker counts by cluster.
func (s *server) addRemoteSlices(id cluster.ID, client kubelib.Client, slices []*discovery.EndpointSlice) error {
	known := s.registry(id).Services()
	if len(slices) == 0 || len(known) == 0 {
		return nil
	}
	return s.handOver(id, client, slices, known[0].Attributes.Namespace)
}

func (s *server) handOver(id cluster.ID, client kubelib.Client, slices []*discovery.EndpointSlice, namespace string) error {
	last := &discovery.EndpointSlice{
		ObjectMeta:  meta.ObjectMeta{Name: marker, Namespace: namespace, Labels: map[string]string{discovery.LabelServiceName: marker}},
		AddressType: discovery.AddressTypeIPv4,
		Endpoints:   []discovery.Endpoint{{Addresses: []string{"192.0.2.255"}}},
		Ports:       []discovery.EndpointPort{{Name: ptr.Of("http"), Port: ptr.Of[int32](80)}},
	}
	for _, slice := range append(slices, last) {
		api := client.Kube().DiscoveryV1().EndpointSlices(slice.Namespace)
		if _, err := api.Create(context.Background(), slice, meta.CreateOptions{}); err != nil {
			return err
		}
	}
	shard := model.ShardKey{Cluster: id, Provider: provider.Kubernetes}
	index, host := s.fake.Env().EndpointIndex, marker+"."+namespace+".svc.cluster.local"
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if shards, found := index.ShardsForService(host, namespace); found && slicesOf(shards, shard) {
			return nil
		}
	}
	return errors.New("EndpointSlices are not worked off after ten seconds")
}

func slicesOf(shards *model.EndpointShards, key model.ShardKey) bool {
	shards.RLock()
	defer shards.RUnlock()
	return len(shards.Shards[key]) > 0
}

// selectRemotePods lets ServiceEntries select the pods of remote clusters, as istiod does (initializeCluster in
// pilot/pkg/serviceregistry/kube/controller/multicluster.go): the fake server does so for the config cluster alone. Each
// ready pod is written once more, so that its registry tells of it.
func (s *server) selectRemotePods(w *world, clients map[cluster.ID]kubelib.Client) error {
	if !slices.ContainsFunc(w.configs, selectsWorkloads) {
		return nil
	}
	told := make(chan struct{}, 1024)
	for _, registry := range s.fake.Env().ServiceDiscovery.(*aggregate.Controller).GetRegistries() {
		if _, remote := w.remotes[registry.Cluster()]; remote && registry.Provider() == provider.Kubernetes {
			registry.AppendWorkloadHandler(func(instance *model.WorkloadInstance, event model.Event) {
				s.fake.ServiceEntryRegistry.WorkloadInstanceHandler(instance, event)
				told <- struct{}{}
			})
		}
	}
	for id := range w.remotes {
		pods, err := clients[id].Kube().CoreV1().Pods("").List(context.Background(), meta.ListOptions{})
		if err != nil {
			return err
		}
		for _, pod := range pods.Items {
			if pod.Status.PodIP == "" || !isReady(&pod) || !clients[id].ObjectFilter().Filter(&pod) {
				continue
			}
			pod.Annotations = map[string]string{"told": "again"}
			if _, err := clients[id].Kube().CoreV1().Pods(pod.Namespace).Update(context.Background(), &pod, meta.UpdateOptions{}); err != nil {
				return err
			}
			select {
			case <-told:
			case <-time.After(10 * time.Second):
				return fmt.Errorf("pod %s of cluster %s is not worked off after ten seconds", pod.Name, id)
			}
		}
	}
	return s.settleEndpoints()
}

func selectsWorkloads(c config.Config) bool {
	entry, is := c.Spec.(*networking.ServiceEntry)
	return is && entry.WorkloadSelector != nil
}

func isReady(pod *core.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c core.PodCondition) bool {
		return c.Type == core.PodReady && c.Status == core.ConditionTrue
	})
}

// settleEndpoints waits until the number of endpoints has stayed the same for a while: the collections of
// ServiceEntries follow their inputs in their own time.
func (s *server) settleEndpoints() error {
	const calm = 100 * time.Millisecond
	last, since := -1, time.Now()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if now := s.endpoints(); now != last {
			last, since = now, time.Now()
		} else if time.Since(since) > calm {
			return nil
		}
	}
	return errors.New("endpoints still change after ten seconds")
}

func (s *server) endpoints() int {
	count := 0
	for _, of := range s.fake.Env().EndpointIndex.Shardz() {
		for _, shards := range of {
			shards.RLock()
			for _, list := range shards.Shards {
				count += len(list)
			}
			shards.RUnlock()
		}
	}
	return count
}
