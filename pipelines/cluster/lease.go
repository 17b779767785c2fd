package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// LeaseDuration is how long a Lease outlives a holder that was killed.
const LeaseDuration = 30 * time.Second

// ErrLeaseLost is the cause of the end of a context whose Lease could not be renewed in time, or was
// taken by another.
var ErrLeaseLost = errors.New("the Lease was lost")

// Lease is a Kubernetes Lease: of those that hold it before they act, one acts at a time, whichever node
// each is on.
type Lease struct {
	Client    coordination.LeasesGetter
	Namespace string
	Name      string
	Holder    string        // who takes it, unlike any other
	Duration  time.Duration // how long it outlives a holder that was killed; whole seconds
}

// Lease is the namespace's Lease of a name, to be held by this process.
func (c Cluster) Lease(name string) (Lease, error) {
	host, err := os.Hostname() // a pod's name
	if err != nil {
		return Lease{}, fmt.Errorf("name the holder of the Lease %s: %w", name, err)
	}
	holder := fmt.Sprintf("%s/%d", host, os.Getpid())
	return Lease{Client: c.Leases, Namespace: c.Namespace, Name: name, Holder: holder, Duration: LeaseDuration}, nil
}

// Hold takes the Lease and renews it until release is called or the context ends. A holder that was
// killed is waited for, one that goes on renewing makes it an error. The context it returns ends, with
// ErrLeaseLost as its cause, when the Lease is lost.
func (l Lease) Hold(ctx context.Context) (held context.Context, release func(), err error) {
	lock := &lock{Interface: &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: l.Namespace, Name: l.Name},
		Client:     l.Client,
		LockConfig: resourcelock.ResourceLockConfig{Identity: l.Holder},
	}}
	held, end := context.WithCancelCause(ctx)
	taken, stopped := make(chan struct{}), make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, Name: l.Name, ReleaseOnCancel: true,
		LeaseDuration: l.Duration, RenewDeadline: l.Duration * 2 / 3, RetryPeriod: l.Duration / 8,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(taken) },
			OnStoppedLeading: func() { end(ErrLeaseLost) },
		},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("Lease %s: %w", l.Name, err)
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx)) // it is held until what it guards has ended
	go func() {
		defer close(stopped)
		elector.Run(renewing)
	}()
	release = func() {
		stop()
		<-stopped
	}
	patience := time.NewTimer(2 * l.Duration)
	defer patience.Stop()
	select {
	case <-taken:
		return held, release, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-patience.C:
		err = lock.why(elector.GetLeader())
	}
	release()
	return nil, nil, fmt.Errorf("Lease %s/%s was not to be had: %w", l.Namespace, l.Name, err)
}

// lock remembers why the Lease could not be read or written: the elector only logs it.
type lock struct {
	resourcelock.Interface
	mutex sync.Mutex
	last  error
}

func (l *lock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record, raw, err := l.Interface.Get(ctx)
	l.note(err)
	return record, raw, err
}

func (l *lock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	err := l.Interface.Create(ctx, record)
	l.note(err)
	return err
}

func (l *lock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	err := l.Interface.Update(ctx, record)
	l.note(err)
	return err
}

func (l *lock) note(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.last = err
}

// why says what keeps the Lease from being taken.
func (l *lock) why(holder string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.last != nil {
		return l.last
	}
	return fmt.Errorf("%s holds it; wait until it has ended, or end it", holder)
}
