package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/demo/stack"
	"github.com/daybreak-ml/daybreak/events"
)

const (
	tasteSize = 5               // items that are shown
	thenGrace = 2 * time.Second // for --then, when the demo is interrupted
	mostBytes = 1 << 20         // of an answer
)

// stay shows what a shopper is recommended now, does what --then asks for, and stays until Ctrl-C if
// it is to.
func (d *demo) stay(ctx context.Context, out *command.Output, store *events.Store, up *stack.Stack, newest events.Day) error {
	shopper, err := busiest(ctx, store, newest)
	if err != nil {
		return err
	}
	address := up.Predictor.URL + "/v1/models/" + model + ":predict"
	body := fmt.Sprintf(`{"instances":[{"user_id":%s,"k":%d}]}`, quoted(shopper), tasteSize)
	titles, err := recommended(ctx, store, newest, address, body)
	if err != nil {
		return fmt.Errorf("ask for shopper %s: %w", shopper, err)
	}
	out.Printf("\nshopper %s is recommended:\n", shopper)
	for _, title := range titles {
		out.Printf("          %s\n", title)
	}
	if d.Then != "" {
		if err := d.then(ctx, up); err != nil {
			return err
		}
	}
	if !d.Keep {
		return nil
	}
	out.Printf("\nMLflow    %s\n", up.MLflow.URI())
	out.Printf("predictor %s\n", up.Predictor.URL)
	out.Printf("\n  curl -s %s -d '%s'\n\n", address, strings.ReplaceAll(body, "'", `'\''`))
	out.Printf("Both stay up until Ctrl-C.\n")
	<-ctx.Done()
	return ended(context.Cause(ctx))
}

// ended tells a demo that was told to end, which is how it ends well, from one whose stack broke.
func ended(cause error) error {
	var broken *stack.EndedError
	if errors.As(cause, &broken) {
		return cause
	}
	return nil
}

// then runs the command of --then.
func (d *demo) then(ctx context.Context, up *stack.Stack) error {
	err := stack.Run(ctx, stack.Program{
		Path: "sh", Args: []string{"-c", d.Then},
		Env:    []string{"MLFLOW_TRACKING_URI=" + up.MLflow.URI(), "PREDICTOR_URL=" + up.Predictor.URL},
		Stdout: os.Stderr, Stderr: os.Stderr,
	}, thenGrace)
	if err != nil {
		return fmt.Errorf("--then %q: %w", d.Then, err)
	}
	return nil
}

// recommended sends a request for one shopper, and gives the titles of the items of the answer, or
// their ids where they have none.
func recommended(ctx context.Context, store *events.Store, day events.Day, address, body string) ([]string, error) {
	answer, err := post(ctx, address, body)
	if err != nil {
		return nil, err
	}
	var predicted struct {
		Predictions []struct {
			Items []struct {
				ID string `json:"item_id"`
			} `json:"items"`
		} `json:"predictions"`
	}
	if err := json.Unmarshal(answer, &predicted); err != nil || len(predicted.Predictions) != 1 {
		return nil, fmt.Errorf("the answer is not one: %s", answer)
	}
	known, err := store.Items(ctx, day)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, item := range known {
		named[item.ItemID] = item.Title
	}
	var titles []string
	for _, item := range predicted.Predictions[0].Items {
		titles = append(titles, strings.TrimSpace(item.ID+" "+named[item.ID]))
	}
	return titles, nil
}

func post(ctx context.Context, address, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostBytes))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", response.StatusCode, answer)
	}
	return answer, nil
}

// quoted writes a text as JSON has it.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be written
	return strings.TrimSpace(b.String())
}
