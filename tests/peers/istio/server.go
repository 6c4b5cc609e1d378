package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	v3 "istio.io/istio/pilot/pkg/xds/v3"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pilot/test/xdstest"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/sets"
)

// kinds are the types that are compared, in the order in which they are generated: all but clusters, listeners and
// the name table are asked for by the names that clusters and listeners mention.
var kinds = []string{"clusters", "listeners", "routes", "endpoints", "extensions", "secrets", "nametable"}

// pushed are those that every proxy asks for: what a push is timed by.
var pushed = kinds[:4]

var typeURLs = map[string]string{
	"clusters": v3.ClusterType, "listeners": v3.ListenerType, "routes": v3.RouteType, "endpoints": v3.EndpointType,
	"extensions": v3.ExtensionConfigurationType, "secrets": v3.SecretType, "nametable": v3.NameTableType,
}

// A server is Istio's discovery server over in-memory stores, without its gRPC part.
type server struct {
	fake  *xds.FakeDiscoveryServer
	proxy *model.Proxy
	push  *model.PushRequest
	names map[string]sets.String // what the proxy subscribes to, by kind; none is everything
}

// errPanics is an input with which Istio's own generator ends: there is no answer to compare with.
var errPanics = errors.New("Istio panics")

// withServer runs f with a server for one proxy in a world.
func withServer(w *world, d description, cached bool, f func(*server) error) error {
	return withControl(w, cached, func(c *control) error {
		s, err := c.serve(d, c.first)
		if err != nil {
			return err
		}
		return f(s)
	})
}

// A control is Istio's discovery server that knows a world and no proxy yet.
type control struct {
	fake  *xds.FakeDiscoveryServer
	first *model.PushContext
	t     test.Failer
}

func withControl(w *world, cached bool, f func(*control) error) error {
	features.EnableXDSCaching = cached
	for try := 0; ; try++ {
		err := tryControl(w, f)
		if !errors.Is(err, errOrder) || try == 1000 {
			return err
		}
	}
}

func tryControl(w *world, f func(*control) error) error {
	var inner error
	outer := test.Wrap(func(t test.Failer) {
		defer func() {
			if panicked := recover(); panicked != nil {
				if err, is := panicked.(error); is && errors.Is(err, errOrder) {
					inner = errOrder
				} else {
					inner = fmt.Errorf("%w: %v", errPanics, panicked)
				}
			}
		}()
		if inner = allocate(t, w.configs); inner != nil {
			return
		}
		options := xds.FakeOptions{
			Configs: w.configs, KubernetesObjectString: w.kube, MeshConfig: w.mesh,
			DebounceTime: 10 * time.Millisecond, DisableSecretAuthorization: true,
		}
		clients := w.addClusters(&options)
		if w.networks != nil {
			options.NetworksWatcher = meshwatcher.NewFixedNetworksWatcher(w.networks)
		}
		c := &control{t: t, fake: xds.NewFakeDiscoveryServer(t, options)}
		s := &server{fake: c.fake}
		if inner = s.tellNetworks(w); inner != nil {
			return
		}
		if inner = s.addSlices(w.slices); inner != nil {
			return
		}
		for id, remote := range w.remotes {
			if inner = s.addRemoteSlices(id, clients[id], remote.slices); inner != nil {
				return
			}
		}
		if inner = s.selectRemotePods(w, clients); inner != nil {
			return
		}
		c.first = s.newContext()
		c.fake.Env().SetPushContext(c.first)
		inner = f(c)
	})
	return errors.Join(inner, outer)
}

// serve connects a proxy.
func (c *control) serve(d description, push *model.PushContext) (*server, error) {
	s := &server{fake: c.fake, names: map[string]sets.String{}}
	if err := s.connect(d, push); err != nil {
		return nil, err
	}
	return s, s.subscribe(c.t)
}

