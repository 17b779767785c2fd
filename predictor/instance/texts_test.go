package instance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/instance"
)

func TestStringsLastUntilTheirMemoryIsUsedAgain(t *testing.T) {
	long := strings.Repeat("ü", 300)
	var texts instance.Texts
	read := func(document string) (values []string) {
		require.NoError(t, instance.DocumentInto(&texts, []byte(document), "an object", func(r *instance.Reader, _ string) error {
			return r.Strings("a list of strings", 10, &values)
		}))
		return values
	}
	want := []string{"", "a\n", "\"", long, "c"}
	first := read(`{"exclude":["","a\n","\"","` + long + `","c"]}`)
	require.Equal(t, want, first)
	require.Equal(t, []string{"d"}, read(`{"exclude":["d"]}`))
	require.Equal(t, want, first, "nothing was forgotten")
	size := texts.Size()
	texts.Forget()
	require.Equal(t, []string{"e", "f"}, read(`{"exclude":["e","f"]}`))
	require.Equal(t, size, texts.Size())
}
