package cluster_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/kubernetes/typed/coordination/v1/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// newLeases is a namespace's Leases. A real API server keeps them in the cluster's tests.
func newLeases() *fake.FakeCoordinationV1 {
	leases := &fake.FakeCoordinationV1{Fake: &clienttesting.Fake{}}
	leases.AddReactor("*", "*", clienttesting.ObjectReaction(clienttesting.NewObjectTracker(scheme.Scheme, scheme.Codecs.UniversalDecoder())))
	return leases
}

// duration is how long a Lease outlives its holder, and so how long a busy machine may keep one from renewing it.
const duration = 4 * time.Second

func lease(leases *fake.FakeCoordinationV1, holder string) cluster.Lease {
	return cluster.Lease{Client: leases, Namespace: "daybreak", Name: "daybreak-recommender", Holder: holder, Duration: duration}
}

func holder(t *testing.T, leases *fake.FakeCoordinationV1) string {
	t.Helper()
	found, err := leases.Leases("daybreak").Get(t.Context(), "daybreak-recommender", metav1.GetOptions{})
	require.NoError(t, err)
	return *found.Spec.HolderIdentity
}

func TestALeaseHasOneHolderAtATime(t *testing.T) {
	t.Parallel()
	leases := newLeases()
	held, release, err := lease(leases, "first/1").Hold(t.Context())
	require.NoError(t, err)
	require.Equal(t, "first/1", holder(t, leases))

	_, _, err = lease(leases, "second/1").Hold(t.Context())
	require.EqualError(t, err, "Lease daybreak/daybreak-recommender was not to be had: first/1 holds it; wait until it has ended, or end it")
	require.NoError(t, held.Err())

	release()
	require.Empty(t, holder(t, leases))
	_, release, err = lease(leases, "second/1").Hold(t.Context())
	require.NoError(t, err)
	release()
}

func TestALeaseOfAHolderThatWasKilledIsTaken(t *testing.T) {
	t.Parallel()
	leases := newLeases()
	killed, seconds, now := "killed/1", int32(duration/time.Second), metav1.NowMicro()
	_, err := leases.Leases("daybreak").Create(t.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "daybreak-recommender"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &killed, LeaseDurationSeconds: &seconds, RenewTime: &now, AcquireTime: &now},
	}, metav1.CreateOptions{})
	require.NoError(t, err)

	_, release, err := lease(leases, "next/1").Hold(t.Context())
	require.NoError(t, err)
	require.Equal(t, "next/1", holder(t, leases))
	release()
}

func TestWhoLosesTheLeaseIsTold(t *testing.T) {
	t.Parallel()
	leases := newLeases()
	var taken atomic.Bool
	leases.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
		if !taken.Load() {
			return false, nil, nil
		}
		return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "leases"}, "daybreak-recommender", errors.New("another has it"))
	})
	held, release, err := lease(leases, "first/1").Hold(t.Context())
	require.NoError(t, err)
	defer release()
	taken.Store(true)

	<-held.Done()
	require.ErrorIs(t, context.Cause(held), cluster.ErrLeaseLost)
}

func TestALeaseThatMayNotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	leases := newLeases()
	leases.PrependReactor("get", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}, "daybreak-recommender", nil)
	})
	_, _, err := lease(leases, "first/1").Hold(t.Context())
	require.ErrorContains(t, err, `leases.coordination.k8s.io "daybreak-recommender" is forbidden`)
}

func TestWhoWaitsForALeaseCanBeStopped(t *testing.T) {
	t.Parallel()
	leases := newLeases()
	_, release, err := lease(leases, "first/1").Hold(t.Context())
	require.NoError(t, err)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = lease(leases, "second/1").Hold(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
