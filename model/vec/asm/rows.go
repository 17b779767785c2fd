package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A tail loads the last values of a row, fewer than sixteen, with zeros behind.
type tail struct {
	machine machine
	k       reg.OpmaskVirtual // AVX-512
	masks   lanes             // AVX2
}

// newTail reads the mask: sixteen int32, −1 where there is a value.
func (m machine) newTail(mask Mem) tail {
	t := tail{machine: m}
	v := m.lanes()
	for i := range v {
		VMOVUPS(part(mask, i), v[i])
	}
	if m.wide {
		t.k = K()
		VPTESTMD(v[0], v[0], t.k)
	} else {
		t.masks = v
	}
	return t
}

func (t tail) load(mem Mem) lanes {
	v := t.machine.lanes()
	if t.machine.wide {
		VMOVUPS_Z(mem, t.k, v[0])
		return v
	}
	for i := range v {
		VMASKMOVPS(part(mem, i), t.masks[i], v[i])
	}
	return v
}

// gather emits the product of a sparse row's quadratic form with a vector: the
// inner loop of conjugate gradients. It goes over eight rows at a time, twice: for
// their inner products with p, and, while they are in the first cache, to add
// them up. Meanwhile it may fetch other rows into the second cache.
func (m machine) gather() {
	m.function("gather", "(out, p, factors *float32, indices *int32, weights *float32, ahead *int32, eightsAhead, fours, rank int, mask *int32, confidence, bias float32) float32",
		`adds confidence·weights[i]·(bias − ⟨q,p⟩)·q to out for each q that is the
row indices[i] of factors [, rank], for four times fours of them, and returns the
sum of confidence·weights[i]·(bias − ⟨q,p⟩)². out and p are padded to a multiple
of sixteen; mask has −1 where the last sixteen have a value and is nil where all
have. Meanwhile it fetches the rows that ahead names: eight for each of the first
eightsAhead eights.`)
	g := gathering{
		machine: m, misses: XMM(),
		cursor: AllocLocal(8), left: AllocLocal(8), rank: AllocLocal(8), full: AllocLocal(8), start: AllocLocal(8),
	}
	VXORPS(g.misses, g.misses, g.misses)
	rank := bytesOf("rank")
	MOVQ(rank, g.rank)
	ANDQ(I32(-row), rank)
	MOVQ(rank, g.full)
	ADDQ(pointer("factors").Base, rank)
	MOVQ(rank, g.start)
	XORQ(rank, rank)
	MOVQ(rank, g.cursor)

	left := Load(Param("eightsAhead"), GP64())
	TESTQ(left, left)
	JZ(LabelRef("eights"))
	MOVQ(left, g.left)
	Label("ahead")
	g.group("Ahead", 8, true)
	DECQ(g.left)
	JNZ(LabelRef("ahead"))

	Label("eights")
	left = Load(Param("fours"), GP64())
	SHRQ(Imm(1), left)
	SUBQ(Load(Param("eightsAhead"), GP64()), left)
	JZ(LabelRef("four"))
	MOVQ(left, g.left)
	Label("eight")
	g.group("Eight", 8, false)
	DECQ(g.left)
	JNZ(LabelRef("eight"))

	Label("four")
	left = Load(Param("fours"), GP64())
	TESTQ(U32(1), left)
	JZ(LabelRef("done"))
	g.group("Four", 4, false)
	Label("done")
	VHADDPS(g.misses, g.misses, g.misses)
	VHADDPS(g.misses, g.misses, g.misses)
	Store(g.misses, ReturnIndex(0))
	finish()
}

// A gathering is what groups of rows have in common. General registers are too
// few for it beside the rows: it lies in memory.
type gathering struct {
	machine
	misses reg.VecVirtual
	cursor Mem // bytes of indices and weights that are done
	left   Mem // groups
	rank   Mem // bytes of a row
	full   Mem // bytes of the whole sixteens of a row
	start  Mem // factors + full
}

// rows returns where the whole sixteens end of the rows that indices name, from
// index first on.
func (g gathering) rows(indices string, first, count int) []Mem {
	index := pointer(indices)
	ADDQ(g.cursor, index.Base)
	rows := make([]Mem, count)
	for i := range rows {
		base := GP64()
		MOVLQSX(index.Offset(4*(first+i)), base)
		IMULQ(g.rank, base)
		ADDQ(g.start, base)
		rows[i] = Mem{Base: base}
	}
	return rows
}

// fetched is how many rows are fetched in each of the two passes over a group.
const fetched = 4

// whole emits body for each whole sixteen of rows, with offset from where they
// end, and fetches four of the rows ahead on the way, from number first on.
func (g gathering) whole(name string, ahead bool, first int, body func(offset Register)) {
	var next []Mem
	if ahead {
		next = g.rows("ahead", first, fetched)
	}
	offset := GP64()
	XORQ(offset, offset)
	SUBQ(g.full, offset)
	JZ(LabelRef(name + "End"))
	Label(name)
	body(offset)
	for _, row := range next {
		PREFETCHT1(indexed(row, offset))
	}
	ADDQ(Imm(row), offset)
	JNZ(LabelRef(name))
	Label(name + "End")
}

