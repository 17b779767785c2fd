package http2_test

import (
	"encoding/xml"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/config"
)

// h2spec is a conformance suite for servers of HTTP/2 that we didn't write: 146 connections that do what the
// protocol's text says that a server must answer, or must not bear.
func TestTheProtocolIsSpokenAsItsConformanceSuiteExpects(t *testing.T) {
	address, _ := open(t, limits).Addr().(*net.TCPAddr)
	report := filepath.Join(t.TempDir(), "report.xml")
	passed, err := h2spec.Run(&config.Config{
		Host: address.IP.String(), Port: address.Port, Path: "/long", Timeout: time.Minute, MaxHeaderLen: 4000, Strict: true, JUnitReport: report,
	})
	require.NoError(t, err)
	found, err := os.ReadFile(report)
	require.NoError(t, err)
	var suites struct {
		Cases []struct {
			Section string    `xml:"package,attr"`
			Does    string    `xml:"classname,attr"`
			Skipped *struct{} `xml:"skipped"`
			Failure *struct {
				Text string `xml:",innerxml"`
			} `xml:"failure"`
			Error *struct {
				Text string `xml:",innerxml"`
			} `xml:"error"`
		} `xml:"testsuite>testcase"`
	}
	require.NoError(t, xml.Unmarshal(found, &suites))
	for _, c := range suites.Cases {
		require.Nil(t, c.Failure, "%s: %s", c.Section, c.Does)
		require.Nil(t, c.Error, "%s: %s", c.Section, c.Does)
		require.Nil(t, c.Skipped, "%s: %s", c.Section, c.Does)
	}
	require.Len(t, suites.Cases, 146)
	require.True(t, passed)
}
