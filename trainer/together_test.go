package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks/network"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

// built is the trainer as it is shipped: ranks are processes of it.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "trainer-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "trainer")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// shared is a shop with several blocks of shoppers and of items, so that each of
// a few ranks has some of both.
var shared = tastetest.Shop{Users: 900, Items: 800, Tastes: 10, Days: 14, PerDay: 400, Seed: 5}

// chosen leaves nothing to a validation window, which takes longer than all else.
const chosen = "blend: {past: 1, past_offset: 0.1, past_exponent: 0.5, item_item: 1, factors: 0.5, popularity: 0.1}\n"

// training is one training by several processes.
type training struct {
	t         *testing.T
	events    string
	config    string
	modelDir  string
	ranks     int
	port      string
	rank0Port string // where rank 0 listens, if something stands between
	extra     []string
	// instructions are those that a rank is to compute in; a rank that has none here
	// chooses.
	instructions map[int]string
	// pauseAt is what rank 0 says when it is to be held until it is resumed; empty for nothing.
	pauseAt string
	network *network.Network // nil: the ranks are on this machine's own
}

func newTraining(t *testing.T, shop tastetest.Shop, ranks int, settings string) training {
	t.Helper()
	store, _ := shop.Store(t)
	dir := store.Root
	config := filepath.Join(dir, "train.yaml")
	require.NoError(t, os.WriteFile(config, []byte("rank: 24\nepochs: 12\nneighbours: 20\n"+settings), 0o600))
	port := commandtest.Port(t)
	return training{t: t, events: dir, config: config, modelDir: filepath.Join(dir, "model"), ranks: ranks, port: port, rank0Port: port}
}

// of is the same training by another number of ranks, into a folder of its own.
func (tr training) of(ranks int) training {
	tr.ranks = ranks
	tr.modelDir = filepath.Join(tr.events, "model-"+strconv.FormatUint(rand.Uint64(), 36))
	tr.port = commandtest.Port(tr.t)
	tr.rank0Port = tr.port
	return tr
}

// process is one rank.
type process struct {
	*exec.Cmd
	log    *lines
	ended  chan struct{}
	begun  time.Time
	paused chan struct{} // closed when it has said what it is to be held at
	resume func()
}

// patience is how long is waited for a process that something is wrong with, on the slowest of machines.
const patience = 10 * time.Minute

// lines is what a process wrote.
type lines struct {
	mu      sync.Mutex
	written bytes.Buffer
}

// follow adds all that comes, and calls pause after the first line that has something in it.
func (l *lines) follow(from io.Reader, what string, pause func()) {
	buffer := make([]byte, 64<<10) // more than a pipe holds
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		l.written.Write(buffer[:n])
		l.mu.Unlock()
		if what != "" && bytes.Contains(buffer[:n], []byte(what)) {
			what = ""
			pause()
		}
		if err != nil {
			return
		}
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

func (tr training) start(rank int) *process {
	tr.t.Helper()
	path, err := built()
	require.NoError(tr.t, err)
	args := []string{"train", "--events", tr.events, "--as-of", "2024-01-15", "--config", tr.config, "--model-dir", tr.modelDir, "--checkpoint-every", "2"}
	p := &process{
		Cmd: exec.Command(path, append(args, tr.extra...)...), log: &lines{}, ended: make(chan struct{}), begun: time.Now(), paused: make(chan struct{}),
	}
	port := tr.port
	if rank == 0 {
		port = tr.rank0Port
	}
	host := "127.0.0.1"
	if tr.network != nil {
		host = tr.network.Address(0)
		p.Cmd = exec.Command("ip", append([]string{"netns", "exec", tr.network.Namespace(rank)}, p.Args...)...)
	}
	p.Env = append(os.Environ(), "RANK="+strconv.Itoa(rank), "WORLD_SIZE="+strconv.Itoa(tr.ranks), "MASTER_ADDR="+host, "MASTER_PORT="+port)
	if name, ok := tr.instructions[rank]; ok {
		p.Env = append(p.Env, "DAYBREAK_INSTRUCTIONS="+name)
	}
	reader, writer, err := commandtest.Pipe()
	require.NoError(tr.t, err)
	p.Stdout, p.Stderr = io.Discard, writer
	require.NoError(tr.t, p.Start())
	require.NoError(tr.t, writer.Close())
	resumed := make(chan struct{})
	p.resume = sync.OnceFunc(func() { close(resumed) })
	go func() {
		defer close(p.ended)
		pauseAt := ""
		if rank == 0 {
			pauseAt = tr.pauseAt
		}
		p.log.follow(reader, pauseAt, func() {
			close(p.paused)
			<-resumed
		})
		_ = reader.Close()
		_ = p.Wait() // its code is what is looked at
	}()
	tr.t.Cleanup(func() {
		p.resume()
		_ = p.Process.Kill()
		<-p.ended
	})
	return p
}

// awaitPause waits until a process is held where it was to be.
func (p *process) awaitPause(t *testing.T) {
	t.Helper()
	select {
	case <-p.paused:
	case <-p.ended:
		t.Fatalf("it ended before it was held; it says\n%s", p.log)
	case <-time.After(patience):
		t.Fatalf("it doesn't come to where it is to be held; it says\n%s", p.log)
	}
}

func (tr training) startAll() []*process {
	processes := make([]*process, tr.ranks)
	for rank := range processes {
		processes[rank] = tr.start(rank)
	}
	return processes
}

// code waits for a process to end. One that a signal killed ends as a shell and a
// kubelet report it.
func (p *process) code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("it doesn't end; it says\n%s", p.log)
	}
	if signal := p.ProcessState.Sys().(syscall.WaitStatus).Signal(); signal >= 0 {
		return 128 + int(signal)
	}
	return p.ProcessState.ExitCode()
}

