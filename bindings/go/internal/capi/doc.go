// Package capi is SWIG's output over the C headers (capi.i), call by call; use package mesh instead.
package capi

//go:generate ./generate .
