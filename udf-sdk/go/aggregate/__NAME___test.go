package main

import "testing"

func Test__TYPE__(t *testing.T) {
	var state __TYPE__
	if state.Finish() != nil {
		t.Error("nothing has no mean")
	}
	state.Accumulate(1, 3)
	state.Accumulate(5, 1)
	if mean := state.Finish(); *mean != 2 {
		t.Errorf("mean: %v", *mean)
	}
}
