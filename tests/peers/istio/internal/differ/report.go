package differ

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// A Tally counts one type of one case.
type Tally struct {
	Equal      int       `json:"equal"`
	Deliberate int       `json:"deliberate"`
	Total      int       `json:"total"`
	Floor      int       `json:"floor"`
	Unequal    []Verdict `json:"unequal,omitempty"` // deliberate ones included
}

// A Case is one input seen by one proxy.
type Case struct {
	Name    string            `json:"name"`
	Tallies map[string]*Tally `json:"types"`
	Note    string            `json:"note,omitempty"`  // what our program said when it found mistakes
	Fault   string            `json:"fault,omitempty"` // why the case could not be compared

	kinds []string
}

// NewCase starts a case with nothing counted.
func NewCase(name string, kinds []string) *Case {
	c := &Case{Name: name, Tallies: map[string]*Tally{}, kinds: kinds}
	for _, kind := range kinds {
		c.Tallies[kind] = &Tally{}
	}
	return c
}

// Take counts the verdicts of one type.
func (c *Case) Take(kind string, verdicts []Verdict, deliberate *Deliberate) {
	t := c.Tallies[kind]
	for _, v := range verdicts {
		deliberate.Judge(c.Name, kind, &v)
		t.Total++
		switch {
		case v.Equal():
			t.Equal++
			continue
		case v.Deliberate:
			t.Deliberate++
		}
		t.Unequal = append(t.Unequal, v)
	}
}

// Failed tells a case that could not be compared, or with fewer equal resources than its floor.
func (c *Case) Failed() bool {
	for _, t := range c.Tallies {
		if t.Equal < t.Floor {
			return true
		}
	}
	return c.Fault != ""
}

// A Report is the result of a whole run.
type Report struct {
	Cases    []*Case           `json:"cases"`
	Totals   map[string]*Tally `json:"totals"`
	Causes   []*Cause          `json:"causes"`
	Problems []string          `json:"problems,omitempty"` // with the list of deliberate differences
}

// Add takes a finished case.
func (r *Report) Add(c *Case) { r.Cases = append(r.Cases, c) }

// Finish sums up, groups the differences and checks the list of deliberate ones: at most its limit
// of the resources, and no entry without use.
func (r *Report) Finish(d *Deliberate) {
	r.Totals = map[string]*Tally{}
	var causes Causes
	total, excused := 0, 0
	for _, c := range r.Cases {
		for _, kind := range c.kinds {
			t, sum := c.Tallies[kind], r.Totals[kind]
			if sum == nil {
				sum = &Tally{}
				r.Totals[kind] = sum
			}
			sum.Equal, sum.Deliberate, sum.Total, sum.Floor =
				sum.Equal+t.Equal, sum.Deliberate+t.Deliberate, sum.Total+t.Total, sum.Floor+t.Floor
			total, excused = total+t.Total, excused+t.Deliberate
			for _, v := range t.Unequal {
				if !v.Deliberate {
					causes.Add(c.Name, kind, v)
				}
			}
		}
	}
	r.Causes = causes.List()
	if float64(excused) > d.limit(total) {
		r.Problems = append(r.Problems, fmt.Sprintf("%d resources are deliberately different, more than %g %% of %d", excused, d.LimitPercent, total))
	}
	for _, stale := range d.Unused(r.Cases) {
		r.Problems = append(r.Problems, "a deliberate difference that does not occur: "+stale)
	}
}

// limit is how many of so many resources may differ deliberately: one at least, unless none may, for
// a selection of few cases has it as well as all of them.
func (d *Deliberate) limit(total int) float64 {
	if d.LimitPercent == 0 {
		return 0
	}
	return max(1, d.LimitPercent/100*float64(total))
}

// Failed tells whether a case failed or the list of deliberate differences is not kept.
func (r *Report) Failed() bool { return r.failedCases() > 0 || len(r.Problems) > 0 }

func (r *Report) failedCases() int {
	failed := 0
	for _, c := range r.Cases {
		if c.Failed() {
			failed++
		}
	}
	return failed
}

// Print writes the report to standard output, as a table for people or as JSON.
func (r *Report) Print(format string, limit int) error {
	if format == "json" {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	os.Stdout.WriteString(r.text(limit))
	return nil
}

func (r *Report) text(limit int) string {
	var b strings.Builder
	if len(r.Cases) == 0 {
		return "no case\n0 passed, 0 failed\n"
	}
	kinds := r.Cases[0].kinds
	fmt.Fprintf(&b, "%-44s", "equal of all, by case and type")
	for _, kind := range kinds {
		fmt.Fprintf(&b, "%12s", kind)
	}
	b.WriteByte('\n')
	for _, c := range r.Cases {
		r.line(&b, c)
	}
	r.causes(&b, limit)
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "deliberate: %s\n", p)
	}
	r.sums(&b, "bench/", "Istio's benchmark inputs: ")
	r.sums(&b, "", "")
	failed := r.failedCases()
	fmt.Fprintf(&b, "%d passed, %d failed\n", len(r.Cases)-failed, failed)
	return b.String()
}

func (r *Report) line(b *strings.Builder, c *Case) {
	fmt.Fprintf(b, "%-44s", c.Name)
	for _, kind := range c.kinds {
		t := c.Tallies[kind]
		fmt.Fprintf(b, "%12s", fmt.Sprintf("%d/%d", t.Equal, t.Total))
	}
	for _, kind := range c.kinds {
		if t := c.Tallies[kind]; t.Equal < t.Floor {
			fmt.Fprintf(b, "  FAILED: %s below the floor of %d", kind, t.Floor)
		}
	}
	if c.Fault != "" {
		fmt.Fprintf(b, "  FAILED: %s", c.Fault)
	}
	b.WriteByte('\n')
	if c.Note != "" {
		fmt.Fprintf(b, "    mesh: %s\n", c.Note)
	}
}

func (r *Report) causes(b *strings.Builder, limit int) {
	if len(r.Causes) > 0 {
		b.WriteString("\ncauses, those that touch most resources first\n")
	}
	for i, g := range r.Causes {
		if i == limit {
			fmt.Fprintf(b, "and %d more causes\n", len(r.Causes)-limit)
			break
		}
		place := g.Path
		if place == "" {
			place = "the whole resource"
		}
		fmt.Fprintf(b, "%6d %-9s %s %s (%d differences)\n", g.Resources, g.Type, g.Direction, place, g.Count)
		fmt.Fprintf(b, "       e.g. %s, %s, %s\n         ours:  %s\n         Istio: %s\n", g.Case, g.Resource, g.Example.Path, g.Example.Ours, g.Example.Istio)
	}
	b.WriteByte('\n')
}

// sums prints a line a type over the cases whose name begins so.
func (r *Report) sums(b *strings.Builder, prefix, title string) {
	for _, kind := range r.Cases[0].kinds {
		var sum Tally
		for _, c := range r.Cases {
			if t := c.Tallies[kind]; strings.HasPrefix(c.Name, prefix) {
				sum.Equal, sum.Deliberate, sum.Total = sum.Equal+t.Equal, sum.Deliberate+t.Deliberate, sum.Total+t.Total
			}
		}
		if sum.Total == 0 {
			continue
		}
		fmt.Fprintf(b, "%s%s: %d of %d resources equal (%.1f %%), %d deliberately different\n",
			title, kind, sum.Equal, sum.Total, 100*float64(sum.Equal)/float64(sum.Total), sum.Deliberate)
	}
}
