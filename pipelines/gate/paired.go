package gate

import (
	"bytes"
	"fmt"
	"math"
	"os"

	"github.com/parquet-go/parquet-go"
)

// Pair is one metric of one shopper on one day, under both models: a row of paired.parquet.
type Pair struct {
	Shopper string  `parquet:"shopper"`
	Day     string  `parquet:"day"`
	Setting string  `parquet:"setting"` // all or new
	Metric  string  `parquet:"metric"`  // ndcg@20 or recall@20
	Old     float64 `parquet:"old"`
	New     float64 `parquet:"new"`
}

// ReadPairs reads what the trainer's compare wrote. Errors name the column or row that is wrong.
func ReadPairs(path string) ([]Pair, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read paired comparison: %w", err)
	}
	pairs, err := decodePairs(content)
	if err != nil {
		return nil, fmt.Errorf("paired comparison %s: %w", path, err)
	}
	return pairs, nil
}

func decodePairs(content []byte) (pairs []Pair, err error) {
	defer func() { // the Parquet library panics on some damaged files
		if damage := recover(); damage != nil {
			pairs, err = nil, fmt.Errorf("is damaged: %v", damage)
		}
	}()
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, column := range []string{"shopper", "day", "setting", "metric", "old", "new"} {
		if _, found := file.Schema().Lookup(column); !found {
			return nil, fmt.Errorf("has no column %q; it must be one that `trainer compare` wrote", column)
		}
	}
	pairs, err = parquet.Read[Pair](bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for row, pair := range pairs {
		switch {
		case pair.Shopper == "":
			return nil, fmt.Errorf("row %d: shopper is empty", row)
		case pair.Setting != "all" && pair.Setting != "new":
			return nil, fmt.Errorf("row %d: setting is %q; it must be all or new", row, pair.Setting)
		case !isMetric(pair.Old) || !isMetric(pair.New):
			return nil, fmt.Errorf("row %d: old is %v, new is %v; they must be from 0 to 1", row, pair.Old, pair.New)
		}
	}
	return pairs, nil
}

func isMetric(x float64) bool { return x >= 0 && x <= 1+1e-9 && !math.IsNaN(x) }
