package workers_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/daybreak-ml/daybreak/predictor/workers"
)

// A job says that it has begun, and waits until it may end.
type job struct{ begun, end *sync.WaitGroup }

func (j job) Serve() {
	j.begun.Done()
	j.end.Wait()
}

func TestJobsThatWaitKeepNobodyWaiting(t *testing.T) {
	const jobs = 2 * workers.Spare
	var pool workers.Pool[job]
	for range 2 { // the second time some workers are there already
		var begun, end sync.WaitGroup
		begun.Add(jobs)
		end.Add(1)
		for range jobs {
			pool.Give(job{&begun, &end})
		}
		begun.Wait() // for all at once
		end.Done()
	}
	pool.End()
}

func TestWorkersEndWithTheirPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left that waits
		var pool workers.Pool[job]
		var begun, end sync.WaitGroup
		begun.Add(3)
		end.Add(1)
		pool.Give(job{&begun, &sync.WaitGroup{}})
		synctest.Wait() // one has nothing to do
		pool.Give(job{&begun, &end})
		pool.Give(job{&begun, &end})
		begun.Wait()
		pool.End()
		end.Done()
	})
}
