// Command peers measures libmesh beside Istio's own control-plane code, on the same inputs.
//
//	peers generate  -in F -proxy P -out DIR        what Istio's generators make of an input
//	peers compare   -mesh PROGRAM [-cases DIR]     libmesh's answer and Istio's, as parsed messages
//	peers tenants   -mesh PROGRAM -in DIR          each tenant, and Istio on its objects alone
//	peers fields    -answers PROGRAM               the same of objects that set one field each
//	peers random    -answers PROGRAM               the same of random meshes
//	peers mixed     -answers PROGRAM -cases DIR    the same of meshes mixed of several cases
//	peers kubernetes -answers PROGRAM              the same of random Kubernetes objects, and rules beside them
//	peers clusters  -answers PROGRAM               the same of such objects in several clusters and networks
//	peers simulate  -mesh PROGRAM [-cases DIR]     which listener, chain, host, route and cluster calls meet
//	peers refusals  -mesh PROGRAM -floor F         which objects Istio refuses, and `mesh check` tells
//	peers inject    -mesh PROGRAM                  the injectors, and Istio's on the same workloads
//	peers bench     -xds-bench PROGRAM [-case C]   CPU time of both, alternating
//	peers inject-bench -injection-bench PROGRAM    the same of answers to AdmissionReviews
//
// Exit status: 0 good, 1 the comparison fails, 2 the call is wrong or something could not run.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	istiolog "istio.io/istio/pkg/log"
)

// errDiffers is a comparison that ran and failed; its report is already printed.
var errDiffers = errors.New("the comparison fails")

var commands = map[string]func(args []string) error{
	"generate":   runGenerate,
	"compare":    runCompare,
	"tenants":    runTenants,
	"fields":     runFields,
	"random":     runRandom,
	"mixed":      runMixed,
	"kubernetes": runKubernetes,
	"clusters":   runClusters,
	"simulate":   runSimulate,
	"inject":     runInject,
	"refusals":   runRefusals,
	"bench":      runBench,

	"inject-bench": runInjectBench,
}

func main() {
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.NoneLevel)
	}
	var command func([]string) error
	if len(os.Args) > 1 {
		command = commands[os.Args[1]]
	}
	if command == nil {
		fmt.Fprintln(os.Stderr, "usage: peers generate|compare|tenants|fields|random|mixed|kubernetes|clusters|simulate|inject|refusals|bench|inject-bench [flags]")
		os.Exit(2)
	}
	switch err := command(os.Args[2:]); {
	case err == nil:
	case errors.Is(err, errDiffers):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(2)
	}
}

func newFlags(name string) *flag.FlagSet { return flag.NewFlagSet("peers "+name, flag.ExitOnError) }
