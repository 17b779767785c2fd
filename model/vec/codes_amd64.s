#include "textflag.h"

// A row's codes are c + 128, a query's q. AVX2 multiplies unsigned bytes with signed ones and adds the products of
// two bytes in 16 bits, which 255 · 127 · 2 doesn't fit in. So what is multiplied is |q| with c or −c − 1, which is
// c + 128 with its bits turned by 128 or 127, as q is positive or negative: 127 · 128 · 2 does. What −1 adds to a sum,
// −|q| for each negative q, belongs to the query alone, and a sum begins with what makes up for it.

// Y10 holds sixteen ones.
#define ONES \
	VPCMPEQW Y10, Y10, Y10; \
	VPSRLW   $15, Y10, Y10

// What four values of eight rows, turned codes in T, add to SUM.
#define ADD8(T, SUM) \
	VPMADDUBSW T, Y8, T;  \
	VPMADDWD   Y10, T, T; \
	VPADDD     T, SUM, SUM

// The same of the codes OFF bytes after SI.
#define ADD8AT(OFF, T, SUM) \
	VPXOR OFF(SI), Y9, T; \
	ADD8(T, SUM)

// What FINISH8 needs of a query, whose thresholds lie at DX.
#define THRESHOLDS8 \
	VBROADCASTSS 4(DX), Y8;     \
	VBROADCASTSS 8(DX), Y9;     \
	VBROADCASTSS 12(DX), Y10;   \
	VBROADCASTSS 16(DX), Y11;   \
	VBROADCASTSS 20(DX), Y12;   \
	VPCMPEQD     Y13, Y13, Y13; \
	VPSRLD       $1, Y13, Y13   // all bits but the sign

// The scores at most of the eight rows of one register of sums, OFF bytes into the rows' numbers, as bits in AX.
#define FINISH8(SUMS, OFF) \
	VCVTDQ2PS   SUMS, SUMS;           \
	VMULPS      OFF(R8), SUMS, SUMS;  \
	VMULPS      OFF(R9), Y9, Y14;     \
	VFMADD231PS OFF(R10), Y10, Y14;   \
	VMULPS      OFF(R11), SUMS, SUMS; \
	VANDPS      OFF(R11), Y13, Y15;   \
	VFMADD213PS OFF(R12), Y8, SUMS;   \
	VFMADD231PS Y15, Y14, SUMS;       \
	VANDPS      OFF(R12), Y13, Y15;   \
	VFMADD231PS Y15, Y12, SUMS;       \
	VCMPPS      $6, Y11, SUMS, SUMS;  \
	VMOVMSKPS   SUMS, AX

// The same with their bits from SHIFT on in R13.
#define FINISH8AT(SUMS, OFF, SHIFT) \
	FINISH8(SUMS, OFF); \
	SHLQ $SHIFT, AX;    \
	ORQ  AX, R13

// NEXT is how far before their use, in bytes, codes are asked for.
#define NEXT 1024

// func codesAboveAVX2(codes *uint8, query *int8, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64)
TEXT ·codesAboveAVX2(SB), NOSPLIT, $0-96
	MOVQ codes+0(FP), SI
	MOVQ blocks+24(FP), R14
	MOVQ step+32(FP), R8
	MOVQ lost+40(FP), R9
	MOVQ size+48(FP), R10
	MOVQ scale+56(FP), R11
	MOVQ base+64(FP), R12
	MOVQ q+72(FP), DX

block:
	MOVQ         query+8(FP), DI
	MOVQ         quads+16(FP), BX
	VPBROADCASTD (DX), Y0
	VMOVDQA      Y0, Y1
	VMOVDQA      Y0, Y2
	VMOVDQA      Y0, Y3
	VMOVDQA      Y0, Y4
	VMOVDQA      Y0, Y5
	VMOVDQA      Y0, Y6
	VMOVDQA      Y0, Y7
	ONES
	XORQ         R13, R13

quad:
	PREFETCHT0   NEXT(SI)
	PREFETCHT0   NEXT+64(SI)
	PREFETCHT0   NEXT+128(SI)
	PREFETCHT0   NEXT+192(SI)
	VPBROADCASTD (DI), Y8
	VPBROADCASTD 4(DI), Y9
	ADD8AT(0, Y11, Y0)
	ADD8AT(32, Y12, Y1)
	ADD8AT(64, Y13, Y2)
	ADD8AT(96, Y14, Y3)
	ADD8AT(128, Y11, Y4)
	ADD8AT(160, Y12, Y5)
	ADD8AT(192, Y13, Y6)
	ADD8AT(224, Y14, Y7)
	ADDQ         $256, SI
	ADDQ         $8, DI
	DECQ         BX
	JNZ          quad
	THRESHOLDS8
	FINISH8AT(Y0, 0, 0)
	FINISH8AT(Y1, 32, 8)
	FINISH8AT(Y2, 64, 16)
	FINISH8AT(Y3, 96, 24)
	FINISH8AT(Y4, 128, 32)
	FINISH8AT(Y5, 160, 40)
	FINISH8AT(Y6, 192, 48)
	FINISH8AT(Y7, 224, 56)
	DECQ         R14
	JZ           done
	TESTQ        R13, R13
	JNZ          done
	ADDQ         $256, R8
	ADDQ         $256, R9
	ADDQ         $256, R10
	ADDQ         $256, R11
	ADDQ         $256, R12
	JMP          block

