package ranks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Certificates are the files by which ranks prove to each other that they belong
// together. All empty: connections are neither encrypted nor authenticated.
type Certificates struct {
	Certificate, Key string // of this rank; it must name rank 0's address, and serve both ends of a connection
	Authority        string // that signed every rank's
}

// credentials returns what servers and clients show and ask for. Whatever
// address a peer has, its certificate must name host, rank 0's: a training has
// one certificate, and pods have addresses that nobody knows beforehand.
func (c Certificates) credentials(host string) (server, client credentials.TransportCredentials, err error) {
	if c == (Certificates{}) {
		return insecure.NewCredentials(), insecure.NewCredentials(), nil
	}
	if c.Certificate == "" || c.Key == "" || c.Authority == "" {
		return nil, nil, errors.New("certificate, key and authority must be given together")
	}
	certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	pem, err := os.ReadFile(c.Authority)
	if err != nil {
		return nil, nil, fmt.Errorf("read authority: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(pem) {
		return nil, nil, fmt.Errorf("authority %s holds no certificate in PEM", c.Authority)
	}
	return credentials.NewTLS(&tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority,
		}), credentials.NewTLS(&tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate},
			RootCAs: authority, ServerName: host,
		}), nil
}
