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

// What eight columns, whose bits lie OFF bytes after SI, add to y. Each column that is set gets the next value; the others
// keep what they were.
#define EXPAND8(OFF) \
	MOVBLZX   OFF(SI), AX;          \
	VPMOVSXBD (R9)(AX*8), Y1;       \
	VPERMPS   (BX), Y1, Y2;         \
	VMULPS    Y2, Y0, Y2;           \
	VMOVUPS   (32*OFF)(DI), Y3;     \
	VADDPS    Y3, Y2, Y2;           \
	VBLENDVPS Y1, Y3, Y2, Y2;       \
	VMOVUPS   Y2, (32*OFF)(DI);     \
	POPCNTL   AX, AX;               \
	LEAQ      (BX)(AX*4), BX

// func axpyLongAVX(alpha float32, columns *uint8, values, y *float32, groups int, expansions *[1 << lanes][lanes]int8)
TEXT ·axpyLongAVX(SB), NOSPLIT, $0-48
	VBROADCASTSS alpha+0(FP), Y0
	MOVQ         columns+8(FP), SI
	MOVQ         values+16(FP), BX
	MOVQ         y+24(FP), DI
	MOVQ         groups+32(FP), CX
	MOVQ         expansions+40(FP), R9

long4:
	CMPQ CX, $4
	JL   long1
	EXPAND8(0)
	EXPAND8(1)
	EXPAND8(2)
	EXPAND8(3)
	ADDQ $4, SI
	ADDQ $128, DI
	SUBQ $4, CX
	JMP  long4

long1:
	TESTQ CX, CX
	JZ    longdone
	EXPAND8(0)
	INCQ  SI
	ADDQ  $32, DI
	DECQ  CX
	JMP   long1

longdone:
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
