package response

import (
	"net/http"
	"sync/atomic"
	"time"
)

// A dated second is one as the Date field has it.
type dated struct {
	second int64
	text   string
}

// lastDate is the second that was last written.
var lastDate atomic.Pointer[dated]

// Date returns a time as the Date field has it, which is written once a second.
func Date(now time.Time) string {
	second := now.Unix()
	if last := lastDate.Load(); last != nil && last.second == second {
		return last.text
	}
	text := now.UTC().Format(http.TimeFormat)
	lastDate.Store(&dated{second, text})
	return text
}
