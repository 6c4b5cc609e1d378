package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"istio.io/istio/pilot/pkg/model"
)

func runGenerate(args []string) error {
	flags := newFlags("generate")
	in := flags.String("in", "", "YAML file or directory; a document without kind is a MeshConfig")
	proxy := flags.String("proxy", "", "description of the proxy")
	clusters := flags.String("clusters", "", "folder of a folder for each remote cluster, named by its id")
	out := flags.String("out", "", "directory to write clusters.json listeners.json routes.json endpoints.json and so on to")
	services := flags.Int("services", 0, "take the input as a Go template with .Services")
	instances := flags.Int("instances", 0, "take the input as a Go template with .Instances")
	binary := flags.Bool("binary", false, "also write each resource's bytes, as KIND.pb/NAME.pb")
	bench := flags.Duration("bench", 0, "also time each generator for about this long")
	count := flags.Int("count", 3, "with -bench: how often; the least is printed")
	cached := flags.Bool("cache", false, "leave Istio's cache of resources on")
	_ = flags.Parse(args)
	if *in == "" || *proxy == "" || *out == "" {
		return errors.New("generate needs -in, -proxy and -out")
	}
	var size *scale
	if *services > 0 || *instances > 0 {
		size = &scale{*services, *instances}
	}
	text, err := readInput(*in, size)
	if err != nil {
		return err
	}
	d, err := readDescription(*proxy)
	if err != nil {
		return err
	}
	return withClusters(text, *clusters, d, *cached, func(s *server) error {
		for _, kind := range kinds {
			resources, err := s.generate(kind)
			if err != nil {
				return err
			}
			fmt.Printf("%-10s %6d resources %10d bytes\n", kind, len(resources), totalBytes(resources))
			if err := writeResources(*out, kind, resources, *binary); err != nil {
				return err
			}
		}
		if *bench == 0 {
			return nil
		}
		return printRows(s, d, *bench, *count)
	})
}

func withText(text string, d description, cached bool, f func(*server) error) error {
	return withClusters(text, "", d, cached, f)
}

// withClusters reads the remote clusters of the mesh, too: one for each folder of `clusters`.
func withClusters(text, clusters string, d description, cached bool, f func(*server) error) error {
	objects, err := parseObjects(text)
	if err != nil {
		return err
	}
	w, err := newWorld(objects)
	if err != nil {
		return err
	}
	if clusters != "" {
		if err = w.readClusters(clusters); err != nil {
			return err
		}
	}
	return withServer(w, d, cached, f)
}

func printRows(s *server, d description, each time.Duration, count int) error {
	for _, r := range istioRows(s, d) {
		least, err := measure(r.run, each)
		if err != nil {
			return err
		}
		for range count - 1 {
			c, err := measure(r.run, each)
			if err != nil {
				return err
			}
			least = least.min(c)
		}
		fmt.Printf("%-18s %s\n", r.name, least)
	}
	return nil
}

func totalBytes(resources model.Resources) int {
	total := 0
	for _, r := range resources {
		total += len(r.GetResource().GetValue())
	}
	return total
}

// unpack parses the resources of one type.
func unpack[T proto.Message](resources model.Resources, empty func() T) ([]T, error) {
	messages := make([]T, len(resources))
	for i, r := range resources {
		messages[i] = empty()
		if err := r.GetResource().UnmarshalTo(messages[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", r.GetName(), err)
		}
	}
	return messages, nil
}

// writeResources keeps the order of generation.
func writeResources(out, kind string, resources model.Resources, binary bool) error {
	type entry struct {
		Name     string `json:"name"`
		Resource any    `json:"resource"`
	}
	entries := []entry{}
	for _, r := range resources {
		tree, err := jsonTree(r.GetResource())
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, r.GetName(), err)
		}
		entries = append(entries, entry{r.GetName(), tree})
		if binary {
			name := strings.NewReplacer("/", "_", "|", "_").Replace(r.GetName()) + ".pb"
			if err := writeFile(filepath.Join(out, kind+".pb", name), r.GetResource().GetValue()); err != nil {
				return err
			}
		}
	}
	return writeJSON(filepath.Join(out, kind+".json"), entries)
}

// jsonTree goes through an untyped value, which sorts keys and drops protojson's random spaces.
func jsonTree(packed *anypb.Any) (any, error) {
	m, err := packed.UnmarshalNew()
	if err != nil {
		return nil, err
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	var tree any
	err = decoder.Decode(&tree)
	return tree, err
}

func writeJSON(path string, value any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
