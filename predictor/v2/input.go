package v2

import (
	"fmt"
	"math"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

// An input as JSON has it. Its elements are either in data or follow the document as bytes.
type input struct {
	oip.Input
	hasData bool
	bytes   int // binary_data_size; -1 if there is none
}

// decodeInput reads an input, with its elements from the beginning of binary if they are given as
// bytes, and returns the bytes after them.
func decodeInput(r *instance.Reader, binary []byte) (oip.Input, []byte, error) {
	decoded := input{bytes: -1}
	_, err := r.Object("an object with name, datatype, shape and data", func(name string) error {
		switch name {
		case "name":
			return r.String("a string", &decoded.Name)
		case "datatype":
			return r.String("a string", &decoded.Datatype)
		case "shape":
			return decodeShape(r, &decoded.Shape)
		case "parameters":
			_, err := r.Object("an object", func(name string) error {
				if name == "binary_data_size" {
					return decodeSize(r, &decoded.bytes)
				}
				return r.Skip()
			})
			return err
		case "data":
			decoded.hasData = true
			if decoded.Datatype != "" && decoded.Datatype != "BYTES" {
				return r.Skip() // what is wrong is the datatype
			}
			return decodeData(r, &decoded.Values, 0)
		}
		return r.Skip()
	})
	if err != nil || decoded.bytes < 0 {
		return decoded.Input, binary, err
	}
	switch {
	case decoded.hasData:
		return decoded.Input, binary, &instance.Error{Field: "data", Message: "is given, and binary_data_size, too; it must be one of them"}
	case decoded.bytes > len(binary):
		return decoded.Input, binary, &instance.Error{Field: "parameters.binary_data_size", Message: fmt.Sprintf("is %d; %d bytes of the body are left", decoded.bytes, len(binary))}
	}
	decoded.Values, err = oip.Strings(binary[:decoded.bytes], recommend.MaxInstances)
	return decoded.Input, binary[decoded.bytes:], instance.At("data", err)
}

func decodeShape(r *instance.Reader, into *[]int64) error {
	const most = 8 // dimensions; more than any tensor here has
	_, err := r.List("a list of whole numbers", most, func(int) error {
		var size int
		err := r.Int("a whole number", &size)
		*into = append(*into, int64(size))
		return err
	})
	return err
}

func decodeSize(r *instance.Reader, into *int) error {
	const kind = "a whole number, 0 or more"
	if err := r.Int(kind, into); err != nil {
		return err
	}
	if *into < 0 || *into > math.MaxInt32 {
		return &instance.Error{Message: "must be " + kind}
	}
	return nil
}

// decodeData reads the elements of a tensor, in row-major order. They may lie in a flat list or in
// lists of lists.
func decodeData(r *instance.Reader, into *[]string, depth int) error {
	const most = 2 // dimensions of an input
	_, err := r.List("a list of strings", recommend.MaxInstances, func(int) error {
		if r.IsList() && depth+1 < most {
			return decodeData(r, into, depth+1)
		}
		if r.IsNull() || !r.IsString() {
			return &instance.Error{Message: "must be a string"}
		}
		var value string
		err := r.String("a string", &value)
		*into = append(*into, value)
		return err
	})
	if err == nil && len(*into) > recommend.MaxInstances {
		return &instance.Error{Message: fmt.Sprintf("has more than %d values", recommend.MaxInstances)}
	}
	return err
}
