package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
	report := &differ.Report{}
	report.Add(result)
	report.Finish(&differ.Deliberate{})
	if err := report.Print(*format, *limit); err != nil {
		return err
	}
	if report.Failed() {
		return errDiffers
	}
	return nil
}

// random compares one mesh. What Istio itself answers differently when it is asked again counts for nobody.
func (r *fieldsRun) random(g *fields.Generator, seed uint64, result *differ.Case) error {
	input, err := g.Mesh(seed)
	if err != nil {
		return err
	}
	ours, err := r.askMesh(input)
	if err != nil {
		return err
	}
	theirs, err := r.askText(input)
	if err != nil {
		return err
	}
	var again map[string]answer
	for _, name := range r.names {
		for _, kind := range kinds {
			verdicts := differ.Resources(ours[name][kind], theirs[name][kind])
			for i, v := range verdicts {
				if v.Equal() {
					continue
				}
				if again == nil {
					if again, err = r.askText(input); err != nil {
						return err
					}
					if err := r.keep(seed, input); err != nil {
						return err
					}
				}
				if differ.Unsettled(v.Name, theirs[name][kind], again[name][kind]) {
					verdicts[i].Differences = nil
				}
			}
			for i := range verdicts {
				verdicts[i].Name = fmt.Sprintf("%d/%s %s", seed, name, verdicts[i].Name)
			}
			result.Take(kind, verdicts, nil)
		}
	}
	return nil
}

// keep leaves the input of a seed that shows differences.
func (r *fieldsRun) keep(seed uint64, input string) error {
	return os.WriteFile(filepath.Join(r.work, fmt.Sprintf("seed-%d.yaml", seed)), []byte(input), 0o644)
}
