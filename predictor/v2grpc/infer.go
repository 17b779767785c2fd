package v2grpc

import (
	"context"
	"time"

	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// ModelInfer recommends. Outputs are given as the inputs were: as bytes if those were, in the fields of
// their datatypes otherwise.
func (a API) ModelInfer(ctx context.Context, in *inference.ModelInferRequest) (*inference.ModelInferResponse, error) {
	return a.inferInto(ctx, in, &plainResponse{})
}

// inferInto is ModelInfer with memory that the response lies in.
func (a API) inferInto(ctx context.Context, in *inference.ModelInferRequest, memory *plainResponse) (*inference.ModelInferResponse, error) {
	began := time.Now()
	target := recommend.Target{Model: in.GetModelName(), Version: in.GetModelVersion()}
	if _, err := a.Service.Models.Model(target.Model); err != nil {
		return nil, statusOf(err)
	}
	out, version, err := a.infer(ctx, target, in, memory)
	if err != nil {
		setRetryAfter(ctx, err)
		err = statusOf(err)
	}
	a.Service.Metrics.Answered(metrics.Outcome{
		Protocol: metrics.GRPC, Code: status.Code(err).String(), Model: target.Model, Version: version, Took: time.Since(began),
	})
	return out, err
}

// infer answers an infer request and returns the version that did, or says why it couldn't.
func (a API) infer(ctx context.Context, target recommend.Target, in *inference.ModelInferRequest, memory *plainResponse) (*inference.ModelInferResponse, string, error) {
	measured := a.Service.Metrics.Model(target.Model)
	began := time.Now()
	decoded, err := Decode(in)
	if err != nil {
		return nil, "", err
	}
	measured.Preprocessed(time.Since(began))
	answers, err := a.Service.Recommend(ctx, target, decoded.Requests, oip.Row)
	if err != nil {
		return nil, "", err
	}
	began = time.Now()
	out := memory.respond(target.Model, answers.Version, decoded.ID, decoded.Tensors(answers.Lists), len(in.GetRawInputContents()) > 0)
	answers.Release()
	measured.Postprocessed(time.Since(began))
	return out, answers.Version, nil
}
