#include "textflag.h"

// Which of eight rows, OFF bytes on, reach the floor, in TO.
#define REACHING8(OFF, TO) \
	VMOVUPS     OFF(SI), TO;     \
	VFMADD231PS OFF(DI), Y9, TO; \
	VCMPPS      $21, Y8, TO, TO  // not less, which no number is, too

// func firstReachingFMA(base, reaches *float32, blocks int, weight, floor float32) (left int, may uint64)
TEXT ·firstReachingFMA(SB), NOSPLIT, $0-48
	MOVQ         base+0(FP), SI
	MOVQ         reaches+8(FP), DI
	MOVQ         blocks+16(FP), CX
	VBROADCASTSS weight+24(FP), Y9
	VBROADCASTSS floor+28(FP), Y8
	XORQ         AX, AX

block:
	DECQ      CX
	REACHING8(0, Y0)
	REACHING8(32, Y1)
	REACHING8(64, Y2)
	REACHING8(96, Y3)
	REACHING8(128, Y4)
	REACHING8(160, Y5)
	REACHING8(192, Y6)
	REACHING8(224, Y7)
	ADDQ      $256, SI
	ADDQ      $256, DI
	VORPS     Y0, Y1, Y10
	VORPS     Y2, Y3, Y11
	VORPS     Y4, Y5, Y12
	VORPS     Y6, Y7, Y13
	VORPS     Y10, Y11, Y10
	VORPS     Y12, Y13, Y12
	VORPS     Y10, Y12, Y10
	VMOVMSKPS Y10, BX
	TESTL     BX, BX
	JNZ       found
	TESTQ     CX, CX
	JNZ       block
	JMP       done

found:
	VMOVMSKPS Y7, AX
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
	VMOVMSKPS Y0, BX
	SHLQ      $8, AX
	ORQ       BX, AX

done:
	VZEROUPPER
	MOVQ CX, left+32(FP)
	MOVQ AX, may+40(FP)
	RET
