package interactions

import (
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A keyed names a row by its place and orders it.
type keyed struct {
	key   uint64
	place int32
}

// An order sorts rows, reusing its memory: by counting their digits, as a year of
// them is too many to compare.
type order struct {
	keys, other []keyed
	rows        []Row
}

// sort puts rows of one day in the order of their users, then items.
func (o *order) sort(rows []Row) {
	o.keys = o.keys[:0]
	var all uint64 // bits that any key has
	for i, row := range rows {
		key := uint64(uint32(row.User))<<32 | uint64(uint32(row.Item))
		all |= key
		o.keys = append(o.keys, keyed{key, int32(i)})
	}
	o.other = append(o.other[:0], o.keys...)
	const digit = 11
	from, to := o.keys, o.other
	for shift := 0; shift < 64; shift += digit {
		if all>>shift&(1<<digit-1) == 0 {
			continue
		}
		var starts [1 << digit]int32
		for _, k := range from {
			starts[k.key>>shift&(1<<digit-1)]++
		}
		sum := int32(0)
		for i, count := range starts {
			starts[i], sum = sum, sum+count
		}
		for _, k := range from {
			bucket := k.key >> shift & (1<<digit - 1)
			to[starts[bucket]] = k
			starts[bucket]++
		}
		from, to = to, from
	}
	o.rows = append(o.rows[:0], rows...)
	for i, k := range from {
		rows[i] = o.rows[k.place]
	}
}

// sortDays puts rows in the order of their days, users and items. Days that
// ascend already, as they are read, are sorted each by itself, by all cores.
func sortDays(rows []Row) {
	byDay := func(a, b Row) int { return a.Day.Compare(b.Day) }
	if !slices.IsSortedFunc(rows, byDay) {
		slices.SortStableFunc(rows, byDay)
	}
	var days [][]Row
	for begin := 0; begin < len(rows); {
		end := begin + 1
		for end < len(rows) && rows[end].Day == rows[begin].Day {
			end++
		}
		days = append(days, rows[begin:end])
		begin = end
	}
	var next atomic.Int64
	var group errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			var o order
			for day := next.Add(1) - 1; day < int64(len(days)); day = next.Add(1) - 1 {
				o.sort(days[day])
			}
			return nil
		})
	}
	_ = group.Wait() // sorting never fails
}

// merge sorts one day's rows and leaves one for each shopper and item: the
// weightiest.
func (o *order) merge(rows []Row) []Row {
	o.sort(rows)
	kept := rows[:0]
	for _, row := range rows {
		if last := len(kept) - 1; last >= 0 && kept[last].User == row.User && kept[last].Item == row.Item {
			kept[last].Bought = kept[last].Bought || row.Bought
			kept[last].Weight = max(kept[last].Weight, row.Weight)
			continue
		}
		kept = append(kept, row)
	}
	return kept
}
