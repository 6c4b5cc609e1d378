package mesh_test

import (
	"encoding/json"
	"errors"
	"testing"

	"libmesh.invalid/mesh"
)

func TestTheWayOfARequest(t *testing.T) {
	_, xds, proxy, _ := shopXDS(t)
	type request struct {
		Host    string `json:"host"`
		Address string `json:"address,omitempty"`
		Path    string `json:"path"`
		Port    int    `json:"port"`
	}
	said, err := xds.Route(proxy, request{"cart.shop-cart.svc.cluster.local", "127.10.1.1", "/items", 18080})
	var way struct{ Verdict, Route string }
	if err != nil || json.Unmarshal(said, &way) != nil || way.Verdict != "routed" || way.Route != "canary" {
		t.Errorf("%s: %v", said, err)
	}
	both, err := xds.Route(proxy, []request{{Path: "/", Port: 1}, {Path: "/", Port: 2}})
	var ways []json.RawMessage
	if err != nil || json.Unmarshal(both, &ways) != nil || len(ways) != 2 {
		t.Errorf("%s: %v", both, err)
	}
	journey, err := xds.Journey(proxy, request{"cart.shop-cart.svc.cluster.local", "127.10.1.1", "/items", 18080})
	var sent struct{ Sent, Arrivals json.RawMessage }
	if err != nil || json.Unmarshal(journey, &sent) != nil || string(sent.Sent) != string(said) || len(sent.Arrivals) < 3 {
		t.Errorf("%s: %v", journey, err)
	}
	if _, err := xds.Route(proxy, make(chan int)); err == nil {
		t.Error("a channel is a request")
	}
	if _, err := xds.Route(proxy, map[string]any{"hots": "a"}); !errors.Is(err, mesh.ErrInvalidArgument) {
		t.Error(err)
	}
}
