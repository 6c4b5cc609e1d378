package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/validation/agent"
	"istio.io/istio/pkg/util/sets"
	"libmesh.test/peers/istio/internal/differ"
	"libmesh.test/peers/istio/internal/fields"
)

// answer is what one proxy is sent: resources by type.
type answer map[string][]differ.Resource

// fieldsRun asks both sides about objects that set one field each.
type fieldsRun struct {
	work    string
	ours    *answerer
	proxies map[string]description
	names   []string          // of the proxies
	plain   map[string]answer // Istio's answers to the plain object of the host in hand
}

func runFields(args []string) error {
	flags := newFlags("fields")
	program := flags.String("answers", "", "libmesh's program that answers question after question (answers.cc)")
	work := flags.String("work", "", "folder for inputs and our answers")
	only := flags.String("only", "", "only these: KIND, KIND/HOST or KIND/HOST PATH, by their beginning; several with commas")
	format := flags.String("o", "table", "table or json")
	floorFile := flags.String("floor", "", "recorded floor")
	raise := flags.Bool("raise", false, "raise the floor to what is reached")
	invalid := flags.Bool("invalid", false, "also list the settings that Istio's validation refuses")
	_ = flags.Parse(args)
	if *program == "" || *work == "" {
		return errors.New("-answers and -work are needed")
	}
	floor, err := readFieldsFloor(*floorFile)
	if err != nil {
		return err
	}
	r := &fieldsRun{work: *work, ours: &answerer{program: *program}}
	defer r.ours.stop()
	if err := r.readProxies(); err != nil {
		return err
	}
	outcomes, err := r.all(*only)
	if err != nil {
		return err
	}
	if *only != "" {
		floor = nil
	}
	report := fields.NewReport(outcomes, floor)
	if *raise && *only == "" {
		if err := writeFieldsFloor(*floorFile, report.Raise(floor)); err != nil {
			return err
		}
	}
	if err := report.Print(*format, *invalid); err != nil {
		return err
	}
	if report.Failed() {
		return errDiffers
	}
	return nil
}

func readFieldsFloor(path string) (map[string]int, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var floor map[string]int
	return floor, yaml.UnmarshalStrict(b, &floor)
}

func writeFieldsFloor(path string, floor map[string]int) error {
	b, err := yaml.Marshal(floor)
	if err != nil {
		return err
	}
	return writeFile(path, append([]byte("# By kind: how many settings of single fields are answered as Istio answers them. It only rises.\n"), b...))
}

func (r *fieldsRun) readProxies() error {
	proxies := map[string]description{}
	if err := yaml.UnmarshalStrict(fields.Proxies, &proxies); err != nil {
		return fmt.Errorf("proxies.yaml: %w", err)
	}
	return r.writeProxies(proxies)
}

func (r *fieldsRun) writeProxies(proxies map[string]description) error {
	r.proxies, r.names = proxies, nil
	for name, d := range r.proxies {
		b, err := yaml.Marshal(d)
		if err != nil {
			return err
		}
		if err := writeFile(r.proxyFile(name), b); err != nil {
			return err
		}
		r.names = append(r.names, name)
	}
	sort.Strings(r.names)
	return nil
}

func (r *fieldsRun) proxyFile(name string) string {
	return filepath.Join(r.work, "proxy-"+name+".yaml")
}

