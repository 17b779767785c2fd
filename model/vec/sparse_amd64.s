#include "textflag.h"

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
	PREFETCHT0 (BX)
	PREFETCHT0 64(BX)
	PREFETCHT0 128(BX)
	PREFETCHT0 192(BX)
	LEAQ       (DI)(AX*4), BX
	PREFETCHT0 (BX)
	PREFETCHT0 64(BX)
	PREFETCHT0 128(BX)
	PREFETCHT0 192(BX)

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

// func firstAboveAVX(values *float32, blocks int, floor float32) (left int, above uint64)
TEXT ·firstAboveAVX(SB), NOSPLIT, $0-40
	MOVQ         values+0(FP), SI
	MOVQ         blocks+8(FP), CX
	VBROADCASTSS floor+16(FP), Y0
	XORQ         AX, AX

block:
	DECQ      CX
	VCMPPS    $17, (SI), Y0, Y1    // floor < value; no number isn't above
	VCMPPS    $17, 32(SI), Y0, Y2
	VCMPPS    $17, 64(SI), Y0, Y3
	VCMPPS    $17, 96(SI), Y0, Y4
	VCMPPS    $17, 128(SI), Y0, Y5
	VCMPPS    $17, 160(SI), Y0, Y6
	VCMPPS    $17, 192(SI), Y0, Y7
	VCMPPS    $17, 224(SI), Y0, Y8
	ADDQ      $256, SI
	VORPS     Y1, Y2, Y9
	VORPS     Y3, Y4, Y10
	VORPS     Y5, Y6, Y11
	VORPS     Y7, Y8, Y12
	VORPS     Y9, Y10, Y9
	VORPS     Y11, Y12, Y11
	VORPS     Y9, Y11, Y9
	VMOVMSKPS Y9, BX
	TESTL     BX, BX
	JNZ       found
	TESTQ     CX, CX
	JNZ       block
	JMP       done

found:
	VMOVMSKPS Y8, AX
	VMOVMSKPS Y7, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y6, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y5, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y4, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y3, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y2, BX
	SHLQ      $8, AX
	ORQ       BX, AX
	VMOVMSKPS Y1, BX
	SHLQ      $8, AX
	ORQ       BX, AX

done:
	VZEROUPPER
	MOVQ CX, left+24(FP)
	MOVQ AX, above+32(FP)
	RET
