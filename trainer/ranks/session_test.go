package ranks_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// together runs a task on ranks of this process, each with connections of its
// own, and returns what Do (of rank 0) and Assist (of the others) return.
func together(t *testing.T, size int, certificates func(rank int) ranks.Certificates, task func(context.Context, *ranks.Session) error) []error {
	t.Helper()
	port := commandtest.Port(t)
	options := func(rank int) ranks.Options {
		return ranks.Options{
			Launch:  ranks.Launch{Rank: rank, Size: size, Host: "127.0.0.1", Port: port},
			Timeout: 5 * time.Second, Certificates: certificates(rank),
		}
	}
	ended := make([]error, size)
	var others sync.WaitGroup
	for rank := 1; rank < size; rank++ {
		others.Go(func() {
			ended[rank] = ranks.Assist(context.Background(), options(rank),
				ranks.Tasks{"task": func(ctx context.Context, s *ranks.Session, _ []byte) error { return task(ctx, s) }},
				func() (bool, error) { return false, nil })
		})
	}
	team, err := ranks.Lead(options(0))
	require.NoError(t, err)
	ended[0] = team.Do(context.Background(), "task", nil, task)
	team.Close(ended[0])
	others.Wait()
	return ended
}

func open(int) ranks.Certificates { return ranks.Certificates{} }

func requireAll(t *testing.T, ended []error) {
	t.Helper()
	for rank, err := range ended {
		require.NoError(t, err, "rank %d", rank)
	}
}

func TestEachRankGetsWhatEachGivesIt(t *testing.T) {
	swap := func(ctx context.Context, s *ranks.Session) error {
		got := make([]int64, s.Size())
		err := s.Exchange(ctx, func(peer int, w io.Writer) error {
			return ranks.WriteValues(w, []int64{int64(100*s.Rank() + peer)})
		}, func(peer int, r io.Reader) error { return ranks.ReadValues(r, "a number", got[peer:peer+1]) })
		if err != nil {
			return err
		}
		for peer, value := range got {
			if peer != s.Rank() && value != int64(100*peer+s.Rank()) {
				return errors.New("something else came")
			}
		}
		return nil
	}
	ended := together(t, 4, open, swap)
	requireAll(t, ended)
}

func TestRowsSumsAndMatricesComeWholeToWhoWantsThem(t *testing.T) {
	rows, width := 5*ranks.Block+17, 3
	matrix := model.CSR{Indptr: make([]int64, rows+1)}
	for row := range rows {
		matrix.Indices = append(matrix.Indices, int32(row%7))
		matrix.Weights = append(matrix.Weights, float32(row))
		matrix.Indptr[row+1] = int64(row + 1)
	}
	ended := together(t, 3, open, func(ctx context.Context, s *ranks.Session) error {
		bounds := ranks.Split(rows, s.Size(), func(int) float64 { return 1 })
		begin, end := bounds.Of(s.Rank())
		values := make([]float32, rows*width)
		if s.Leads() {
			for i := range values {
				values[i] = float32(i)
			}
		}
		if err := ranks.Broadcast(ctx, s, values, bounds, width); err != nil {
			return err
		}
		for i, value := range values {
			if value != float32(i) {
				return errors.New("a broadcast value is another")
			}
		}
		for i := begin * width; i < end*width; i++ {
			values[i] = -float32(i)
		}
		ready := ranks.NewGrowing(begin)
		gathered := ranks.StartGather(ctx, s, values, bounds, width, ready, ranks.Everyone)
		middle := (begin + end) / 2
		ready.Ready(middle, end) // in any order
		ready.Ready(begin, middle)
		if err := gathered(); err != nil {
			return err
		}
		for i, value := range values {
			if value != -float32(i) {
				return errors.New("a gathered value is another")
			}
		}
		sum, err := ranks.Sum(ctx, s, bounds, 1, nil, func(begin, end int, sum []float64) { sum[0] += float64(end - begin) })
		if err != nil {
			return err
		}
		if sum[0] != float64(rows) {
			return errors.New("the sum is another")
		}
		own, err := s.Scatter(ctx, matrix, bounds, 7)
		if err != nil {
			return err
		}
		all, err := s.GatherMatrix(ctx, own, bounds, 7, ranks.Everyone)
		if err != nil {
			return err
		}
		for row := range rows {
			columns, weights := all.Row(row)
			if len(columns) != 1 || columns[0] != int32(row%7) || weights[0] != float32(row) {
				return errors.New("a row is another")
			}
		}
		return nil
	})
	requireAll(t, ended)
}

