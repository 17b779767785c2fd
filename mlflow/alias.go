package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// VersionByAlias returns the version an alias names. Where there is no such
// alias, IsNotFound holds for the error.
func (c *Client) VersionByAlias(ctx context.Context, name, alias string) (Version, error) {
	var version Version
	err := c.repeat(ctx, func(ctx context.Context) error {
		var err error
		version, err = c.versionAnswer(func(out any) error {
			return c.get(ctx, "registered-models/alias", url.Values{"name": {name}, "alias": {alias}}, out)
		})
		return missingAlias(err)
	})
	if err != nil {
		return Version{}, fmt.Errorf("version %s@%s: %w", name, alias, err)
	}
	return version, nil
}

// missingAlias gives the error of an alias that does not exist the code that
// MLflow gives everything else that does not: it answers INVALID_PARAMETER_VALUE,
// as for an alias that can't be.
func missingAlias(err error) error {
	var api *APIError
	if errors.As(err, &api) && api.ErrorCode == codeInvalidParameter && strings.Contains(api.Message, "alias") && strings.Contains(api.Message, "not found") {
		missing := *api
		missing.ErrorCode = codeDoesNotExist
		return &missing
	}
	return err
}

// SetAlias makes an alias name a version and reads it back. When it names
// another version by then, the error is an *AliasMovedError: MLflow has no
// compare-and-swap, so that whoever moves aliases needs a lock, and this tells
// that someone does so without.
func (c *Client) SetAlias(ctx context.Context, name, alias, number string) error {
	request := struct {
		Name    string `json:"name"`
		Alias   string `json:"alias"`
		Version string `json:"version"`
	}{name, alias, number}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "registered-models/alias", request, nil)
	})
	if err != nil {
		return fmt.Errorf("set alias %s@%s to version %s: %w", name, alias, number, err)
	}
	version, err := c.VersionByAlias(ctx, name, alias)
	if err != nil {
		return fmt.Errorf("read back alias %s@%s: %w", name, alias, err)
	}
	if version.Version != number {
		return &AliasMovedError{Model: name, Alias: alias, Want: number, Got: version.Version}
	}
	return nil
}

// DeleteAlias removes an alias; one that does not exist is removed already.
func (c *Client) DeleteAlias(ctx context.Context, name, alias string) error {
	request := struct {
		Name  string `json:"name"`
		Alias string `json:"alias"`
	}{name, alias}
	err := c.repeat(ctx, func(ctx context.Context) error {
		err := missingAlias(c.send(ctx, http.MethodDelete, "registered-models/alias", request, nil))
		if IsNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete alias %s@%s: %w", name, alias, err)
	}
	return nil
}