// with runs f with further objects of the configuration store, which go afterwards.
func (c *control) with(configs []config.Config, f func(*model.PushContext) error) (err error) {
	store := c.fake.Store()
	for _, one := range configs {
		if _, err := store.Create(one); err != nil {
			return err
		}
		defer func() {
			err = errors.Join(err, store.Delete(one.GroupVersionKind, one.Name, one.Namespace, nil), c.settle(one, false))
		}()
		if err := c.settle(one, true); err != nil {
			return err
		}
	}
	s := &server{fake: c.fake}
	push := s.newContext()
	c.fake.Env().SetPushContext(push)
	return f(push)
}

// settle waits until the one kind that Istio merges on its own time is worked off.
func (c *control) settle(one config.Config, there bool) error {
	if one.GroupVersionKind != gvk.VirtualService {
		return nil
	}
	mine := func(v model.MergedVirtualService) bool { return v.Name == one.Name && v.Namespace == one.Namespace }
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Microsecond) {
		if slices.ContainsFunc(c.fake.Env().VirtualServiceController.MergedVirtualServices(), mine) == there {
			return nil
		}
	}
	return errors.New("a VirtualService is not merged after ten seconds")
}

// newContext builds a push context from the stores, as istiod does for a full push. A fresh one:
// a context that is initialised again keeps its default sidecar scopes.
func (s *server) newContext() *model.PushContext {
	fresh := model.NewPushContext()
	fresh.JwtKeyResolver = s.fake.Discovery.JwtKeyResolver
	fresh.InitContext(s.fake.Env(), nil, nil)
	return fresh
}

// connect makes the proxy known, as istiod does when a proxy connects.
func (s *server) connect(d description, push *model.PushContext) error {
	p, err := d.proxy()
	if err != nil {
		return err
	}
	s.proxy = p
	s.compute(push)
	return nil
}

// compute is istiod's computeProxyState: what of a push context the proxy sees. The cache takes
// only what was asked for by a push with a start time.
func (s *server) compute(push *model.PushContext) {
	s.proxy.SetServiceTargets(s.fake.Env().ServiceDiscovery)
	s.proxy.SetSidecarScope(push)
	s.proxy.SetGatewaysForProxy(push)
	s.push = &model.PushRequest{Push: push, Forced: true, Start: time.Now()}
}

// subscribe finds the names of routes and endpoints that the proxy will ask for.
func (s *server) subscribe(t test.Failer) error {
	found, err := s.generate("clusters")
	if err != nil {
		return err
	}
	clusters, err := unpack(found, func() *cluster.Cluster { return &cluster.Cluster{} })
	if err != nil {
		return err
	}
	if found, err = s.generate("listeners"); err != nil {
		return err
	}
	listeners, err := unpack(found, func() *listener.Listener { return &listener.Listener{} })
	if err != nil {
		return err
	}
	s.names["endpoints"] = sets.New(xdstest.ExtractEdsClusterNames(clusters)...)
	s.names["routes"] = routeNames(listeners)
	s.names["extensions"] = extensionNames(listeners)
	s.names["secrets"] = credentialNames(t, clusters, listeners)
	return nil
}

// routeNames are the routes that chains name, the default ones too, at which Istio's tests do not look.
func routeNames(listeners []*listener.Listener) sets.String {
	all := slices.Clone(listeners)
	for _, l := range listeners {
		if last := l.GetDefaultFilterChain(); last != nil {
			all = append(all, &listener.Listener{FilterChains: []*listener.FilterChain{last}})
		}
	}
	return sets.New(xdstest.ExtractRoutesFromListeners(all)...)
}

// generate asks Istio's generator for everything of one kind that the proxy subscribes to.
func (s *server) generate(kind string) (model.Resources, error) {
	names, named := s.names[kind]
	if named && len(names) == 0 {
		return nil, nil
	}
	watched := &model.WatchedResource{TypeUrl: typeURLs[kind], ResourceNames: names, Wildcard: !named}
	resources, _, err := s.fake.Discovery.Generators[typeURLs[kind]].Generate(s.proxy, watched, s.push)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return resources, nil
}

func (s *server) generateAll() error {
	for _, kind := range pushed {
		if _, err := s.generate(kind); err != nil {
			return err
		}
	}
	return nil
}
