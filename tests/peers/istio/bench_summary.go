package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A row says something where both sides make something: of an input without routes there is nothing to compare.
const leastOutput = 64 // bytes

// What is asked of a type: so many times less than Istio, or so many times what copying its bytes takes.
const (
	askedRatio  = 30
	askedCopies = 3
)

// printSummary says of each row over all inputs: the least ratio and where, the geometric mean, in how many it is
// slower than asked of a type, and the least ratio of memory.
func printSummary(results []*result) {
	if len(results) == 0 {
		return
	}
	fmt.Printf("over all inputs\n%-32s %7s %9s  %-36s %10s %12s %14s\n", "row", "inputs", "least", "at", "geometric",
		"under 30x", "memory, least")
	for _, name := range names(results) {
		of := slices.DeleteFunc(slices.Clone(results), func(r *result) bool {
			return r.Row != name || r.Ratio == 0 || (slices.Contains(pushed, name) && r.Ours.Bytes < leastOutput)
		})
		if len(of) == 0 {
			continue
		}
		least := slices.MinFunc(of, func(a, b *result) int { return cmp.Compare(a.Ratio, b.Ratio) })
		logs, short, memory := 0.0, 0, math.Inf(1)
		for _, r := range of {
			logs += math.Log(r.Ratio)
			if r.Ratio < askedRatio && r.Ours.CPU > askedCopies*r.Ours.Memcpy {
				short++
			}
			if m := r.memory(); m > 0 {
				memory = min(memory, m)
			}
		}
		fmt.Printf("%-32s %7d %8.1fx  %-30s %9.1fx %10d %14s\n", name, len(of), least.Ratio,
			strings.TrimPrefix(least.Case, "bench/"), math.Exp(logs/float64(len(of))), short, times(memory))
	}
	fmt.Println()
}

func times(x float64) string {
	if math.IsInf(x, 1) {
		return "-"
	}
	return fmt.Sprintf("%.1fx", x)
}

// names are those of the rows, in order.
func names(results []*result) []string {
	var out []string
	for _, r := range results {
		if !slices.Contains(out, r.Row) {
			out = append(out, r.Row)
		}
	}
	return out
}
