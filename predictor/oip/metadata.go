package oip

// What the server says of itself.
const (
	ServerName    = "daybreak"
	ServerVersion = "1"
	Platform      = "daybreak" // of every model
)

// Extensions returns the protocol's extensions that the server speaks.
func Extensions() []string { return []string{"model_repository", "binary_tensor_data"} }

// A Description is the form of an input or output; -1 is a dimension that varies.
type Description struct {
	Name     string  `json:"name"`
	Datatype string  `json:"datatype"`
	Shape    []int64 `json:"shape"`
}

// Inputs returns the inputs of every model.
func Inputs() []Description {
	return []Description{{"user_id", "BYTES", []int64{-1}}, {"history", "BYTES", []int64{-1}}}
}

// Outputs returns the outputs of every model. The first two are given where none is asked for.
func Outputs() []Description {
	return []Description{
		{"item_id", "BYTES", []int64{-1, -1}},
		{"score", "FP32", []int64{-1, -1}},
		{"because", "BYTES", []int64{-1, -1}},
		{"strategy", "BYTES", []int64{-1}},
	}
}
