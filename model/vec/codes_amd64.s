#include "textflag.h"

// A row's codes are unsigned, a query's signed. AVX2 multiplies unsigned bytes with signed ones, and adds the products of two bytes
// in 16 bits. The products of 32 halves of bytes add up to 32 · 15 · 63 at most, which these hold: so sums of 64 values stay where
// they are, half of them in each half of a row's 32 bits, and are widened only then. Of whole bytes that holds for two, 2 · 255 · 63.

// HALVES is how many values lie together in four bytes of a row where each has half a byte; else they are four.
#define HALVES 8

// CHUNK is how many times HALVES values are summed up before sums are widened.
#define CHUNK 8

// AHEAD is how far before their use, in bytes, codes are asked for.
#define AHEAD 1024

// Y8 holds as many times the lower half of a byte.
#define LOWER_HALVES \
	VPCMPEQW  Y8, Y8, Y8; \
	VPSRLW    $12, Y8, Y8; \
	VPACKUSWB Y8, Y8, Y8

// Y0 to Y7 begin.
#define ZERO8 \
	VPXOR Y0, Y0, Y0; \
	VPXOR Y1, Y1, Y1; \
	VPXOR Y2, Y2, Y2; \
	VPXOR Y3, Y3, Y3; \
	VPXOR Y4, Y4, Y4; \
	VPXOR Y5, Y5, Y5; \
	VPXOR Y6, Y6, Y6; \
	VPXOR Y7, Y7, Y7

// ONES makes R sixteen times 1.
#define ONES(R) \
	VPCMPEQW R, R, R; \
	VPSRLW   $15, R, R

// Y0 to Y7, sums in 16 bits, widened to 32.
#define WIDEN8 \
	ONES(Y15);              \
	VPMADDWD Y15, Y0, Y0;   \
	VPMADDWD Y15, Y1, Y1;   \
	VPMADDWD Y15, Y2, Y2;   \
	VPMADDWD Y15, Y3, Y3;   \
	VPMADDWD Y15, Y4, Y4;   \
	VPMADDWD Y15, Y5, Y5;   \
	VPMADDWD Y15, Y6, Y6;   \
	VPMADDWD Y15, Y7, Y7

// What was kept of Y0 to Y7, added to them.
#define ADDKEPT8 \
	VPADDD kept-256(SP), Y0, Y0; \
	VPADDD kept-224(SP), Y1, Y1; \
	VPADDD kept-192(SP), Y2, Y2; \
	VPADDD kept-160(SP), Y3, Y3; \
	VPADDD kept-128(SP), Y4, Y4; \
	VPADDD kept-96(SP), Y5, Y5;  \
	VPADDD kept-64(SP), Y6, Y6;  \
	VPADDD kept-32(SP), Y7, Y7

// Y0 to Y7 kept.
#define KEEP8 \
	VMOVDQU Y0, kept-256(SP); \
	VMOVDQU Y1, kept-224(SP); \
	VMOVDQU Y2, kept-192(SP); \
	VMOVDQU Y3, kept-160(SP); \
	VMOVDQU Y4, kept-128(SP); \
	VMOVDQU Y5, kept-96(SP);  \
	VMOVDQU Y6, kept-64(SP);  \
	VMOVDQU Y7, kept-32(SP)

// What eight values of eight rows, OFF bytes after SI, add to SUM. The query's are in Y9 and Y10.
#define ADD8(OFF, T, U, SUM) \
	VMOVDQU    OFF(SI), T; \
	VPSRLW     $4, T, U;   \
	VPAND      Y8, T, T;   \
	VPAND      Y8, U, U;   \
	VPMADDUBSW Y9, T, T;   \
	VPMADDUBSW Y10, U, U;  \
	VPADDW     T, SUM, SUM; \
	VPADDW     U, SUM, SUM

// What four values of eight rows, OFF bytes after SI, add to SUM. The query's are in Y9, and Y15 holds ones.
#define ADD4(OFF, T, SUM) \
	VMOVDQU    OFF(SI), T; \
	VPMADDUBSW Y9, T, T;   \
	VPMADDWD   Y15, T, T;  \
	VPADDD     T, SUM, SUM

// What FINISH8 needs of a query, whose thresholds lie at DX, and of a block, whose bounds lie at B: Y9 is what is added to a
// weighed sum, so that it is what counts at most.
#define THRESHOLDS8(B) \
	VBROADCASTSS (DX), Y9;      \
	VBROADCASTSS 4(DX), Y10;    \
	VBROADCASTSS 8(DX), Y11;    \
	VBROADCASTSS 12(DX), Y12;   \
	VBROADCASTSS (B), Y13;      \
	VBROADCASTSS 4(B), Y14;     \
	VFMADD231PS  Y13, Y11, Y9;  \
	VFMADD231PS  Y14, Y12, Y9;  \
	VBROADCASTSS 16(DX), Y11    // the floor

