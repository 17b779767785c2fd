package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"
)

// VersionStatus is the state of a version.
type VersionStatus string

// The states a version can have.
const (
	VersionPending VersionStatus = "PENDING_REGISTRATION"
	VersionFailed  VersionStatus = "FAILED_REGISTRATION"
	VersionReady   VersionStatus = "READY"
)

// readyPollInterval is how often a pending version is looked at.
const readyPollInterval = 200 * time.Millisecond

// Version is a version of a registered model.
type Version struct {
	Name          string
	Version       string // "1", "2", …
	RunID         string // the run that made it
	Source        string // where its files lie
	Status        VersionStatus
	StatusMessage string
	Description   string
	Created       time.Time // millisecond precision, UTC
	Tags          map[string]string
	Aliases       []string // SearchVersions leaves them out on MLflow 2
}

type versionDocument struct {
	Name          string        `json:"name"`
	Version       json.Number   `json:"version"`
	RunID         string        `json:"run_id"`
	Source        string        `json:"source"`
	Status        VersionStatus `json:"status"`
	StatusMessage string        `json:"status_message"`
	Description   string        `json:"description"`
	Created       json.Number   `json:"creation_timestamp"`
	Tags          []tag         `json:"tags"`
	Aliases       []string      `json:"aliases"`
}

func (d *versionDocument) version() (Version, error) {
	if _, err := strconv.ParseUint(string(d.Version), 10, 63); err != nil {
		return Version{}, fmt.Errorf("the server's answer holds the version %q, which is no number", d.Version)
	}
	created, err := parseMillis(d.Created)
	if err != nil {
		return Version{}, fmt.Errorf("version %s: creation_timestamp: %w", d.Version, err)
	}
	return Version{
		Name:          d.Name,
		Version:       string(d.Version),
		RunID:         d.RunID,
		Source:        d.Source,
		Status:        d.Status,
		StatusMessage: d.StatusMessage,
		Description:   d.Description,
		Created:       created,
		Tags:          tagMap(d.Tags),
		Aliases:       d.Aliases,
	}, nil
}

