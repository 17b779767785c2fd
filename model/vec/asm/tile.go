package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	side   = 16         // rows and columns of a tile
	row    = 4 * side   // bytes of a tile's row
	whole  = side * row // bytes of a tile
	column = 4
)

// at is the row r of the tile at mem.
func at(tile Mem, r int) Mem { return tile.Offset(r * row) }

// element is what lies in row r and column c of the tile at mem.
func element(tile Mem, r, c int) Mem { return tile.Offset(r*row + c*column) }

// products emits tileAdd and tileSubtract. Sixteen rows of sums stay in
// registers on AVX-512, four on AVX2.
func (m machine) products(name, doc string, subtract bool) {
	m.function(name, "(c, a, b *float32, k int)", doc)
	c, firstA, firstB := pointer("c"), pointer("a"), pointer("b")
	k := Load(Param("k"), GP64())
	rows := 4
	if m.wide {
		rows = side
	}
	for begin := 0; begin < side; begin += rows {
		a, b, left := Mem{Base: GP64()}, Mem{Base: GP64()}, GP64()
		MOVQ(firstA.Base, a.Base)
		MOVQ(firstB.Base, b.Base)
		MOVQ(k, left)
		var sums []lanes
		for r := range rows {
			sums = append(sums, m.load(at(c, begin+r)))
		}
		next, done := fmt.Sprintf("next%d", begin), fmt.Sprintf("done%d", begin)
		TESTQ(left, left)
		JZ(LabelRef(done))
		Label(next)
		right := m.load(b)
		for r := range rows {
			left := a.Offset((begin + r) * column)
			switch {
			case m.wide && subtract:
				VFNMADD231PS_BCST(left, right[0], sums[r][0])
			case m.wide:
				VFMADD231PS_BCST(left, right[0], sums[r][0])
			case subtract:
				m.subtractProduct(m.broadcast(left), right, sums[r])
			default:
				m.addProduct(m.broadcast(left), right, sums[r])
			}
		}
		ADDQ(Imm(row), a.Base)
		ADDQ(Imm(row), b.Base)
		DECQ(left)
		JNZ(LabelRef(next))
		Label(done)
		for r := range rows {
			m.store(sums[r], at(c, begin+r))
		}
	}
	finish()
}

// subtractUpper emits tileSubtract for a tile on the diagonal, of which AVX2 needn't compute the quarter below.
func (m machine) subtractUpper() {
	m.function("tileSubtractUpper", "(c, a, b *float32, k int)", `is tileSubtract for the upper triangle of the tile
at c; some of what lies below it is overwritten with no meaning. k is positive.`)
	c, firstA, firstB := pointer("c"), pointer("a"), pointer("b")
	k := Load(Param("k"), GP64())
	for begin, strip := range []struct{ row, rows, half int }{{0, 4, 0}, {4, 4, 0}, {8, 8, 1}} {
		a, b, left := Mem{Base: GP64()}, Mem{Base: GP64()}, GP64()
		MOVQ(firstA.Base, a.Base)
		MOVQ(firstB.Base, b.Base)
		MOVQ(k, left)
		var sums []lanes
		for r := range strip.rows {
			sums = append(sums, m.load(at(c, strip.row+r))[strip.half:])
		}
		next := fmt.Sprintf("next%d", begin)
		Label(next)
		right := m.load(b)[strip.half:]
		for r := range strip.rows {
			m.subtractProduct(m.broadcast(a.Offset((strip.row + r) * column))[strip.half:], right, sums[r])
		}
		ADDQ(Imm(row), a.Base)
		ADDQ(Imm(row), b.Base)
		DECQ(left)
		JNZ(LabelRef(next))
		for r := range strip.rows {
			m.store(sums[r], part(at(c, strip.row+r), strip.half))
		}
	}
	finish()
}

// tileFactor eliminates row by row as L·D·Lᵀ does, which keeps square roots off
// the critical path, and scales the rows at the end.
func (m machine) tileFactor() {
	m.function("tileFactor", "(c *float32)", `factors the upper triangle of the tile at c into
Uᵀ·U and leaves U there, with the reciprocals of its diagonal on the diagonal:
one that isn't finite says that the tile isn't positive definite. What lies below
is overwritten with no meaning.`)
	c := pointer("c")
	pivots, scaled := AllocLocal(row), AllocLocal(row)
	one := XMM()
	bits := GP32()
	MOVL(U32(0x3f800000), bits)
	VMOVD(bits, one)
	var rows [side]lanes
	if m.wide {
		rows = m.eliminate(c, pivots, scaled, one)
	} else {
		eliminateInMemory(c, pivots, scaled, one)
	}
	least, ones := m.load(pivots), m.lanes()
	oneWide := m.broadcast(one)
	for i := range ones {
		VSQRTPS(least[i], ones[i])
		VDIVPS(ones[i], oneWide[i], ones[i])
	}
	m.store(ones, scaled)
	for r := range side {
		current := rows[r]
		if !m.wide {
			current = m.load(at(c, r))
		}
		m.multiply(m.broadcast(scaled.Offset(4*r)), current, current)
		m.store(current, at(c, r))
		VMOVSS(scaled.Offset(4*r), one)
		VMOVSS(one, element(c, r, r))
	}
	finish()
}

