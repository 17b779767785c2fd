package http1

import (
	"net"
	"strings"
	"sync"
	"time"
)

// Introductions are connections that no loop can look after, until it is known what they speak: then they are HTTP/2's or
// net/http's.
type introductions struct {
	mu    sync.Mutex
	under map[net.Conn]struct{} // way
}

// introduce hands a connection over, in the background.
func (s *Server) introduce(accepted net.Conn) {
	s.introductions.mu.Lock()
	s.introductions.under[accepted] = struct{}{}
	s.introductions.mu.Unlock()
	go func() {
		_ = accepted.SetReadDeadline(time.Now().Add(s.limits.Head)) // one for which that fails can't be read either
		said := make([]byte, 0, len(preface))
		var err error
		for err == nil && len(said) < len(preface) && strings.HasPrefix(preface, string(said)) {
			var n int
			n, err = accepted.Read(said[len(said):cap(said)])
			said = said[:len(said)+n]
		}
		_ = accepted.SetReadDeadline(time.Time{}) // whoever takes it sets its own
		taker := s.others
		if string(said) == preface {
			taker = s.http2
		}
		if len(said) == 0 || !taker.give(&begun{Conn: accepted, read: said}) {
			_ = accepted.Close() // there is nothing to lose
		}
		s.introductions.mu.Lock()
		defer s.introductions.mu.Unlock()
		delete(s.introductions.under, accepted)
	}()
}

// closeAll closes connections of which nobody knows what they speak.
func (i *introductions) closeAll() (left int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for connection := range i.under {
		_ = connection.Close() // there is nothing to lose
	}
	return len(i.under)
}
