package mesh

import (
	"encoding/json"
	"time"

	"libmesh.invalid/mesh/internal/capi"
)

// Authority is self-signed authorities, one of each tenant, so that a certificate of one is refused by the other. For development: they are
// kept in memory only, and nothing is rotated or revoked. For any number of goroutines.
type Authority struct{ *handle }

// NewAuthority makes the authorities of certificates that are valid from now for the lifetime given; 0 is a day.
func NewAuthority(now time.Time, lifetime time.Duration) (*Authority, error) {
	options := Parameters{"now": now.Unix()}
	if lifetime != 0 {
		options["lifetimeSeconds"] = int64(lifetime / time.Second)
	}
	config, err := options.text()
	if err != nil {
		return nil, err
	}
	c, err := made(func(out *uintptr) uintptr { return capi.Mesh_authority_new(config, out) })
	if err != nil {
		return nil, err
	}
	a := &Authority{}
	a.handle = own(a, c, capi.Mesh_authority_delete)
	return a, nil
}

// Close frees it, as soon as no session uses it.
func (a *Authority) Close() {
	if a != nil {
		a.close()
	}
}

// Identity is a certificate with its key and the root it is verified by, each PEM (schema identity.json).
type Identity struct {
	CertificateChain string `json:"certificateChain"`
	PrivateKey       string `json:"privateKey"`
	Root             string `json:"root"`
}

// Issue gives a proxy's identity, spiffe://<trust domain>/ns/<namespace>/sa/<account>, and its tenant's root.
func (a *Authority) Issue(snapshot *Snapshot, proxy *Proxy) (Identity, error) {
	var identity Identity
	err := snapshot.held().shared(func(s uintptr) error {
		return proxy.held().shared(func(p uintptr) (err error) {
			identity, err = answer[Identity](a.handle, func(c uintptr, out *uintptr) uintptr {
				return capi.Mesh_authority_issue(c, s, p, out)
			})
			return err
		})
	})
	return identity, err
}

// IssueServer gives the identity of a server, such as a webhook, that the hosts, names and addresses, stand for: another at each
// call, of the same root.
func (a *Authority) IssueServer(hosts ...string) (Identity, error) {
	options, err := json.Marshal(map[string][]string{"hosts": hosts})
	if err != nil {
		return Identity{}, err
	}
	return answer[Identity](a.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_authority_issue_server(c, text(options), out)
	})
}
