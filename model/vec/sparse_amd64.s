#include "textflag.h"

// FETCH4 has four lines from BX on fetched.
#define FETCH4 \
	PREFETCHT0 (BX);    \
	PREFETCHT0 64(BX);  \
	PREFETCHT0 128(BX); \
	PREFETCHT0 192(BX)

// func axpyRowsAVX(rows *int32, own, alphas *float32, n int, indptr *int64, indices *int32, weights, y *float32)
//
// A row's columns differ, so that its additions needn't wait for each other. The row after the next is fetched
// meanwhile: rows lie anywhere in a matrix that is larger than the nearest caches.
TEXT ·axpyRowsAVX(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), R8
	MOVQ own+8(FP), R9
	MOVQ alphas+16(FP), R10
	MOVQ n+24(FP), R11
	MOVQ indptr+32(FP), R12
	MOVQ indices+40(FP), SI
	MOVQ weights+48(FP), DI
	MOVQ y+56(FP), DX

row:
	CMPQ       R11, $3
	JL         begin
	MOVLQSX    8(R8), AX
	MOVQ       (R12)(AX*8), AX
	LEAQ       (SI)(AX*4), BX
	FETCH4
	LEAQ       (DI)(AX*4), BX
	FETCH4

begin:
	MOVLQSX (R8), AX
	VMOVSS  (R9), X1
	VADDSS  (DX)(AX*4), X1, X1
	VMOVSS  X1, (DX)(AX*4)
	VMOVSS  (R10), X0
	MOVQ    (R12)(AX*8), BX
	MOVQ    8(R12)(AX*8), CX
	SUBQ    BX, CX
	LEAQ    (SI)(BX*4), R13
	LEAQ    (DI)(BX*4), BX

four:
	CMPQ    CX, $4
	JL      one
	MOVLQSX (R13), AX
	VMULSS  (BX), X0, X1
	VADDSS  (DX)(AX*4), X1, X1
	VMOVSS  X1, (DX)(AX*4)
	MOVLQSX 4(R13), AX
	VMULSS  4(BX), X0, X2
	VADDSS  (DX)(AX*4), X2, X2
	VMOVSS  X2, (DX)(AX*4)
	MOVLQSX 8(R13), AX
	VMULSS  8(BX), X0, X3
	VADDSS  (DX)(AX*4), X3, X3
	VMOVSS  X3, (DX)(AX*4)
	MOVLQSX 12(R13), AX
	VMULSS  12(BX), X0, X4
	VADDSS  (DX)(AX*4), X4, X4
	VMOVSS  X4, (DX)(AX*4)
	ADDQ    $16, R13
	ADDQ    $16, BX
	SUBQ    $4, CX
	JMP     four

one:
	TESTQ   CX, CX
	JZ      next
	MOVLQSX (R13), AX
	VMULSS  (BX), X0, X1
	VADDSS  (DX)(AX*4), X1, X1
	VMOVSS  X1, (DX)(AX*4)
	ADDQ    $4, R13
	ADDQ    $4, BX
	DECQ    CX
	JMP     one

next:
	ADDQ $4, R8
	ADDQ $4, R9
	ADDQ $4, R10
	DECQ R11
	JNZ  row
	RET

// func axpyRoundedAVX(alpha float32, x, y *float32, n int)
TEXT ·axpyRoundedAVX(SB), NOSPLIT, $0-32
	VBROADCASTSS alpha+0(FP), Y0
	MOVQ         x+8(FP), SI
	MOVQ         y+16(FP), DI
	MOVQ         n+24(FP), CX

rounded32:
	CMPQ    CX, $32
	JL      rounded8
	VMULPS  (SI), Y0, Y1
	VMULPS  32(SI), Y0, Y2
	VMULPS  64(SI), Y0, Y3
	VMULPS  96(SI), Y0, Y4
	VADDPS  (DI), Y1, Y1
	VADDPS  32(DI), Y2, Y2
	VADDPS  64(DI), Y3, Y3
	VADDPS  96(DI), Y4, Y4
	VMOVUPS Y1, (DI)
	VMOVUPS Y2, 32(DI)
	VMOVUPS Y3, 64(DI)
	VMOVUPS Y4, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	SUBQ    $32, CX
	JMP     rounded32

rounded8:
	TESTQ   CX, CX
	JZ      roundeddone
	VMULPS  (SI), Y0, Y1
	VADDPS  (DI), Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JMP     rounded8

roundeddone:
	VZEROUPPER
	RET

// func fetchRows(rows *int32, n int, indptr *int64, indices *int32, weights *float32)
TEXT ·fetchRows(SB), NOSPLIT, $0-40
	MOVQ rows+0(FP), R8
	MOVQ n+8(FP), R11
	MOVQ indptr+16(FP), R12
	MOVQ indices+24(FP), SI
	MOVQ weights+32(FP), DI

fetch:
	MOVLQSX (R8), AX
	MOVQ    (R12)(AX*8), AX
	LEAQ    (SI)(AX*4), BX
	FETCH4
	LEAQ    (DI)(AX*4), BX
	FETCH4
	ADDQ    $4, R8
	DECQ    R11
	JNZ     fetch
	RET
