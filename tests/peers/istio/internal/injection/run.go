package injection

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"libmesh.test/peers/istio/internal/differ"
)

// Kinds are the two doors, with the forms that know Istio's templates and (+go) through the engine that
// runs any template's text.
var Kinds = []string{"manifest", "webhook", "manifest+go", "webhook+go"}

// A Case is one set of settings, and what comes in under them.
type Case struct {
	Name     string
	Settings func() (Settings, error)
	Options  Options
	Inputs   []Input
}

// An Input is a manifest. Without a golden, Istio's own answer is the expected one.
type Input struct {
	Name         string
	Text         []byte
	Golden       []byte
	Error, Log   string
	SkipManifest bool
	SkipWebhook  bool
}

// Runner compares cases.
type Runner struct {
	Mesh       Mesh
	Deliberate *differ.Deliberate
}

// Compare gives the verdicts of one case.
func (r Runner) Compare(one Case) *differ.Case {
	result := differ.NewCase(one.Name, Kinds)
	if err := r.fill(result, one); err != nil {
		result.Fault = err.Error()
	}
	return result
}

func (r Runner) fill(result *differ.Case, one Case) error {
	settings, err := one.Settings()
	if err != nil {
		return err
	}
	copied, err := settings.Retemplated()
	if err != nil {
		return err
	}
	folder := filepath.Join(r.Mesh.Work, filepath.FromSlash(one.Name))
	plain, engine := filepath.Join(folder, "settings"), filepath.Join(folder, "settings+go")
	if err := errors.Join(settings.Write(plain), copied.Write(engine)); err != nil {
		return err
	}
	return WithIstio(settings, one.Options, nil, func(istio *Istio) error {
		for _, input := range one.Inputs {
			c := comparison{r, one.Options, input, map[string]string{"": plain, "+go": engine}, result}
			if err := errors.Join(c.manifest(istio), c.reviews(istio)); err != nil {
				return fmt.Errorf("%s: %w", input.Name, err)
			}
		}
		return nil
	})
}

// A comparison is one input at both doors; the settings are folders, by the suffix of their kinds.
type comparison struct {
	runner   Runner
	options  Options
	input    Input
	settings map[string]string
	result   *differ.Case
}

func (c comparison) manifest(istio *Istio) error {
	if c.input.SkipManifest {
		return nil
	}
	theirs, refused := istio.Manifest(c.input.Text)
	if c.input.Golden != nil {
		if err := same(theirs, c.input.Golden); err != nil {
			return err
		}
	}
	for suffix, settings := range c.settings {
		ours, log, err := c.runner.Mesh.Manifest(settings, c.options, c.input.Text)
		verdicts := []differ.Verdict{{Name: c.input.Name}}
		if !c.settled(&verdicts[0], err, refused) {
			if verdicts, err = compareManifests(ours, theirs); err != nil {
				return err
			}
			c.finish(verdicts, log)
		}
		c.result.Take("manifest"+suffix, verdicts, c.runner.Deliberate)
	}
	return nil
}

func (c comparison) finish(verdicts []differ.Verdict, log string) {
	for i := range verdicts {
		verdicts[i].Name = strings.TrimPrefix(c.input.Name+" "+verdicts[i].Name, " ")
	}
	if c.input.Log != "" && !strings.Contains(log, c.input.Log) {
		verdicts[0].Differences = append(verdicts[0].Differences, differ.Difference{Path: "(log)", Ours: log, Istio: c.input.Log})
	}
}

// same tells when the settings here do not make of Istio what its golden says.
func same(theirs, golden []byte) error {
	verdicts, err := compareManifests(theirs, golden)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if !v.Equal() {
			return fmt.Errorf("Istio itself differs from its golden: %s %v", v.Name, v.Differences[0])
		}
	}
	return nil
}

func (c comparison) reviews(istio *Istio) error {
	if c.input.SkipWebhook {
		return nil
	}
	all, err := pods(c.input.Text)
	if err != nil {
		return err
	}
	for _, pod := range all {
		if err := c.review(istio, pod); err != nil {
			return err
		}
	}
	return nil
}

func (c comparison) review(istio *Istio, pod Pod) error {
	review, err := Review(pod.JSON, pod.Namespace)
	if err != nil {
		return err
	}
	answer, err := istio.Serve(c.options.path(), review)
	if err != nil {
		return err
	}
	theirs, refused := Patched(pod.JSON, answer)
	for suffix, settings := range c.settings {
		ours, err := c.runner.Mesh.Review(settings, c.options, review)
		if err == nil {
			ours, err = Patched(pod.JSON, ours)
		}
		v := differ.Verdict{Name: strings.TrimPrefix(c.input.Name+" "+pod.Name, " ")}
		if !c.settled(&v, err, refused) {
			if v.Differences, err = comparePods(ours, theirs); err != nil {
				return err
			}
		}
		c.result.Take("webhook"+suffix, []differ.Verdict{v}, c.runner.Deliberate)
	}
	return nil
}

// settled judges where one side gave no object: a fault of the program, a refusal of either.
func (c comparison) settled(v *differ.Verdict, ours, theirs error) bool {
	var no refusal
	switch {
	case ours == nil && theirs == nil:
		return false
	case ours != nil && !errors.As(ours, &no):
		v.Differences = []differ.Difference{{Path: "(fault)", Ours: ours.Error(), Istio: said(theirs)}}
	case ours == nil || theirs == nil || !sameRefusal(ours.Error(), theirs.Error(), c.input.Error):
		v.Differences = []differ.Difference{{Path: "(refusal)", Ours: said(ours), Istio: said(theirs)}}
	}
	return true
}

func said(err error) string {
	if err == nil {
		return "(an answer)"
	}
	return firstLines(err.Error())
}

var quoted = regexp.MustCompile(`annotation '([^']*)'`)

// sameRefusal: ours names the annotations that Istio's names, and says what the case asks for.
func sameRefusal(ours, theirs, part string) bool {
	for _, match := range quoted.FindAllStringSubmatch(theirs, -1) {
		if !strings.Contains(ours, match[1]) {
			return false
		}
	}
	return ours != "" && strings.Contains(strings.ToLower(ours), part)
}
