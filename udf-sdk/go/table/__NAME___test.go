package main

import "testing"

func Test__TYPE__(t *testing.T) {
	rows := __TYPE__("a tide")
	if len(rows) != 2 || rows[1] != (Row{"tide", 4}) {
		t.Errorf("rows: %v", rows)
	}
}