// eliminate emits the elimination of the tile at c in registers, which it returns, and writes the pivots.
func (m machine) eliminate(c, pivots, scaled Mem, one reg.VecVirtual) (rows [side]lanes) {
	for r := range side {
		rows[r] = m.load(at(c, r))
	}
	for r := range side {
		m.store(rows[r], at(c, r))
		pivot := XMM()
		VMOVSS(element(c, r, r), pivot)
		VMOVSS(pivot, pivots.Offset(4*r))
		if r == side-1 {
			break
		}
		VDIVSS(pivot, one, pivot)
		product := m.lanes()
		m.multiply(m.broadcast(pivot), rows[r], product)
		m.store(product, scaled)
		for s := r + 1; s < side; s++ {
			VFNMADD231PS_BCST(scaled.Offset(4*s), rows[r][0], rows[s][0])
		}
	}
	return rows
}

// eliminateInMemory is eliminate with AVX2, whose registers are too few. Each pivot is computed by itself beforehand,
// the same way, so that the next division needn't wait for a row to go through memory; halves of rows that lie below
// the diagonal are left alone.
func eliminateInMemory(c, pivots, scaled Mem, one reg.VecVirtual) {
	pivot := XMM()
	VMOVSS(element(c, 0, 0), pivot)
	for r := range side {
		VMOVSS(pivot, pivots.Offset(4*r))
		if r == side-1 {
			break
		}
		inverse, next := XMM(), XMM()
		VDIVSS(pivot, one, inverse)
		right, factor := XMM(), XMM()
		VMOVSS(element(c, r, r+1), right)
		VMULSS(right, inverse, factor)
		VMOVSS(element(c, r+1, r+1), next)
		VFNMADD231SS(right, factor, next)
		pivot = next
		whole := YMM()
		VBROADCASTSS(inverse, whole)
		var current [2]vector
		for half := r / 8; half < 2; half++ {
			current[half] = YMM()
			product := YMM()
			VMOVUPS(part(at(c, r), half), current[half])
			VMULPS(current[half], whole, product)
			VMOVUPS(product, part(scaled, half))
		}
		for s := r + 1; s < side; s++ {
			factors := YMM()
			VBROADCASTSS(scaled.Offset(4*s), factors)
			for half := s / 8; half < 2; half++ {
				other := YMM()
				VMOVUPS(part(at(c, s), half), other)
				VFNMADD231PS(current[half], factors, other)
				VMOVUPS(other, part(at(c, s), half))
			}
		}
	}
}

func (m machine) tileSolve() {
	m.function("tileSolve", "(u, c *float32)", `overwrites the tile at c with U⁻ᵀ·C, where u is what tileFactor left.`)
	u, c := pointer("u"), pointer("c")
	if m.wide {
		var rows [side]lanes
		for r := range side {
			rows[r] = m.load(at(c, r))
		}
		for r := range side {
			m.multiply(m.broadcast(element(u, r, r)), rows[r], rows[r])
			for s := r + 1; s < side; s++ {
				VFNMADD231PS_BCST(element(u, r, s), rows[r][0], rows[s][0])
			}
			m.store(rows[r], at(c, r))
		}
	} else {
		for half := range 2 {
			solveHalf(u, c, half)
		}
	}
	finish()
}

// solveHalf emits tileSolve for eight columns on AVX2, a register for each row: the last comes in when the first has gone.
func solveHalf(u, c Mem, half int) {
	place := func(r int) Mem { return part(at(c, r), half) }
	var rows [side]vector
	for r := range side - 1 {
		rows[r] = YMM()
		VMOVUPS(place(r), rows[r])
	}
	factor := YMM()
	for r := range side {
		VBROADCASTSS(element(u, r, r), factor)
		VMULPS(factor, rows[r], rows[r])
		VMOVUPS(rows[r], place(r))
		for s := r + 1; s < side; s++ {
			VBROADCASTSS(element(u, r, s), factor)
			if rows[s] != nil {
				VFNMADD231PS(rows[r], factor, rows[s])
				continue
			}
			rows[s] = YMM()
			VMOVUPS(place(s), rows[s])
			VFNMADD231PS(place(r), factor, rows[s])
		}
	}
}
