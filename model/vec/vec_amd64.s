#include "textflag.h"

// func dotFMA(a, b *float32, n int) float32
//
// Four chains of eight lanes hide the latency of FMA; what is left over is
// summed eight at a time, then one by one.
TEXT ·dotFMA(SB), NOSPLIT, $0-28
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3

dot32:
	CMPQ        CX, $32
	JL          dot8
	VMOVUPS     (SI), Y4
	VMOVUPS     32(SI), Y5
	VMOVUPS     64(SI), Y6
	VMOVUPS     96(SI), Y7
	VFMADD231PS (DI), Y4, Y0
	VFMADD231PS 32(DI), Y5, Y1
	VFMADD231PS 64(DI), Y6, Y2
	VFMADD231PS 96(DI), Y7, Y3
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $32, CX
	JMP         dot32

dot8:
	CMPQ        CX, $8
	JL          dotsum
	VMOVUPS     (SI), Y4
	VFMADD231PS (DI), Y4, Y0
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $8, CX
	JMP         dot8

dotsum:
	VADDPS       Y1, Y0, Y0
	VADDPS       Y3, Y2, Y2
	VADDPS       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VHADDPS      X0, X0, X0
	VHADDPS      X0, X0, X0

dot1:
	TESTQ       CX, CX
	JZ          dotdone
	VMOVSS      (SI), X4
	VFMADD231SS (DI), X4, X0
	ADDQ        $4, SI
	ADDQ        $4, DI
	DECQ        CX
	JMP         dot1

dotdone:
	VZEROUPPER
	MOVSS X0, ret+24(FP)
	RET

// func axpyFMA(alpha float32, x, y *float32, n int)
TEXT ·axpyFMA(SB), NOSPLIT, $0-32
	VBROADCASTSS alpha+0(FP), Y0
	MOVQ         x+8(FP), SI
	MOVQ         y+16(FP), DI
	MOVQ         n+24(FP), CX

axpy32:
	CMPQ        CX, $32
	JL          axpy8
	VMOVUPS     (DI), Y1
	VMOVUPS     32(DI), Y2
	VMOVUPS     64(DI), Y3
	VMOVUPS     96(DI), Y4
	VFMADD231PS (SI), Y0, Y1
	VFMADD231PS 32(SI), Y0, Y2
	VFMADD231PS 64(SI), Y0, Y3
	VFMADD231PS 96(SI), Y0, Y4
	VMOVUPS     Y1, (DI)
	VMOVUPS     Y2, 32(DI)
	VMOVUPS     Y3, 64(DI)
	VMOVUPS     Y4, 96(DI)
	ADDQ        $128, SI
	ADDQ        $128, DI
	SUBQ        $32, CX
	JMP         axpy32

axpy8:
	CMPQ        CX, $8
	JL          axpy1
	VMOVUPS     (DI), Y1
	VFMADD231PS (SI), Y0, Y1
	VMOVUPS     Y1, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $8, CX
	JMP         axpy8

axpy1:
	TESTQ       CX, CX
	JZ          axpydone
	VMOVSS      (DI), X1
	VFMADD231SS (SI), X0, X1
	VMOVSS      X1, (DI)
	ADDQ        $4, SI
	ADDQ        $4, DI
	DECQ        CX
	JMP         axpy1

axpydone:
	VZEROUPPER
	RET

// func axpy4FMA(alpha *float32, x0, x1, x2, x3, y *float32, n int)
//
// Four additions for one load and one store of y.
TEXT ·axpy4FMA(SB), NOSPLIT, $0-56
	MOVQ         alpha+0(FP), AX
	VBROADCASTSS (AX), Y0
	VBROADCASTSS 4(AX), Y1
	VBROADCASTSS 8(AX), Y2
	VBROADCASTSS 12(AX), Y3
	MOVQ         x0+8(FP), R8
	MOVQ         x1+16(FP), R9
	MOVQ         x2+24(FP), R10
	MOVQ         x3+32(FP), R11
	MOVQ         y+40(FP), DI
	MOVQ         n+48(FP), CX
	XORQ         BX, BX

axpy4by16:
	CMPQ        CX, $16
	JL          axpy4by8
	VMOVUPS     (DI)(BX*1), Y4
	VMOVUPS     32(DI)(BX*1), Y5
	VFMADD231PS (R8)(BX*1), Y0, Y4
	VFMADD231PS 32(R8)(BX*1), Y0, Y5
	VFMADD231PS (R9)(BX*1), Y1, Y4
	VFMADD231PS 32(R9)(BX*1), Y1, Y5
	VFMADD231PS (R10)(BX*1), Y2, Y4
	VFMADD231PS 32(R10)(BX*1), Y2, Y5
	VFMADD231PS (R11)(BX*1), Y3, Y4
	VFMADD231PS 32(R11)(BX*1), Y3, Y5
	VMOVUPS     Y4, (DI)(BX*1)
	VMOVUPS     Y5, 32(DI)(BX*1)
	ADDQ        $64, BX
	SUBQ        $16, CX
	JMP         axpy4by16

axpy4by8:
	CMPQ        CX, $8
	JL          axpy4by1
	VMOVUPS     (DI)(BX*1), Y4
	VFMADD231PS (R8)(BX*1), Y0, Y4
	VFMADD231PS (R9)(BX*1), Y1, Y4
	VFMADD231PS (R10)(BX*1), Y2, Y4
	VFMADD231PS (R11)(BX*1), Y3, Y4
	VMOVUPS     Y4, (DI)(BX*1)
	ADDQ        $32, BX
	SUBQ        $8, CX

axpy4by1:
	TESTQ       CX, CX
	JZ          axpy4done
	VMOVSS      (DI)(BX*1), X4
	VFMADD231SS (R8)(BX*1), X0, X4
	VFMADD231SS (R9)(BX*1), X1, X4
	VFMADD231SS (R10)(BX*1), X2, X4
	VFMADD231SS (R11)(BX*1), X3, X4
	VMOVSS      X4, (DI)(BX*1)
	ADDQ        $4, BX
	DECQ        CX
	JMP         axpy4by1

axpy4done:
	VZEROUPPER
	RET
