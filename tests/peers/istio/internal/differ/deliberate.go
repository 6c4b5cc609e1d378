package differ

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// An Exception is a difference that was decided, and why. Case, resource and path are globs in
// which * stands for any characters; type is clusters, listeners, routes or endpoints.
type Exception struct {
	Case     string `json:"case"`
	Type     string `json:"type"`
	Resource string `json:"resource"`
	Path     string `json:"path"`
	Reason   string `json:"reason"`

	pattern *regexp.Regexp
	used    bool
}

// Deliberate is the reviewed list. A nil list has no exceptions.
type Deliberate struct {
	LimitPercent float64      `json:"limitPercent"` // of the resources compared
	Exceptions   []*Exception `json:"exceptions"`
}

// ReadDeliberate reads the list; each entry needs all of its fields.
func ReadDeliberate(path string) (*Deliberate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &Deliberate{}
	if err := yaml.UnmarshalStrict(b, d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, e := range d.Exceptions {
		if e.Case == "" || e.Type == "" || e.Resource == "" || e.Path == "" || e.Reason == "" {
			return nil, fmt.Errorf("%s: exceptions[%d] needs case, type, resource, path and reason", path, i)
		}
		e.pattern = glob(e.key(e.Case, e.Type, e.Resource, e.Path))
	}
	return d, nil
}

func (*Exception) key(parts ...string) string { return strings.Join(parts, "\n") }

func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `[^\n]*`) + "$")
}

// Judge marks a verdict as deliberate when every one of its differences is in the list.
func (d *Deliberate) Judge(caseName, kind string, v *Verdict) {
	if d == nil || v.Equal() {
		return
	}
	matched := make([]*Exception, len(v.Differences))
	for i, difference := range v.Differences {
		for _, e := range d.Exceptions {
			if e.pattern.MatchString(e.key(caseName, kind, v.Name, difference.Path)) {
				matched[i] = e
				break
			}
		}
		if matched[i] == nil {
			return
		}
	}
	v.Deliberate = true
	for _, e := range matched {
		e.used = true
	}
}

// Unused gives the entries that excused nothing although one of these cases is theirs: they are to
// be taken out.
func (d *Deliberate) Unused(cases []*Case) []string {
	var stale []string
	for _, e := range d.Exceptions {
		mine := slices.ContainsFunc(cases, func(c *Case) bool { return glob(e.Case).MatchString(c.Name) })
		if mine && !e.used {
			stale = append(stale, fmt.Sprintf("%s %s %s %s", e.Case, e.Type, e.Resource, e.Path))
		}
	}
	return stale
}
