#include "textflag.h"

// The sums of Z0 to Z15, each over its sixteen lanes, in order, in Z0. Pairs are
// interleaved and added, until every lane belongs to another register.
#define SUM16 \
	PAIR(Z0, Z1, Z0) \
	PAIR(Z2, Z3, Z2) \
	PAIR(Z4, Z5, Z4) \
	PAIR(Z6, Z7, Z6) \
	PAIR(Z8, Z9, Z8) \
	PAIR(Z10, Z11, Z10) \
	PAIR(Z12, Z13, Z12) \
	PAIR(Z14, Z15, Z14) \
	QUAD(Z0, Z2, Z0) \
	QUAD(Z4, Z6, Z4) \
	QUAD(Z8, Z10, Z8) \
	QUAD(Z12, Z14, Z12) \
	HALVE(Z0, Z4, Z0) \
	HALVE(Z8, Z12, Z8) \
	HALVE(Z0, Z8, Z0)

// AHEAD is how far before their use, in bytes, rows are asked for: sixteen rows
// are read side by side, a pattern that processors don't foresee. AHEAD8 is the same for eight rows.
#define AHEAD 16384
#define AHEAD8 8192

#define PAIR(A, B, TO) \
	VUNPCKLPS B, A, Z16; \
	VUNPCKHPS B, A, Z17; \
	VADDPS    Z17, Z16, TO;

#define QUAD(A, B, TO) \
	VUNPCKLPD B, A, Z16; \
	VUNPCKHPD B, A, Z17; \
	VADDPS    Z17, Z16, TO;

#define HALVE(A, B, TO) \
	VSHUFF32X4 $0x88, B, A, Z16; \
	VSHUFF32X4 $0xDD, B, A, Z17; \
	VADDPS     Z17, Z16, TO;

#define ZERO8 \
	VXORPS Y0, Y0, Y0; \
	VXORPS Y1, Y1, Y1; \
	VXORPS Y2, Y2, Y2; \
	VXORPS Y3, Y3, Y3; \
	VXORPS Y4, Y4, Y4; \
	VXORPS Y5, Y5, Y5; \
	VXORPS Y6, Y6, Y6; \
	VXORPS Y7, Y7, Y7

// The sums of Y0 to Y7, each over its eight lanes, in order, in Y0.
#define SUM8 \
	VHADDPS    Y1, Y0, Y0;        \
	VHADDPS    Y3, Y2, Y2;        \
	VHADDPS    Y5, Y4, Y4;        \
	VHADDPS    Y7, Y6, Y6;        \
	VHADDPS    Y2, Y0, Y0;        \
	VHADDPS    Y6, Y4, Y4;        \
	VPERM2F128 $0x20, Y4, Y0, Y1; \
	VPERM2F128 $0x31, Y4, Y0, Y2; \
	VADDPS     Y2, Y1, Y0

#define ZERO16 \
	VPXORD Z0, Z0, Z0;    \
	VPXORD Z1, Z1, Z1;    \
	VPXORD Z2, Z2, Z2;    \
	VPXORD Z3, Z3, Z3;    \
	VPXORD Z4, Z4, Z4;    \
	VPXORD Z5, Z5, Z5;    \
	VPXORD Z6, Z6, Z6;    \
	VPXORD Z7, Z7, Z7;    \
	VPXORD Z8, Z8, Z8;    \
	VPXORD Z9, Z9, Z9;    \
	VPXORD Z10, Z10, Z10; \
	VPXORD Z11, Z11, Z11; \
	VPXORD Z12, Z12, Z12; \
	VPXORD Z13, Z13, Z13; \
	VPXORD Z14, Z14, Z14; \
	VPXORD Z15, Z15, Z15;

