package instance

import (
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// Texts is memory for strings that are needed no longer than what is read along with them. The zero value has none yet.
type Texts struct{ bytes []byte }

// add returns the string that a JSON string stands for. It lies in the memory.
func (t *Texts) add(quoted jsontext.Value) string {
	if len(t.bytes)+len(quoted) > cap(t.bytes) {
		t.bytes = make([]byte, 0, max(2*cap(t.bytes), len(quoted))) // strings that are there stay where they are
	}
	begin := len(t.bytes)
	t.bytes, _ = jsontext.AppendUnquote(t.bytes, quoted) // which the decoder has found to be a string
	text := t.bytes[begin:]
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// Forget lets the memory be used again: the strings in it change then.
func (t *Texts) Forget() { t.bytes = t.bytes[:0] }

// Size is how much memory there is, in bytes.
func (t *Texts) Size() int { return cap(t.bytes) }
