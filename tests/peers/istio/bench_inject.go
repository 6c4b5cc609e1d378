package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"libmesh.test/peers/istio/internal/injection"
)

// injectCost is a line of injection_bench.
type injectCost struct {
	Row        string  `json:"row"`
	CPU        float64 `json:"cpu_ns"`
	Output     float64 `json:"bytes"`
	Allocs     float64 `json:"allocs"`
	Allocated  float64 `json:"allocated"`
	TwoThreads float64 `json:"two_threads"`
}

type injectResult struct {
	Row   string     `json:"row"`
	Istio cost       `json:"istio"`
	Ours  injectCost `json:"ours"`
	Ratio float64    `json:"ratio"` // of CPU time
}

// runInjectBench answers the same reviews with Istio's handler and with ours, alternating.
func runInjectBench(args []string) error {
	flags := newBenchFlags("inject-bench", "injection-bench", "--cases DIR --json")
	_ = flags.Parse(args)
	if *flags.program == "" || *flags.work == "" {
		return errors.New("inject-bench needs -injection-bench and -work")
	}
	folder, err := istioFolder(*flags.istio)
	if err != nil {
		return err
	}
	rows, err := injection.Benchmark(injection.Module(folder))
	if err != nil {
		return err
	}
	dir := filepath.Join(*flags.work, "injection")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	results := make([]*injectResult, len(rows))
	for i, r := range rows {
		results[i] = &injectResult{Row: r.Name}
		if err := r.Stage(filepath.Join(dir, r.Name)); err != nil {
			return err
		}
	}
	for round := range *flags.rounds {
		if err := injectRound(rows, results, round == 0, *flags.each, *flags.program, dir); err != nil {
			return err
		}
	}
	if *flags.format == "json" {
		return json.NewEncoder(os.Stdout).Encode(results)
	}
	printInjectResults(results)
	return nil
}

func injectRound(rows []injection.Measured, results []*injectResult, first bool, each time.Duration, program, dir string) error {
	for i, r := range rows {
		err := r.Answers(func(answer func() error) error {
			c, err := measure(answer, each)
			if !first {
				c = c.min(results[i].Istio)
			}
			results[i].Istio = c
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	command := exec.Command(program, "--cases", dir, "--json", "--repetitions", "1",
		"--min-time", fmt.Sprint(each.Seconds()))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return err
	}
	var ours []injectCost
	if err := json.Unmarshal(out, &ours); err != nil {
		return err
	}
	if len(ours) != len(rows) {
		return fmt.Errorf("%s answers %d of %d rows", program, len(ours), len(rows))
	}
	for i, c := range ours {
		if !first {
			old := results[i].Ours
			c.CPU, c.TwoThreads = min(c.CPU, old.CPU), max(c.TwoThreads, old.TwoThreads)
		}
		results[i].Ours = c
		results[i].Ratio = results[i].Istio.CPU / c.CPU
	}
	return nil
}

func printInjectResults(results []*injectResult) {
	fmt.Printf("%-30s %14s %12s %8s %14s %10s %10s %12s %10s %8s\n", "row", "Istio cpu-ns", "our cpu-ns", "ratio",
		"Istio B/op", "allocs", "our allocs", "our B/op", "output B", "threads")
	for _, r := range results {
		fmt.Printf("%-30s %14.0f %12.0f %7.1fx %14.0f %10.0f %10.0f %12.0f %10.0f %7.2fx\n", r.Row, r.Istio.CPU, r.Ours.CPU,
			r.Ratio, r.Istio.Bytes, r.Istio.Allocs, r.Ours.Allocs, r.Ours.Allocated, r.Ours.Output, r.Ours.TwoThreads)
	}
}