// func dots512(query, rows *float32, d, stride, n int, dots *float32)
//
// Sixteen rows at a time, one register each: sixteen independent chains, every
// row summed in the same order wherever it stands.
TEXT ·dots512(SB), NOSPLIT, $0-48
	MOVQ  query+0(FP), DI
	MOVQ  rows+8(FP), R8
	MOVQ  d+16(FP), BX
	MOVQ  stride+24(FP), R9
	LEAQ  AHEAD(R8), DX
	MOVQ  dots+40(FP), R12
	LEAQ  (R9)(R9*2), R10    // 3 strides
	LEAQ  (R9)(R9*4), R11    // 5 strides
	LEAQ  (R10)(R9*4), R13   // 7 strides
	MOVQ  BX, CX             // the values left over after whole registers
	ANDQ  $15, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K1
	SHRQ  $4, BX             // whole registers

rows16:
	ZERO16
	MOVQ DI, SI
	MOVQ R8, AX
	LEAQ (R8)(R9*8), CX
	MOVQ BX, R15
	TESTQ R15, R15
	JZ   tail16

column16:
	VMOVUPS     (SI), Z18
	VFMADD231PS (AX), Z18, Z0
	PREFETCHT0  (DX)
	VFMADD231PS (AX)(R9*1), Z18, Z1
	PREFETCHT0  64(DX)
	VFMADD231PS (AX)(R9*2), Z18, Z2
	PREFETCHT0  128(DX)
	VFMADD231PS (AX)(R10*1), Z18, Z3
	PREFETCHT0  192(DX)
	VFMADD231PS (AX)(R9*4), Z18, Z4
	PREFETCHT0  256(DX)
	VFMADD231PS (AX)(R11*1), Z18, Z5
	PREFETCHT0  320(DX)
	VFMADD231PS (AX)(R10*2), Z18, Z6
	PREFETCHT0  384(DX)
	VFMADD231PS (AX)(R13*1), Z18, Z7
	PREFETCHT0  448(DX)
	VFMADD231PS (CX), Z18, Z8
	PREFETCHT0  512(DX)
	VFMADD231PS (CX)(R9*1), Z18, Z9
	PREFETCHT0  576(DX)
	VFMADD231PS (CX)(R9*2), Z18, Z10
	PREFETCHT0  640(DX)
	VFMADD231PS (CX)(R10*1), Z18, Z11
	PREFETCHT0  704(DX)
	VFMADD231PS (CX)(R9*4), Z18, Z12
	PREFETCHT0  768(DX)
	VFMADD231PS (CX)(R11*1), Z18, Z13
	PREFETCHT0  832(DX)
	VFMADD231PS (CX)(R10*2), Z18, Z14
	PREFETCHT0  896(DX)
	VFMADD231PS (CX)(R13*1), Z18, Z15
	PREFETCHT0  960(DX)
	ADDQ        $64, SI
	ADDQ        $1024, DX
	ADDQ        $64, AX
	ADDQ        $64, CX
	DECQ        R15
	JNZ         column16

tail16:
	KORTESTW    K1, K1
	JZ          sum16
	VMOVUPS.Z   (SI), K1, Z18
	VFMADD231PS (AX), Z18, K1, Z0
	VFMADD231PS (AX)(R9*1), Z18, K1, Z1
	VFMADD231PS (AX)(R9*2), Z18, K1, Z2
	VFMADD231PS (AX)(R10*1), Z18, K1, Z3
	VFMADD231PS (AX)(R9*4), Z18, K1, Z4
	VFMADD231PS (AX)(R11*1), Z18, K1, Z5
	VFMADD231PS (AX)(R10*2), Z18, K1, Z6
	VFMADD231PS (AX)(R13*1), Z18, K1, Z7
	VFMADD231PS (CX), Z18, K1, Z8
	VFMADD231PS (CX)(R9*1), Z18, K1, Z9
	VFMADD231PS (CX)(R9*2), Z18, K1, Z10
	VFMADD231PS (CX)(R10*1), Z18, K1, Z11
	VFMADD231PS (CX)(R9*4), Z18, K1, Z12
	VFMADD231PS (CX)(R11*1), Z18, K1, Z13
	VFMADD231PS (CX)(R10*2), Z18, K1, Z14
	VFMADD231PS (CX)(R13*1), Z18, K1, Z15

