package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A machine emits operations on sixteen lanes of float32.
type machine struct {
	suffix string // of the kernels' names
	wide   bool   // AVX-512: one register holds sixteen lanes
}

// machines are those that kernels are generated for.
var machines = []machine{{suffix: "AVX512", wide: true}, {suffix: "AVX2"}}

// A vector is a register, named or yet to be chosen.
type vector interface {
	reg.Vec
	Op
}

// lanes are the registers that hold sixteen values.
type lanes []vector

func (m machine) lanes() lanes {
	if m.wide {
		return lanes{ZMM()}
	}
	return lanes{YMM(), YMM()}
}

// upper are lanes in AVX-512's register 16 + i; on AVX2, in any. Instructions that
// AVX-512 has not extended don't reach the upper registers, so that values which
// don't meet any leave the lower ones to those that do.
func (m machine) upper(i int) lanes {
	if !m.wide {
		return m.lanes()
	}
	return lanes{[]vector{
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}[i]}
}

// part is the memory of register number i of those that begin at mem.
func part(mem Mem, i int) Mem { return mem.Offset(32 * i) }

func (m machine) load(mem Mem) lanes {
	v := m.lanes()
	for i := range v {
		VMOVUPS(part(mem, i), v[i])
	}
	return v
}

func (m machine) store(v lanes, mem Mem) {
	for i := range v {
		VMOVUPS(v[i], part(mem, i))
	}
}

func (m machine) zero() lanes { return m.clear(m.lanes()) }

func (m machine) clear(v lanes) lanes {
	for i := range v {
		if m.wide {
			VPXORD(v[i], v[i], v[i])
		} else {
			VXORPS(v[i], v[i], v[i])
		}
	}
	return v
}

func (m machine) copy(from lanes) lanes {
	v := m.lanes()
	for i := range v {
		VMOVAPS(from[i], v[i])
	}
	return v
}

// broadcast fills every lane with the value at mem. On AVX2 one register serves
// as both halves.
func (m machine) broadcast(mem Op) lanes {
	if m.wide {
		return m.broadcastTo(mem, m.lanes())
	}
	v := YMM()
	VBROADCASTSS(mem, v)
	return lanes{v, v}
}

// broadcastTo is broadcast where v says which register AVX-512 takes.
func (m machine) broadcastTo(mem Op, v lanes) lanes {
	if !m.wide {
		return m.broadcast(mem)
	}
	VBROADCASTSS(mem, v[0])
	return v
}

// addProduct adds a·b to sum, rounding once.
func (m machine) addProduct(a, b, sum lanes) {
	for i := range sum {
		VFMADD231PS(b[i], a[i], sum[i])
	}
}

// addProductAt adds a times what lies at mem to sum, rounding once.
func (m machine) addProductAt(a lanes, mem Mem, sum lanes) {
	for i := range sum {
		VFMADD231PS(part(mem, i), a[i], sum[i])
	}
}

// subtractProduct subtracts a·b from difference, rounding once.
func (m machine) subtractProduct(a, b, difference lanes) {
	for i := range difference {
		VFNMADD231PS(b[i], a[i], difference[i])
	}
}

// subtractProductAt subtracts a times what lies at mem from difference.
func (m machine) subtractProductAt(a lanes, mem Mem, difference lanes) {
	for i := range difference {
		VFNMADD231PS(part(mem, i), a[i], difference[i])
	}
}

func (m machine) multiply(a, b, product lanes) {
	for i := range product {
		VMULPS(b[i], a[i], product[i])
	}
}

func (m machine) multiplyAt(a lanes, mem Mem, product lanes) {
	for i := range product {
		VMULPS(part(mem, i), a[i], product[i])
	}
}

// quarter returns the sums of lanes 0, 4, 8, 12; of 1, 5, 9, 13; and so on, and
// overwrites v.
func (m machine) quarter(v lanes) reg.VecVirtual {
	var low, high vector = YMM(), YMM()
	if m.wide {
		VEXTRACTF64X4(U8(1), v[0], high)
		VEXTRACTF64X4(U8(0), v[0], low)
	} else {
		low, high = v[0], v[1]
	}
	sum := YMM()
	VADDPS(high, low, sum)
	upper, lower := XMM(), XMM()
	VEXTRACTF128(U8(1), sum, upper)
	VEXTRACTF128(U8(0), sum, lower)
	VADDPS(upper, lower, lower)
	return lower
}

// total leaves the sum of the lanes in the lowest lane of what it returns.
func (m machine) total(v lanes) reg.VecVirtual {
	sum := m.quarter(v)
	VHADDPS(sum, sum, sum)
	VHADDPS(sum, sum, sum)
	return sum
}

// function begins a kernel.
func (m machine) function(name, signature, doc string) {
	TEXT(name+m.suffix, NOSPLIT, "func"+signature)
	Pragma("noescape")
	Doc(strings.Split(name+m.suffix+" "+doc, "\n")...)
}

// finish ends a kernel.
func finish() {
	VZEROUPPER()
	RET()
}

func pointer(name string) Mem { return Mem{Base: Load(Param(name), GP64())} }
