package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	istio "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pkg/test"
	"libmesh.test/peers/istio/internal/differ"
	"libmesh.test/peers/istio/internal/simulation"
)

// simulated is what became of the calls of one input.
type simulated struct {
	Name     string    `json:"name"`
	Calls    int       `json:"calls"`
	Equal    int       `json:"equal"`
	Wanted   int       `json:"wanted,omitempty"`     // calls of Istio's tests
	Met      int       `json:"met,omitempty"`        // of these: as the test wants, by our answer
	MetIstio int       `json:"metByIstio,omitempty"` // and by Istio's
	Fault    string    `json:"fault,omitempty"`
	Skipped  string    `json:"skipped,omitempty"`
	Examples []example `json:"examples,omitempty"`

	Walked       int            `json:"walked,omitempty"`    // calls that our evaluator answered
	WalkEqual    int            `json:"walkEqual,omitempty"` // as Istio's simulation answers over our resources
	WalkMet      int            `json:"walkMet,omitempty"`   // of Istio's tests' calls: as the test wants, by our evaluator
	Causes       map[string]int `json:"causes,omitempty"`    // of answers that differ, where the simulation is simpler
	WalkExamples []walkExample  `json:"walkExamples,omitempty"`

	calls   []istio.Call
	answers []simulation.Outcome
}

// walkExample is a call that our evaluator answers otherwise, for no known cause.
type walkExample struct {
	Call      istio.Call         `json:"call"`
	Walked    simulation.Outcome `json:"walked"`
	Detail    string             `json:"detail"`
	Simulated simulation.Outcome `json:"simulated"`
}

type example struct {
	Call  istio.Call         `json:"call"`
	Ours  simulation.Outcome `json:"ours"`
	Istio simulation.Outcome `json:"istio"`
}

func (s simulated) good() bool {
	known := 0
	for _, count := range s.Causes {
		known += count
	}
	return s.Fault == "" && s.Equal == s.Calls && s.Walked == s.Calls && s.WalkEqual+known == s.Walked
}

func runSimulate(args []string) error {
	flags := newFlags("simulate")
	mesh := flags.String("mesh", "", "libmesh's program")
	work := flags.String("work", "", "folder for inputs and both answers")
	folder := flags.String("cases", "", "folder of CASE/{input,proxy,proxy-WORD}.yaml: calls are made of the answers")
	module := flags.String("istio", "", "folder of the module istio.io/istio; by default the Go command says")
	only := flags.String("only", "*", "glob: only these cases, by their name or its last word")
	most := flags.Int("most", 3000, "calls of a case at most")
	least := flags.Int("least", 0, "per cent of the evaluator's answers that have to equal the simulation's")
	format := flags.String("o", "table", "table or json")
	_ = flags.Parse(args)
	if *mesh == "" || *work == "" {
		return errors.New("-mesh and -work are needed")
	}
	cases, err := simulationCases(*module, *folder, *work)
	if err != nil {
		return err
	}
	var results []simulated
	outer := test.Wrap(func(t test.Failer) {
		answers := simulation.NewAnswers(t)
		for _, one := range cases {
			if len(selectCases([]peerCase{one.peerCase}, *only)) == 0 {
				continue
			}
			results = append(results, one.simulate(*mesh, *work, *most, answers))
		}
	})
	if outer != nil {
		return outer
	}
	return reportSimulated(results, *least, *format)
}

// simulationCase is an input with the calls that Istio's tests make, if it is one of theirs.
type simulationCase struct {
	peerCase
	question *simulation.Question
}

func simulationCases(module, folder, work string) ([]simulationCase, error) {
	module, err := istioFolder(module)
	if err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	questions, err := simulation.IstioQuestions(module, here, filepath.Join(work, "questions"))
	if err != nil {
		return nil, err
	}
	var cases []simulationCase
	for i, q := range questions {
		cases = append(cases, simulationCase{questionCase(i, q), &questions[i]})
	}
	if folder == "" {
		return cases, nil
	}
	more, err := folderCases(folder)
	for _, one := range more {
		cases = append(cases, simulationCase{one, nil})
	}
	return cases, err
}

