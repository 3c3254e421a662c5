package main

import (
	"testing"

	"__NAME__/tidemill"
)

func Test__TYPE__(t *testing.T) {
	pieces := tidemill.Column[int64]{Values: []int64{3, 0, 0}, Valid: []bool{true, false, true}}
	made := __TYPE__([]float64{10, 2.5, 7}, pieces)
	if made.Values[0] != 30 || made.Values[1] != 2.5 {
		t.Errorf("costs: %v", made.Values)
	}
	if _, known := made.Get(2); known {
		t.Error("no pieces cost NULL")
	}
}
