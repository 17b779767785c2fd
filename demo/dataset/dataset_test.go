package dataset_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/dataset"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/simulate"
)

const mapping = "../../events/mapping/simulated.yaml"

func shop(t *testing.T) *dataset.Dataset {
	t.Helper()
	small := simulate.Shop{Seed: 1, Users: 100, Items: 60, Days: 10, Start: events.NewDay(2025, time.January, 6)}
	data, err := dataset.Simulate(t.Context(), filepath.Join(t.TempDir(), "export"), mapping, small)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, data.Close()) })
	return data
}

func TestASimulatedShopIsReadyToIngest(t *testing.T) {
	data := shop(t)
	require.Equal(t, "simulated", data.Name())
	require.Len(t, data.Days, 10)

	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, data.Ingest(t.Context(), store, data.Days[0]))
	manifest, err := store.Manifest(data.Days[0])
	require.NoError(t, err)
	require.Positive(t, manifest.Kept)
}

func TestAShuffledDayIsAnExportOfThatDayAlone(t *testing.T) {
	data := shop(t)
	dir := t.TempDir()
	shuffled, err := data.Shuffle(t.Context(), data.Days[4], dir)
	require.NoError(t, err)
	require.Positive(t, shuffled.Changed)
	require.LessOrEqual(t, shuffled.Changed, shuffled.Orders)

	spoiled, err := dataset.Open(t.Context(), dir, mapping)
	require.NoError(t, err)
	defer func() { require.NoError(t, spoiled.Close()) }()
	require.Equal(t, []events.Day{data.Days[4]}, spoiled.Days)
	require.NotEqual(t, day(t, data, 4), day(t, spoiled, 0), "who bought what is wrong")
	require.ElementsMatch(t, itemsOf(day(t, data, 4)), itemsOf(day(t, spoiled, 0)), "what was bought is right")
}

// day gives the events of the i-th day.
func day(t *testing.T, data *dataset.Dataset, i int) []events.Event {
	t.Helper()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, data.Ingest(t.Context(), store, data.Days[i]))
	all, err := store.ReadDay(t.Context(), data.Days[i])
	require.NoError(t, err)
	for j := range all {
		all[j].EventID = "" // it is of the source's row
	}
	return all
}

func itemsOf(all []events.Event) []string {
	items := make([]string, len(all))
	for i, event := range all {
		items[i] = event.ItemID
	}
	return items
}

func TestDataThatIsNotThereIsAnErrorThatSaysWhatWouldBeRight(t *testing.T) {
	_, err := dataset.Open(t.Context(), "no/such/folder", mapping)
	require.EqualError(t, err, `there is no data at no/such/folder; name a folder of daily CSV files or one CSV file, or ask for "simulated"`)

	_, err = dataset.Open(t.Context(), t.TempDir(), filepath.Join("..", "no-such.yaml"))
	require.ErrorContains(t, err, "no-such.yaml")
}
