//go:build wasip1

package tidemill

import "unsafe"

// The context of a process function as the engine and the module share it; the states' records stand behind it.
type shared struct {
	time, watermark     int64
	flags               uint32
	timer, timerLength  uint32
	weight              int32
	timers, timersCount uint32
	cleared             uint32
	rest                [5]uint32
}

const contextBytes = 64

type request struct {
	time         int64
	name, length uint32
	action, zero uint32
}

var requests []request

// ContextOf is the context at an address.
func ContextOf(at uint32) *Context {
	from := (*shared)(At(at))
	return &Context{
		Time:         from.time,
		HasTime:      from.flags&1 != 0,
		Watermark:    from.watermark,
		HasWatermark: from.flags&2 != 0,
		IsNew:        from.flags&4 != 0,
		Timer:        String(from.timer, from.timerLength),
		Weight:       from.weight,
	}
}

// StateOf is the record of the state behind a context, in words.
func StateOf(at, size uint32) []uint64 { return unsafe.Slice((*uint64)(At(at+contextBytes)), size) }

// End writes what a function wants of the engine.
func (context *Context) End(at uint32) {
	to := (*shared)(At(at))
	if context.IsCleared {
		to.cleared = 1
	}
	requests = requests[:0]
	for _, asked := range context.Asked {
		name := Text(asked.Name)
		requests = append(requests, request{time: asked.Time, name: uint32(name), length: uint32(name >> 32), action: asked.Action})
	}
	if len(requests) > 0 {
		to.timers, to.timersCount = Address(unsafe.Pointer(&requests[0])), uint32(len(requests))
	}
}