// questionCase makes one input of what a test of Istio's gives in parts. Both sides read the same text.
func questionCase(i int, q simulation.Question) peerCase {
	name := strings.NewReplacer("/", "_", " ", "_").Replace(strings.TrimPrefix(q.Test, "Test"))
	return peerCase{
		name: fmt.Sprintf("istio/%03d_%.80s", i, name),
		proxy: description{
			Type: q.Proxy.Type, ID: q.Proxy.ID, IP: q.Proxy.IP, Namespace: q.Proxy.Namespace, Labels: q.Proxy.Labels,
			ClusterID: q.Proxy.ClusterID, DNSDomain: q.Proxy.DNSDomain, Metadata: q.Proxy.Metadata,
		},
		text: func() (string, error) {
			parts := []string{q.Config, q.Kubernetes, string(q.Mesh)}
			return strings.Join(parts, "\n---\n"), nil
		},
	}
}

func (c simulationCase) simulate(mesh, work string, most int, answers func(_, _, _ []proto.Message) *simulation.Answer) simulated {
	out := simulated{Name: c.name}
	if out.Skipped = c.skipped(); out.Skipped != "" {
		return out
	}
	dir := filepath.Join(work, filepath.FromSlash(c.name))
	ours, theirs, err := c.answers(mesh, dir, answers)
	if err != nil {
		out.Fault = err.Error()
		return out
	}
	if c.question != nil {
		for _, asked := range c.question.Calls {
			out.ask(asked.Call, ours, theirs)
			out.Wanted++
			if ours.Ask(asked.Call).Wanted(asked.Want, asked.Error) {
				out.Met++
			}
			if theirs.Ask(asked.Call).Wanted(asked.Want, asked.Error) {
				out.MetIstio++
			}
		}
	}
	for _, call := range theirs.Calls(c.proxy.Type == "gateway", most) {
		out.ask(call, ours, theirs)
	}
	if err := out.walk(mesh, dir, ours, c.question); err != nil {
		out.Fault = err.Error()
	}
	return out
}

// walk puts the same calls to our evaluator.
func (s *simulated) walk(mesh, dir string, ours *simulation.Answer, question *simulation.Question) error {
	walked, err := simulation.Walk(mesh, dir, s.calls)
	if err != nil {
		return err
	}
	s.Causes = map[string]int{}
	for i, w := range walked {
		s.Walked++
		call, want := s.calls[i], s.answers[i]
		got := w.Outcome(call)
		if question != nil && i < len(question.Calls) && got.Wanted(question.Calls[i].Want, question.Calls[i].Error) {
			s.WalkMet++
		}
		if got == want {
			s.WalkEqual++
		} else if cause := ours.Cause(call, want, w); cause != "" {
			s.Causes[cause]++
		} else if len(s.WalkExamples) < 5 {
			s.WalkExamples = append(s.WalkExamples, walkExample{call, got, w.Detail, want})
		}
	}
	return nil
}

// skipped says why an input cannot be asked about.
func (c simulationCase) skipped() string {
	if c.question == nil {
		return ""
	}
	if len(c.question.Unread) > 0 && c.question.Kubernetes == "" {
		return "the input is made of Go values: " + strings.Join(c.question.Unread, ", ")
	}
	if strings.Contains(c.question.Config+c.question.Kubernetes, "gateway.networking.k8s.io/") {
		return "Gateway API"
	}
	return ""
}

func (s *simulated) ask(call istio.Call, ours, theirs *simulation.Answer) {
	s.Calls++
	mine, other := ours.Ask(call), theirs.Ask(call)
	s.calls, s.answers = append(s.calls, call), append(s.answers, mine)
	if mine == other {
		s.Equal++
	} else if len(s.Examples) < 5 {
		s.Examples = append(s.Examples, example{call, mine, other})
	}
}

