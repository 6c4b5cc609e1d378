package main

import (
	"errors"
	"flag"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"

	nds "istio.io/istio/pkg/dns/proto"

	"libmesh.test/peers/istio/internal/differ"
)

var messageOf = map[string]func() proto.Message{
	"clusters":  func() proto.Message { return &cluster.Cluster{} },
	"listeners": func() proto.Message { return &listener.Listener{} },
	"routes":    func() proto.Message { return &route.RouteConfiguration{} },
	"endpoints": func() proto.Message { return &endpoint.ClusterLoadAssignment{} },

	"extensions": func() proto.Message { return &core.TypedExtensionConfig{} },
	"secrets":    func() proto.Message { return &tls.Secret{} },
	"nametable":  func() proto.Message { return &nds.NameTable{} },
}

// comparison is one run: where things are, what is allowed.
type comparison struct {
	mesh, work string
	raise      bool
	deliberate *differ.Deliberate
	floor      differ.Floor
}

// comparisonFlags are the flags that `compare` and `tenants` share.
type comparisonFlags struct {
	*flag.FlagSet
	mesh, work, deliberate, floor, only, format *string
	raise                                       *bool
	limit                                       *int
}

func newComparisonFlags(name string) comparisonFlags {
	f := newFlags(name)
	return comparisonFlags{
		FlagSet:    f,
		mesh:       f.String("mesh", "", "libmesh's program"),
		work:       f.String("work", "", "folder for inputs and both answers"),
		deliberate: f.String("deliberate", "", "list of deliberate differences"),
		floor:      f.String("floor", "", "recorded floor"),
		only:       f.String("only", "*", "glob: only these cases, by their name or its last word"),
		format:     f.String("o", "table", "table or json"),
		raise:      f.Bool("raise", false, "raise the floor to what is reached"),
		limit:      f.Int("causes", 40, "how many causes the table shows"),
	}
}

func runCompare(args []string) error {
	flags := newComparisonFlags("compare")
	folder := flags.String("cases", "", "folder of CASE/{input,proxy,proxy-WORD}.yaml")
	tenants := flags.String("tenants", "", "also compare the tenants of this folder")
	istio := flags.String("istio", "", "folder of the module istio.io/istio; by default the Go command says")
	_ = flags.Parse(args)
	cases, err := benchmarkCases(*istio)
	if err != nil {
		return err
	}
	policies, err := authorizationCases(*istio)
	if err != nil {
		return err
	}
	cases = append(cases, policies...)
	if *folder != "" {
		more, err := folderCases(*folder)
		if err != nil {
			return err
		}
		cases = append(cases, more...)
	}
	if *tenants != "" {
		more, err := tenantCases(*tenants)
		if err != nil {
			return err
		}
		cases = append(cases, more...)
	}
	return flags.run(cases)
}

// run compares case by case and reports.
func (f comparisonFlags) run(cases []peerCase) error {
	if *f.mesh == "" || *f.work == "" {
		return errors.New("-mesh and -work are needed")
	}
	c := &comparison{mesh: *f.mesh, work: *f.work, raise: *f.raise, deliberate: &differ.Deliberate{}, floor: differ.Floor{}}
	var err error
	if *f.deliberate != "" {
		if c.deliberate, err = differ.ReadDeliberate(*f.deliberate); err != nil {
			return err
		}
	}
	if *f.floor != "" {
		if c.floor, err = differ.ReadFloor(*f.floor); err != nil {
			return err
		}
	}
	report := &differ.Report{}
	for _, one := range selectCases(cases, *f.only) {
		report.Add(c.compare(one))
	}
	if c.raise {
		if err := c.floor.Write(*f.floor); err != nil {
			return err
		}
	}
	report.Finish(c.deliberate)
	if err := report.Print(*f.format, *f.limit); err != nil {
		return err
	}
	if report.Failed() {
		return errDiffers
	}
	return nil
}

func selectCases(cases []peerCase, pattern string) []peerCase {
	var selected []peerCase
	for _, c := range cases {
		whole, _ := path.Match(pattern, c.name)
		last, _ := path.Match(pattern, path.Base(c.name))
		if whole || last {
			selected = append(selected, c)
		}
	}
	return selected
}

// compare fills in one case. Without a recorded floor, everything has to be equal.
func (c *comparison) compare(one peerCase) *differ.Case {
	result := differ.NewCase(one.name, kinds)
	if err := c.fill(result, one); err != nil {
		result.Fault = err.Error()
	}
	result.Settle(c.floor, c.raise)
	return result
}

func (c *comparison) fill(result *differ.Case, one peerCase) error {
	dir := filepath.Join(c.work, filepath.FromSlash(one.name))
	if _, err := one.stage(dir); err != nil {
		return err
	}
	if err := askIstio(dir); err != nil {
		return err
	}
	var err error
	if result.Note, err = one.askMesh(c.mesh, dir); err != nil {
		return err
	}
	for _, kind := range kinds {
		theirs, err := differ.ReadFile(filepath.Join(dir, "istio", kind+".json"), messageOf[kind])
		if err != nil {
			return err
		}
		ours, err := differ.ReadFile(filepath.Join(dir, "mesh", kind+".json"), messageOf[kind])
		if err != nil {
			return fmt.Errorf("mesh: %w", err)
		}
		verdicts := differ.Resources(ours, theirs)
		if err := settle(verdicts, dir, kind, theirs); err != nil {
			return err
		}
		result.Take(kind, verdicts, c.deliberate)
	}
	return nil
}

// askedAgain is how often Istio is asked once more where answers differ. Often enough that a coin which Istio tosses does
// not fall on one side each time: of two equally likely answers, once in a thousand million runs.
const askedAgain = 30

// settle clears what Istio itself answers differently when it is asked again: the hosts of one ServiceEntry, for one,
// come in no order of their own, and the first takes an address that they share.
func settle(verdicts []differ.Verdict, dir, kind string, theirs []differ.Resource) error {
	differs := func(v differ.Verdict) bool { return !v.Equal() }
	for range askedAgain {
		if !slices.ContainsFunc(verdicts, differs) {
			return nil
		}
		if err := askIstioInto(dir, "istio-again"); err != nil {
			return err
		}
		again, err := differ.ReadFile(filepath.Join(dir, "istio-again", kind+".json"), messageOf[kind])
		if err != nil {
			return err
		}
		for i, v := range verdicts {
			if differs(v) && differ.Unsettled(v.Name, theirs, again) {
				verdicts[i].Differences = nil
			}
		}
	}
	return nil
}