// EnsureRegisteredModel makes the registered model where there is none. The
// description of one that exists stays as it is.
func (c *Client) EnsureRegisteredModel(ctx context.Context, name, description string) error {
	request := struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
	}{name, description}
	err := c.repeat(ctx, func(ctx context.Context) error {
		err := c.get(ctx, "registered-models/get", url.Values{"name": {name}}, nil)
		if !IsNotFound(err) {
			return err
		}
		err = c.send(ctx, http.MethodPost, "registered-models/create", request, nil)
		if IsAlreadyExists(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("registered model %q: %w", name, err)
	}
	return nil
}

// versionRequest is what a version is made with.
type versionRequest struct {
	Name        string `json:"name"`
	Source      string `json:"source"`
	RunID       string `json:"run_id"`
	ModelID     string `json:"model_id,omitempty"`
	Description string `json:"description,omitempty"`
	Tags        []tag  `json:"tags,omitempty"`
}

// VersionOption says more of a version that EnsureVersion makes.
type VersionOption func(*versionRequest)

// WithDescription describes the version, in Markdown.
func WithDescription(description string) VersionOption {
	return func(r *versionRequest) { r.Description = description }
}

// FromLoggedModel makes the version of a logged model's files rather than of
// the run's artifacts.
func FromLoggedModel(model LoggedModel) VersionOption {
	return func(r *versionRequest) { r.ModelID, r.Source = model.ID, model.ArtifactURI }
}

// EnsureVersion returns the version that was made from this run's artifacts
// under artifactPath, once it is ready, and makes it, with tags, where there is
// none. There is at most one version per registered model and run; a run that
// has one from another path is an error.
//
// As with EnsureRun, callers that may do this for one run at the same time need
// a lock of their own.
func (c *Client) EnsureVersion(ctx context.Context, name, runID, artifactPath string, tags map[string]string, options ...VersionOption) (Version, error) {
	request := versionRequest{Name: name, RunID: runID, Tags: tagList(tags)}
	for _, option := range options {
		option(&request)
	}
	version, err := c.ensureVersion(ctx, request, artifactPath)
	if err != nil {
		return Version{}, fmt.Errorf("version of %q from run %s: %w", name, runID, err)
	}
	return version, nil
}

func (c *Client) ensureVersion(ctx context.Context, request versionRequest, artifactPath string) (Version, error) {
	if request.Source == "" {
		run, err := c.Run(ctx, request.RunID)
		if err != nil {
			return Version{}, err
		}
		// The storage location, as MLflow's own clients register it: it stays valid
		// when the run is deleted.
		request.Source = run.ArtifactURI + "/" + path.Clean(artifactPath)
	}
	var version Version
	asked := false // for the version to be made, to an effect that may not be known
	err := c.repeat(ctx, func(ctx context.Context) error {
		var found bool
		var err error
		if version, found, err = c.versionOfRun(ctx, request.Name, request.RunID); err != nil || found && !asked {
			return err
		}
		if !found {
			asked = true
			if version, err = c.createVersion(ctx, request); err != nil {
				return err
			}
		}
		version, err = c.settleVersion(ctx, version)
		return err
	})
	if err != nil {
		return Version{}, err
	}
	if version.Source != request.Source {
		return Version{}, fmt.Errorf("the run has version %s already, made from %s, not from %s", version.Version, version.Source, request.Source)
	}
	return c.awaitReady(ctx, version)
}

// versionOfRun finds the oldest version of the model that was made by the run.
func (c *Client) versionOfRun(ctx context.Context, name, runID string) (Version, bool, error) {
	versions, err := c.versionsOfRun(ctx, name, runID, 1)
	if err != nil || len(versions) == 0 {
		return Version{}, false, err
	}
	return versions[0], true, nil
}

// versionsOfRun finds versions of the model that were made by the run, the
// oldest first.
func (c *Client) versionsOfRun(ctx context.Context, name, runID string, limit int) ([]Version, error) {
	filter, err := versionFilter(name, runID)
	if err != nil {
		return nil, err
	}
	page, err := c.searchVersionsPage(ctx, VersionQuery{Filter: filter, OrderBy: []string{"version_number ASC"}}, "", limit)
	if err != nil {
		return nil, err
	}
	versions := make([]Version, len(page.Versions))
	for i := range page.Versions {
		if versions[i], err = page.Versions[i].version(); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// settleVersion gives the oldest version of a run once one was made, and deletes
// what else the same request made, as settle does for runs. Nobody knows of
// those yet.
func (c *Client) settleVersion(ctx context.Context, made Version) (Version, error) {
	versions, err := c.versionsOfRun(ctx, made.Name, made.RunID, settleLimit)
	if err != nil || len(versions) == 0 {
		return made, err
	}
	for _, other := range versions[1:] {
		request := struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		}{other.Name, other.Version}
		if err := c.send(ctx, http.MethodDelete, "model-versions/delete", request, nil); err != nil && !IsNotFound(err) {
			return Version{}, err
		}
	}
	return versions[0], nil
}

func versionFilter(name, runID string) (string, error) {
	quotedName, err := Quote(name)
	if err != nil {
		return "", err
	}
	quotedRun, err := Quote(runID)
	if err != nil {
		return "", err
	}
	return "name = " + quotedName + " and run_id = " + quotedRun, nil
}

func (c *Client) createVersion(ctx context.Context, request versionRequest) (Version, error) {
	return c.versionAnswer(func(out any) error {
		return c.send(ctx, http.MethodPost, "model-versions/create", request, out)
	})
}

func (c *Client) awaitReady(ctx context.Context, version Version) (Version, error) {
	for version.Status == VersionPending {
		timer := time.NewTimer(readyPollInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return Version{}, fmt.Errorf("wait for version %s to become ready: %w", version.Version, context.Cause(ctx))
		case <-timer.C:
		}
		var err error
		if version, err = c.Version(ctx, version.Name, version.Version); err != nil {
			return Version{}, err
		}
	}
	if version.Status != VersionReady {
		return Version{}, fmt.Errorf("version %s is %s: %s", version.Version, version.Status, version.StatusMessage)
	}
	return version, nil
}

// versionAnswer runs a request whose answer is one version.
func (c *Client) versionAnswer(request func(out any) error) (Version, error) {
	var answer struct {
		Version versionDocument `json:"model_version"`
	}
	if err := request(&answer); err != nil {
		return Version{}, err
	}
	return answer.Version.version()
}

// Version returns a version of a registered model by its number.
func (c *Client) Version(ctx context.Context, name, number string) (Version, error) {
	var version Version
	err := c.repeat(ctx, func(ctx context.Context) error {
		var err error
		version, err = c.versionAnswer(func(out any) error {
			return c.get(ctx, "model-versions/get", url.Values{"name": {name}, "version": {number}}, out)
		})
		return err
	})
	if err != nil {
		return Version{}, fmt.Errorf("version %s of %q: %w", number, name, err)
	}
	return version, nil
}

// SetVersionTag sets a tag of a version, replacing an earlier value.
func (c *Client) SetVersionTag(ctx context.Context, name, number, key, value string) error {
	request := struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Key     string `json:"key"`
		Value   string `json:"value"`
	}{name, number, key, value}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "model-versions/set-tag", request, nil)
	})
	if err != nil {
		return fmt.Errorf("set tag %q of version %s of %q: %w", key, number, name, err)
	}
	return nil
}

// VersionQuery says which versions to find.
type VersionQuery struct {
	Filter  string   // in MLflow's filter language, e.g. "name = 'recommender'"; empty finds all
	OrderBy []string // e.g. "version_number DESC"
	Limit   int      // 0 finds all
}

type versionsPage struct {
	Versions      []versionDocument `json:"model_versions"`
	NextPageToken string            `json:"next_page_token"`
}

func (c *Client) searchVersionsPage(ctx context.Context, query VersionQuery, token string, size int) (versionsPage, error) {
	values := url.Values{"max_results": {strconv.Itoa(size)}, "order_by": query.OrderBy}
	if query.Filter != "" {
		values.Set("filter", query.Filter)
	}
	if token != "" {
		values.Set("page_token", token)
	}
	var page versionsPage
	err := c.get(ctx, "model-versions/search", values, &page)
	return page, err
}

// SearchVersions finds the versions of a query, page by page.
func (c *Client) SearchVersions(ctx context.Context, query VersionQuery) ([]Version, error) {
	var versions []Version
	err := pages(query.Limit, searchPageSize, func(token string, size int) (int, string, error) {
		var page versionsPage
		err := c.repeat(ctx, func(ctx context.Context) error {
			var err error
			page, err = c.searchVersionsPage(ctx, query, token, size)
			return err
		})
		if err != nil {
			return 0, "", err
		}
		for i := range page.Versions {
			version, err := page.Versions[i].version()
			if err != nil {
				return 0, "", err
			}
			versions = append(versions, version)
		}
		return len(page.Versions), page.NextPageToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("search versions: %w", err)
	}
	return versions, nil
}
