package mesh

import (
	"encoding/json"
	"fmt"
	"strings"

	"libmesh.invalid/mesh/internal/capi"
)

// Diagnostic is what is wrong with a configuration, where, and how to mend it (schema diagnostics.json). Codes are stable.
type Diagnostic struct {
	Severity string `json:"severity"` // "info", "warning", "error"
	Code     string `json:"code"`
	Object   string `json:"object"`
	Field    string `json:"field"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
	File     string `json:"file"`
	Line     int    `json:"line"`   // from 1; 0 when unknown
	Column   int    `json:"column"` // from 1; 0 when unknown
}

// String is one line, as the program mesh prints it.
func (d Diagnostic) String() string {
	var out strings.Builder
	if d.File != "" {
		out.WriteString(d.File)
		if d.Line > 0 {
			fmt.Fprintf(&out, ":%d:%d", d.Line, d.Column)
		}
		out.WriteString(": ")
	}
	fmt.Fprintf(&out, "%s[%s]", d.Severity, d.Code)
	for _, part := range []string{d.Object, d.Field} {
		if part != "" {
			fmt.Fprintf(&out, " %s:", part)
		}
	}
	out.WriteString(" " + d.Message)
	if d.Mend != "" {
		fmt.Fprintf(&out, " (%s)", d.Mend)
	}
	return out.String()
}

// Diagnostics are those of reading, of tenancy and of the configuration, sorted by place.
func (s *Snapshot) Diagnostics() ([]Diagnostic, error) {
	return answer[[]Diagnostic](s.handle, capi.Mesh_snapshot_diagnostics)
}

// DiagnosticsOf are those that one tenant, "namespace/name", may be shown. [ErrNotFound] when there is none.
func (s *Snapshot) DiagnosticsOf(tenant string) ([]Diagnostic, error) {
	return answer[[]Diagnostic](s.handle, func(c uintptr, out *uintptr) uintptr {
		return capi.Mesh_snapshot_tenant_diagnostics(c, tenant, out)
	})
}

// DiagnosticCode is one of the codes that a [Diagnostic] can have.
type DiagnosticCode struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
}

// DiagnosticCodes lists every code, in a fixed order.
func DiagnosticCodes() ([]DiagnosticCode, error) {
	if abiError != nil {
		return nil, abiError
	}
	var codes []DiagnosticCode
	err := json.Unmarshal(lent(capi.Mesh_diagnostic_codes()), &codes)
	return codes, err
}
