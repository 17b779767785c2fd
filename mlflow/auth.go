package mlflow

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// ServiceAccountTokenFile is where Kubernetes puts the token of a pod's service
// account. It is changed there before it expires.
const ServiceAccountTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"

const serviceAccountNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// workspaceHeader tells a server that has workspaces which is meant.
const workspaceHeader = "X-MLFLOW-WORKSPACE"

// authorization gives the value of a request's Authorization header; "" for
// none.
type authorization func() (string, error)

func anonymous() (string, error) { return "", nil }

func bearer(token string) authorization {
	return func() (string, error) { return "Bearer " + token, nil }
}

func basic(username, password string) authorization {
	value := "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
	return func() (string, error) { return value, nil }
}

// tokenFile reads the token anew for each request: whoever put it there may
// have changed it.
func tokenFile(path string) authorization {
	return func() (string, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read token: %w", err)
		}
		token := strings.TrimSpace(string(content))
		if token == "" {
			return "", fmt.Errorf("read token: %s is empty", path)
		}
		return "Bearer " + token, nil
	}
}

// WithBearerToken authenticates each request with a token.
func WithBearerToken(token string) Option {
	return func(c *Client) error {
		c.authorization = bearer(token)
		return nil
	}
}

// WithTokenFile authenticates each request with the token that a file holds
// then, such as ServiceAccountTokenFile.
func WithTokenFile(path string) Option {
	return func(c *Client) error {
		c.authorization = tokenFile(path)
		return nil
	}
}

// WithBasicAuth authenticates each request with a name and a password.
func WithBasicAuth(username, password string) Option {
	return func(c *Client) error {
		c.authorization = basic(username, password)
		return nil
	}
}

// WithWorkspace names the workspace that requests are meant for, on a server
// that has workspaces.
func WithWorkspace(name string) Option {
	return func(c *Client) error {
		c.workspace = name
		return nil
	}
}

// WithCAFile trusts the certificate authorities of a PEM file, and no others,
// to vouch for the server.
func WithCAFile(path string) Option {
	return func(c *Client) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("certificate authorities: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(content) {
			return fmt.Errorf("certificate authorities: %s holds no certificate in PEM", path)
		}
		return c.changeTLS(func(config *tls.Config) { config.RootCAs = pool })
	}
}

// WithClientCertificate shows the server a certificate. One file may hold both
// the certificate and its key.
func WithClientCertificate(certificateFile, keyFile string) Option {
	return func(c *Client) error {
		pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
		if err != nil {
			return fmt.Errorf("client certificate: %w", err)
		}
		return c.changeTLS(func(config *tls.Config) { config.Certificates = []tls.Certificate{pair} })
	}
}

// changeTLS changes how the client's own transport speaks TLS.
func (c *Client) changeTLS(change func(*tls.Config)) error {
	transport, ok := c.http.Transport.(*http.Transport)
	if c.http.Transport == nil {
		transport, ok = http.DefaultTransport.(*http.Transport)
	}
	if !ok {
		return errors.New("the HTTP client has a transport of its own kind; set up TLS there")
	}
	transport = transport.Clone()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	change(transport.TLSClientConfig)
	client := *c.http
	client.Transport = transport
	c.http = &client
	return nil
}

// fromEnvironment gives the options that MLflow's variables ask for, as its own
// clients read them.
func fromEnvironment() ([]Option, error) {
	var options []Option
	switch kind := os.Getenv("MLFLOW_TRACKING_AUTH"); kind {
	case "":
	case "kubernetes":
		options = append(options, WithTokenFile(ServiceAccountTokenFile))
	case "kubernetes-namespaced":
		namespace, err := os.ReadFile(serviceAccountNamespaceFile)
		if err != nil {
			return nil, fmt.Errorf("MLFLOW_TRACKING_AUTH=%s: %w", kind, err)
		}
		options = append(options, WithTokenFile(ServiceAccountTokenFile), WithWorkspace(strings.TrimSpace(string(namespace))))
	default:
		return nil, fmt.Errorf("MLFLOW_TRACKING_AUTH=%s: want kubernetes or kubernetes-namespaced", kind)
	}
	if token := os.Getenv("MLFLOW_TRACKING_TOKEN"); token != "" {
		options = append(options, WithBearerToken(token))
	}
	if path := os.Getenv("DAYBREAK_MLFLOW_TOKEN_FILE"); path != "" {
		options = append(options, WithTokenFile(path))
	}
	if username := os.Getenv("MLFLOW_TRACKING_USERNAME"); username != "" {
		options = append(options, WithBasicAuth(username, os.Getenv("MLFLOW_TRACKING_PASSWORD")))
	}
	if path := os.Getenv("MLFLOW_TRACKING_SERVER_CERT_PATH"); path != "" {
		options = append(options, WithCAFile(path))
	}
	if path := os.Getenv("MLFLOW_TRACKING_CLIENT_CERT_PATH"); path != "" {
		options = append(options, WithClientCertificate(path, path))
	}
	if workspace := os.Getenv("MLFLOW_WORKSPACE"); workspace != "" {
		options = append(options, WithWorkspace(workspace))
	}
	if enabled, err := strconv.ParseBool(os.Getenv(MultipartVariable)); err == nil && enabled {
		options = append(options, WithMultipartUpload())
	}
	return options, nil
}
