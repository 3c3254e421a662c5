package main

import "__NAME__/tidemill"

//go:generate go run ./tidemill/generate

// __TYPE__ is what the engine keeps of a partition. Rows that follow one another within gap milliseconds are one visit: a row with their total and number
// when it is over.
//
//tidemill:process __NAME__
//tidemill:argument gap
type __TYPE__ struct {
	total float64
	items int64
	last  int64
}

// Visit is what the function makes; its fields are the columns.
type Visit struct {
	Total float64
	Items int64
}

// Row takes a row of the partition in; gap is an argument of the call.
func (state *__TYPE__) Row(context *tidemill.Context, price float64, gap int64) []Visit {
	var over []Visit
	if state.items > 0 && context.Time > state.last+gap {
		over = append(over, Visit{state.total, state.items})
		*state = __TYPE__{}
	}
	state.total += price
	state.items++
	state.last = context.Time
	if context.HasTime {
		context.SetTimer("over", context.Time+gap)
	}
	return over
}

// Timer is called when a timer is due.
func (state *__TYPE__) Timer(context *tidemill.Context) []Visit {
	context.ClearState()
	return []Visit{{state.total, state.items}}
}

func main() {}