func (r *fieldsRun) all(only string) ([]*fields.Outcome, error) {
	hosts, err := fields.Hosts()
	if err != nil {
		return nil, err
	}
	var outcomes []*fields.Outcome
	for _, h := range hosts {
		settings, err := h.Settings()
		if err != nil {
			return nil, err
		}
		settings = slices.DeleteFunc(settings, func(s *fields.Setting) bool { return !chosen(s.Name(), only) })
		if len(settings) == 0 {
			continue
		}
		more, err := r.host(h, settings)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", h.Kind, h.Name, err)
		}
		outcomes = append(outcomes, more...)
		if err := writeFile(filepath.Join(r.work, "report.txt"), []byte(fields.NewReport(outcomes, nil).Text(true))); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func chosen(name, only string) bool {
	for _, prefix := range strings.Split(only, ",") {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return only == ""
}

// storeOnly are the kinds that Istio's generators read from the configuration store when a push begins:
// one server answers for all objects of such a host. Of the others Istio computes things on its own time.
var storeOnly = sets.New("VirtualService", "DestinationRule", "Gateway", "Sidecar", "PeerAuthentication", "ProxyConfig",
	"RequestAuthentication", "AuthorizationPolicy", "Telemetry", "EnvoyFilter")

// host asks about the settings of one host.
func (r *fieldsRun) host(h *fields.Host, settings []*fields.Setting) (outcomes []*fields.Outcome, err error) {
	plain, err := h.Plain()
	if err != nil {
		return nil, err
	}
	if refused := refusal(plain); refused != "" {
		return nil, errors.New("the plain object is refused: " + refused)
	}
	ask := r.askIstio
	each := func() error {
		if r.plain, err = ask(plain); err != nil {
			return err
		}
		for _, s := range settings {
			outcomes = append(outcomes, r.one(s, ask))
			r.note(outcomes[len(outcomes)-1])
		}
		return nil
	}
	if !storeOnly.Contains(h.Kind) {
		return outcomes, each()
	}
	w, err := worldOf(fields.Base + "\n---\n" + h.Beside)
	if err != nil {
		return nil, err
	}
	err = withControl(w, false, func(c *control) error {
		ask = func(s *fields.Setting) (map[string]answer, error) { return r.askControl(c, s) }
		return each()
	})
	return outcomes, err
}

func inputOf(s *fields.Setting) string {
	return strings.Join([]string{fields.Base, s.Host.Beside, s.Text}, "\n---\n")
}

// refusal is what Istio's validation says about a setting.
func refusal(s *fields.Setting) string { return refusedText(s.Host.Kind, s.Text) }

func refusedText(kind, text string) string {
	if kind == fields.MeshConfig {
		m, err := mesh.ApplyMeshConfig(text, mesh.DefaultMeshConfig())
		if err == nil {
			_, err = agent.ValidateMeshConfig(m)
		}
		return oneLine(err)
	}
	w, err := worldOf(text)
	if err != nil {
		return oneLine(err)
	}
	for _, c := range w.configs {
		if err := validate(c); err != nil {
			return oneLine(err)
		}
	}
	return ""
}

func validate(c config.Config) error {
	schema, found := collections.Pilot.FindByGroupVersionAliasesKind(c.GroupVersionKind)
	if !found {
		return fmt.Errorf("unknown kind %s", c.GroupVersionKind)
	}
	_, err := schema.ValidateConfig(c)
	return err
}

func oneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// note leaves what is not alike in a file while the run goes on.
func (r *fieldsRun) note(o *fields.Outcome) {
	file, err := os.OpenFile(filepath.Join(r.work, "progress.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer file.Close()
	fmt.Fprintf(file, "%v %s %s/%s %s = %s %s %s\n", o.Alike(), o.Invalid, o.Kind, o.Host, o.Path, o.Value, o.Fault, strings.Join(o.Differs[:min(2, len(o.Differs))], "; "))
}

type asker func(*fields.Setting) (map[string]answer, error)

func (r *fieldsRun) one(s *fields.Setting, ask asker) *fields.Outcome {
	o := &fields.Outcome{Kind: s.Host.Kind, Host: s.Host.Name, Path: s.Path, Value: s.Value}
	if o.Invalid = refusal(s); o.Invalid != "" {
		return o
	}
	if err := r.fill(o, s, ask); err != nil {
		o.Fault = oneLine(err)
	}
	return o
}

func (r *fieldsRun) fill(o *fields.Outcome, s *fields.Setting, ask asker) error {
	type result struct {
		answers map[string]answer
		err     error
	}
	mine := make(chan result, 1)
	go func() {
		answers, err := r.askMesh(meshText{config: inputOf(s)})
		mine <- result{answers, err}
	}()
	theirs, err := ask(s)
	ours := <-mine
	if err = errors.Join(err, ours.err); err != nil {
		return err
	}
	for _, name := range r.names {
		for _, kind := range kinds {
			if !o.Visible && different(theirs[name][kind], r.plain[name][kind]) {
				o.Visible = true
			}
			for _, v := range differ.Resources(ours.answers[name][kind], theirs[name][kind]) {
				for _, d := range v.Differences {
					o.Differs = append(o.Differs, fmt.Sprintf("%s %s %s %s: %s, Istio %s", name, kind, v.Name, d.Path, d.Ours, d.Istio))
				}
			}
		}
	}
	return nil
}

func different(a, b []differ.Resource) bool {
	for _, v := range differ.Resources(a, b) {
		if !v.Equal() {
			return true
		}
	}
	return false
}

func worldOf(text string) (*world, error) {
	objects, err := parseObjects(text)
	if err != nil {
		return nil, err
	}
	return newWorld(objects)
}

// askIstio answers for all proxies out of a server of its own.
func (r *fieldsRun) askIstio(s *fields.Setting) (map[string]answer, error) {
	return r.askText(meshText{config: inputOf(s)})
}

func (r *fieldsRun) askText(input meshText) (map[string]answer, error) {
	return r.askServer(input, func(c *control) (map[string]answer, error) { return r.answers(c, always(c.first)) })
}

// askApart answers each proxy as if it were the only one: gateways share the scope of a sidecar that was there before.
func (r *fieldsRun) askApart(input meshText) (map[string]answer, error) {
	return r.askServer(input, func(c *control) (map[string]answer, error) {
		return r.answers(c, func() *model.PushContext {
			push := (&server{fake: c.fake}).newContext()
			c.fake.Env().SetPushContext(push)
			return push
		})
	})
}

func (r *fieldsRun) askServer(input meshText, ask func(*control) (map[string]answer, error)) (answers map[string]answer, err error) {
	w, err := input.world()
	if err != nil {
		return nil, err
	}
	// What Istio keeps per process of the mesh configuration: access logs.
	core.NewConfigGenerator(nil).MeshConfigChanged(w.mesh)
	err = withControl(w, false, func(c *control) error {
		answers, err = ask(c)
		return err
	})
	return answers, err
}

// askControl answers out of a server that knows all but the object itself.
func (r *fieldsRun) askControl(c *control, s *fields.Setting) (answers map[string]answer, err error) {
	w, err := worldOf(s.Text)
	if err != nil {
		return nil, err
	}
	err = c.with(w.configs, func(push *model.PushContext) error {
		answers, err = r.answers(c, always(push))
		return err
	})
	return answers, err
}

func always(push *model.PushContext) func() *model.PushContext {
	return func() *model.PushContext { return push }
}

// answers asks for each proxy within the context that `next` gives for it.
func (r *fieldsRun) answers(c *control, next func() *model.PushContext) (map[string]answer, error) {
	answers := map[string]answer{}
	for _, name := range r.names {
		s, err := c.serve(r.proxies[name], next())
		if err != nil {
			return nil, err
		}
		if answers[name], err = answerOf(s); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func answerOf(s *server) (answer, error) {
	a := answer{}
	for _, kind := range kinds {
		resources, err := s.generate(kind)
		if err != nil {
			return nil, err
		}
		for _, one := range resources {
			m := messageOf[kind]()
			a[kind] = append(a[kind], differ.Resource{Name: one.GetName(), Message: m, Fault: proto.Unmarshal(one.GetResource().GetValue(), m)})
		}
	}
	return a, nil
}
