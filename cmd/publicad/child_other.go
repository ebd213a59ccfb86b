//go:build !linux

package main

import "syscall"

// ofThisProcess asks nothing of the system here: a child outlives this process
// if that is killed.
func ofThisProcess() *syscall.SysProcAttr { return nil }
