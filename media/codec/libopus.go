// SPDX-License-Identifier: GPL-3.0-or-later

//go:build (linux || darwin) && (amd64 || arm64)

package codec

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libopusNames are where the system's linker may find the library: Debian and most others, macOS
// with Homebrew on either processor, macOS with MacPorts.
var libopusNames = map[string][]string{
	"linux":  {"libopus.so.0", "libopus.so"},
	"darwin": {"libopus.0.dylib", "/opt/homebrew/lib/libopus.0.dylib", "/usr/local/lib/libopus.0.dylib", "/opt/local/lib/libopus.0.dylib"},
}

// Constants of opus_defines.h.
const (
	opusApplicationVoIP = 2048
	opusSetBitrate      = 4002
	opusSetComplexity   = 4010
)

// libopus holds the functions of the library that the encoder needs.
type libopus struct {
	create, encode, control, destroy uintptr
}

// loadLibopus finds the library once in the life of the process, when it is first wanted. It is
// never unloaded.
var loadLibopus = sync.OnceValues(func() (*libopus, error) { return openLibopus(libopusNames[runtime.GOOS]) })

// openLibopus loads the first of the names that exists.
func openLibopus(names []string) (*libopus, error) {
	for _, name := range names {
		if handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL); err == nil {
			return symbols(handle)
		}
	}
	return nil, ErrNoLibopus
}

func symbols(handle uintptr) (*libopus, error) {
	var lib libopus
	for _, s := range []struct {
		name string
		to   *uintptr
	}{
		{"opus_encoder_create", &lib.create},
		{"opus_encode", &lib.encode},
		{"opus_encoder_ctl", &lib.control},
		{"opus_encoder_destroy", &lib.destroy},
	} {
		address, err := purego.Dlsym(handle, s.name)
		if err != nil {
			return nil, fmt.Errorf("%w: the one found lacks %s", ErrNoLibopus, s.name)
		}
		*s.to = address
	}
	return &lib, nil
}

// libopusEncoder is one encoder state of the library. What it hands to C lies in its own memory on
// the heap, which does not move while C works.
type libopusEncoder struct {
	lib   *libopus
	state uintptr
	pcm   [opusRate / 50]int16
	out   [opusMaxPayload]byte
	call  [5]uintptr // the arguments of opus_encode, always the same: a literal list would be allocated
}

// opusAvailable returns why Opus cannot be sent, or nil.
func opusAvailable() error {
	_, err := loadLibopus()
	return err
}

func newLibopusEncoder() (Encoder, error) {
	lib, err := loadLibopus()
	if err != nil {
		return nil, err
	}
	e := &libopusEncoder{lib: lib}
	code := new(int32)
	e.state, _, _ = purego.SyscallN(lib.create, opusRate, 1, opusApplicationVoIP, uintptr(unsafe.Pointer(code)))
	if e.state == 0 || *code != 0 {
		return nil, fmt.Errorf("libopus makes no encoder: error %d", *code)
	}
	e.call = [...]uintptr{e.state, uintptr(unsafe.Pointer(&e.pcm)), uintptr(len(e.pcm)), uintptr(unsafe.Pointer(&e.out)), uintptr(len(e.out))}
	e.set(opusSetBitrate, opusBitrate)
	e.set(opusSetComplexity, opusComplexity)
	return e, nil
}

// set changes a setting. opus_encoder_ctl takes variable arguments, which macOS on arm64 passes on
// the stack: there six more in the registers push the value onto it.
func (e *libopusEncoder) set(what, value uintptr) {
	if runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" {
		purego.SyscallN(e.lib.control, e.state, what, 0, 0, 0, 0, 0, 0, value)
		return
	}
	purego.SyscallN(e.lib.control, e.state, what, value)
}

// Encode takes exactly one Frame.
func (e *libopusEncoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	if e.state == 0 {
		return dst, errEncoderClosed
	}
	if len(pcm) != len(e.pcm) {
		return dst, fmt.Errorf("Opus frame of %d samples: %d are needed", len(pcm), len(e.pcm))
	}
	copy(e.pcm[:], pcm)
	n, _, _ := purego.SyscallN(e.lib.encode, e.call[:]...)
	runtime.KeepAlive(e)
	if size := int32(n); size > 0 && int(size) <= len(e.out) {
		return append(dst, e.out[:size]...), nil
	}
	return dst, fmt.Errorf("libopus: error %d", int32(n))
}

// Close frees the state of the library.
func (e *libopusEncoder) Close() error {
	if e.state != 0 {
		purego.SyscallN(e.lib.destroy, e.state)
		e.state = 0
	}
	return nil
}
