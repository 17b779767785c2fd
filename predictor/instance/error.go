package instance

import (
	"errors"

	"github.com/daybreak-ml/daybreak/model"
)

// An Error says which field of a request is malformed, by its path such as instances[0].k, and what
// would be right.
type Error struct {
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Field + " " + e.Message }

// At puts the path of what holds the field before the path of a malformed field, and leaves other
// errors as they are. A field's name is joined by a dot, a place in a list such as [3] without.
func At(path string, err error) error {
	if err == nil {
		return nil
	}
	var malformed *Error
	if !errors.As(err, &malformed) {
		return err
	}
	switch {
	case path == "":
		return err
	case malformed.Field == "":
		return &Error{Field: path, Message: malformed.Message}
	case malformed.Field[0] == '[':
		return &Error{Field: path + malformed.Field, Message: malformed.Message}
	}
	return &Error{Field: path + "." + malformed.Field, Message: malformed.Message}
}

// Locate turns a *model.RequestError about the request at path into an *Error, and leaves others as
// they are.
func Locate(path string, err error) error {
	if err == nil {
		return nil
	}
	var malformed *model.RequestError
	if !errors.As(err, &malformed) {
		return err
	}
	return At(path, &Error{Field: malformed.Field, Message: malformed.Message})
}
