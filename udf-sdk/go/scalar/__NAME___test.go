package main

import "testing"

func Test__TYPE__(t *testing.T) {
	direct := "direct"
	if worth, _ := __TYPE__(10, &direct); worth != 10 {
		t.Errorf("direct: %v", worth)
	}
	if worth, _ := __TYPE__(10, nil); worth != 20 {
		t.Errorf("no channel: %v", worth)
	}
	if _, err := __TYPE__(-1, nil); err == nil {
		t.Error("a negative price is an error")
	}
}