sum16:
	SUM16
	VMOVUPS Z0, (R12)
	ADDQ    $64, R12
	MOVQ    R9, AX
	SHLQ    $4, AX
	ADDQ    AX, R8
	SUBQ    $16, n+32(FP)
	JG      rows16
	VZEROUPPER
	RET

// func dot512(query, row *float32, d int) float32
//
// One row, summed in the order in which dots512 sums it.
TEXT ·dot512(SB), NOSPLIT, $0-28
	MOVQ   query+0(FP), SI
	MOVQ   row+8(FP), DI
	MOVQ   d+16(FP), BX
	MOVQ   BX, CX
	ANDQ   $15, CX
	MOVL   $1, AX
	SHLL   CX, AX
	DECL   AX
	KMOVW  AX, K1
	VPXORD Z0, Z0, Z0
	SHRQ   $4, BX
	JZ     tail1

column1:
	VMOVUPS     (SI), Z1
	VFMADD231PS (DI), Z1, Z0
	ADDQ        $64, SI
	ADDQ        $64, DI
	DECQ        BX
	JNZ         column1

tail1:
	KORTESTW    K1, K1
	JZ          sum1
	VMOVUPS.Z   (SI), K1, Z1
	VFMADD231PS (DI), Z1, K1, Z0

sum1:
	VPERMILPS  $0x4E, Z0, Z1 // 2 3 0 1
	VADDPS     Z1, Z0, Z0
	VPERMILPS  $0xB1, Z0, Z1 // 1 0 3 2
	VADDPS     Z1, Z0, Z0
	VSHUFF32X4 $0xB1, Z0, Z0, Z1
	VADDPS     Z1, Z0, Z0
	VSHUFF32X4 $0x4E, Z0, Z0, Z1
	VADDPS     Z1, Z0, Z0
	VMOVSS     X0, ret+24(FP)
	VZEROUPPER
	RET

// func above512(scale, base, scores *float32, n int, weight, floor float32) uint64
TEXT ·above512(SB), NOSPLIT, $0-48
	MOVQ         scale+0(FP), SI
	MOVQ         base+8(FP), DI
	MOVQ         scores+16(FP), R8
	MOVQ         n+24(FP), DX
	VBROADCASTSS weight+32(FP), Z1
	VBROADCASTSS floor+36(FP), Z2
	XORQ         R9, R9
	XORQ         CX, CX

above16:
	VMOVUPS (R8), Z0
	TESTQ   SI, SI
	JZ      above16add
	VMULPS  (SI), Z0, Z0
	ADDQ    $64, SI

above16add:
	VFMADD213PS (DI), Z1, Z0
	VMOVUPS     Z0, (R8)
	VCMPPS      $6, Z2, Z0, K1 // not less or equal: also where it is NaN
	KMOVW       K1, AX
	SHLQ        CX, AX
	ORQ         AX, R9
	ADDQ        $64, DI
	ADDQ        $64, R8
	ADDQ        $16, CX
	CMPQ        CX, DX
	JL          above16
	MOVQ        R9, ret+40(FP)
	VZEROUPPER
	RET

// func dots256(query, rows *float32, d, stride, n int, dots *float32)
//
// As dots512 with eight rows of eight lanes; d is a multiple of 8.
TEXT ·dots256(SB), NOSPLIT, $0-48
	MOVQ query+0(FP), DI
	MOVQ rows+8(FP), R8
	MOVQ d+16(FP), BX
	MOVQ stride+24(FP), R9
	MOVQ n+32(FP), DX
	MOVQ dots+40(FP), R12
	LEAQ (R9)(R9*2), R10
	LEAQ (R9)(R9*4), R11
	LEAQ (R10)(R9*4), R13
	SHRQ $3, BX

rows8:
	LEAQ   AHEAD8(R8), R15
	ZERO8
	MOVQ   DI, SI
	MOVQ   R8, AX
	MOVQ   BX, CX
	TESTQ  CX, CX
	JZ     sum8

