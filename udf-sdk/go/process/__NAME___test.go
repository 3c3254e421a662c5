package main

import (
	"testing"

	"__NAME__/tidemill"
)

func Test__TYPE__(t *testing.T) {
	var state __TYPE__
	context := tidemill.Context{Time: 1000, HasTime: true}
	state.Row(&context, 10, 500)
	state.Row(&context, 5, 500)
	if len(context.Asked) != 2 || context.Asked[1].Time != 1500 {
		t.Errorf("timers: %v", context.Asked)
	}
	later := tidemill.Context{Time: 1501, HasTime: true}
	if over := state.Row(&later, 7, 500); len(over) != 1 || over[0] != (Visit{15, 2}) {
		t.Errorf("a visit that is over: %v", over)
	}
	if over := state.Timer(&later); over[0] != (Visit{7, 1}) || !later.IsCleared {
		t.Errorf("the timer: %v", over)
	}
}
