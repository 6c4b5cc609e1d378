package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// cost is what one operation takes. CPU is user and system time of the whole process, collecting
// garbage included; it hardly moves when other programs run beside it.
type cost struct {
	CPU    float64 `json:"cpu_ns"`
	Bytes  float64 `json:"bytes"`
	Allocs float64 `json:"allocs"`
}

func (c cost) String() string {
	return fmt.Sprintf("%14.0f cpu-ns/op %14.0f B/op %10.0f allocs/op", c.CPU, c.Bytes, c.Allocs)
}

func (c cost) min(other cost) cost {
	return cost{min(c.CPU, other.CPU), min(c.Bytes, other.Bytes), min(c.Allocs, other.Allocs)}
}

func processCPU() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure runs f again and again for about the given time.
func measure(f func() error, about time.Duration) (cost, error) {
	if err := f(); err != nil {
		return cost{}, err
	}
	runtime.GC()
	for n := 1; ; {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, start := processCPU(), time.Now()
		for range n {
			if err := f(); err != nil {
				return cost{}, err
			}
		}
		elapsed := time.Since(start)
		cpu = processCPU() - cpu
		runtime.ReadMemStats(&after)
		if elapsed >= about {
			per := float64(n)
			return cost{cpu / per, float64(after.TotalAlloc-before.TotalAlloc) / per, float64(after.Mallocs-before.Mallocs) / per}, nil
		}
		next := int(1.2 * float64(n) * float64(about) / float64(max(elapsed, time.Microsecond)))
		n = min(max(next, n+1), 100*n)
	}
}