// restarting waits until all processes have succeeded; as the operator does, it
// starts those again that end with 128 or more.
func (tr training) restarting(processes []*process) {
	tr.t.Helper()
	for left := slices.Clone(processes); len(left) > 0; {
		for rank, p := range processes {
			at := slices.Index(left, p)
			if at < 0 || !p.hasEnded() {
				continue
			}
			code := p.code(tr.t)
			if code == 0 {
				left = slices.Delete(left, at, at+1)
				continue
			}
			require.GreaterOrEqual(tr.t, code, 128, "rank %d says\n%s", rank, p.log)
			processes[rank] = tr.start(rank)
			left[at] = processes[rank]
		}
		time.Sleep(5 * time.Millisecond)
		require.Less(tr.t, time.Since(processes[0].begun), patience, "rank 0 doesn't end; it says\n%s", processes[0].log)
	}
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// content is a model folder's files, with the times that training.json records
// and the sums over it left out.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "SHA256SUMS" {
			return err
		}
		data, err := os.ReadFile(path)
		if entry.Name() == "training.json" {
			var record model.Record
			require.NoError(t, json.Unmarshal(data, &record))
			record.Metrics = slices.DeleteFunc(record.Metrics, func(m model.Metric) bool { return strings.Contains(m.Key, "seconds") })
			for i := range record.Metrics {
				record.Metrics[i].Timestamp = 0
			}
			slices.SortStableFunc(record.Metrics, func(a, b model.Metric) int { return strings.Compare(a.Key, b.Key) })
			data, err = json.Marshal(record)
		}
		files[strings.TrimPrefix(path, dir)] = string(data)
		return err
	}))
	return files
}

// requireSame compares two models without printing them.
func requireSame(t *testing.T, want, got map[string]string, name string) {
	t.Helper()
	require.Len(t, got, len(want))
	for file := range want {
		require.True(t, want[file] == got[file], "%s differs: %s", file, name)
	}
}

func TestAnyNumberOfRanksMakesTheSameModel(t *testing.T) {
	for _, c := range []struct {
		name     string
		shop     tastetest.Shop
		settings string
		ranks    []int
	}{
		{"whose rows they share", shared, chosen, []int{2, 3, 8}},
		{"whose catalogue is too large to keep all that was taken together", shared, chosen + "co_occurrences: 8000\n", []int{2}},
		{"whose settings are chosen on windows", tastetest.Shop{Users: 300, Items: 60, Tastes: 5, Days: 14, PerDay: 60, Seed: 2}, "", []int{2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTraining(t, c.shop, 1, c.settings)
			tr.restarting(tr.startAll())
			want := content(t, tr.modelDir)
			for _, n := range c.ranks {
				several := tr.of(n)
				processes := several.startAll()
				for rank, p := range processes {
					require.Zero(t, p.code(t), "rank %d of %d says\n%s", rank, n, p.log)
					require.Contains(t, p.log.String(), `"wire_seconds"`)
				}
				requireSame(t, want, content(t, several.modelDir), strconv.Itoa(n)+" ranks")
				require.NoDirExists(t, several.modelDir+".checkpoints")
			}
		})
	}
}

