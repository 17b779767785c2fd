package ials_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

// Regularisation, exponent and first factors as Rendle et al. 2022 choose them.
var published = model.Factorisation{Confidence: 1, UnobservedWeight: 0.1, Regularisation: 0.003, RegularisationExponent: 1}

func TestEveryScoreIsThatOfAReferenceInFloat64AfterEachEpoch(t *testing.T) {
	python := os.Getenv("DAYBREAK_TOOLS_PYTHON")
	if python == "" {
		python = filepath.Join("..", "..", ".venv-tools", "bin", "python")
	}
	require.FileExists(t, python, "make .venv-tools/.ready installs it from requirements/pytools.txt")
	log := tastetest.Shop{Users: 300, Items: 280, Tastes: 7, Days: 60, PerDay: 200, Seed: 2}.Log()
	weights, items := log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
	for _, c := range []struct {
		start string
		rank  int
	}{{"random", 64}, {"random", 128}, {"random", 256}, {"spectral", 64}, {"spectral", 128}} {
		t.Run(fmt.Sprintf("a %s start, rank %d", c.start, c.rank), func(t *testing.T) {
			rank, settings := c.rank, ials.Settings{Rank: c.rank, Seed: 1, InitialScale: 0.1}
			if c.start == "spectral" {
				settings.InitialScale, settings.Spectral = 2, true
			}
			const epochs = 3
			var learned []ials.Factors // after each epoch
			keep := func(_ int, factors ials.Factors) {
				learned = append(learned, ials.Factors{Users: slices.Clone(factors.Users), Items: slices.Clone(factors.Items)})
			}
			start, err := ials.Start(context.Background(), weights, items, published, settings)
			require.NoError(t, err)
			folder := t.TempDir()
			described, err := json.Marshal(map[string]any{
				"rank": rank, "epochs": epochs, "balanced": settings.Spectral, "confidence": published.Confidence, "unobserved_weight": published.UnobservedWeight,
				"regularisation": published.Regularisation, "regularisation_exponent": published.RegularisationExponent,
			})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, "settings.json"), described, 0o600))
			for name, values := range map[string]any{
				"indptr": weights.Indptr, "indices": weights.Indices, "weights": weights.Weights, "items": start.Items,
			} {
				var file bytes.Buffer
				require.NoError(t, binary.Write(&file, binary.NativeEndian, values))
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), file.Bytes(), 0o600))
			}
			reference := exec.Command(python, "-B", filepath.Join("testdata", "reference.py"), folder)
			reference.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1")
			output, err := reference.CombinedOutput()
			require.NoError(t, err, "%s", output)

			settings.Epochs = epochs
			_, err = ials.Learner{Watch: keep}.Learn(context.Background(), weights, items, published, settings)
			require.NoError(t, err)
			users := len(log.Users)
			for epoch := 1; epoch <= epochs; epoch++ {
				file, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("scores-%d", epoch)))
				require.NoError(t, err)
				want := make([]float64, users*items)
				require.NoError(t, binary.Read(bytes.NewReader(file), binary.NativeEndian, want))
				factors := learned[epoch-1]
				var most float64
				for u := range users {
					for i := range items {
						var got float64
						for f := range rank {
							got += float64(factors.Users[u*rank+f]) * float64(factors.Items[i*rank+f])
						}
						most = math.Max(most, math.Abs(want[u*items+i]-got))
					}
				}
				t.Logf("epoch %d: the largest difference of a score is %.1e", epoch, most)
				require.Less(t, most, 1e-3, "epoch %d", epoch)
			}
		})
	}
}
