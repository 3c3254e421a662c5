package main

import "fmt"

//go:generate go run ./tidemill/generate

// __TYPE__ is what a price is worth, by the channel it came through.
//
//tidemill:scalar __NAME__
func __TYPE__(price float64, channel *string) (float64, error) {
	if price < 0 {
		return 0, fmt.Errorf("negative price %v", price)
	}
	if channel != nil && *channel == "direct" {
		return price, nil
	}
	return price * 2, nil
}

func main() {}
