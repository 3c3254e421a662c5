package main

//go:generate go run ./tidemill/generate

// __TYPE__ is what is kept of a group; the engine stores it.
//
//tidemill:aggregate __NAME__
type __TYPE__ struct {
	sum    float64
	weight int64
}

func (state *__TYPE__) Accumulate(value float64, weight int64) {
	state.sum += value * float64(weight)
	state.weight += weight
}

func (state *__TYPE__) Retract(value float64, weight int64) { state.Accumulate(value, -weight) }

func (state *__TYPE__) Merge(other *__TYPE__) {
	state.sum += other.sum
	state.weight += other.weight
}

func (state *__TYPE__) Finish() *float64 {
	if state.weight == 0 {
		return nil
	}
	mean := state.sum / float64(state.weight)
	return &mean
}

func main() {}
