// Package workers keeps goroutines that answer requests, and go on to the next: a new one would have to grow its stack first.
package workers

import "sync"

// Spare is how many workers wait for more to do; beyond, they end when they are done.
const Spare = 128

// A Pool is the workers for jobs of one kind. The zero value has none yet.
type Pool[Job interface{ Serve() }] struct {
	mu    sync.Mutex
	idle  []chan Job // the one that was busy last is asked first
	ended bool
}

// Give has a worker serve a job, which is the caller's no more. There is one for each that needs somebody, so that a job that
// waits keeps nobody else waiting.
func (p *Pool[Job]) Give(job Job) {
	p.mu.Lock()
	last := len(p.idle) - 1
	if last < 0 {
		p.mu.Unlock()
		go p.work(job)
		return
	}
	worker := p.idle[last]
	p.idle = p.idle[:last]
	p.mu.Unlock()
	worker <- job
}

// work serves a job, and those that come after it.
func (p *Pool[Job]) work(job Job) {
	given := make(chan Job, 1)
	for {
		job.Serve()
		p.mu.Lock()
		if p.ended || len(p.idle) == Spare {
			p.mu.Unlock()
			return
		}
		p.idle = append(p.idle, given)
		p.mu.Unlock()
		var more bool
		if job, more = <-given; !more {
			return
		}
	}
}

// End lets workers go that have nothing to do, and others when they are done.
func (p *Pool[Job]) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, worker := range p.idle {
		close(worker)
	}
	p.idle = nil
}
