//go:build wasip1

package tidemill

import "unsafe"

// What the engine was given, for good; and what results point to, until the next call.
var (
	rooms [][]byte
	texts []string
	bytes [][]byte
	words []uint64
	count uint64
)

//go:wasmexport tidemill_allocate
func allocate(size uint32) uint32 {
	room := make([]byte, size+16)
	rooms = append(rooms, room)
	return (Address(unsafe.Pointer(&room[0])) + 15) &^ 15
}

// Address of what a pointer points to.
func Address(pointer unsafe.Pointer) uint32 { return uint32(uintptr(pointer)) }

// At is the pointer of an address.
func At(address uint32) unsafe.Pointer { return unsafe.Pointer(uintptr(address)) }

// String is the text at an address; it holds during the call.
func String(address, length uint32) string {
	if length == 0 {
		return ""
	}
	return unsafe.String((*byte)(At(address)), length)
}

// Bytes at an address, during the call.
func Bytes(address, length uint32) []byte {
	if length == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(At(address)), length)
}

// Begin forgets what the results of the last call point to.
func Begin() {
	texts, bytes = texts[:0], bytes[:0]
}

// Text gives a text's address and length, and keeps it until the next call.
func Text(text string) uint64 {
	if len(text) == 0 {
		return 0
	}
	texts = append(texts, text)
	return uint64(len(text))<<32 | uint64(Address(unsafe.Pointer(unsafe.StringData(text))))
}

// Blob is Text of bytes.
func Blob(blob []byte) uint64 {
	if len(blob) == 0 {
		return 0
	}
	bytes = append(bytes, blob)
	return uint64(len(blob))<<32 | uint64(Address(unsafe.Pointer(&blob[0])))
}

// Place is where a result is written.
type Place struct {
	Value   [2]uint64
	Status  int32
	Message uint32
	Length  uint32
}

// Fail writes an error to a place.
func (place *Place) Fail(failed error) {
	text := Text(failed.Error())
	place.Status, place.Message, place.Length = 2, uint32(text), uint32(text>>32)
}

// Rows begins the rows of a table function.
func Rows() { Begin(); words, count = words[:0], 0 }

// Record adds a record of so many words and returns them.
func Record(size int) []uint64 {
	for range size {
		words = append(words, 0)
	}
	count++
	return words[len(words)-size:]
}

// Block is the rows since Rows.
func Block() uint64 {
	if count == 0 {
		return 0
	}
	return count<<32 | uint64(Address(unsafe.Pointer(&words[0])))
}

// Stop ends the call with an error, where there is no place for one.
func Stop(failed error) {
	if failed != nil {
		panic(failed.Error())
	}
}