// undisturbed trains once, and says how long the ranks took.
func undisturbed(t *testing.T, tr training) (map[string]string, time.Duration) {
	t.Helper()
	begin := time.Now()
	tr.restarting(tr.startAll())
	return content(t, tr.modelDir), time.Since(begin)
}

func TestARankThatIsKilledAtAnyMomentChangesNothing(t *testing.T) {
	tr := newTraining(t, shared, 3, chosen)
	want, took := undisturbed(t, tr)
	for killed := range 3 { // rank 0 too
		again := tr.of(3)
		processes := again.startAll()
		time.Sleep(rand.N(took))
		_ = processes[killed].Process.Kill() // it may have ended already
		again.restarting(processes)
		requireSame(t, want, content(t, again.modelDir), "rank "+strconv.Itoa(killed)+" was killed")
	}
}

func TestSIGTERMLeavesACheckpointThatTheNextStartGoesOnFrom(t *testing.T) {
	for _, n := range []int{1, 3} {
		tr := newTraining(t, shared, n, chosen)
		want, _ := undisturbed(t, tr)
		again := tr.of(n)
		again.extra = []string{"--checkpoint-every", "1000"} // none is due before the last epoch
		again.pauseAt = `"stage":"learn","epoch":3,`         // lest a fast machine comes to that first
		processes := again.startAll()
		processes[0].awaitPause(t)
		require.NoError(t, processes[0].Process.Signal(syscall.SIGTERM))
		processes[0].resume()
		require.Equal(t, command.Terminated, processes[0].code(t), processes[0].log)
		kept, err := os.ReadDir(again.modelDir + ".checkpoints")
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.NoDirExists(t, again.modelDir)

		again.pauseAt = ""
		processes[0] = again.start(0)
		again.restarting(processes)
		requireSame(t, want, content(t, again.modelDir), strconv.Itoa(n)+" ranks")
		require.NoDirExists(t, again.modelDir+".checkpoints")
		require.Contains(t, processes[0].log.String(), `"compute_seconds":0,`, "epochs of a checkpoint aren't done again")
	}
}

func TestARankThatNeverComesIsAFailureThatARestartMayCure(t *testing.T) {
	tr := newTraining(t, shared, 3, chosen)
	tr.extra = []string{"--rendezvous-timeout", "1s"}
	first := tr.start(0)
	second := tr.start(1)
	require.Equal(t, command.Retry, first.code(t))
	require.Regexp(t, `of 3 ranks these did not come to 127\.0\.0\.1:`+tr.port+` within 1s: \[(1 )?2\]`, first.log.String()) // rank 1 may be slow to
	require.Equal(t, command.Retry, second.code(t), second.log)
	require.Contains(t, second.log.String(), "rank 0 did not answer at 127.0.0.1:"+tr.port)
}

func TestRanksThatWereStartedDifferentlyFailForGood(t *testing.T) {
	tr := newTraining(t, shared, 2, chosen)
	first := tr.start(0)
	tr.extra = []string{"--seed", "77"}
	second := tr.start(1)
	for _, p := range []*process{first, second} {
		require.Equal(t, command.Failed, p.code(t), p.log)
		require.Contains(t, p.log.String(), "rank 1 has other settings than rank 0")
	}
}

