package ranks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/daybreak-ml/daybreak/model"
)

// Part returns rows of a matrix as a matrix of their own, whose values it
// shares.
func Part(m model.CSR, begin, end int) model.CSR {
	from, to := m.Indptr[begin], m.Indptr[end]
	indptr := m.Indptr[begin : end+1 : end+1]
	if from > 0 {
		indptr = make([]int64, end-begin+1)
		for i := range indptr {
			indptr[i] = m.Indptr[begin+i] - from
		}
	}
	return model.CSR{Indptr: indptr, Indices: m.Indices[from:to:to], Weights: m.Weights[from:to:to]}
}

// WriteMatrix writes a matrix.
func WriteMatrix(w io.Writer, m model.CSR) error {
	if err := WriteSlice(w, m.Indptr); err != nil {
		return err
	}
	if err := WriteSlice(w, m.Indices); err != nil {
		return err
	}
	return WriteSlice(w, m.Weights)
}

// ReadMatrix reads a matrix and checks that it is one, with the given number of
// columns.
func ReadMatrix(r io.Reader, columns int) (model.CSR, error) {
	var m model.CSR
	var err error
	if m.Indptr, err = ReadSlice[int64](r, "the rows' ends"); err != nil {
		return model.CSR{}, fmt.Errorf("read a matrix: %w", err)
	}
	if m.Indices, err = ReadSlice[int32](r, "columns"); err != nil {
		return model.CSR{}, fmt.Errorf("read a matrix: %w", err)
	}
	if m.Weights, err = ReadSlice[float32](r, "weights"); err != nil {
		return model.CSR{}, fmt.Errorf("read a matrix: %w", err)
	}
	if err := checkMatrix(m, columns); err != nil {
		return model.CSR{}, fmt.Errorf("read a matrix: %w", err)
	}
	return m, nil
}

func checkMatrix(m model.CSR, columns int) error {
	if len(m.Indptr) == 0 || m.Indptr[0] != 0 || m.Indptr[len(m.Indptr)-1] != int64(len(m.Indices)) || len(m.Indices) != len(m.Weights) {
		return fmt.Errorf("rows, columns and values don't fit: %d ends, %d columns, %d values", len(m.Indptr), len(m.Indices), len(m.Weights))
	}
	for i := 1; i < len(m.Indptr); i++ {
		if m.Indptr[i] < m.Indptr[i-1] {
			return fmt.Errorf("row %d ends before it begins", i-1)
		}
	}
	for _, column := range m.Indices {
		if column < 0 || int(column) >= columns {
			return fmt.Errorf("column %d is not one of %d", column, columns)
		}
	}
	return nil
}

// Scatter gives each rank its rows of rank 0's matrix, which has the given number
// of columns; the others' argument is not looked at.
func (s *Session) Scatter(ctx context.Context, m model.CSR, bounds Bounds, columns int) (model.CSR, error) {
	var own model.CSR
	if s.Leads() {
		own = Part(m, bounds[0], bounds[1])
	}
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		if !s.Leads() {
			return nil
		}
		begin, end := bounds.Of(peer)
		return WriteMatrix(w, Part(m, begin, end))
	}, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		var err error
		if own, err = ReadMatrix(r, columns); err != nil {
			return err
		}
		begin, end := bounds.Of(s.rank)
		return wantRows(own, end-begin)
	})
	return own, err
}

func wantRows(m model.CSR, rows int) error {
	if got := len(m.Indptr) - 1; got != rows {
		return fmt.Errorf("a matrix of %d rows came where %d were expected", got, rows)
	}
	return nil
}

// GatherMatrix puts every rank's rows together, on every rank for which wanted
// says so.
func (s *Session) GatherMatrix(ctx context.Context, own model.CSR, bounds Bounds, columns int, wanted func(rank int) bool) (model.CSR, error) {
	if s.size == 1 {
		return own, ctx.Err()
	}
	parts := make([]model.CSR, s.size)
	parts[s.rank] = own
	packed := sync.OnceValues(func() ([]byte, error) { // once for all that want it
		var buffer bytes.Buffer
		err := Pack(&buffer, func(w io.Writer) error { return WriteMatrix(w, own) })
		return buffer.Bytes(), err
	})
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		if !wanted(peer) {
			return nil
		}
		content, err := packed()
		if err != nil {
			return err
		}
		return WriteValues(w, content)
	}, func(peer int, r io.Reader) error {
		if !wanted(s.rank) {
			return nil
		}
		return Unpack(r, func(r io.Reader) error {
			var err error
			if parts[peer], err = ReadMatrix(r, columns); err != nil {
				return err
			}
			begin, end := bounds.Of(peer)
			return wantRows(parts[peer], end-begin)
		})
	})
	if err != nil || !wanted(s.rank) {
		return model.CSR{}, err
	}
	return stacked(parts), nil
}

// Everyone wants what is gathered.
func Everyone(int) bool { return true }

// Leader alone wants what is gathered.
func Leader(rank int) bool { return rank == 0 }

// stacked returns the parts' rows as one matrix. It gives the parts' memory up as
// it goes.
func stacked(parts []model.CSR) model.CSR {
	var rows, values int
	for _, part := range parts {
		rows += len(part.Indptr) - 1
		values += len(part.Indices)
	}
	m := model.CSR{Indptr: make([]int64, 1, rows+1), Indices: make([]int32, 0, values), Weights: make([]float32, 0, values)}
	for i, part := range parts {
		offset := int64(len(m.Indices))
		for _, end := range part.Indptr[1:] {
			m.Indptr = append(m.Indptr, offset+end)
		}
		m.Indices, m.Weights = append(m.Indices, part.Indices...), append(m.Weights, part.Weights...)
		parts[i] = model.CSR{}
	}
	return m
}
