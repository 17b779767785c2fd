package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/server"
)

// load asks the server to take over what its folder now holds.
func (s *shop) load(t *testing.T) (int, map[string]any) {
	t.Helper()
	return s.ask(t, http.MethodPost, "/v2/repository/models/recommender/load", "")
}

// firstScore returns what the best item for a shopper scores.
func firstScore(t *testing.T, p model.Parameters, user string) float32 {
	t.Helper()
	m, err := model.New(p)
	require.NoError(t, err)
	answer, err := m.Recommend(model.Request{User: user, K: 1})
	require.NoError(t, err)
	return answer.Items[0].Score
}

func TestSwapsUnderLoadFailNoRequestMixNoVersionsAndHoldNoMemory(t *testing.T) {
	const clients, user = 4, "shopper-00005"
	swaps, size := 50, modeltest.Small
	if os.Getenv("DAYBREAK_SOAK") != "" {
		swaps, size = 200, modeltest.Size{Users: 2000, Items: 2000, Rank: 32} // enough to see in the memory of a process
	}
	s := open(t)
	s.point(t, s.add(t, "1", modeltest.Parameters(t, 1, size)))
	s.await(t, "1")
	scores := map[string]float32{"1": firstScore(t, modeltest.Parameters(t, 1, size), user)}
	for version := 2; version <= 1+swaps; version++ {
		name := strconv.Itoa(version)
		parameters := modeltest.Parameters(t, uint64(version), size)
		s.add(t, name, parameters)
		scores[name] = firstScore(t, parameters, user)
	}

	var answered atomic.Int64
	var sending sync.WaitGroup
	stop := make(chan struct{})
	faults := make(chan error, clients)
	for range clients {
		sending.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.askOnce(user, scores); err != nil {
					faults <- err
					return
				}
				answered.Add(1)
			}
		})
	}
	const settled = 10 // swaps after which memory is what it is to stay
	var resident int
	for version := 2; version <= 1+swaps; version++ {
		if version == 2+settled {
			resident = residentKiB(t)
		}
		before := answered.Load()
		s.point(t, filepath.Join(s.models, strconv.Itoa(version)))
		status, answer := s.load(t)
		require.Equal(t, http.StatusOK, status, answer)
		require.Eventually(t, func() bool { return answered.Load() > before || len(faults) > 0 }, patience, time.Millisecond)
	}
	close(stop)
	sending.Wait()
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
	s.await(t, strconv.Itoa(1+swaps))
	_, metrics := s.askRaw(t, http.MethodGet, "/metrics", "")
	require.Equal(t, 1, strings.Count(string(metrics), "\ndaybreak_predictor_model_info{"), "the memory of %d versions is held", swaps)
	mapped, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(mapped), s.models+"/"), 20, "files of %d models are mapped", 1+swaps)
	more := residentKiB(t) - resident
	if os.Getenv("DAYBREAK_SOAK") != "" { // fewer models would weigh less than chance and the race detector do
		require.Less(t, more, (swaps-settled)*folderKiB(t, filepath.Join(s.models, "1"))/2, "KiB that %d swaps have added to resident memory", swaps-settled)
	}
	t.Logf("%d swaps, %d requests, 0 failed, 0 answered by a version other than the one they name; resident %d KiB after %d swaps, %+d KiB after all, with models of %d KiB",
		swaps, answered.Load(), resident, settled, more, folderKiB(t, filepath.Join(s.models, "1")))
}

// residentKiB returns the memory of this process that lies in RAM, garbage aside.
func residentKiB(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kib
}

// folderKiB returns how much the files in a folder hold.
func folderKiB(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	var size int64
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		size += info.Size()
	}
	return int(size >> 10)
}

// askOnce sends a request and reports an answer whose score isn't that of the version it names.
func (s *shop) askOnce(user string, scores map[string]float32) error {
	response, err := http.Post(s.url+predict, "application/json", strings.NewReader(`{"instances":[{"user_id":"`+user+`","k":1}]}`))
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // the body was read, or the answer failed anyway
	var answer v1Answer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	if score := answer.Predictions[0].Items[0].Score; score != scores[answer.ModelVersion] {
		return fmt.Errorf("version %s answered with %v; it scores %v", answer.ModelVersion, score, scores[answer.ModelVersion])
	}
	return nil
}

