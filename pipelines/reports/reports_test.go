package reports_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

type report struct{ Verdict string }

func TestAReportIsReadAsWritten(t *testing.T) {
	dir := reports.Dir(t.TempDir(), events.NewDay(2011, 11, 8))
	require.Equal(t, "dt=2011-11-08", filepath.Base(dir))
	var read report
	found, err := reports.Read(dir, reports.Gate, &read)
	require.NoError(t, err)
	require.False(t, found)

	require.NoError(t, reports.Write(dir, reports.Gate, report{"promote"}))
	require.NoError(t, reports.Write(dir, reports.Gate, report{"reject"}))
	found, err = reports.Read(dir, reports.Gate, &read)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "reject", read.Verdict)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing half-written stays")
}

func TestADamagedReportCountsAsNone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, reports.Check), []byte(`{"verdict":`), 0o600))
	var read report
	found, err := reports.Read(dir, reports.Check, &read)
	require.NoError(t, err)
	require.False(t, found)

	require.ErrorContains(t, reports.Write(dir, reports.Check, func() {}), "write report")
}
