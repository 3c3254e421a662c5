//go:build wasip1

package tidemill

import (
	"fmt"
	"unsafe"
)

// ArrowArray of the Arrow C data interface, as C lays it out for wasm32.
type array struct {
	length, nulls, offset, bufferCount, childCount int64
	buffers                                        uint32
	rest                                           [5]uint32
}

const arrayBytes = 64

// Memory of the result's columns that are not the engine's, until the next call.
var kept []any

func (of *array) buffer(index uint32) *uint32 { return (*uint32)(At(of.buffers + 4*index)) }

func argument(arguments, index uint32) *array { return (*array)(At(arguments + arrayBytes*index)) }

// BeginBatch forgets what the result of the last call points to.
func BeginBatch() {
	Begin()
	kept = kept[:0]
}

// NumbersOf is the data of an argument of a batch function; it holds during the call.
func NumbersOf[T any](arguments, index, rows uint32) []T {
	return unsafe.Slice((*T)(At(*argument(arguments, index).buffer(1))), rows)
}

// BooleansOf is NumbersOf of a BOOLEAN.
func BooleansOf(arguments, index, rows uint32) []bool {
	return unpacked(*argument(arguments, index).buffer(1), rows)
}

// StringsOf is NumbersOf of a STRING.
func StringsOf(arguments, index, rows uint32) []string {
	made := make([]string, rows)
	eachText(arguments, index, rows, func(row, address, length uint32) { made[row] = String(address, length) })
	return made
}

// BlobsOf is NumbersOf of BYTES.
func BlobsOf(arguments, index, rows uint32) [][]byte {
	made := make([][]byte, rows)
	eachText(arguments, index, rows, func(row, address, length uint32) { made[row] = Bytes(address, length) })
	return made
}

// ValidOf says which rows of an argument are not NULL; nil: all.
func ValidOf(arguments, index, rows uint32) []bool {
	bitmap := *argument(arguments, index).buffer(0)
	if bitmap == 0 {
		return nil
	}
	return unpacked(bitmap, rows)
}

func eachText(arguments, index, rows uint32, take func(row, address, length uint32)) {
	of := argument(arguments, index)
	offsets := unsafe.Slice((*uint32)(At(*of.buffer(1))), rows+1)
	bytes := *of.buffer(2)
	for row := range rows {
		take(row, bytes+offsets[row], offsets[row+1]-offsets[row])
	}
}

func unpacked(bitmap, rows uint32) []bool {
	bits := unsafe.Slice((*byte)(At(bitmap)), (rows+7)/8)
	made := make([]bool, rows)
	for row := range made {
		made[row] = bits[row>>3]>>(row&7)&1 != 0
	}
	return made
}

func fits(length int, rows uint32) {
	if length != int(rows) {
		panic(fmt.Sprintf("the result has %d rows, not %d", length, rows))
	}
}

// GiveNumbers gives the result's data.
func GiveNumbers[T any](result, rows uint32, values []T) {
	fits(len(values), rows)
	if rows == 0 {
		return
	}
	kept = append(kept, values)
	*(*array)(At(result)).buffer(1) = Address(unsafe.Pointer(&values[0]))
}

// GiveBooleans is GiveNumbers of a BOOLEAN.
func GiveBooleans(result, rows uint32, values []bool) {
	fits(len(values), rows)
	bits := unsafe.Slice((*byte)(At(*(*array)(At(result)).buffer(1))), (rows+7)/8)
	for row, value := range values {
		if value {
			bits[row>>3] |= 1 << (row & 7)
		}
	}
}

// GiveStrings is GiveNumbers of a STRING.
func GiveStrings(result, rows uint32, values []string) {
	give(result, rows, len(values), func(row int) string { return values[row] })
}

// GiveBlobs is GiveNumbers of BYTES.
func GiveBlobs(result, rows uint32, values [][]byte) {
	give(result, rows, len(values), func(row int) string { return unsafe.String(unsafe.SliceData(values[row]), len(values[row])) })
}

func give(result, rows uint32, length int, text func(row int) string) {
	fits(length, rows)
	to := (*array)(At(result))
	offsets := unsafe.Slice((*uint32)(At(*to.buffer(1))), rows+1)
	size := 0
	for row := range length {
		size += len(text(row))
	}
	joined := make([]byte, 0, size)
	for row := range length {
		joined = append(joined, text(row)...)
		offsets[row+1] = uint32(len(joined))
	}
	if size > 0 {
		kept = append(kept, joined)
		*to.buffer(2) = Address(unsafe.Pointer(&joined[0]))
	}
}

// GiveValid says which rows of the result are not NULL.
func GiveValid(result, rows uint32, valid []bool) {
	if valid == nil {
		return
	}
	fits(len(valid), rows)
	to := (*array)(At(result))
	bits := unsafe.Slice((*byte)(At(*to.buffer(0))), (rows+7)/8)
	for row, value := range valid {
		if !value {
			bits[row>>3] &^= 1 << (row & 7)
			to.nulls++
		}
	}
}