// Whether the scores at most of eight rows, of whose sums SUMS are, are above the floor, or no numbers, as bits in AX. Their
// steps and bases lie OFF bytes after R8 and R12.
#define FINISH8(SUMS, OFF) \
	VCVTDQ2PS   SUMS, SUMS;          \
	VMOVUPS     OFF(R12), Y12;       \
	VFMADD213PS Y9, Y10, SUMS;       \
	VFMADD231PS OFF(R8), SUMS, Y12;  \
	VCMPPS      $6, Y11, Y12, Y12;   \
	VMOVMSKPS   Y12, AX

// The same with their bits from SHIFT on in R13.
#define FINISH8AT(SUMS, OFF, SHIFT) \
	FINISH8(SUMS, OFF); \
	SHLQ $SHIFT, AX;    \
	ORQ  AX, R13

// func codesAbove(codes *uint8, query *int8, groups, blocks int, steps, base, bounds *float32, q *thresholds, width int) (left int, above uint64)
TEXT ·codesAbove(SB), NOSPLIT, $256-88
	MOVQ codes+0(FP), SI
	MOVQ blocks+24(FP), R14
	MOVQ steps+32(FP), R8
	MOVQ base+40(FP), R12
	MOVQ bounds+48(FP), R9
	MOVQ q+56(FP), DX
	LOWER_HALVES

block:
	MOVQ  query+8(FP), DI
	MOVQ  groups+16(FP), BX
	ZERO8
	XORQ  R13, R13
	CMPQ  width+64(FP), $HALVES
	JNE   bytes
	CMPQ  BX, $CHUNK
	JLE   last
	KEEP8

chunk:
	MOVQ $CHUNK, CX
	SUBQ CX, BX
	JMP  octet

last:
	MOVQ BX, CX
	XORQ BX, BX

octet:
	PREFETCHT0   AHEAD(SI)
	PREFETCHT0   AHEAD+64(SI)
	PREFETCHT0   AHEAD+128(SI)
	PREFETCHT0   AHEAD+192(SI)
	VPBROADCASTD (DI), Y9
	VPBROADCASTD 4(DI), Y10
	ADD8(0, Y11, Y12, Y0)
	ADD8(32, Y13, Y14, Y1)
	ADD8(64, Y11, Y12, Y2)
	ADD8(96, Y13, Y14, Y3)
	ADD8(128, Y11, Y12, Y4)
	ADD8(160, Y13, Y14, Y5)
	ADD8(192, Y11, Y12, Y6)
	ADD8(224, Y13, Y14, Y7)
	ADDQ         $256, SI
	ADDQ         $8, DI
	DECQ         CX
	JNZ          octet
	WIDEN8
	CMPQ groups+16(FP), $CHUNK
	JLE  scored
	ADDKEPT8
	TESTQ BX, BX
	JZ   scored
	KEEP8
	ZERO8
	CMPQ BX, $CHUNK
	JLE  last
	JMP  chunk

bytes:
	ONES(Y15)

quad:
	PREFETCHT0   AHEAD(SI)
	PREFETCHT0   AHEAD+64(SI)
	PREFETCHT0   AHEAD+128(SI)
	PREFETCHT0   AHEAD+192(SI)
	VPBROADCASTD (DI), Y9
	ADD4(0, Y11, Y0)
	ADD4(32, Y12, Y1)
	ADD4(64, Y13, Y2)
	ADD4(96, Y14, Y3)
	ADD4(128, Y11, Y4)
	ADD4(160, Y12, Y5)
	ADD4(192, Y13, Y6)
	ADD4(224, Y14, Y7)
	ADDQ         $256, SI
	ADDQ         $4, DI
	DECQ         BX
	JNZ          quad

scored:
	THRESHOLDS8(R9)
	FINISH8AT(Y0, 0, 0)
	FINISH8AT(Y1, 32, 8)
	FINISH8AT(Y2, 64, 16)
	FINISH8AT(Y3, 96, 24)
	FINISH8AT(Y4, 128, 32)
	FINISH8AT(Y5, 160, 40)
	FINISH8AT(Y6, 192, 48)
	FINISH8AT(Y7, 224, 56)
	DECQ  R14
	JZ    done
	TESTQ R13, R13
	JNZ   done
	ADDQ  $256, R8
	ADDQ  $256, R12
	ADDQ  $8, R9
	JMP   block

done:
	MOVQ R14, left+72(FP)
	MOVQ R13, above+80(FP)
	VZEROUPPER
	RET

// What query N, OFF bytes after DI, has of eight values of sixteen rows, whose codes are in Y9 and Y11, of the first four of them,
// and in Y10 and Y12, of the others.
#define QUERY(N, A, B) \
	VPBROADCASTD (8*N)(DI), Y13;   \
	VPMADDUBSW   Y13, Y9, Y14;     \
	VPMADDUBSW   Y13, Y11, Y15;    \
	VPBROADCASTD (8*N+4)(DI), Y13; \
	VPADDW       Y14, A, A;        \
	VPADDW       Y15, B, B;        \
	VPMADDUBSW   Y13, Y10, Y14;    \
	VPMADDUBSW   Y13, Y12, Y15;    \
	VPADDW       Y14, A, A;        \
	VPADDW       Y15, B, B

