package mlflow

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// headers is a server that answers the version and keeps what it was asked with.
func headers(t *testing.T, start func(http.Handler) *httptest.Server) (uri string, asked *http.Header) {
	t.Helper()
	asked = &http.Header{}
	running := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = r.Header.Clone()
		_, _ = io.WriteString(w, "3.17.2\n")
	}))
	t.Cleanup(running.Close)
	return running.URL, asked
}

func TestATokenFileIsReadForEachRequest(t *testing.T) {
	uri, asked := headers(t, httptest.NewServer)
	token := filepath.Join(t.TempDir(), "token")
	client, err := New(uri, WithTokenFile(token), WithRetry(Retry{Attempts: 1}))
	require.NoError(t, err)
	_, err = client.ServerVersion(t.Context())
	require.ErrorContains(t, err, "read token")
	for _, content := range []string{"first", "second\n"} {
		require.NoError(t, os.WriteFile(token, []byte(content), 0o600))
		_, err = client.ServerVersion(t.Context())
		require.NoError(t, err)
		require.Equal(t, "Bearer "+strings.TrimSpace(content), asked.Get("Authorization"))
	}
	require.NoError(t, os.WriteFile(token, nil, 0o600))
	_, err = client.ServerVersion(t.Context())
	require.ErrorContains(t, err, "is empty")
}

func TestTheWorkspaceIsNamedInAHeader(t *testing.T) {
	uri, asked := headers(t, httptest.NewServer)
	t.Setenv("MLFLOW_WORKSPACE", "shop")
	for want, options := range map[string][]Option{"shop": nil, "other": {WithWorkspace("other")}} {
		client, err := New(uri, options...)
		require.NoError(t, err)
		_, err = client.ServerVersion(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, asked.Get("X-Mlflow-Workspace"))
	}
}

func TestAServerIsTrustedByItsAuthority(t *testing.T) {
	var certificate []byte
	uri, _ := headers(t, func(handler http.Handler) *httptest.Server {
		running := httptest.NewTLSServer(handler)
		certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: running.Certificate().Raw})
		return running
	})
	authority := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(authority, certificate, 0o644))

	client, err := New(uri, WithRetry(Retry{Attempts: 1}))
	require.NoError(t, err)
	_, err = client.ServerVersion(t.Context())
	require.ErrorContains(t, err, "certificate")

	for name, options := range map[string][]Option{"option": {WithCAFile(authority)}, "environment": nil} {
		t.Run(name, func(t *testing.T) {
			if options == nil {
				t.Setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", authority)
			}
			client, err := New(uri, options...)
			require.NoError(t, err)
			_, err = client.ServerVersion(t.Context())
			require.NoError(t, err)
		})
	}
	_, err = New(uri, WithCAFile(filepath.Join(t.TempDir(), "none")))
	require.ErrorIs(t, err, os.ErrNotExist)
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte("none"), 0o644))
	_, err = New(uri, WithCAFile(empty))
	require.ErrorContains(t, err, "no certificate in PEM")
	_, err = New(uri, WithClientCertificate(empty, empty))
	require.ErrorContains(t, err, "client certificate")
}

func TestAKindOfAuthenticationThatIsNotKnownIsRefused(t *testing.T) {
	t.Setenv("MLFLOW_TRACKING_AUTH", "magic")
	_, err := New("http://127.0.0.1:5000")
	require.ErrorContains(t, err, "MLFLOW_TRACKING_AUTH=magic: want kubernetes")
}
