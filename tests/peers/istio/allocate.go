package main

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"istio.io/api/networking/v1alpha3"
	client "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/istio/pilot/pkg/controllers/ipallocate"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/networking/serviceentry"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/maps"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/sets"
)

// allocate writes addresses into the status of ServiceEntries, as istiod's own controller does in a cluster
// (pilot/pkg/controllers/ipallocate): it is run over them. Those with a status are there when it starts, the others come by
// creation time, namespace and name, which is the order in which it works them off.
func allocate(t test.Failer, configs []config.Config) error {
	if !features.EnableIPAutoallocate {
		return nil
	}
	var there, coming []*client.ServiceEntry
	wanted := false
	for _, c := range configs {
		if c.GroupVersionKind != gvk.ServiceEntry {
			continue
		}
		entry := entryOf(c)
		wanted = wanted || !settled(entry) || len(entry.Status.Addresses) > 0
		if len(entry.Status.Addresses) > 0 || len(entry.Spec.Addresses) > 0 {
			there = append(there, entry)
		} else {
			coming = append(coming, entry)
		}
	}
	if !wanted {
		return nil
	}
	slices.SortFunc(coming, func(a, b *client.ServiceEntry) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	fake := kube.NewFakeClient()
	clienttest.MakeCRD(t, fake, gvr.ServiceEntry)
	store := clienttest.NewDirectClient[*client.ServiceEntry, client.ServiceEntry, *client.ServiceEntryList](t, fake)
	for _, entry := range there {
		store.Create(entry)
	}
	stop := test.NewStop(t)
	controller := ipallocate.NewIPAllocator(stop, fake)
	go controller.Run(stop)
	fake.RunAndWait(stop)
	read := func(entries []*client.ServiceEntry) []*client.ServiceEntry {
		out := make([]*client.ServiceEntry, len(entries))
		for i, entry := range entries {
			out[i] = store.Get(entry.Name, entry.Namespace)
		}
		return out
	}
	if err := await(func() bool { return controller.HasSynced() && allSettled(read(there)) }); err != nil {
		return err
	}
	// A few at a time: the channel of the fake client's watch holds a hundred events.
	for some := range slices.Chunk(coming, 20) {
		for _, entry := range some {
			store.Create(entry)
		}
		if err := await(func() bool { return allSettled(read(some)) }); err != nil {
			return err
		}
	}
	if !allSettled(read(slices.Concat(there, coming))) {
		return errors.New("istiod's controller of addresses gave one to two entries")
	}
	for i, c := range configs {
		if c.GroupVersionKind == gvk.ServiceEntry {
			configs[i].Status = store.Get(c.Name, c.Namespace).Status.DeepCopy()
		}
	}
	return nil
}

func entryOf(c config.Config) *client.ServiceEntry {
	entry := &client.ServiceEntry{ObjectMeta: c.ToObjectMeta()}
	c.Spec.(*v1alpha3.ServiceEntry).DeepCopyInto(&entry.Spec)
	if said, ok := c.Status.(*v1alpha3.ServiceEntryStatus); ok && said != nil {
		said.DeepCopyInto(&entry.Status)
	}
	return entry
}

// settled is an entry that the controller has nothing to do for, but for addresses of others.
func settled(entry *client.ServiceEntry) bool {
	if !serviceentry.ShouldV2AutoAllocateIP(entry) {
		return len(entry.Status.Addresses) == 0
	}
	hosts := sets.New[string]()
	for _, h := range entry.Spec.Hosts {
		if !host.Name(h).IsWildCarded() || entry.Spec.Resolution == v1alpha3.ServiceEntry_DYNAMIC_DNS {
			hosts.Insert(h)
		}
	}
	return hosts.Equals(sets.New(maps.Keys(serviceentry.GetHostAddressesFromServiceEntry(entry))...))
}

func allSettled(entries []*client.ServiceEntry) bool {
	taken := sets.New[string]()
	for _, entry := range entries {
		for _, address := range entry.Spec.Addresses {
			taken.Insert(address)
		}
	}
	for _, entry := range entries {
		if !settled(entry) {
			return false
		}
		for _, address := range entry.Status.Addresses {
			if taken.InsertContains(address.Value) {
				return false
			}
		}
	}
	return true
}

func await(done func() bool) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if done() {
			return nil
		}
	}
	return errors.New("istiod's controller of addresses is not done after twenty seconds")
}
