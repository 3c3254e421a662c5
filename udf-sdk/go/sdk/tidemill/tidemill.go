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
