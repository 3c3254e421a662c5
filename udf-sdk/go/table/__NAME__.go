package main

import "strings"

//go:generate go run ./tidemill/generate

// Row is what the function makes; its fields are the columns.
type Row struct {
	Word   string
	Length int32
}

// __TYPE__ makes a row for each word.
//
//tidemill:table __NAME__
func __TYPE__(text string) []Row {
	var rows []Row
	for _, word := range strings.Fields(text) {
		rows = append(rows, Row{word, int32(len([]rune(word)))})
	}
	return rows
}

func main() {}