// partial emits body for what is behind the whole sixteens.
func (g gathering) partial(name string, body func(last tail)) {
	mask := Mem{Base: Load(Param("mask"), GP64())}
	TESTQ(mask.Base, mask.Base)
	JZ(LabelRef(name + "None"))
	body(g.newTail(mask))
	Label(name + "None")
}

// behind returns the memory where the whole sixteens of a padded vector end.
func (g gathering) behind(name string) Mem {
	vector := pointer(name)
	ADDQ(g.full, vector.Base)
	return vector
}

// group emits what is done to the next count rows. Names begin with name.
func (g gathering) group(name string, count int, ahead bool) {
	rows := g.rows("indices", 0, count)
	scaled := make([]reg.VecVirtual, count/4) // by fours of rows
	together := 4                             // rows whose sums registers hold
	if g.wide {
		together = count
	}
	for begin := 0; begin < count; begin += together {
		part := fmt.Sprintf("dots%s%d", name, begin)
		p := g.behind("p")
		var sums []lanes
		for i := range together {
			sums = append(sums, g.clear(g.upper(i)))
		}
		g.whole(part, ahead && begin == 0, 0, func(offset Register) {
			right := g.load(indexed(p, offset))
			for i, sum := range sums {
				g.addProductAt(right, indexed(rows[begin+i], offset), sum)
			}
		})
		g.partial(part, func(last tail) {
			right := g.load(p)
			for i, sum := range sums {
				g.addProduct(right, last.load(rows[begin+i]), sum)
			}
		})
		for i := 0; i < together; i += 4 {
			scaled[(begin+i)/4] = g.scaledMisses(g.fourTotals(sums[i:i+4]), begin+i)
		}
	}
	var coefficients []lanes
	for i := range rows {
		one := XMM()
		VPERMILPS(U8(i%4*0x55), scaled[i/4], one)
		coefficients = append(coefficients, g.broadcastTo(one, g.upper(8+i)))
	}
	sum := "sum" + name
	out := g.behind("out")
	g.whole(sum, ahead, fetched, func(offset Register) {
		v := g.load(indexed(out, offset))
		for i, row := range rows {
			g.addProductAt(coefficients[i], indexed(row, offset), v)
		}
		g.store(v, indexed(out, offset))
	})
	g.partial(sum, func(last tail) {
		v := g.load(out)
		for i, row := range rows {
			g.addProduct(coefficients[i], last.load(row), v)
		}
		g.store(v, out)
	})
	done := GP64()
	MOVQ(U32(4*count), done)
	ADDQ(done, g.cursor)
}

// scaledMisses returns confidence·weight·(bias − dot) for four rows, from the
// group's row number first on, and adds what they miss by to the misses.
func (g gathering) scaledMisses(dots reg.VecVirtual, first int) reg.VecVirtual {
	bias, scaled := XMM(), XMM()
	VBROADCASTSS(NewParamAddr("bias", 84), bias)
	VSUBPS(dots, bias, dots)
	confidence := XMM()
	VBROADCASTSS(NewParamAddr("confidence", 80), confidence)
	weights := pointer("weights")
	ADDQ(g.cursor, weights.Base)
	VMULPS(weights.Offset(4*first), confidence, scaled)
	VMULPS(dots, scaled, scaled)
	VFMADD231PS(dots, scaled, g.misses)
	return scaled
}

// pack emits the copying of a row into panels.
func (m machine) pack() {
	m.function("pack", "(panels, row *float32, scale float32, stride, full int, mask *int32)",
		`writes a row, multiplied with scale, sixteen values to a panel; panels lie
stride values apart. full of them are filled; where mask isn't nil, one more by
what it lets through, the rest of which is zero.`)
	panels, source := pointer("panels"), pointer("row")
	scale := m.broadcast(NewParamAddr("scale", 16))
	stride, full := bytesOf("stride"), Load(Param("full"), GP64())
	mask := Mem{Base: Load(Param("mask"), GP64())}
	TESTQ(full, full)
	JZ(LabelRef("rest"))
	Label("next")
	v := m.lanes()
	m.multiplyAt(scale, source, v)
	m.store(v, panels)
	ADDQ(Imm(row), source.Base)
	ADDQ(stride, panels.Base)
	DECQ(full)
	JNZ(LabelRef("next"))
	Label("rest")
	TESTQ(mask.Base, mask.Base)
	JZ(LabelRef("done"))
	last := m.newTail(mask).load(source)
	m.multiply(scale, last, last)
	m.store(last, panels)
	Label("done")
	finish()
}
