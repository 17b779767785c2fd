package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// doubles are the registers that hold sixteen float64.
type doubles []reg.VecVirtual

// row64 is the bytes of sixteen float64.
const row64 = 8 * side

func (m machine) vector() reg.VecVirtual {
	if m.wide {
		return ZMM()
	}
	return YMM()
}

// double returns the memory of register number i of those that begin at mem.
func (m machine) double(mem Mem, i int) Mem {
	if m.wide {
		return mem.Offset(64 * i)
	}
	return mem.Offset(32 * i)
}

func (m machine) doubles() doubles {
	v := make(doubles, 4)
	if m.wide {
		v = v[:2]
	}
	for i := range v {
		v[i] = m.vector()
	}
	return v
}

func (m machine) zeroDoubles() doubles {
	v := m.doubles()
	for i := range v {
		VXORPD(v[i], v[i], v[i])
	}
	return v
}

// broadcastDouble fills every lane of one register.
func (m machine) broadcastDouble(mem Op) reg.VecVirtual {
	v := m.vector()
	VBROADCASTSD(mem, v)
	return v
}

// totalDouble leaves the sum of the lanes in the lowest lane of what it returns.
func (m machine) totalDouble(v doubles) reg.VecVirtual {
	low, high := YMM(), YMM()
	if m.wide {
		VADDPD(v[1], v[0], v[0])
		VEXTRACTF64X4(U8(1), v[0], high)
		VEXTRACTF64X4(U8(0), v[0], low)
	} else {
		VADDPD(v[2], v[0], low)
		VADDPD(v[3], v[1], high)
	}
	VADDPD(high, low, low)
	upper, lower := XMM(), XMM()
	VEXTRACTF128(U8(1), low, upper)
	VEXTRACTF128(U8(0), low, lower)
	VADDPD(upper, lower, lower)
	VHADDPD(lower, lower, lower)
	return lower
}

// updateRow emits one row's step of making a symmetric matrix tridiagonal.
func (m machine) updateRow() {
	m.function("updateRow", "(a, v, w, next *float64, vi, wi float64, n int) float64", `subtracts vi·w + wi·v from a, and returns a's inner
product with next; n is a positive multiple of sixteen.`)
	a, v, w, next := pointer("a"), pointer("v"), pointer("w"), pointer("next")
	vi, wi := m.broadcastDouble(NewParamAddr("vi", 32)), m.broadcastDouble(NewParamAddr("wi", 40))
	n := Load(Param("n"), GP64()).(Register)
	SHLQ(Imm(3), n)
	sums := m.zeroDoubles()
	offset := GP64()
	XORQ(offset, offset)
	Label("next")
	for i := range sums {
		row := m.vector()
		VMOVUPD(m.double(indexed(a, offset), i), row)
		VFNMADD231PD(m.double(indexed(w, offset), i), vi, row)
		VFNMADD231PD(m.double(indexed(v, offset), i), wi, row)
		VMOVUPD(row, m.double(indexed(a, offset), i))
		VFMADD231PD(m.double(indexed(next, offset), i), row, sums[i])
	}
	ADDQ(Imm(row64), offset)
	CMPQ(offset, n)
	JNE(LabelRef("next"))
	Store(m.totalDouble(sums).AsX(), ReturnIndex(0))
	finish()
}

// reflect emits a Householder reflection of sixteen columns.
func (m machine) reflect() {
	m.function("reflect", "(rows, v *float64, n int)", `subtracts v·(vᵀ·rows) from rows [n, 16]; n is positive.`)
	firstRow, firstV := pointer("rows"), pointer("v")
	n := Load(Param("n"), GP64())
	sums := m.zeroDoubles()
	rows, v, left := Mem{Base: GP64()}, Mem{Base: GP64()}, GP64()
	MOVQ(firstRow.Base, rows.Base)
	MOVQ(firstV.Base, v.Base)
	MOVQ(n, left)
	Label("sum")
	value := m.broadcastDouble(v)
	for i := range sums {
		VFMADD231PD(m.double(rows, i), value, sums[i])
	}
	ADDQ(U32(row64), rows.Base)
	ADDQ(Imm(8), v.Base)
	DECQ(left)
	JNZ(LabelRef("sum"))
	Label("subtract")
	value = m.broadcastDouble(firstV)
	for i := range sums {
		row := m.vector()
		VMOVUPD(m.double(firstRow, i), row)
		VFNMADD231PD(sums[i], value, row)
		VMOVUPD(row, m.double(firstRow, i))
	}
	ADDQ(U32(row64), firstRow.Base)
	ADDQ(Imm(8), firstV.Base)
	DECQ(n)
	JNZ(LabelRef("subtract"))
	finish()
}

// sweep emits the rotations of one QL step on sixteen columns: a row that is
// turned twice stays in registers between.
func (m machine) sweep() {
	m.function("sweep", "(last, turns *float64, n int)", `turns each two neighbours of the n+1 rows [, 16] that end with
the one at last, the last two first, by a cosine and a sine each of turns [n, 2]:
a row becomes cosine·row − sine·next, the next one sine·row + cosine·next. n is
positive.`)
	last, turns := pointer("last"), pointer("turns")
	n := Load(Param("n"), GP64()).(Register)
	turn := GP64()
	MOVQ(n, turn)
	SHLQ(Imm(4), turn)
	ADDQ(turn, turns.Base)
	carried := m.doubles()
	for i := range carried {
		VMOVUPD(m.double(last, i), carried[i])
	}
	Label("next")
	cosine, sine := m.broadcastDouble(turns.Offset(-16)), m.broadcastDouble(turns.Offset(-8))
	for i := range carried {
		above, below, turned := m.vector(), m.vector(), m.vector()
		VMOVUPD(m.double(last.Offset(-row64), i), above)
		VMULPD(carried[i], cosine, below)
		VFMADD231PD(above, sine, below)
		VMOVUPD(below, m.double(last, i))
		VMULPD(above, cosine, turned)
		VFNMADD231PD(carried[i], sine, turned)
		VMOVAPD(turned, carried[i])
	}
	SUBQ(U32(row64), last.Base)
	SUBQ(Imm(16), turns.Base)
	DECQ(n)
	JNZ(LabelRef("next"))
	for i := range carried {
		VMOVUPD(carried[i], m.double(last, i))
	}
	finish()
}
