package mesh

import (
	"encoding/json"
	"unsafe"
)

// Answers are JSON or protobuf in C's memory. Each is copied once: into the bytes that the caller gets, or by the decoder into values.

// text lends the memory of a slice to a call of C, which reads it during the call only.
func text(bytes []byte) string { return unsafe.String(unsafe.SliceData(bytes), len(bytes)) }

// lent is the other way: C's memory, to be read while it is there and not written.
func lent(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }

// read calls a function of C that gives bytes.
func read(call func(out *uintptr) uintptr) ([]byte, error) {
	var bytes []byte
	err := with(call, func(text string) error {
		bytes = []byte(text)
		return nil
	})
	return bytes, err
}

// decoded calls a function of C that gives JSON, and reads it.
func decoded[T any](call func(out *uintptr) uintptr) (T, error) {
	var value T
	err := with(call, func(text string) error { return json.Unmarshal(lent(text), &value) })
	return value, err
}

// bytesOf is read for a function that is asked of an object.
func bytesOf(h *handle, call func(c uintptr, out *uintptr) uintptr) ([]byte, error) {
	var bytes []byte
	err := h.shared(func(c uintptr) (err error) {
		bytes, err = read(func(out *uintptr) uintptr { return call(c, out) })
		return err
	})
	return bytes, err
}

// answer is decoded for a function that is asked of an object.
func answer[T any](h *handle, call func(c uintptr, out *uintptr) uintptr) (T, error) {
	var value T
	err := h.shared(func(c uintptr) (err error) {
		value, err = decoded[T](func(out *uintptr) uintptr { return call(c, out) })
		return err
	})
	return value, err
}

// Parameters of a single question, by the names that include/mesh gives them; nil asks for the defaults. An unknown name is
// [ErrInvalidArgument].
type Parameters map[string]any

func (p Parameters) text() (string, error) {
	if len(p) == 0 {
		return "", nil
	}
	bytes, err := json.Marshal(p)
	return text(bytes), err
}
