package http1

import "sync"

// spare is how many workers wait for more to do; beyond, they end when they are done.
const spare = 128

// Workers do what may take its time: one for each connection that needs somebody, so that a request that waits keeps nobody
// else waiting. They go on to the next, as a new goroutine would have to grow its stack first.
type workers struct {
	mu    sync.Mutex
	idle  []chan *connection // the one that was busy last is asked first
	ended bool
}

// give has a worker do what is next for a connection, which is the caller's no more.
func (w *workers) give(c *connection) {
	w.mu.Lock()
	last := len(w.idle) - 1
	if last < 0 {
		w.mu.Unlock()
		go w.work(c)
		return
	}
	worker := w.idle[last]
	w.idle = w.idle[:last]
	w.mu.Unlock()
	worker <- c
}

// work does what is next for a connection, and for those that come after it.
func (w *workers) work(c *connection) {
	given := make(chan *connection, 1)
	for {
		c.serve()
		w.mu.Lock()
		if w.ended || len(w.idle) == spare {
			w.mu.Unlock()
			return
		}
		w.idle = append(w.idle, given)
		w.mu.Unlock()
		var more bool
		if c, more = <-given; !more {
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

// serve does what is next for a connection, until it waits for its client again, or ends.
func (c *connection) serve() {
	for {
		switch c.next {
		case answering:
			if !c.answer() {
				c.close()
				return
			}
		case refusing:
			c.refuseFraming()
		case handing:
			c.handOver()
			return
		case over:
			c.close()
			return
		case waiting:
			if c.release() {
				return
			}
		}
		c.next = c.advance()
	}
}
