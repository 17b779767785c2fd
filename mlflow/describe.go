package mlflow

import (
	"context"
	"fmt"
	"net/http"
)

// DescribeVersion sets the description of a version, in Markdown, replacing an
// earlier one.
func (c *Client) DescribeVersion(ctx context.Context, name, number, description string) error {
	request := struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		Description string `json:"description"`
	}{name, number, description}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPatch, "model-versions/update", request, nil)
	})
	if err != nil {
		return fmt.Errorf("describe version %s of %q: %w", number, name, err)
	}
	return nil
}
