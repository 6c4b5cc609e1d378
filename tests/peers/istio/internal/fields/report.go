package fields

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// An Outcome is what became of one setting.
type Outcome struct {
	Kind    string `json:"kind"`
	Host    string `json:"host"`
	Path    string `json:"path"`
	Value   string `json:"value"`
	Invalid string `json:"invalid,omitempty"` // what Istio's validation says; such a setting is not compared
	Visible bool   `json:"visible"`           // Istio's answer is another one than to the host's plain object
	Fault   string `json:"fault,omitempty"`   // why it could not be compared
	// Differs are the places where the answers differ, "proxy type resource path: ours, Istio's".
	Differs []string `json:"differs,omitempty"`
}

// Alike tells that both gave the same answers.
func (o *Outcome) Alike() bool { return o.Fault == "" && len(o.Differs) == 0 }

// A Sum counts the settings of one kind.
type Sum struct {
	Alike   int `json:"alike"`
	Total   int `json:"total"`
	Visible int `json:"visible"`
	Invalid int `json:"invalid"`
	Floor   int `json:"floor"`
}

// A Report is the result of a run.
type Report struct {
	Sums     map[string]*Sum `json:"kinds"`
	Missing  []string        `json:"missing,omitempty"` // kinds with a floor that were not asked about
	Outcomes []*Outcome      `json:"failures"`
	Invalid  []*Outcome      `json:"invalid,omitempty"`
}

// NewReport counts the outcomes against the floor: how many settings of a kind were alike before.
func NewReport(outcomes []*Outcome, floor map[string]int) *Report {
	r := &Report{Sums: map[string]*Sum{}}
	for _, o := range outcomes {
		sum := r.Sums[o.Kind]
		if sum == nil {
			sum = &Sum{Floor: floor[o.Kind]}
			r.Sums[o.Kind] = sum
		}
		if o.Invalid != "" {
			sum.Invalid++
			r.Invalid = append(r.Invalid, o)
			continue
		}
		sum.Total++
		if o.Visible {
			sum.Visible++
		}
		if o.Alike() {
			sum.Alike++
		} else {
			r.Outcomes = append(r.Outcomes, o)
		}
	}
	for kind := range floor {
		if r.Sums[kind] == nil {
			r.Missing = append(r.Missing, kind)
		}
	}
	sort.Strings(r.Missing)
	return r
}

// leastPercent of a kind's settings are alike, however many settings there are by now.
const leastPercent = 98

// failure says in what a kind falls short, nothing if it does not.
func (s *Sum) failure() string {
	switch {
	case s.Alike < s.Floor:
		return fmt.Sprintf("below the floor of %d", s.Floor)
	case 100*s.Alike < leastPercent*s.Total:
		return fmt.Sprintf("below %d %%", leastPercent)
	}
	return ""
}

// Failed tells whether a kind fell short or is gone.
func (r *Report) Failed() bool {
	for _, s := range r.Sums {
		if s.failure() != "" {
			return true
		}
	}
	return len(r.Missing) > 0
}

// Raise gives the floors with what is reached now; they never fall.
func (r *Report) Raise(floor map[string]int) map[string]int {
	raised := map[string]int{}
	for kind, n := range floor {
		raised[kind] = n
	}
	for kind, s := range r.Sums {
		raised[kind] = max(raised[kind], s.Alike)
	}
	return raised
}

// Print writes the report to standard output, as a table for people or as JSON.
func (r *Report) Print(format string, invalid bool) error {
	if format == "json" {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	os.Stdout.WriteString(r.Text(invalid))
	return nil
}

// Text is the table: the failures with their first difference, then N of M a kind.
func (r *Report) Text(invalid bool) string {
	var b strings.Builder
	for _, o := range r.Outcomes {
		fmt.Fprintf(&b, "%s/%s %s = %s\n", o.Kind, o.Host, o.Path, o.Value)
		if o.Fault != "" {
			fmt.Fprintf(&b, "    %s\n", o.Fault)
		}
		for i, d := range o.Differs {
			if i == shownDifferences {
				fmt.Fprintf(&b, "    and %d more\n", len(o.Differs)-i)
				break
			}
			fmt.Fprintf(&b, "    %s\n", d)
		}
	}
	if invalid {
		b.WriteString("\nnot asked about, because Istio's validation refuses them:\n")
		for _, o := range r.Invalid {
			fmt.Fprintf(&b, "%s/%s %s = %s: %s\n", o.Kind, o.Host, o.Path, o.Value, o.Invalid)
		}
	}
	fmt.Fprintf(&b, "\n%-24s %14s %9s %9s\n", "fields set one by one", "alike", "visible", "refused")
	kinds := make([]string, 0, len(r.Sums))
	for kind := range r.Sums {
		kinds = append(kinds, kind)
	}
	sort.Strings(kinds)
	var all Sum
	for _, kind := range kinds {
		s := r.Sums[kind]
		line(&b, kind, s)
		all.Alike, all.Total, all.Visible, all.Invalid = all.Alike+s.Alike, all.Total+s.Total, all.Visible+s.Visible, all.Invalid+s.Invalid
	}
	count(&b, "all", &all)
	b.WriteByte('\n')
	for _, kind := range r.Missing {
		fmt.Fprintf(&b, "%-24s FAILED: it has a floor and was not asked about\n", kind)
	}
	return b.String()
}

const shownDifferences = 3

func line(b *strings.Builder, kind string, s *Sum) {
	count(b, kind, s)
	if failure := s.failure(); failure != "" {
		b.WriteString("  FAILED: " + failure)
	}
	b.WriteByte('\n')
}

func count(b *strings.Builder, title string, s *Sum) {
	fmt.Fprintf(b, "%-24s %6d of %-5d %8d %9d", title, s.Alike, s.Total, s.Visible, s.Invalid)
}