func TestRanksWithAVX2AndAVX512MakeTheModelOfOneRank(t *testing.T) {
	own := vec.Instructions()
	other := own // which is all that there is on a processor without AVX-512: then the ranks are alike
	if own == "avx512" {
		other = "avx2"
	}
	tr := newTraining(t, shared, 1, chosen)
	tr.restarting(tr.startAll())
	want := content(t, tr.modelDir)
	mixed := tr.of(2)
	mixed.instructions = map[int]string{0: own, 1: other}
	for rank, p := range mixed.startAll() {
		require.Zero(t, p.code(t), "rank %d says\n%s", rank, p.log)
	}
	requireSame(t, want, content(t, mixed.modelDir), own+" and "+other)
}

func TestRanksOfWhichOneHasNeitherMakeTheModelOfThatOne(t *testing.T) {
	tr := newTraining(t, shared, 1, chosen)
	tr.instructions = map[int]string{0: "portable"}
	tr.restarting(tr.startAll())
	want := content(t, tr.modelDir)
	for portable := range 3 {
		mixed := tr.of(3)
		mixed.instructions = map[int]string{portable: "portable"}
		for rank, p := range mixed.startAll() {
			require.Zero(t, p.code(t), "rank %d says\n%s", rank, p.log)
			require.Contains(t, p.log.String(), " portable\"", "it isn't what ranks agreed on")
		}
		requireSame(t, want, content(t, mixed.modelDir), "rank "+strconv.Itoa(portable)+" is portable")
	}
}

// A rank that comes back where there is neither makes the others begin anew, as
// what they have computed can't be gone on with.
func TestARankThatComesBackWithLessMakesTheModelOfWhatItHas(t *testing.T) {
	tr := newTraining(t, shared, 1, chosen)
	tr.instructions = map[int]string{0: "portable"}
	tr.restarting(tr.startAll())
	want := content(t, tr.modelDir)
	again := tr.of(3)
	again.instructions = map[int]string{}
	again.pauseAt = `"stage":"learn","epoch":3,` // of 12, whatever the machine
	processes := again.startAll()
	first := processes[0]
	first.awaitPause(t)
	require.NoError(t, processes[2].Process.Kill())
	<-processes[2].ended
	first.resume()
	again.pauseAt = ""
	again.instructions[2] = "portable"
	again.restarting(processes)
	if vec.Instructions() == "portable" { // the others have no more than it has
		require.Zero(t, first.code(t), first.log)
	} else {
		require.Equal(t, command.Retry, first.code(t))
		require.Contains(t, first.log.String(), "the training must begin again")
	}
	requireSame(t, want, content(t, again.modelDir), "a rank came back with less")
}

func TestARankStartedAfterTheModelIsCompleteHasNothingToDo(t *testing.T) {
	tr := newTraining(t, shared, 1, chosen)
	tr.restarting(tr.startAll())
	tr.ranks = 3
	for rank := range 3 {
		require.Zero(t, tr.start(rank).code(t))
	}
}

// link carries bytes between the other ranks and rank 0, until it is cut.
type link struct {
	mu  sync.Mutex
	cut chan struct{} // closed when it is mended; nil while it works
}

// carry forwards connections made to a port of its own, which it returns.
func (l *link) carry(t *testing.T, port string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err != nil {
				_ = near.Close()
				continue
			}
			go l.copy(far, near)
			go l.copy(near, far)
		}
	}()
	_, own, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return own
}

func (l *link) copy(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		mended := l.cut
		l.mu.Unlock()
		if mended != nil {
			<-mended
		}
		if err != nil {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// part lets nothing through until the link is mended; what was sent arrives
// afterwards, as TCP has it.
func (l *link) part() (mend func()) {
	mended := make(chan struct{})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = mended
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.cut = nil
		close(mended)
	}
}

func TestALinkThatIsCutForTenSecondsChangesNothing(t *testing.T) {
	tr := newTraining(t, shared, 3, chosen)
	want, _ := undisturbed(t, tr)
	again := tr.of(3)
	var l link
	again.port = l.carry(t, again.rank0Port)
	again.pauseAt = `"stage":"learn","epoch":2,`
	processes := again.startAll()
	processes[0].awaitPause(t)
	mend := l.part()
	processes[0].resume()
	time.Sleep(10 * time.Second)
	require.False(t, processes[0].hasEnded(), "the link isn't cut")
	mend()
	again.pauseAt = ""
	again.restarting(processes)
	requireSame(t, want, content(t, again.modelDir), "the link was cut")
}
