// Package capi is SWIG's output over the C headers (capi.i); use package mesh instead.
package capi

//go:generate ./generate .
