// Package reports knows where a night's reports lie, <data>/reports/dt=2011-11-08/, and writes and
// reads them as JSON, whole or not at all.
package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
)

// The reports of a night.
const (
	Check       = "check.json"       // does the day look like this shop
	Prequential = "prequential.json" // how recent models did on the day none had seen
	ModelCard   = "card.json"        // what tonight's model recommends
	Paired      = "paired.parquet"   // tonight's model and the serving one, shopper by shopper
	Gate        = "gate.json"        // the verdict on tonight's model
	Night       = "night.json"       // what the night came to
	Page        = "report.html"      // all of these, for people
)

// Dir is the folder of a day's reports below data.
func Dir(data string, day events.Day) string {
	return filepath.Join(data, "reports", "dt="+day.String())
}

// Write writes a report into a folder, which is made if it isn't there.
func Write(dir, name string, report any) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write report %s: %w", filepath.Join(dir, name), err)
		}
	}()
	content, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return write(dir, name, append(content, '\n'))
}

// WritePage writes the page that people read into a folder.
func WritePage(dir string, page []byte) error {
	if err := write(dir, Page, page); err != nil {
		return fmt.Errorf("write report %s: %w", filepath.Join(dir, Page), err)
	}
	return nil
}

// write makes a file appear whole or not at all.
func write(dir, name string, content []byte) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // best effort: a leftover is read by nobody
		}
	}()
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(dir, name))
}

// Read reads a report into what it points to, and says whether there is one. A report that can't be
// read as what it should be counts as none: every report can be made again.
func Read(dir, name string, report any) (bool, error) {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read report: %w", err)
	}
	return json.Unmarshal(content, report) == nil, nil
}
