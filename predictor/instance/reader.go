package instance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A Reader reads a JSON document of known form from its beginning to its end, without building it in
// memory first. A value of another form is an *Error that says what it must be; its path is completed
// by what reads the objects and lists around it. What isn't JSON at all, or has a name twice in an
// object, is an error of another kind. null is as if absent: it leaves the destination as it is.
type Reader struct {
	decoder *jsontext.Decoder
	source  bytes.Buffer // of the decoder
	quoted  bool         // what isn't JSON is only a value of the wrong kind
	texts   *Texts       // that strings lie in; nil for memory of their own
}

// NewReader reads document, which must not change meanwhile.
func NewReader(document []byte) *Reader {
	r := &Reader{source: *bytes.NewBuffer(document)}
	r.decoder = jsontext.NewDecoder(&r.source)
	return r
}

// readers keeps the memory of readers of requests that were read, for the next.
var readers = sync.Pool{New: func() any { return NewReader(nil) }}

// Document reads the whole of document, an object, by calling field for each of its fields, which must
// not keep r. Every error is an *Error; what isn't a JSON object is one about the body, which says that it must be kind.
func Document(document []byte, kind string, field func(r *Reader, name string) error) error {
	return DocumentInto(nil, document, kind, field)
}

// DocumentInto is Document whose strings lie in texts: what field reads, and an error's path, last no longer than that.
func DocumentInto(texts *Texts, document []byte, kind string, field func(r *Reader, name string) error) error {
	r := readers.Get().(*Reader)
	defer readers.Put(r)
	r.source, r.texts = *bytes.NewBuffer(document), texts
	r.decoder.Reset(&r.source)
	_, err := r.Object(kind, func(name string) error { return field(r, name) })
	if err == nil {
		err = r.end()
	}
	if err == nil {
		return nil
	}
	var malformed *Error
	switch {
	case !errors.As(err, &malformed):
		return &Error{Field: "body", Message: "must be " + kind + ": " + err.Error()}
	case malformed.Field == "":
		return &Error{Field: "body", Message: malformed.Message}
	}
	return err
}

// Quoted reads a document that is the value of a string. Every error is an *Error about that string.
// Of an unknown parameter, anything goes.
func Quoted(document string, read func(r *Reader) error) error {
	r := NewReader([]byte(document))
	r.quoted = true
	err := read(r)
	if err == nil {
		err = r.end()
	}
	return orMustBe(err, "JSON, or a string that holds it")
}

// end reports whatever follows the document.
func (r *Reader) end() error {
	_, err := r.decoder.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return errors.New("something follows its end")
}

// Object reads an object by calling field for each of its fields, which must read or skip the value.
// It says whether there was one.
func (r *Reader) Object(kind string, field func(name string) error) (present bool, err error) {
	if present, err = r.open('{', kind); !present {
		return false, err
	}
	for r.decoder.PeekKind() != '}' {
		quoted, err := r.decoder.ReadValue()
		if err != nil {
			return true, err
		}
		name := r.text(quoted)
		if err := field(name); err != nil {
			return true, At(name, err)
		}
	}
	_, err = r.decoder.ReadToken()
	return true, err
}

// List reads a list of at most limit elements by calling element for each, which must read or skip it.
// It says whether there was one.
func (r *Reader) List(kind string, limit int, element func(i int) error) (present bool, err error) {
	if present, err = r.open('[', kind); !present {
		return false, err
	}
	for i := 0; r.decoder.PeekKind() != ']'; i++ {
		if i == limit {
			return true, &Error{Message: fmt.Sprintf("are more than %d; there must be at most %d", limit, limit)}
		}
		if err := element(i); err != nil {
			return true, At("["+strconv.Itoa(i)+"]", err)
		}
	}
	_, err = r.decoder.ReadToken()
	return true, err
}

// open reads the beginning of an object or list. It says no if there is null instead.
func (r *Reader) open(delimiter jsontext.Kind, kind string) (bool, error) {
	found := r.decoder.PeekKind()
	if found != delimiter && found != 'n' && (found != jsontext.KindInvalid || r.quoted) {
		return false, mustBe(kind)
	}
	_, err := r.decoder.ReadToken() // or the error that made the kind invalid
	return found == delimiter && err == nil, err
}

// String reads a string.
func (r *Reader) String(kind string, into *string) error {
	value, err := r.scalar(kind, '"')
	if err != nil || value.Kind() != '"' {
		return err
	}
	*into = r.text(value)
	return nil
}

// text returns the string that a JSON string stands for.
func (r *Reader) text(quoted jsontext.Value) string {
	texts := r.texts
	if texts == nil {
		texts = &Texts{}
	}
	return texts.add(quoted)
}

// Strings reads a list of at most limit strings.
func (r *Reader) Strings(kind string, limit int, into *[]string) error {
	if r.IsNull() {
		return r.Skip()
	}
	var values []string
	_, err := r.List(kind, limit, func(int) error {
		if r.decoder.PeekKind() == 'n' {
			return mustBe("a string")
		}
		var value string
		err := r.String("a string", &value)
		values = append(values, value)
		return err
	})
	*into = values
	return err
}

// Bool reads true or false.
func (r *Reader) Bool(into *bool) error {
	value, err := r.scalar("true or false", 't', 'f')
	if err == nil && value.Kind() != 'n' {
		*into = value.Kind() == 't'
	}
	return err
}

// Int reads a whole number of 32 bits, which may be written as 10, 10.0 or 1e1.
func (r *Reader) Int(kind string, into *int) error {
	written, err := r.scalar(kind, '0')
	if err != nil || written.Kind() == 'n' {
		return err
	}
	value, err := strconv.ParseFloat(string(written), 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > math.MaxInt32 {
		return mustBe(kind)
	}
	*into = int(value)
	return nil
}

// Float reads a number.
func (r *Reader) Float(kind string, into *float64) error {
	written, err := r.scalar(kind, '0')
	if err != nil || written.Kind() == 'n' {
		return err
	}
	value, err := strconv.ParseFloat(string(written), 64)
	if err != nil {
		return mustBe(kind)
	}
	*into = value
	return nil
}

// scalar reads a value that is null or of one of the kinds that are admitted. It is valid until something else is read.
func (r *Reader) scalar(kind string, admitted ...jsontext.Kind) (jsontext.Value, error) {
	found := r.decoder.PeekKind()
	if found == 'n' || found == jsontext.KindInvalid && !r.quoted {
		return r.decoder.ReadValue()
	}
	for _, one := range admitted {
		if found == one {
			return r.decoder.ReadValue()
		}
	}
	return nil, mustBe(kind)
}

// IsString says whether the next value is a string.
func (r *Reader) IsString() bool { return r.decoder.PeekKind() == '"' }

// IsNull says whether the next value is null.
func (r *Reader) IsNull() bool { return r.decoder.PeekKind() == 'n' }

// IsList says whether the next value is a list.
func (r *Reader) IsList() bool { return r.decoder.PeekKind() == '[' }

// Raw reads a value of any form and returns its JSON.
func (r *Reader) Raw() ([]byte, error) {
	value, err := r.decoder.ReadValue()
	return bytes.Clone(value), err
}

// Skip reads a value of any form.
func (r *Reader) Skip() error { return r.decoder.SkipValue() }

// orMustBe turns an error of the document's form as JSON into one that says what it must be.
func orMustBe(err error, kind string) error {
	var malformed *Error
	if err == nil || errors.As(err, &malformed) {
		return err
	}
	return mustBe(kind)
}

func mustBe(kind string) error { return &Error{Message: "must be " + kind} }