// What query N, OFF bytes after DI, has of four values of sixteen rows, whose codes are in Y9 and Y11. Y12 holds ones.
#define QUERY4(N, A, B) \
	VPBROADCASTD (4*N)(DI), Y13; \
	VPMADDUBSW   Y13, Y9, Y14;   \
	VPMADDUBSW   Y13, Y11, Y15;  \
	VPMADDWD     Y12, Y14, Y14;  \
	VPMADDWD     Y12, Y15, Y15;  \
	VPADDD       Y14, A, A;      \
	VPADDD       Y15, B, B

// What FINISH8 gives of query N, whose sums of sixteen rows are these, behind what it has of the rows before.
#define FINISHQUERY(N, A, B) \
	LEAQ (20*N)(R14), DX;  \
	THRESHOLDS8(R9);       \
	MOVQ (8*N)(DI), R8;    \
	MOVQ (8*N)(BX), R12;   \
	ADDQ R10, R8;          \
	ADDQ R10, R12;         \
	MOVQ (8*N)(R15), R13;  \
	SHRQ $16, R13;         \
	FINISH8AT(A, 0, 48);   \
	FINISH8AT(B, 32, 56);  \
	MOVQ R13, (8*N)(R15)

// func codesAboveTogether(codes *uint8, queries *int8, groups, blocks int, steps, bases *[4]*float32, bounds *float32, q *[4]thresholds, above *[4]uint64, width int) (left int)
//
// Sixteen rows of four queries at a time, four times for a block. Each time reads a line of every four, a pattern
// that processors don't foresee: meanwhile the next block is asked for, line by line.
TEXT ·codesAboveTogether(SB), NOSPLIT, $280-88
	MOVQ codes+0(FP), SI
	MOVQ bounds+48(FP), R9
	MOVQ q+56(FP), R14
	MOVQ above+64(FP), R15
	XORQ R10, R10          // how far into steps and bases
	LOWER_HALVES

block4:
	MOVQ $4, passes-264(SP)
	MOVQ groups+16(FP), AX
	SHLQ $8, AX
	ADDQ SI, AX
	MOVQ AX, ahead-280(SP) // the next block

pass4:
	MOVQ  SI, first-272(SP)
	MOVQ  queries+8(FP), DI
	MOVQ  groups+16(FP), BX
	MOVQ  ahead-280(SP), AX
	ZERO8
	CMPQ  width+72(FP), $HALVES
	JNE   bytes4
	CMPQ  BX, $CHUNK
	JLE   last4
	KEEP8

chunk4:
	MOVQ $CHUNK, CX
	SUBQ CX, BX
	JMP  octet4

last4:
	MOVQ BX, CX
	XORQ BX, BX

octet4:
	PREFETCHT0 (AX)
	VMOVDQU    (SI), Y9
	VMOVDQU    32(SI), Y11
	VPSRLW     $4, Y9, Y10
	VPSRLW     $4, Y11, Y12
	VPAND      Y8, Y9, Y9
	VPAND      Y8, Y11, Y11
	VPAND      Y8, Y10, Y10
	VPAND      Y8, Y12, Y12
	QUERY(0, Y0, Y1)
	QUERY(1, Y2, Y3)
	QUERY(2, Y4, Y5)
	QUERY(3, Y6, Y7)
	ADDQ       $256, SI
	ADDQ       $32, DI
	ADDQ       $64, AX
	DECQ       CX
	JNZ        octet4
	WIDEN8
	CMPQ groups+16(FP), $CHUNK
	JLE  scored4
	ADDKEPT8
	TESTQ BX, BX
	JZ   scored4
	KEEP8
	ZERO8
	CMPQ BX, $CHUNK
	JLE  last4
	JMP  chunk4

bytes4:
	ONES(Y12)

quad4:
	PREFETCHT0 (AX)
	VMOVDQU    (SI), Y9
	VMOVDQU    32(SI), Y11
	QUERY4(0, Y0, Y1)
	QUERY4(1, Y2, Y3)
	QUERY4(2, Y4, Y5)
	QUERY4(3, Y6, Y7)
	ADDQ       $256, SI
	ADDQ       $16, DI
	ADDQ       $64, AX
	DECQ       BX
	JNZ        quad4

scored4:
	MOVQ     AX, ahead-280(SP)
	MOVQ steps+32(FP), DI
	MOVQ bases+40(FP), BX
	FINISHQUERY(0, Y0, Y1)
	FINISHQUERY(1, Y2, Y3)
	FINISHQUERY(2, Y4, Y5)
	FINISHQUERY(3, Y6, Y7)
	ADDQ $64, R10
	DECQ passes-264(SP)
	JZ   whole4
	MOVQ first-272(SP), SI
	ADDQ $64, SI
	JMP  pass4

whole4:
	SUBQ $192, SI           // the fourth pass ended 192 bytes behind the block
	ADDQ $8, R9
	DECQ blocks+24(FP)
	JZ   done4
	MOVQ (R15), AX
	ORQ  8(R15), AX
	ORQ  16(R15), AX
	ORQ  24(R15), AX
	JZ   block4

done4:
	MOVQ blocks+24(FP), AX
	MOVQ AX, left+80(FP)
	VZEROUPPER
	RET
