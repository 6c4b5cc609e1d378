package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"libmesh.test/peers/istio/internal/differ"
	"libmesh.test/peers/istio/internal/fields"
)

// randomCase is the name under which the floor of random meshes is recorded.
const randomCase = "random"

// heldPercent of a type's resources are equal, however many seeds there are.
const heldPercent = 99

func runRandom(args []string) error {
	flags := newFlags("random")
	program := flags.String("answers", "", "libmesh's program that answers question after question (answers.cc)")
	work := flags.String("work", "", "folder for inputs and our answers")
	kindsOf := flags.String("kinds", "", "draw from these kinds only, with commas")
	first := flags.Uint64("first", 1, "the first seed")
	count := flags.Uint64("count", 150, "how many seeds; the floor is for the first ones")
	floorFile := flags.String("floor", "", "recorded floor")
	raise := flags.Bool("raise", false, "raise the floor to what is reached")
	format := flags.String("o", "table", "table or json")
	limit := flags.Int("causes", 40, "how many causes the table shows")
	_ = flags.Parse(args)
	if *program == "" || *work == "" {
		return errors.New("-answers and -work are needed")
	}
	floor := differ.Floor{}
	if *floorFile != "" {
		var err error
		if floor, err = differ.ReadFloor(*floorFile); err != nil {
			return err
		}
	}
	var drawn []string
	if *kindsOf != "" {
		drawn = strings.Split(*kindsOf, ",")
		floor = differ.Floor{randomCase: {}}
	}
	g, err := fields.NewGenerator(drawn, func(kind, text string) bool { return refusedText(kind, text) != "" })
	if err != nil {
		return err
	}
	r := &fieldsRun{work: *work, ours: &answerer{program: *program}}
	defer r.ours.stop()
	if err := r.readProxies(); err != nil {
		return err
	}
	result := differ.NewCase(randomCase, kinds)
	for seed := *first; seed < *first+*count; seed++ {
		if err := r.random(g, seed, result); err != nil {
			result.Fault += fmt.Sprintf("seed %d: %s; ", seed, oneLine(err))
		}
	}
	result.Settle(floor, *raise)
	result.Hold(heldPercent)
	if *raise && *kindsOf == "" {
		if err := floor.Write(*floorFile); err != nil {
			return err
		}
	}
	return tell(result, *format, *limit)
}

// tell prints what a case of made-up inputs showed; an error if that is below its floor.
func tell(result *differ.Case, format string, limit int) error {
	report := &differ.Report{}
	report.Add(result)
	report.Finish(&differ.Deliberate{})
	if err := report.Print(format, limit); err != nil {
		return err
	}
	if report.Failed() {
		return errDiffers
	}
	return nil
}

// random compares one mesh.
func (r *fieldsRun) random(g *fields.Generator, seed uint64, result *differ.Case) error {
	input, err := g.Mesh(seed)
	if err != nil {
		return err
	}
	return r.compareText(meshText{config: input}, fmt.Sprintf("seed-%d", seed), result)
}

// verdictsOf are the verdicts on each proxy's resources, by type.
type verdictsOf map[string]map[string][]differ.Verdict

func (v verdictsOf) differ() bool {
	for _, of := range v {
		for _, list := range of {
			if slices.ContainsFunc(list, func(one differ.Verdict) bool { return !one.Equal() }) {
				return true
			}
		}
	}
	return false
}

// settle clears what Istio answers differently when it is asked again.
func (v verdictsOf) settle(theirs, again map[string]answer) {
	for name, of := range v {
		for kind, list := range of {
			for i, one := range list {
				if !one.Equal() && differ.Unsettled(one.Name, theirs[name][kind], again[name][kind]) {
					list[i].Differences = nil
				}
			}
		}
	}
}

// compareText compares one mesh. What Istio itself answers differently when it is asked again counts for nobody; the
// input of what differs else stays.
func (r *fieldsRun) compareText(input meshText, called string, result *differ.Case) error {
	ours, err := r.askMesh(input)
	if err != nil {
		return err
	}
	theirs, err := r.askApart(input)
	if err != nil {
		return err
	}
	verdicts := verdictsOf{}
	for _, name := range r.names {
		verdicts[name] = map[string][]differ.Verdict{}
		for _, kind := range kinds {
			verdicts[name][kind] = differ.Resources(ours[name][kind], theirs[name][kind])
		}
	}
	for again := 0; again < askedAgain && verdicts.differ(); again++ {
		other, err := r.askApart(input)
		if err != nil {
			return err
		}
		verdicts.settle(theirs, other)
	}
	if verdicts.differ() {
		if err := r.keep(called, input); err != nil {
			return err
		}
	}
	r.take(called, verdicts, result)
	return nil
}

func (r *fieldsRun) take(called string, verdicts verdictsOf, result *differ.Case) {
	for _, name := range r.names {
		for _, kind := range kinds {
			for i, one := range verdicts[name][kind] {
				verdicts[name][kind][i].Name = fmt.Sprintf("%s/%s %s", called, name, one.Name)
			}
			result.Take(kind, verdicts[name][kind], nil)
		}
	}
}

// keep leaves an input, and who asked, where differences showed.
func (r *fieldsRun) keep(called string, input meshText) error {
	if _, err := input.write(filepath.Join(r.work, called)); err != nil {
		return err
	}
	for _, name := range r.names {
		b, err := yaml.Marshal(r.proxies[name])
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(r.work, called, "proxy-"+name+".yaml"), b); err != nil {
			return err
		}
	}
	return nil
}