// answers asks both sides about the case.
func (c peerCase) answers(mesh, dir string, make func(_, _, _ []proto.Message) *simulation.Answer) (ours, theirs *simulation.Answer, err error) {
	if _, err = c.stage(dir); err != nil {
		return nil, nil, err
	}
	if err = askIstio(dir); err != nil {
		return nil, nil, err
	}
	if _, err = c.askMesh(mesh, dir); err != nil {
		return nil, nil, err
	}
	read := func(side string) (*simulation.Answer, error) {
		var lists [3][]proto.Message
		for i, kind := range []string{"listeners", "clusters", "routes"} {
			resources, err := differ.ReadFile(filepath.Join(dir, side, kind+".json"), messageOf[kind])
			if err != nil {
				return nil, err
			}
			for _, r := range resources {
				if r.Fault != nil {
					return nil, fmt.Errorf("%s %s: %w", side, r.Name, r.Fault)
				}
				lists[i] = append(lists[i], r.Message)
			}
		}
		return make(lists[0], lists[1], lists[2]), nil
	}
	if ours, err = read("mesh"); err != nil {
		return nil, nil, err
	}
	theirs, err = read("istio")
	return ours, theirs, err
}

func reportSimulated(results []simulated, least int, format string) error {
	total := simulated{Causes: map[string]int{}}
	bad, skipped := 0, 0
	for _, r := range results {
		total.Calls, total.Equal = total.Calls+r.Calls, total.Equal+r.Equal
		total.Wanted, total.Met = total.Wanted+r.Wanted, total.Met+r.Met
		total.MetIstio += r.MetIstio
		total.Walked, total.WalkEqual, total.WalkMet = total.Walked+r.Walked, total.WalkEqual+r.WalkEqual, total.WalkMet+r.WalkMet
		for cause, count := range r.Causes {
			total.Causes[cause] += count
		}
		if r.Skipped != "" {
			skipped++
		} else if !r.good() {
			bad++
		}
	}
	if format == "json" {
		b, err := json.MarshalIndent(results, "", " ")
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	} else {
		printSimulated(results)
	}
	fmt.Printf("simulation: %d of %d calls have the same outcome (%d inputs, %d skipped); of %d calls of Istio's tests %d end as they want by our answer, %d by Istio's\n",
		total.Equal, total.Calls, len(results), skipped, total.Wanted, total.Met, total.MetIstio)
	printWalked(total)
	if bad > 0 || total.Calls == 0 || 100*total.WalkEqual < least*total.Walked {
		return errDiffers
	}
	return nil
}

// printWalked prints the sums of our evaluator, with the causes of what differs.
func printWalked(total simulated) {
	fmt.Printf("evaluator: %d of %d answers equal those of Istio's simulation; of %d calls of Istio's tests %d end as they want\n",
		total.WalkEqual, total.Walked, total.Wanted, total.WalkMet)
	for _, cause := range simulation.Causes {
		if total.Causes[cause.Name] > 0 {
			fmt.Printf("  %6d %s: %s\n", total.Causes[cause.Name], cause.Name, cause.Reason)
		}
	}
}

func printSimulated(results []simulated) {
	for _, r := range results {
		switch {
		case r.Skipped != "":
			fmt.Printf("%-90s skipped: %s\n", r.Name, r.Skipped)
		case r.Fault != "":
			fmt.Printf("%-90s FAILED: %s\n", r.Name, r.Fault)
		case !r.good() || r.Met < r.Wanted:
			fmt.Printf("%-90s %d of %d calls equal, of %d of Istio's test %d as it wants (%d by Istio)\n",
				r.Name, r.Equal, r.Calls, r.Wanted, r.Met, r.MetIstio)
		}
		for _, e := range r.WalkExamples {
			b, _ := json.Marshal(e.Call)
			fmt.Printf("    %s: %s\n      evaluator:  %s (%s)\n      simulation: %s\n", r.Name, b, e.Walked, e.Detail, e.Simulated)
		}
		for _, e := range r.Examples {
			b, _ := json.Marshal(e.Call)
			fmt.Printf("    %s\n      ours:  %s\n      Istio: %s\n", b, e.Ours, e.Istio)
		}
	}
}
