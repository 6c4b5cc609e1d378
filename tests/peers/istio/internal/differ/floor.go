package differ

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sigs.k8s.io/yaml"
)

// A Floor holds, by case and type, how many resources were equal the last time it was raised.
// Fewer fail the comparison.
type Floor map[string]map[string]int

// ReadFloor reads a floor; none is an empty one.
func ReadFloor(path string) (Floor, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Floor{}, nil
	}
	if err != nil {
		return nil, err
	}
	f := Floor{}
	if err := yaml.UnmarshalStrict(b, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Raise takes over what was reached where it is more; it never lowers.
func (f Floor) Raise(caseName, kind string, equal int) {
	if f[caseName] == nil {
		f[caseName] = map[string]int{}
	}
	f[caseName][kind] = max(f[caseName][kind], equal)
}

const floorStory = `# By case and type: how many resources equal Istio's. "tests/peers/run --raise" raises it to what is
# reached; fewer fail the comparison. It only rises.
`

// Write stores the floor with its keys sorted.
func (f Floor) Write(path string) error {
	b, err := yaml.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(floorStory), b...), 0o644)
}

// Settle raises the floor to what a case reached, if asked to, and gives each type of it its own. Without a
// recorded one, everything has to be equal that is not deliberately different.
func (c *Case) Settle(floor Floor, raise bool) {
	for kind, tally := range c.Tallies {
		if raise && c.Fault == "" {
			floor.Raise(c.Name, kind, tally.Equal)
		}
		if recorded, found := floor[c.Name]; found {
			tally.Floor = recorded[kind]
		} else {
			tally.Floor = tally.Total - tally.Deliberate
		}
	}
}

// Hold lifts the floor of each type to a share of what was compared, rounded up.
func (c *Case) Hold(percent int) {
	for _, tally := range c.Tallies {
		tally.Floor = max(tally.Floor, (percent*tally.Total+99)/100)
	}
}