func TestATaskThatFailsOnOneRankFailsOnAllForGood(t *testing.T) {
	ended := together(t, 3, open, func(ctx context.Context, s *ranks.Session) error {
		if s.Rank() == 2 {
			return errors.New("its numbers are impossible")
		}
		_, err := ranks.Sum(ctx, s, ranks.Bounds{0, 0, 0, 0}, 1, nil, func(int, int, []float64) {})
		return err
	})
	require.ErrorContains(t, ended[0], "rank 2: its numbers are impossible")
	for _, err := range ended[1:] {
		require.ErrorIs(t, err, ranks.ErrDismissed)
		require.ErrorContains(t, err, "its numbers are impossible")
	}
}

func TestWhatARankGivesWronglyIsSaidWithItsNumber(t *testing.T) {
	ended := together(t, 3, open, func(ctx context.Context, s *ranks.Session) error {
		return s.Exchange(ctx, func(int, io.Writer) error { return nil }, func(peer int, r io.Reader) error {
			if s.Rank() != 0 || peer != 2 {
				return nil
			}
			_, err := ranks.ReadSlice[int32](r, "days")
			return err
		})
	})
	require.ErrorContains(t, ended[0], "what rank 2 gave rank 0: read the number of days: 0 of 8 bytes came: EOF")
}

// authority signs certificates for tests.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	a := authority{dir: t.TempDir(), key: key}
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.write(t, "ca.pem", "CERTIFICATE", der)
	return a
}

func (a authority) write(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(a.dir, name)
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

// sign makes a certificate for 127.0.0.1.
func (a authority) sign(t *testing.T) ranks.Certificates {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return ranks.Certificates{
		Certificate: a.write(t, "tls.crt", "CERTIFICATE", der), Key: a.write(t, "tls.key", "PRIVATE KEY", secret),
		Authority: filepath.Join(a.dir, "ca.pem"),
	}
}

func nothing(ctx context.Context, s *ranks.Session) error {
	return s.Exchange(ctx, func(int, io.Writer) error { return nil }, func(int, io.Reader) error { return nil })
}

func TestRanksWithCertificatesOfOneAuthorityWorkTogether(t *testing.T) {
	certificates := newAuthority(t).sign(t)
	ended := together(t, 3, func(int) ranks.Certificates { return certificates }, nothing)
	requireAll(t, ended)
}

func TestARankWithoutTheAuthoritysCertificateStaysOut(t *testing.T) {
	ours, theirs := newAuthority(t).sign(t), newAuthority(t).sign(t)
	theirs.Authority = ours.Authority // it trusts us; we don't trust it
	for name, stranger := range map[string]ranks.Certificates{"another authority's": theirs, "none": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := together(t, 2, func(rank int) ranks.Certificates {
				if rank == 0 {
					return ours
				}
				return stranger
			}, nothing)
			require.ErrorIs(t, ended[0], ranks.ErrUnreached)
			require.ErrorIs(t, ended[1], ranks.ErrUnreached)
		})
	}
}

func FuzzBytesOfAnotherRankAreAMatrixOrAnError(f *testing.F) {
	f.Add([]byte{}, 3)
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 3)
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 127}, 1)
	f.Fuzz(func(t *testing.T, content []byte, columns int) {
		m, err := ranks.ReadMatrix(bytes.NewReader(content), columns)
		if err != nil {
			return
		}
		for row := range len(m.Indptr) - 1 {
			indices, _ := m.Row(row)
			for _, column := range indices {
				require.Less(t, int(column), columns)
			}
		}
	})
}
