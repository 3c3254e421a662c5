package main

import "__NAME__/tidemill"

//go:generate go run ./tidemill/generate

// __TYPE__ is what pieces cost: NULL pieces are one, no pieces cost NULL.
//
//tidemill:batch __NAME__
func __TYPE__(price []float64, pieces tidemill.Column[int64]) tidemill.Column[float64] {
	cost := tidemill.NewColumn[float64](len(price))
	for row, each := range price {
		count, known := pieces.Get(row)
		switch {
		case !known:
			cost.Set(row, each)
		case count == 0:
			cost.SetNull(row)
		default:
			cost.Set(row, each*float64(count))
		}
	}
	return cost
}

func main() {}
