package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"libmesh.test/peers/istio/internal/differ"
	"libmesh.test/peers/istio/internal/injection"
)

// runInject compares the injectors: Istio's own cases against its goldens, further ones against what its
// code answers.
func runInject(args []string) error {
	flags := newComparisonFlags("inject")
	istio := flags.String("istio", "", "folder of the module istio.io/istio; by default the Go command says")
	random := flags.Int("random", 60, "how many random pods")
	_ = flags.Parse(args)
	if *flags.mesh == "" || *flags.work == "" {
		return errors.New("-mesh and -work are needed")
	}
	cases, err := injectionCases(*istio, *random)
	if err != nil {
		return err
	}
	deliberate, floor := &differ.Deliberate{}, differ.Floor{}
	if *flags.deliberate != "" {
		if deliberate, err = differ.ReadDeliberate(*flags.deliberate); err != nil {
			return err
		}
	}
	if *flags.floor != "" {
		if floor, err = differ.ReadFloor(*flags.floor); err != nil {
			return err
		}
	}
	runner := injection.Runner{Mesh: injection.Mesh{Program: *flags.mesh, Work: *flags.work}, Deliberate: deliberate}
	report := &differ.Report{}
	for _, one := range cases {
		if matched, _ := path.Match(*flags.only, one.Name); *flags.only != "*" && !matched {
			continue
		}
		result := runner.Compare(one)
		result.Settle(floor, *flags.raise)
		report.Add(result)
	}
	if *flags.raise {
		if err := floor.Write(*flags.floor); err != nil {
			return err
		}
	}
	report.Finish(deliberate)
	if err := report.Print(*flags.format, *flags.limit); err != nil {
		return err
	}
	if *flags.format == "table" {
		printInjectionSums(report)
	}
	if report.Failed() {
		return errDiffers
	}
	return nil
}

func injectionCases(folder string, random int) ([]injection.Case, error) {
	folder, err := istioFolder(folder)
	if err != nil {
		return nil, err
	}
	module := injection.Module(folder)
	cases, err := injection.IstioCases(module)
	if err != nil {
		return nil, err
	}
	further, err := injection.FurtherCases(module, random)
	return append(cases, further...), err
}

// printInjectionSums tells the two numbers that are asked for: whole cases of Istio's, and answers to
// further inputs, both doors and both ways of running templates counted.
func printInjectionSums(report *differ.Report) {
	var cases, equalCases, answers, equalAnswers int
	for _, c := range report.Cases {
		ofIstio, equal := strings.HasPrefix(c.Name, "istio/"), c.Fault == ""
		for _, t := range c.Tallies {
			equal = equal && t.Equal == t.Total
			if !ofIstio {
				answers, equalAnswers = answers+t.Total, equalAnswers+t.Equal
			}
		}
		if ofIstio {
			cases++
			if equal {
				equalCases++
			}
		}
	}
	fmt.Printf("Istio's TestInjection: %d of %d cases equal\n", equalCases, cases)
	fmt.Printf("further inputs: %d of %d answers equal\n", equalAnswers, answers)
}
