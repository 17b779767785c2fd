// Package instance reads what an app asks for, one shopper's request, from JSON, and says of
// anything malformed which field it is and what would be right.
package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/model"
)

// DefaultK is how many items are recommended where a request doesn't say.
const DefaultK = 10

// An Error says which field of a request is malformed, by its path such as instances[0].k, and what
// would be right.
type Error struct {
	Field   string
	Message string
}

func (e *Error) Error() string { return e.Field + " " + e.Message }

// Decode reads the instance at path. A field that is null or absent has its default. A field that
// isn't one is an error, since it is most likely misspelt.
func Decode(path string, value json.RawMessage) (model.Request, error) {
	request := model.Request{K: DefaultK}
	var object map[string]json.RawMessage
	if err := read(path, value, `an object such as {"user_id": "17850"}`, &object); err != nil {
		return request, err
	}
	if object == nil {
		return request, &Error{Field: path, Message: `is null; it must be an object such as {"user_id": "17850"}`}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) { // sorted, so that the same fault is reported each time
		if err := decodeField(path+"."+name, name, object[name], &request); err != nil {
			return request, err
		}
	}
	return request, Validate(path, request)
}

func decodeField(path, name string, value json.RawMessage, request *model.Request) (err error) {
	switch name {
	case "user_id":
		return read(path, value, "a string", &request.User)
	case "history":
		request.History, err = History(path, value)
		return err
	case "explain":
		return read(path, value, "true or false", &request.Explain)
	}
	known, err := Parameter(path, name, value, request)
	if !known {
		return &Error{Field: path, Message: "is not a field; there are user_id, history, k, exclude, exclude_seen, categories, in_stock, similar_to, explain"}
	}
	return err
}

// Parameter reads the value of a field that may be the same for many shoppers, and says whether name
// is one.
func Parameter(path, name string, value json.RawMessage, request *model.Request) (known bool, err error) {
	switch name {
	case "k":
		return true, read(path, value, fmt.Sprintf("a whole number from 1 to %d", model.MaxK), &request.K)
	case "exclude":
		return true, read(path, value, "a list of item ids, each a string", &request.Exclude)
	case "exclude_seen":
		return true, read(path, value, "true or false", &request.ExcludeSeen)
	case "categories":
		return true, read(path, value, "a list of categories, each a string", &request.Categories)
	case "in_stock":
		return true, read(path, value, "true or false", &request.InStock)
	case "similar_to":
		return true, read(path, value, "a string, an item's id", &request.SimilarTo)
	}
	return false, nil
}

// Validate reports what no value of the right type says: a k out of range, an empty item id.
func Validate(path string, request model.Request) error {
	return Locate(path, request.Validate())
}

// Locate turns a *model.RequestError about the request at path into an *Error, and leaves others as
// they are.
func Locate(path string, err error) error {
	var malformed *model.RequestError
	if !errors.As(err, &malformed) {
		return err
	}
	return &Error{Field: path + "." + malformed.Field, Message: malformed.Message}
}

// History reads the list of a shopper's interactions at path: item ids, each a view now, or objects
// with item_id, type, time and value.
func History(path string, value json.RawMessage) ([]model.Interaction, error) {
	var entries []json.RawMessage
	if err := read(path, value, "a list of item ids and objects with an item_id", &entries); err != nil {
		return nil, err
	}
	history := make([]model.Interaction, len(entries))
	for i, entry := range entries {
		if err := interaction(fmt.Sprintf("%s[%d]", path, i), entry, &history[i]); err != nil {
			return nil, err
		}
	}
	return history, nil
}

func interaction(path string, value json.RawMessage, into *model.Interaction) error {
	if strings.HasPrefix(string(value), `"`) {
		return read(path, value, "a string", &into.Item)
	}
	var object struct {
		Item  json.RawMessage `json:"item_id"`
		Type  json.RawMessage `json:"type"`
		Time  json.RawMessage `json:"time"`
		Value json.RawMessage `json:"value"`
	}
	if err := read(path, value, "an item id or an object with an item_id", &object); err != nil {
		return err
	}
	if err := read(path+".item_id", object.Item, "a string", &into.Item); err != nil {
		return err
	}
	if into.Item == "" {
		return &Error{Field: path + ".item_id", Message: "is missing or empty; it must name an item"}
	}
	if err := read(path+".type", object.Type, "a string such as \"cart\"", &into.Type); err != nil {
		return err
	}
	if err := read(path+".value", object.Value, "a number", &into.Value); err != nil {
		return err
	}
	var at *time.Time
	if err := read(path+".time", object.Time, "a time such as \"2011-11-08T10:00:00Z\"", &at); err != nil {
		return err
	}
	if at != nil {
		into.Time = *at
	}
	return nil
}

// read decodes the value at path, which should be what kind says. One that is null or absent leaves
// into as it is.
func read(path string, value json.RawMessage, kind string, into any) error {
	if len(value) == 0 {
		return nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return &Error{Field: path, Message: "must be " + kind}
	}
	return nil
}