column8:
	PREFETCHT0  (R15)
	PREFETCHT0  64(R15)
	PREFETCHT0  128(R15)
	PREFETCHT0  192(R15)
	VMOVUPS     (SI), Y8
	VFMADD231PS (AX), Y8, Y0
	VFMADD231PS (AX)(R9*1), Y8, Y1
	VFMADD231PS (AX)(R9*2), Y8, Y2
	VFMADD231PS (AX)(R10*1), Y8, Y3
	VFMADD231PS (AX)(R9*4), Y8, Y4
	VFMADD231PS (AX)(R11*1), Y8, Y5
	VFMADD231PS (AX)(R10*2), Y8, Y6
	VFMADD231PS (AX)(R13*1), Y8, Y7
	ADDQ        $32, SI
	ADDQ        $32, AX
	ADDQ        $256, R15
	DECQ        CX
	JNZ         column8

sum8:
	SUM8
	VMOVUPS Y0, (R12)
	ADDQ    $32, R12
	LEAQ    (R8)(R9*8), R8
	SUBQ    $8, DX
	JG      rows8
	VZEROUPPER
	RET

// func dotsAt256(query, rows *float32, d, stride int, picks *[8]int32, dots *[8]float32)
//
// As dots256 with a register for where each row lies: the same sums in the same order.
TEXT ·dotsAt256(SB), NOSPLIT, $0-48
	MOVQ    query+0(FP), DI
	MOVQ    rows+8(FP), SI
	MOVQ    stride+24(FP), BX
	MOVQ    picks+32(FP), DX
	MOVLQSX (DX), R8
	MOVLQSX 4(DX), R9
	MOVLQSX 8(DX), R10
	MOVLQSX 12(DX), R11
	MOVLQSX 16(DX), R12
	MOVLQSX 20(DX), R13
	MOVLQSX 24(DX), R14
	MOVLQSX 28(DX), R15
	IMULQ   BX, R8
	IMULQ   BX, R9
	IMULQ   BX, R10
	IMULQ   BX, R11
	IMULQ   BX, R12
	IMULQ   BX, R13
	IMULQ   BX, R14
	IMULQ   BX, R15
	ADDQ    SI, R8
	ADDQ    SI, R9
	ADDQ    SI, R10
	ADDQ    SI, R11
	ADDQ    SI, R12
	ADDQ    SI, R13
	ADDQ    SI, R14
	ADDQ    SI, R15
	ZERO8
	XORQ    AX, AX
	MOVQ    d+16(FP), CX
	SHRQ    $3, CX
	JZ      sumAt8

columnAt8:
	VMOVUPS     (DI)(AX*1), Y8
	VFMADD231PS (R8)(AX*1), Y8, Y0
	VFMADD231PS (R9)(AX*1), Y8, Y1
	VFMADD231PS (R10)(AX*1), Y8, Y2
	VFMADD231PS (R11)(AX*1), Y8, Y3
	VFMADD231PS (R12)(AX*1), Y8, Y4
	VFMADD231PS (R13)(AX*1), Y8, Y5
	VFMADD231PS (R14)(AX*1), Y8, Y6
	VFMADD231PS (R15)(AX*1), Y8, Y7
	ADDQ        $32, AX
	DECQ        CX
	JNZ         columnAt8

sumAt8:
	MOVQ dots+40(FP), DX
	SUM8
	VMOVUPS Y0, (DX)
	VZEROUPPER
	RET

// func fetchAt(rows *float32, stride, lines int, picks *int32, n int)
TEXT ·fetchAt(SB), NOSPLIT, $0-40
	MOVQ rows+0(FP), SI
	MOVQ stride+8(FP), BX
	MOVQ picks+24(FP), DX
	MOVQ n+32(FP), R8

rowAt:
	MOVLQSX (DX), AX
	IMULQ   BX, AX
	ADDQ    SI, AX
	MOVQ    lines+16(FP), CX

lineAt:
	PREFETCHT0 (AX)
	ADDQ       $64, AX
	DECQ       CX
	JNZ        lineAt
	ADDQ       $4, DX
	DECQ       R8
	JNZ        rowAt
	RET
