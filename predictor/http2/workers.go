package http2

import "sync"

// spare is how many workers wait for more to do; beyond, they end when they are done.
const spare = 128

// Workers answer streams: one for each that needs somebody, so that a request that waits keeps nobody else waiting. They go on
// to the next, as a new goroutine would have to grow its stack first.
type workers struct {
	mu    sync.Mutex
	idle  []chan *stream // the one that was busy last is asked first
	ended bool
}

// give has a worker answer a stream, which is the caller's no more.
func (w *workers) give(s *stream) {
	w.mu.Lock()
	last := len(w.idle) - 1
	if last < 0 {
		w.mu.Unlock()
		go w.work(s)
		return
	}
	worker := w.idle[last]
	w.idle = w.idle[:last]
	w.mu.Unlock()
	worker <- s
}

// work answers a stream, and those that come after it.
func (w *workers) work(s *stream) {
	given := make(chan *stream, 1)
	for {
		s.serve()
		w.mu.Lock()
		if w.ended || len(w.idle) == spare {
			w.mu.Unlock()
			return
		}
		w.idle = append(w.idle, given)
		w.mu.Unlock()
		var more bool
		if s, more = <-given; !more {
			return
		}
	}
}

// end lets those go that have nothing to do, and others when they are done.
func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	for _, worker := range w.idle {
		close(worker)
	}
	w.idle = nil
}
