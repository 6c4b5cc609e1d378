package mesh

import (
	"errors"
	"strings"

	"libmesh.invalid/mesh/internal/capi"
)

// Code says why a call could not be answered. The numbers are those of the C library.
type Code int

// The codes of include/mesh/base.h.
const (
	InvalidArgument Code = 1
	Parse           Code = 2
	Unsupported     Code = 3
	Internal        Code = 4
	NotFound        Code = 5
	Conflict        Code = 6
	Timeout         Code = 7
)

// Error is a call that could not be answered. A mistake in a configuration is a [Diagnostic] instead.
type Error struct {
	Code    Code
	Message string // one line, naming the object and the fact
}

func (e *Error) Error() string { return e.Message }

// Is makes every error match the one below that has its code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// To be used with [errors.Is].
var (
	ErrInvalidArgument = &Error{InvalidArgument, "invalid argument"}
	ErrParse           = &Error{Parse, "not well-formed"}
	ErrUnsupported     = &Error{Unsupported, "unsupported"}
	ErrInternal        = &Error{Internal, "internal error"}
	ErrNotFound        = &Error{NotFound, "not found"}
	ErrConflict        = &Error{Conflict, "conflict"}
	ErrTimeout         = &Error{Timeout, "the time was over"}

	// ErrClosed is what every call on a closed object gives.
	ErrClosed = errors.New("mesh: closed")
)

// failed takes over a mesh_error; 0 is success.
func failed(e uintptr) error {
	if e == 0 {
		return nil
	}
	defer capi.Mesh_error_delete(e)
	return &Error{Code(capi.Mesh_error_code(e)), strings.Clone(capi.Mesh_error_message(e))}
}
