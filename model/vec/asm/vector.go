package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// eachRow emits body for every sixteen of n values, n being a multiple of
// sixteen and at least that; offset counts bytes.
func eachRow(n Register, body func(offset Register)) {
	offset := GP64()
	XORQ(offset, offset)
	Label("next")
	body(offset)
	ADDQ(Imm(row), offset)
	CMPQ(offset, n)
	JNE(LabelRef("next"))
}

// Register is a general one.
type Register = reg.GPVirtual

func bytesOf(name string) Register {
	n := Load(Param(name), GP64()).(Register)
	SHLQ(Imm(2), n)
	return n
}

func indexed(mem Mem, offset Register) Mem {
	mem.Index, mem.Scale = offset, 1
	return mem
}

func (m machine) strip() {
	m.function("stripSubtract", "(y, x, panel *float32, stride, panels int)", `subtracts xᵀ·tile from sixteen values at y for each
of a number of tiles, the first at panel, the others stride values apart; y moves
on by sixteen for each.`)
	y, x, panel := pointer("y"), pointer("x"), pointer("panel")
	stride, panels := bytesOf("stride"), Load(Param("panels"), GP64())
	TESTQ(panels, panels)
	JZ(LabelRef("done"))
	Label("next")
	v := m.load(y)
	for r := range side {
		m.subtractProductAt(m.broadcast(x.Offset(4*r)), at(panel, r), v)
	}
	m.store(v, y)
	ADDQ(Imm(row), y.Base)
	ADDQ(stride, panel.Base)
	DECQ(panels)
	JNZ(LabelRef("next"))
	Label("done")
	finish()
}

func (m machine) stripDots() {
	m.function("stripDots", "(dots, x, panel *float32, stride, panels int)", `writes to sixteen values at dots what each row of a
number of tiles, as in stripSubtract, gives with x in an inner product.`)
	dots, first, start := pointer("dots"), pointer("x"), pointer("panel")
	stride, count := bytesOf("stride"), Load(Param("panels"), GP64())
	rows := 4
	for begin := 0; begin < side; begin += rows {
		x, panel, panels := Mem{Base: GP64()}, Mem{Base: GP64()}, GP64()
		MOVQ(first.Base, x.Base)
		MOVQ(start.Base, panel.Base)
		MOVQ(count, panels)
		var sums []lanes
		for range rows {
			sums = append(sums, m.zero())
		}
		next := LabelRef("next" + string(rune('0'+begin/rows)))
		Label(string(next))
		right := m.load(x)
		for r := range rows {
			m.addProductAt(right, at(panel, begin+r), sums[r])
		}
		ADDQ(Imm(row), x.Base)
		ADDQ(stride, panel.Base)
		DECQ(panels)
		JNZ(next)
		VMOVUPS(m.fourTotals(sums), dots.Offset(4*begin))
	}
	finish()
}

// fourTotals returns the sums of four sets of lanes as the lanes of one register.
func (m machine) fourTotals(sums []lanes) reg.VecVirtual {
	var q [4]reg.VecVirtual
	for i := range q {
		q[i] = m.quarter(sums[i])
	}
	VHADDPS(q[1], q[0], q[0])
	VHADDPS(q[3], q[2], q[2])
	VHADDPS(q[2], q[0], q[0])
	return q[0]
}

func (m machine) dot() {
	m.function("dotLanes", "(a, b *float32, n int) float32", "returns the inner product of n values; n is a positive multiple of sixteen.")
	a, b, n := pointer("a"), pointer("b"), bytesOf("n")
	sum := m.zero()
	eachRow(n, func(offset Register) {
		m.addProductAt(m.load(indexed(a, offset)), indexed(b, offset), sum)
	})
	Store(m.total(sum).AsX(), ReturnIndex(0))
	finish()
}

func (m machine) negativeProduct() {
	m.function("negativeProduct", "(out, a, b *float32, n int)", "writes −a·b, value by value, to out; n is a positive multiple of sixteen.")
	out, a, b, n := pointer("out"), pointer("a"), pointer("b"), bytesOf("n")
	eachRow(n, func(offset Register) {
		v := m.zero()
		m.subtractProductAt(m.load(indexed(a, offset)), indexed(b, offset), v)
		m.store(v, indexed(out, offset))
	})
	finish()
}

func (m machine) direction() {
	m.function("direction", "(p, z *float32, beta float32, n int)", "overwrites p with z + beta·p; n is a positive multiple of sixteen.")
	p, z, n := pointer("p"), pointer("z"), bytesOf("n")
	beta := m.broadcast(NewParamAddr("beta", 16))
	eachRow(n, func(offset Register) {
		v := m.load(indexed(z, offset))
		m.addProductAt(beta, indexed(p, offset), v)
		m.store(v, indexed(p, offset))
	})
	finish()
}

func (m machine) advance() {
	m.function("advance", "(x, r, z, p, q, inverse *float32, alpha float32, n int) float32", `adds alpha·p to x and alpha·q to r, writes
inverse·r to z, and returns the inner product of r and z; n is a positive
multiple of sixteen.`)
	x, r, z, p, q, inverse := pointer("x"), pointer("r"), pointer("z"), pointer("p"), pointer("q"), pointer("inverse")
	n := bytesOf("n")
	alpha := m.broadcast(NewParamAddr("alpha", 48))
	sum := m.zero()
	eachRow(n, func(offset Register) {
		v := m.load(indexed(x, offset))
		m.addProductAt(alpha, indexed(p, offset), v)
		m.store(v, indexed(x, offset))
		residual := m.load(indexed(r, offset))
		m.addProductAt(alpha, indexed(q, offset), residual)
		m.store(residual, indexed(r, offset))
		scaled := m.lanes()
		m.multiplyAt(residual, indexed(inverse, offset), scaled)
		m.store(scaled, indexed(z, offset))
		m.addProduct(residual, scaled, sum)
	})
	Store(m.total(sum).AsX(), ReturnIndex(0))
	finish()
}
