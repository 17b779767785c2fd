package main

import (
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
// inner loop of conjugate gradients. It goes over four rows at a time, twice: for
// their inner products with p, and, while they are in the first cache, to add
// them up.
func (m machine) gather() {
	m.function("gather", "(out, p, factors *float32, indices *int32, weights *float32, fours, rank int, mask *int32, confidence, bias float32) float32",
		`adds confidence·weights[i]·(bias − ⟨q,p⟩)·q to out for each q that is the
row indices[i] of factors [, rank], for four times fours of them, and returns the
sum of confidence·weights[i]·(bias − ⟨q,p⟩)². out and p are padded to a multiple
of sixteen; mask has −1 where the last sixteen have a value and is nil where all
have.`)
	out, p, factors := pointer("out"), pointer("p"), pointer("factors")
	indices, weights := pointer("indices"), pointer("weights")
	fours, rank := Load(Param("fours"), GP64()), Load(Param("rank"), GP64()).(Register)
	SHLQ(Imm(2), rank)
	maskPointer := GP64()
	Load(Param("mask"), maskPointer)
	_ = maskPointer
	full := GP64()
	MOVQ(rank, full)
	ANDQ(I32(-row), full)
	offset := GP64()
	misses := XMM()
	VXORPS(misses, misses, misses)

	Label("next")
	var rows [4]Mem
	for i := range rows {
		base := GP64()
		MOVLQSX(indices.Offset(4*i), base)
		IMULQ(rank, base)
		ADDQ(factors.Base, base)
		rows[i] = Mem{Base: base}
	}
	var sums []lanes
	for range rows {
		sums = append(sums, m.zero())
	}
	XORQ(offset, offset)
	TESTQ(full, full)
	JZ(LabelRef("dotTail"))
	Label("dot")
	right := m.load(indexed(p, offset))
	for i := range rows {
		m.addProductAt(right, indexed(rows[i], offset), sums[i])
	}
	ADDQ(Imm(row), offset)
	CMPQ(offset, full)
	JNE(LabelRef("dot"))
	Label("dotTail")
	CMPQ(rank, full)
	JE(LabelRef("coefficients"))
	{
		last := m.newTail(Mem{Base: maskPointer})
		right := m.load(indexed(p, offset))
		for i := range rows {
			m.addProduct(right, last.load(indexed(rows[i], offset)), sums[i])
		}
	}
	Label("coefficients")
	totals := m.fourTotals(sums)
	bias, scaled := XMM(), XMM()
	VBROADCASTSS(NewParamAddr("bias", 68), bias)
	VSUBPS(totals, bias, totals)
	confidence := XMM()
	VBROADCASTSS(NewParamAddr("confidence", 64), confidence)
	VMULPS(weights, confidence, scaled)
	VMULPS(totals, scaled, scaled)
	VFMADD231PS(totals, scaled, misses)
	var coefficients [4]lanes
	for i := range coefficients {
		one := XMM()
		VPERMILPS(U8(i*0x55), scaled, one)
		coefficients[i] = m.broadcast(one)
	}
	XORQ(offset, offset)
	TESTQ(full, full)
	JZ(LabelRef("sumTail"))
	Label("sum")
	v := m.load(indexed(out, offset))
	for i := range rows {
		m.addProductAt(coefficients[i], indexed(rows[i], offset), v)
	}
	m.store(v, indexed(out, offset))
	ADDQ(Imm(row), offset)
	CMPQ(offset, full)
	JNE(LabelRef("sum"))
	Label("sumTail")
	CMPQ(rank, full)
	JE(LabelRef("advance"))
	{
		last := m.newTail(Mem{Base: maskPointer})
		v := m.load(indexed(out, offset))
		for i := range rows {
			m.addProduct(coefficients[i], last.load(indexed(rows[i], offset)), v)
		}
		m.store(v, indexed(out, offset))
	}
	Label("advance")
	ADDQ(Imm(16), indices.Base)
	ADDQ(Imm(16), weights.Base)
	DECQ(fours)
	JNZ(LabelRef("next"))
	VHADDPS(misses, misses, misses)
	VHADDPS(misses, misses, misses)
	Store(misses, ReturnIndex(0))
	finish()
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
