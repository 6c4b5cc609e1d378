package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"libmesh.test/peers/istio/internal/differ"
)

// seedRun compares inputs that are drawn from seeds, one after the other.
type seedRun struct {
	*flag.FlagSet
	name                  string
	program, work, format *string
	first, count          *uint64
	limit                 *int
}

func newSeedRun(name string, count uint64) *seedRun {
	flags := newFlags(name)
	return &seedRun{
		FlagSet: flags,
		name:    name,
		program: flags.String("answers", "", "libmesh's program that answers question after question (answers.cc)"),
		work:    flags.String("work", "", "folder for inputs and our answers"),
		first:   flags.Uint64("first", 1, "the first seed"),
		count:   flags.Uint64("count", count, "how many seeds"),
		format:  flags.String("o", "table", "table or json"),
		limit:   flags.Int("causes", 40, "how many causes the table shows"),
	}
}

// run compares each seed; one that Istio itself ends with is told and left out.
func (s *seedRun) run(compare func(r *fieldsRun, seed uint64, result *differ.Case) error) error {
	if *s.program == "" || *s.work == "" {
		return errors.New("-answers and -work are needed")
	}
	result := differ.NewCase(s.name, kinds)
	r := &fieldsRun{work: *s.work, ours: &answerer{program: *s.program}}
	defer r.ours.stop()
	for seed := *s.first; seed < *s.first+*s.count; seed++ {
		if err := compare(r, seed, result); errors.Is(err, errPanics) {
			fmt.Fprintf(os.Stderr, "seed %d: %s\n", seed, oneLine(err))
		} else if err != nil {
			result.Fault += fmt.Sprintf("seed %d: %s; ", seed, oneLine(err))
		}
	}
	result.Settle(differ.Floor{s.name: {}}, false)
	result.Hold(heldPercent)
	return tell(result, *s.format, *s.limit)
}
