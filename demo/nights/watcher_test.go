package nights

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWatcherReadsLinesHoweverTheyArrive(t *testing.T) {
	var seen []Event
	w := &watcher{watch: func(event Event) { seen = append(seen, event) }}
	for _, part := range []string{
		`{"msg":"begin",`, `"step":"check"}` + "\n" + `{"msg":"begin","step":"train"}` + "\n\n" + `{"msg":`, `"epoch","stage":"learn","epoch":1,"of":8}`,
		"\nplain words\n", "begun and not ended",
	} {
		n, err := w.Write([]byte(part))
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, []Event{{Step: "check"}, {Step: "train"}, {Detail: "learn epoch 1 of 8"}}, seen)
	require.Equal(t, "plain words", w.last)
}

func FuzzWatcher(f *testing.F) {
	f.Add([]byte(`{"msg":"begin","step":"check"}` + "\n"))
	f.Add([]byte(`{"msg":"epoch","epoch":"three"}` + "\n\n{"))
	f.Fuzz(func(t *testing.T, log []byte) {
		w := &watcher{watch: func(Event) {}}
		n, err := w.Write(log)
		require.NoError(t, err)
		require.Equal(t, len(log), n)
		require.NotContains(t, string(w.line), "\n")
	})
}
