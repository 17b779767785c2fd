package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// RegisteredModel is a name that versions are made under.
type RegisteredModel struct {
	Name        string
	Description string
	Created     time.Time // millisecond precision, UTC
	Tags        map[string]string
	Aliases     map[string]string // the version each names
}

type registeredModelDocument struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Created     json.Number `json:"creation_timestamp"`
	Tags        []tag       `json:"tags"`
	Aliases     []struct {
		Alias   string      `json:"alias"`
		Version json.Number `json:"version"`
	} `json:"aliases"`
}

func (d *registeredModelDocument) model() (RegisteredModel, error) {
	created, err := parseMillis(d.Created)
	if err != nil {
		return RegisteredModel{}, fmt.Errorf("registered model %q: creation_timestamp: %w", d.Name, err)
	}
	aliases := make(map[string]string, len(d.Aliases))
	for _, alias := range d.Aliases {
		aliases[alias.Alias] = string(alias.Version)
	}
	return RegisteredModel{d.Name, d.Description, created, tagMap(d.Tags), aliases}, nil
}

// RegisteredModel returns a registered model by its name.
func (c *Client) RegisteredModel(ctx context.Context, name string) (RegisteredModel, error) {
	var model RegisteredModel
	err := c.repeat(ctx, func(ctx context.Context) error {
		var answer struct {
			Model registeredModelDocument `json:"registered_model"`
		}
		err := c.get(ctx, "registered-models/get", url.Values{"name": {name}}, &answer)
		if err != nil {
			return err
		}
		model, err = answer.Model.model()
		return err
	})
	if err != nil {
		return RegisteredModel{}, fmt.Errorf("registered model %q: %w", name, err)
	}
	return model, nil
}

// SearchRegisteredModels finds registered models by MLflow's filter language,
// e.g. "name LIKE 'recommender%'"; an empty filter finds all.
func (c *Client) SearchRegisteredModels(ctx context.Context, filter string) ([]RegisteredModel, error) {
	var models []RegisteredModel
	err := pages(0, searchPageSize, func(token string, size int) (int, string, error) {
		query := url.Values{"max_results": {strconv.Itoa(size)}}
		for key, value := range map[string]string{"filter": filter, "page_token": token} {
			if value != "" {
				query.Set(key, value)
			}
		}
		var page struct {
			Models        []registeredModelDocument `json:"registered_models"`
			NextPageToken string                    `json:"next_page_token"`
		}
		err := c.repeat(ctx, func(ctx context.Context) error {
			page.Models, page.NextPageToken = nil, ""
			return c.get(ctx, "registered-models/search", query, &page)
		})
		if err != nil {
			return 0, "", err
		}
		for i := range page.Models {
			model, err := page.Models[i].model()
			if err != nil {
				return 0, "", err
			}
			models = append(models, model)
		}
		return len(page.Models), page.NextPageToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("search registered models: %w", err)
	}
	return models, nil
}

// SetRegisteredModelDescription replaces a registered model's description, in
// Markdown.
func (c *Client) SetRegisteredModelDescription(ctx context.Context, name, description string) error {
	request := struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}{name, description}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPatch, "registered-models/update", request, nil)
	})
	if err != nil {
		return fmt.Errorf("describe registered model %q: %w", name, err)
	}
	return nil
}

// SetRegisteredModelTag sets a tag of a registered model, replacing an earlier
// value.
func (c *Client) SetRegisteredModelTag(ctx context.Context, name, key, value string) error {
	request := struct {
		Name  string `json:"name"`
		Key   string `json:"key"`
		Value string `json:"value"`
	}{name, key, value}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "registered-models/set-tag", request, nil)
	})
	if err != nil {
		return fmt.Errorf("set tag %q of registered model %q: %w", key, name, err)
	}
	return nil
}

// SetVersionDescription replaces a version's description, in Markdown.
func (c *Client) SetVersionDescription(ctx context.Context, name, number, description string) error {
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
