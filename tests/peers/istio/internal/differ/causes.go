package differ

import (
	"regexp"
	"sort"
)

// A Cause is a group of differences at the same place of the messages, with one of them.
type Cause struct {
	Type      string     `json:"type"`
	Path      string     `json:"path"` // without the names and positions of list elements
	Direction string     `json:"direction"`
	Count     int        `json:"count"`
	Resources int        `json:"resources"`
	Case      string     `json:"case"`
	Resource  string     `json:"resource"`
	Example   Difference `json:"example"`
}

var element = regexp.MustCompile(`\[[^\]]*\]`)

// Causes collects differences over cases.
type Causes struct {
	groups map[[3]string]*Cause
}

// Add takes the differences of one resource that is neither equal nor deliberately different.
func (c *Causes) Add(caseName, kind string, v Verdict) {
	if c.groups == nil {
		c.groups = map[[3]string]*Cause{}
	}
	seen := map[*Cause]bool{}
	for _, d := range v.Differences {
		key := [3]string{kind, element.ReplaceAllString(d.Path, "[]"), direction(d)}
		g := c.groups[key]
		if g == nil {
			g = &Cause{Type: kind, Path: key[1], Direction: key[2], Case: caseName, Resource: v.Name, Example: d}
			c.groups[key] = g
		}
		g.Count++
		if !seen[g] {
			seen[g] = true
			g.Resources++
		}
	}
}

// List gives the causes that touch most resources first.
func (c *Causes) List() []*Cause {
	list := make([]*Cause, 0, len(c.groups))
	for _, g := range c.groups {
		list = append(list, g)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Resources != b.Resources {
			return a.Resources > b.Resources
		}
		return a.Type+a.Path+a.Direction < b.Type+b.Path+b.Direction
	})
	return list
}

func direction(d Difference) string {
	switch {
	case d.Ours == Absent:
		return "missing"
	case d.Istio == Absent:
		return "extra"
	}
	return "differs"
}
