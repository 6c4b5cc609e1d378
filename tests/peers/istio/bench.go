package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"
)

// A row is one thing that both sides do, on the same input.
type row struct {
	name string
	run  func() error
}

// istioRows are Istio's side. A second proxy has the description of the first, so it sees the same;
// what precedes it, the push context, is there already.
func istioRows(s *server, d description) []row {
	rows := []row{{"pushcontext+proxy", func() error { s.compute(s.newContext()); return nil }}}
	for _, kind := range pushed {
		rows = append(rows, row{kind, func() error { _, err := s.generate(kind); return err }})
	}
	fullPush := func() error {
		if err := s.connect(d, s.newContext()); err != nil {
			return err
		}
		return s.generateAll()
	}
	return append(rows, row{"fullpush", fullPush}, secondProxy(s, d))
}

func secondProxy(s *server, d description) row {
	return row{"second-proxy", func() error {
		if err := s.connect(d, s.push.Push); err != nil {
			return err
		}
		return s.generateAll()
	}}
}

// cachedRow is the second proxy again, in a server whose cache the first one has filled.
const cachedRow = "second-proxy, Istio's cache on"

// ourCost is a line of xds_bench: bytes are of the output, memcpy is for as many bytes.
type ourCost struct {
	Row       string  `json:"row"`
	CPU       float64 `json:"cpu_ns"`
	Bytes     float64 `json:"bytes"`
	Allocs    float64 `json:"allocs"`
	Allocated float64 `json:"allocated"` // bytes, as istio.Bytes
	Memcpy    float64 `json:"memcpy_ns"`
}

// result is a row of the printed table, minima over the rounds.
type result struct {
	Case  string  `json:"case"`
	Row   string  `json:"row"`
	Istio cost    `json:"istio"`
	Ours  ourCost `json:"ours"`
	Ratio float64 `json:"ratio"` // of CPU time
}

// memory is how many of Istio's bytes there are for each of ours; 0 where one of them allocates nothing.
func (r *result) memory() float64 {
	if r.Ours.Allocated == 0 {
		return 0
	}
	return r.Istio.Bytes / r.Ours.Allocated
}

type benchmark struct {
	program, work string
	each          time.Duration
	rounds        int
}

// benchFlags are those of every benchmark that alternates with a program of libmesh's.
type benchFlags struct {
	*flag.FlagSet
	program, work, istio, format *string
	each                         *time.Duration
	rounds                       *int
}

func newBenchFlags(name, program, usage string) benchFlags {
	f := newFlags(name)
	return benchFlags{
		FlagSet: f,
		program: f.String(program, "", "libmesh's benchmark program ("+usage+")"),
		work:    f.String("work", "", "folder for the inputs"),
		istio:   f.String("istio", "", "folder of the module istio.io/istio; by default the Go command says"),
		each:    f.Duration("each", 200*time.Millisecond, "how long a row of Istio's runs in a round"),
		rounds:  f.Int("rounds", 3, "how often the two programs alternate"),
		format:  f.String("o", "table", "table or json"),
	}
}

func runBench(args []string) error {
	flags := newBenchFlags("bench", "xds-bench", "--input F --proxy P --json")
	only := flags.String("case", "*", "glob: only these of Istio's benchmark inputs")
	_ = flags.Parse(args)
	if *flags.program == "" || *flags.work == "" {
		return errors.New("bench needs -xds-bench and -work")
	}
	cases, err := benchmarkCases(*flags.istio)
	if err != nil {
		return err
	}
	b := benchmark{*flags.program, *flags.work, *flags.each, *flags.rounds}
	var all []*result
	for _, c := range cases {
		if matched, err := path.Match(*only, path.Base(c.name)); err != nil || !matched {
			continue
		}
		results, err := b.run(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if *flags.format != "json" {
			printResults(results)
		}
		all = append(all, results...)
	}
	if *flags.format == "json" {
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	printSummary(all)
	return nil
}

// run lets the two programs alternate on one case and keeps the least of each row.
func (b benchmark) run(c peerCase) ([]*result, error) {
	dir := filepath.Join(b.work, filepath.FromSlash(c.name))
	text, err := c.stage(dir)
	if err != nil {
		return nil, err
	}
	var order []string
	istio, ours := map[string]cost{}, map[string]ourCost{}
	take := func(name string, c cost) {
		if least, seen := istio[name]; seen {
			c = c.min(least)
		} else {
			order = append(order, name)
		}
		istio[name] = c
	}
	for range b.rounds {
		if err := b.istioRound(text, c.proxy, take); err != nil {
			return nil, err
		}
		if err := b.ourRound(dir, ours); err != nil {
			return nil, err
		}
	}
	var results []*result
	for _, name := range order {
		mine, found := ours[name]
		if name == cachedRow {
			mine, found = ours["second-proxy"]
		}
		r := &result{Case: c.name, Row: name, Istio: istio[name], Ours: mine}
		if found && mine.CPU > 0 {
			r.Ratio = r.Istio.CPU / mine.CPU
		}
		results = append(results, r)
	}
	return results, nil
}

func (b benchmark) istioRound(text string, d description, take func(string, cost)) error {
	err := withText(text, d, false, func(s *server) error {
		for _, r := range istioRows(s, d) {
			c, err := measure(r.run, b.each)
			if err != nil {
				return err
			}
			take(r.name, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return withText(text, d, true, func(s *server) error {
		c, err := measure(secondProxy(s, d).run, b.each)
		take(cachedRow, c)
		return err
	})
}

func (b benchmark) ourRound(dir string, least map[string]ourCost) error {
	command := exec.Command(b.program, "--input", filepath.Join(dir, "input.yaml"), "--proxy", filepath.Join(dir, "proxy.yaml"), "--json")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return err
	}
	var rows []ourCost
	if err := json.Unmarshal(out, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		if old, seen := least[r.Row]; seen {
			r.CPU, r.Memcpy = min(r.CPU, old.CPU), min(r.Memcpy, old.Memcpy)
			r.Allocs, r.Allocated = min(r.Allocs, old.Allocs), min(r.Allocated, old.Allocated)
		}
		least[r.Row] = r
	}
	return nil
}

func printResults(results []*result) {
	fmt.Printf("%s\n%-32s %14s %12s %8s %12s %10s %10s %8s %10s %12s %12s\n", results[0].Case, "row", "Istio cpu-ns",
		"our cpu-ns", "ratio", "Istio B/op", "our B/op", "ratio", "allocs", "our allocs", "output B", "memcpy ns")
	for _, r := range results {
		fmt.Printf("%-32s %14.0f %12.0f %7.1fx %12.0f %10.0f %7.1fx %10.0f %10.0f %12.0f %12.0f\n", r.Row,
			r.Istio.CPU, r.Ours.CPU, r.Ratio, r.Istio.Bytes, r.Ours.Allocated, r.memory(), r.Istio.Allocs,
			r.Ours.Allocs, r.Ours.Bytes, r.Ours.Memcpy)
	}
	fmt.Println()
}