func TestASwappedLinkIsNoticedWithoutBeingTold(t *testing.T) {
	s := openWith(t, 1)
	s.point(t, s.add(t, "2", modeltest.Parameters(t, 2, modeltest.Small)))
	s.await(t, "2")
	s.point(t, filepath.Join(s.models, "1"))
	s.await(t, "1")
}

func TestTheHighestNumberedFolderServes(t *testing.T) {
	dir := t.TempDir()
	s := &shop{models: dir}
	s.url = serve(t, server.Options{ModelName: "recommender", ModelDir: dir, Poll: 10 * time.Millisecond})
	s.add(t, "9", modeltest.Parameters(t, 1, modeltest.Small))
	s.await(t, "9")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "99-notes"), 0o700))
	s.add(t, "10", modeltest.Parameters(t, 2, modeltest.Small))
	s.await(t, "10")
}

func TestTheVersionOfASingleModelFolder(t *testing.T) {
	for _, c := range []struct {
		name, folder, given, version string
	}{
		{"is the one given", "13", "14", "14"},
		{"is otherwise the folder's number", "13", "", "13"},
		{"is otherwise 0", "model", "", "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &shop{models: t.TempDir()}
			dir := s.add(t, c.folder, modeltest.Parameters(t, 1, modeltest.Small))
			s.url = serve(t, server.Options{ModelName: "recommender", ModelDir: dir, ModelVersion: c.given, Poll: 10 * time.Millisecond})
			s.await(t, c.version)
		})
	}
}

func TestADamagedModelIsRefusedAndTheOldOneGoesOnServing(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string, p model.Parameters)
		says   string
	}{
		{"one byte flipped", func(t *testing.T, dir string, p model.Parameters) {
			require.NoError(t, model.Write(dir, p))
			path := filepath.Join(dir, "model.safetensors")
			tensors, err := os.ReadFile(path)
			require.NoError(t, err)
			tensors[len(tensors)/2] ^= 1
			require.NoError(t, os.WriteFile(path, tensors, 0o600))
		}, "model.safetensors: differs from what was written"},
		{"a file missing", func(t *testing.T, dir string, p model.Parameters) {
			require.NoError(t, model.Write(dir, p))
			require.NoError(t, os.Remove(filepath.Join(dir, "users.parquet")))
		}, "users.parquet: is missing"},
		{"golden requests answered otherwise", func(t *testing.T, dir string, p model.Parameters) {
			p.Golden[0].Answer.Items[0].Score++
			require.NoError(t, model.Write(dir, p))
		}, "golden.json: golden request 0: place 0 scores"},
		{"no model at all", func(t *testing.T, dir string, _ model.Parameters) {
			require.NoError(t, os.Mkdir(dir, 0o700))
		}, "holds neither config.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openWith(t, 1)
			bad := filepath.Join(s.models, "2")
			c.damage(t, bad, modeltest.Parameters(t, 2, modeltest.Small))
			s.point(t, bad)
			for range 2 { // asked again, it says the same again
				status, answer := s.load(t)
				require.Equal(t, http.StatusBadRequest, status)
				require.Contains(t, answer["error"], c.says)
				require.Contains(t, answer["error"], s.models)
			}
			s.await(t, "1")
			require.NoError(t, s.askOnce("shopper-00005", map[string]float32{"1": firstScore(t, modeltest.Parameters(t, 1, modeltest.Small), "shopper-00005")}))
			_, metrics := s.askRaw(t, http.MethodGet, "/metrics", "")
			require.NotContains(t, string(metrics), "daybreak_predictor_model_load_failures_total 0\n")

			s.point(t, s.add(t, "3", modeltest.Parameters(t, 3, modeltest.Small)))
			s.await(t, "3")
		})
	}
}

func TestAFolderThatWasRefusedIsTriedAgainWhenItChanges(t *testing.T) {
	s := openWith(t, 1)
	next := s.add(t, "2", modeltest.Parameters(t, 2, modeltest.Small))
	extra := filepath.Join(next, "extra")
	require.NoError(t, os.WriteFile(extra, nil, 0o600))
	s.point(t, next)
	status, answer := s.load(t)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer["error"], "extra: is not listed in SHA256SUMS")
	require.NoError(t, os.Remove(extra))
	s.await(t, "2")
}