done:
	MOVQ R14, left+80(FP)
	MOVQ R13, above+88(FP)
	VZEROUPPER
	RET

// What query N, OFF bytes after DI, has of four values of sixteen rows, whose codes are in Y11 and Y12.
#define QUERY(N, A, B) \
	VPBROADCASTD (8*N)(DI), Y8;    \
	VPBROADCASTD (8*N+4)(DI), Y9;  \
	VPXOR        Y11, Y9, Y13;     \
	VPXOR        Y12, Y9, Y14;     \
	ADD8(Y13, A);                  \
	ADD8(Y14, B)

// What FINISH8 gives of query N, whose sums of sixteen rows are these, behind what it has of the rows before.
#define FINISHQUERY(N, A, B) \
	LEAQ (24*N)(R14), DX;            \
	THRESHOLDS8;                     \
	MOVQ (8*N)(DI), R11;             \
	MOVQ (8*N)(BX), R12;             \
	ADDQ CX, R11;                    \
	ADDQ CX, R12;                    \
	MOVQ (8*N)(R15), R13;            \
	SHRQ $16, R13;                   \
	FINISH8AT(A, 0, 48);             \
	FINISH8AT(B, 32, 56);            \
	MOVQ R13, (8*N)(R15)

// func codesAbove4AVX2(codes *uint8, queries *int8, quads, blocks int, step, lost, size *float32, scales, bases *[4]*float32, q *[4]thresholds, above *[4]uint64) (left int)
//
// Sixteen rows of four queries at a time, four times for a block. Each time reads a line of every four, a pattern
// that processors don't foresee: meanwhile the next block is asked for, line by line.
TEXT ·codesAbove4AVX2(SB), NOSPLIT, $24-96
	MOVQ codes+0(FP), SI
	MOVQ step+32(FP), R8
	MOVQ lost+40(FP), R9
	MOVQ size+48(FP), R10
	MOVQ q+72(FP), R14
	MOVQ above+80(FP), R15
	XORQ CX, CX            // how far into scales and bases

block4:
	MOVQ $4, passes-8(SP)
	MOVQ quads+16(FP), AX
	SHLQ $8, AX
	ADDQ SI, AX
	MOVQ AX, ahead-24(SP)  // the next block

pass4:
	MOVQ         SI, first-16(SP)
	MOVQ         queries+8(FP), DI
	MOVQ         quads+16(FP), BX
	MOVQ         ahead-24(SP), AX
	VPBROADCASTD (R14), Y0
	VPBROADCASTD 24(R14), Y2
	VPBROADCASTD 48(R14), Y4
	VPBROADCASTD 72(R14), Y6
	VMOVDQA      Y0, Y1
	VMOVDQA      Y2, Y3
	VMOVDQA      Y4, Y5
	VMOVDQA      Y6, Y7
	ONES

quad4:
	PREFETCHT0 (AX)
	VMOVDQU    (SI), Y11
	VMOVDQU    32(SI), Y12
	QUERY(0, Y0, Y1)
	QUERY(1, Y2, Y3)
	QUERY(2, Y4, Y5)
	QUERY(3, Y6, Y7)
	ADDQ       $256, SI
	ADDQ       $32, DI
	ADDQ       $64, AX
	DECQ       BX
	JNZ        quad4
	MOVQ       AX, ahead-24(SP)
	MOVQ       scales+56(FP), DI
	MOVQ       bases+64(FP), BX
	FINISHQUERY(0, Y0, Y1)
	FINISHQUERY(1, Y2, Y3)
	FINISHQUERY(2, Y4, Y5)
	FINISHQUERY(3, Y6, Y7)
	ADDQ    $64, R8
	ADDQ    $64, R9
	ADDQ    $64, R10
	ADDQ    $64, CX
	DECQ    passes-8(SP)
	JZ      whole4
	MOVQ    first-16(SP), SI
	ADDQ    $64, SI
	JMP     pass4

whole4:
	SUBQ $192, SI           // the fourth pass ended 192 bytes behind the block
	DECQ blocks+24(FP)
	JZ   done4
	MOVQ (R15), AX
	ORQ  8(R15), AX
	ORQ  16(R15), AX
	ORQ  24(R15), AX
	JZ   block4

done4:
	MOVQ blocks+24(FP), AX
	MOVQ AX, left+88(FP)
	VZEROUPPER
	RET
