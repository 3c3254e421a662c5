// Package tidemill is what functions for Tidemill are written with.
//
//	//tidemill:scalar risk
//	func Risk(price float64, channel *string) (float64, error) {
//		if price < 0 {
//			return 0, fmt.Errorf("negative price %v", price)
//		}
//		…
//	}
//
// An argument that is not a pointer is never NULL: where one is, the result is NULL and the function is not asked. A pointer as a result can be nil, which is
// NULL; an error is an error of the row, and so a panic. `go run ./tidemill/generate` writes the exports beside the functions.
//
// BOOLEAN bool, TINYINT int8, SMALLINT int16, INT int32, BIGINT int64, FLOAT float32, DOUBLE float64, STRING string, BYTES []byte. A line
// `//tidemill:type NAME TYPE` before the function gives an argument, a column, or `result`, another SQL type: DATE and TIME of int32 (days since 1970-01-01, milliseconds),
// TIMESTAMP(p) and TIMESTAMP_LTZ(p) of int64 (microseconds for p up to 6, else nanoseconds), DECIMAL(p, s) of int64 (the number · 10^s), from 19 digits on of Wide.
package tidemill

// Wide is a whole number of 128 bits: High · 2^64 + Low.
type Wide struct {
	Low  uint64
	High int64
}

// Column is a column of a batch function in which values can be NULL: Valid says which are not; nil: none is NULL. A column without NULLs is a slice.
type Column[T any] struct {
	Values []T
	Valid  []bool
}

// NewColumn makes a column of so many rows, without NULLs.
func NewColumn[T any](rows int) Column[T] { return Column[T]{Values: make([]T, rows)} }

// Get is the value of a row; false: it is NULL.
func (column *Column[T]) Get(row int) (value T, ok bool) {
	if column.Valid != nil && !column.Valid[row] {
		return value, false
	}
	return column.Values[row], true
}

// Set gives a row a value.
func (column *Column[T]) Set(row int, value T) {
	column.Values[row] = value
	if column.Valid != nil {
		column.Valid[row] = true
	}
}

// SetNull makes a row NULL.
func (column *Column[T]) SetNull(row int) {
	if column.Valid == nil {
		column.Valid = make([]bool, len(column.Values))
		for each := range column.Valid {
			column.Valid[each] = true
		}
	}
	column.Valid[row] = false
}

// Context is what a process function is called with: times in milliseconds since 1970, and what it wants of the engine.
type Context struct {
	// Time of the row or of the timer, if there is one.
	Time    int64
	HasTime bool
	// Watermark, if there is one.
	Watermark    int64
	HasWatermark bool
	// IsNew: nothing is known of the partition yet.
	IsNew bool
	// Timer is the name of the timer that is due.
	Timer string
	// Weight of a row: 1, or -1 when it is taken back.
	Weight int32
	// Asked is what was asked about timers in this call.
	Asked []TimerRequest
	// IsCleared: the state of the partition is forgotten when the call ends.
	IsCleared bool
}

// TimerRequest sets a timer (1), clears it (2), or clears all of the partition (3).
type TimerRequest struct {
	Name   string
	Time   int64
	Action uint32
}

// SetTimer has Timer called when the watermark reaches a time. A timer with a name is moved when it is set again; without one, "", every time is a timer of its own.
func (context *Context) SetTimer(name string, time int64) {
	context.Asked = append(context.Asked, TimerRequest{name, time, 1})
}

// ClearTimer takes a timer back.
func (context *Context) ClearTimer(name string, time int64) {
	context.Asked = append(context.Asked, TimerRequest{name, time, 2})
}

// ClearTimers takes all timers of the partition back.
func (context *Context) ClearTimers() { context.Asked = append(context.Asked, TimerRequest{"", 0, 3}) }

// ClearState forgets the state of the partition when the call ends.
func (context *Context) ClearState() { context.IsCleared = true }
