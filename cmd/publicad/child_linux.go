package main

import "syscall"

// ofThisProcess has a child end with this process, however that ends, and
// keeps Ctrl-C from reaching the child before this process has heard it.
func ofThisProcess() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
