package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAServersCertificateIsGoodForItsHostsAlone(t *testing.T) {
	authority, err := NewAuthority("test")
	require.NoError(t, err)
	server, err := authority.Server("kubernetes.default.svc", "198.18.0.1")
	require.NoError(t, err)
	certificate := parse(t, server.Certificate)

	for _, host := range []string{"kubernetes.default.svc", "198.18.0.1"} {
		_, err := certificate.Verify(x509.VerifyOptions{Roots: pool(t, authority), DNSName: host})
		require.NoError(t, err)
	}
	_, err = certificate.Verify(x509.VerifyOptions{Roots: pool(t, authority), DNSName: "example.com"})
	require.Error(t, err)
}

func TestAClientsCertificateNamesTheUserAndItsGroups(t *testing.T) {
	authority, err := NewAuthority("test")
	require.NoError(t, err)
	client, err := authority.Client("system:node:node", "system:nodes")
	require.NoError(t, err)
	certificate := parse(t, client.Certificate)

	require.Equal(t, "system:node:node", certificate.Subject.CommonName)
	require.Equal(t, []string{"system:nodes"}, certificate.Subject.Organization) //nolint:misspell // X.509's word
	_, err = certificate.Verify(x509.VerifyOptions{Roots: pool(t, authority), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	require.NoError(t, err)
	_, err = certificate.Verify(x509.VerifyOptions{Roots: pool(t, authority), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	require.Error(t, err, "a client is no server")
}

func TestAnotherAuthoritysCertificateIsNotTrusted(t *testing.T) {
	authority, err := NewAuthority("test")
	require.NoError(t, err)
	other, err := NewAuthority("test")
	require.NoError(t, err)
	client, err := other.Client("admin", "system:masters")
	require.NoError(t, err)
	_, err = parse(t, client.Certificate).Verify(x509.VerifyOptions{
		Roots: pool(t, authority), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	require.Error(t, err)
}

func TestAWrittenPairIsReadAsOne(t *testing.T) {
	authority, err := NewAuthority("test")
	require.NoError(t, err)
	server, err := authority.Server("localhost")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "server")
	require.NoError(t, server.Write(path))
	_, err = tls.LoadX509KeyPair(path+".crt", path+".key")
	require.NoError(t, err)
}

func TestTheAuthoritysOwnKeyFitsItsCertificate(t *testing.T) {
	authority, err := NewAuthority("test")
	require.NoError(t, err)
	_, err = tls.X509KeyPair(authority.Certificate, authority.Key)
	require.NoError(t, err)
}

func parse(t *testing.T, encoded []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(encoded)
	require.NotNil(t, block)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return certificate
}

func pool(t *testing.T, authority *Authority) *x509.CertPool {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(authority.Certificate))
	return roots
}
