// Package instance reads what an app asks for, one shopper's request, from JSON, and says of
// anything malformed which field it is and what would be right.
package instance

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
)

// DefaultK is how many items are recommended where a request doesn't say.
const DefaultK = 10

// The longest lists that a request may hold.
const (
	MaxHistory    = 10_000 // interactions
	MaxItems      = 10_000 // items to allow, or to exclude
	MaxCategories = 1_000
)

// kind is what an instance must be.
const kind = `an object such as {"user_id": "17850"}`

// kindOfK is what k must be.
var kindOfK = fmt.Sprintf("a whole number from 1 to %d", model.MaxK)

// Decode reads an instance. A field that is null or absent has its default. A field that isn't one is
// an error, since it is most likely misspelt.
func Decode(r *Reader) (model.Request, error) {
	request := model.Request{K: DefaultK}
	present, err := r.Object(kind, func(name string) error { return decodeField(r, name, &request) })
	switch {
	case err != nil:
		return request, err
	case !present:
		return request, &Error{Message: "is null; it must be " + kind}
	}
	return request, Validate(request)
}

func decodeField(r *Reader, name string, request *model.Request) (err error) {
	switch name {
	case "user_id":
		return r.String("a string", &request.User)
	case "history":
		request.History, err = History(r)
		return err
	}
	known, err := Parameter(r, name, request)
	if !known {
		return &Error{Message: "is not a field; there are user_id, history, k, allow, exclude, exclude_seen, categories, in_stock, similar_to, diversity, max_per_category, explain"}
	}
	return err
}

// Parameter reads the value of a field that may be the same for many shoppers, and says whether name
// is one; if not, nothing is read.
func Parameter(r *Reader, name string, request *model.Request) (known bool, err error) {
	switch name {
	case "k":
		return true, r.Int(kindOfK, &request.K)
	case "allow":
		return true, r.Strings("a list of item ids, each a string", MaxItems, &request.Allow)
	case "exclude":
		return true, r.Strings("a list of item ids, each a string", MaxItems, &request.Exclude)
	case "exclude_seen":
		return true, r.Bool(&request.ExcludeSeen)
	case "categories":
		return true, r.Strings("a list of categories, each a string", MaxCategories, &request.Categories)
	case "in_stock":
		return true, r.Bool(&request.InStock)
	case "similar_to":
		return true, r.String("a string, an item's id", &request.SimilarTo)
	case "diversity":
		return true, r.Float("a number from 0 to 1", &request.Diversity)
	case "max_per_category":
		return true, r.Int("a whole number, 0 or more", &request.PerCategory)
	case "explain":
		return true, r.Bool(&request.Explain)
	}
	return false, nil
}

// Validate reports what no value of the right type says: a k out of range, an empty item id.
func Validate(request model.Request) error { return Locate("", request.Validate()) }
