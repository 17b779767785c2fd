package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
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

// tileFactor eliminates row by row as L·D·Lᵀ does, which keeps square roots off
// the critical path, and scales the rows at the end.
func (m machine) tileFactor() {
	m.function("tileFactor", "(c *float32)", `factors the upper triangle of the tile at c into
Uᵀ·U and leaves U there, with the reciprocals of its diagonal on the diagonal:
one that isn't finite says that the tile isn't positive definite. What lies below
is overwritten with no meaning.`)
	c := pointer("c")
	pivots := AllocLocal(row)
	one := XMM()
	bits := GP32()
	MOVL(U32(0x3f800000), bits)
	VMOVD(bits, one)
	var rows [side]lanes
	if m.wide {
		for r := range side {
			rows[r] = m.load(at(c, r))
		}
	}
	scaled := AllocLocal(row)
	for r := range side {
		current := rows[r]
		if m.wide {
			m.store(current, at(c, r))
		} else {
			current = m.load(at(c, r))
		}
		pivot := XMM()
		VMOVSS(element(c, r, r), pivot)
		VMOVSS(pivot, pivots.Offset(4*r))
		if r == side-1 {
			break
		}
		VDIVSS(pivot, one, pivot)
		product := m.lanes()
		m.multiply(m.broadcast(pivot), current, product)
		m.store(product, scaled)
		for s := r + 1; s < side; s++ {
			factor := scaled.Offset(4 * s)
			if m.wide {
				VFNMADD231PS_BCST(factor, current[0], rows[s][0])
				continue
			}
			other := m.load(at(c, s))
			m.subtractProduct(m.broadcast(factor), current, other)
			m.store(other, at(c, s))
		}
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

func (m machine) tileSolve() {
	m.function("tileSolve", "(u, c *float32)", `overwrites the tile at c with U⁻ᵀ·C, where u is what tileFactor left.`)
	u, c := pointer("u"), pointer("c")
	var rows [side]lanes
	if m.wide {
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
		for r := range side {
			current := m.load(at(c, r))
			for s := range r {
				m.subtractProductAt(m.broadcast(element(u, s, r)), at(c, s), current)
			}
			m.multiply(m.broadcast(element(u, r, r)), current, current)
			m.store(current, at(c, r))
		}
	}
	finish()
}
