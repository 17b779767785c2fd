package vec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOperandsAreWhatTheKernelsTake holds for those of processors that aren't this one, too.
func TestOperandsAreWhatTheKernelsTake(t *testing.T) {
	had := neural
	defer func() { neural = had }()
	values := []int8{1, -2, 127, -127, 0, 5, -6, 7}
	for _, test := range []struct {
		name    string
		neural  bool
		width   int
		operand []byte // two quads, a gap of as many bytes between
		offset  int32
	}{
		{"AVX-512: codes as they are", true, 4, []byte{1, 254, 127, 129, 0, 0, 0, 0, 0, 5, 250, 7}, 128 * 5},
		{
			"AVX2: magnitudes and what turns a row's codes", false, 8,
			[]byte{1, 2, 127, 127, 128, 127, 128, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 7, 128, 128, 127, 128}, 2 + 127 + 6,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			neural = test.neural
			require.Equal(t, test.width, operandWidth())
			operand := make([]byte, 3*test.width)
			require.Equal(t, test.offset, arrange(values, operand, 2*test.width))
			require.Equal(t, test.operand, operand)
		})
	}
}
