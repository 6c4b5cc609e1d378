package mesh

import (
	"encoding/json"
	"io"
	"iter"

	"libmesh.invalid/mesh/internal/capi"
)

// SessionOptions say who the client is; the zero value is a client of the state of the world that nobody has verified.
type SessionOptions struct {
	Delta   bool   `json:"delta,omitempty"`
	Flavour string `json:"flavour,omitempty"` // "istio" or "envoy"; empty: as the node's metadata says
	Caller
}

// Session is one client's discovery stream (ADS), bytes in and bytes out: no socket, no goroutine, no clock. Calls from several
// goroutines wait for one another; sessions of one [XDS] run side by side.
type Session struct{ *handle }

// NewSession opens a session. The authority signs the workload certificates (SDS names default and ROOTCA); nil: there are none of these.
// Both, the XDS and the authority, may be closed before the session, which keeps what it needs.
func (x *XDS) NewSession(options SessionOptions, authority *Authority) (*Session, error) {
	config, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	needs := []*handle{x.handle}
	if authority != nil {
		needs = append(needs, authority.handle)
	}
	for i, needed := range needs {
		if err := needed.use(); err != nil {
			for _, used := range needs[:i] {
				used.release()
			}
			return nil, err
		}
	}
	var signer uintptr
	if authority != nil {
		signer = authority.c
	}
	c, err := made(func(out *uintptr) uintptr { return capi.Mesh_session_new(x.c, text(config), signer, out) })
	if err != nil {
		for _, used := range needs {
			used.release()
		}
		return nil, err
	}
	s := &Session{}
	s.handle = own(s, c, capi.Mesh_session_delete, needs...)
	return s, nil
}

// Close ends the session; its messages live on.
func (s *Session) Close() {
	if s != nil {
		s.close()
	}
}

// Receive takes one serialized DiscoveryRequest or DeltaDiscoveryRequest. An error ends the stream: the bytes are no request
// ([ErrParse]), the first one carries no node or the identity is not its proxy's ([ErrInvalidArgument]), or its proxy is in no mesh
// ([ErrNotFound]).
func (s *Session) Receive(request []byte) error {
	return s.alone(func(c uintptr) error { return failed(capi.Mesh_session_receive(c, text(request))) })
}

// Update looks at the newest snapshot of the XDS, and queues what changed for this client. [ErrNotFound]: its pod or its
// tenant is gone, which ends the stream; Receive fails as well, until an update finds it again.
func (s *Session) Update() error {
	return s.alone(func(c uintptr) error { return failed(capi.Mesh_session_update(c)) })
}

// Next is the next message to send, in order; nil when the client is up to date.
func (s *Session) Next() (*Message, error) {
	var message *Message
	err := s.alone(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return capi.Mesh_session_next(c, out) })
		if err == nil && made != 0 {
			message = &Message{}
			message.handle = own(message, made, capi.Mesh_message_delete)
		}
		return err
	})
	return message, err
}

// Messages are all that are to be sent now, each closed after its turn.
func (s *Session) Messages() iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		for {
			message, err := s.Next()
			if message == nil && err == nil {
				return
			}
			more := yield(message, err)
			if message != nil {
				message.Close()
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// Proxy is the client's, as its node and the newest snapshot that the session has looked at say it; it outlives the session.
// [ErrNotFound] before the first request.
func (s *Session) Proxy() (*Proxy, error) {
	var proxy *Proxy
	err := s.alone(func(c uintptr) error {
		made, err := made(func(out *uintptr) uintptr { return capi.Mesh_session_proxy(c, out) })
		if err == nil {
			proxy = &Proxy{}
			proxy.handle = own(proxy, made, capi.Mesh_proxy_delete)
		}
		return err
	})
	return proxy, err
}

// Describe says who the client is and what it has of each type (schema session.json).
func (s *Session) Describe() (json.RawMessage, error) {
	var said json.RawMessage
	err := s.alone(func(c uintptr) (err error) {
		said, err = read(func(out *uintptr) uintptr { return capi.Mesh_session_describe(c, out) })
		return err
	})
	return said, err
}

// Message is one response, serialized. Immutable, for any number of goroutines.
type Message struct{ *handle }

// Close gives the message back.
func (m *Message) Close() {
	if m != nil {
		m.close()
	}
}

// Bytes are the whole message.
func (m *Message) Bytes() ([]byte, error) {
	return bytesOf(m.handle, capi.Mesh_message_bytes)
}

// WriteTo writes the message slice by slice without a copy: most slices are shared with other clients' messages.
func (m *Message) WriteTo(w io.Writer) (int64, error) {
	var written int64
	err := m.shared(func(c uintptr) error {
		for i := range capi.Mesh_message_slice_count(c) {
			n, err := w.Write(lent(capi.Mesh_message_slice(c, i)))
			written += int64(n)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return written, err
}
