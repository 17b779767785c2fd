package resident

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const smaps = `00400000-00c13000 r-xp 00000000 fe:00 263        /bin/predictor
Size:               8268 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00c13000-01567000 r--p 00813000 fe:00 263        /bin/predictor
Anonymous:             0 kB
01567000-01568000 r--p 01167000 fe:00 263        /bin/predictor
Anonymous:             4 kB
01568000-015e2000 rw-p 01168000 fe:00 263        /bin/predictor
Anonymous:             0 kB
7f0000000000-7f0000021000 r-xp 00000000 fe:00 17 /lib/libc.so.6
Anonymous:             0 kB
7ffd6a5f2000-7ffd6a613000 rw-p 00000000 00:00 0  [stack]
Anonymous:             0 kB
7f1000000000-7f1000021000 r--p 00000000 00:00 0
Anonymous:             0 kB
`

func TestOnlyWhatIsAsTheFileHasItIsForgotten(t *testing.T) {
	require.Equal(t, []mapping{{0x400000, 0xc13000}, {0xc13000, 0x1567000}}, clean([]byte(smaps), "/bin/predictor"))
}

func TestAProgramGoesOnWithoutItsCode(t *testing.T) {
	for range 3 {
		require.NoError(t, ForgetCode())
	}
}
