package v2grpc

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// statusOf returns the gRPC status that tells a client of err.
func statusOf(err error) error { return status.Error(code(err), err.Error()) }

func code(err error) codes.Code {
	var malformed *instance.Error
	var model *versions.UnknownModelError
	var version *versions.UnknownVersionError
	var refused *recommend.RefusedError
	switch {
	case errors.As(err, &malformed):
		return codes.InvalidArgument
	case errors.As(err, &model), errors.As(err, &version):
		return codes.NotFound
	case errors.As(err, &refused):
		return codes.FailedPrecondition
	case errors.Is(err, recommend.ErrOverloaded), errors.Is(err, recommend.ErrNotReady):
		return codes.Unavailable
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	}
	return codes.Internal
}

// setRetryAfter tells a client that was refused for lack of a place how long to wait, in seconds.
func setRetryAfter(ctx context.Context, err error) {
	if errors.Is(err, recommend.ErrOverloaded) {
		seconds := strconv.Itoa(int(recommend.RetryAfter.Seconds()))
		_ = grpc.SetTrailer(ctx, metadata.Pairs("retry-after", seconds)) // fails only outside a call
	}
}
