#include "textflag.h"

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
