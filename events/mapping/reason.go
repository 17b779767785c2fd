package mapping

// The reasons this package itself gives for a row that can't be used, besides a mapping's own.
const (
	// ReasonMalformed: the row isn't sound CSV, or has more or fewer fields than the header.
	ReasonMalformed = "malformed_row"
	// ReasonEncoding: an id isn't valid in the mapping's encoding.
	ReasonEncoding = "bad_encoding"
	// ReasonUnknownType: nothing in the mapping says which type of event the row is.
	ReasonUnknownType = "unknown_type"
	// ReasonNoUser and ReasonNoItem: the row names no shopper, or no item.
	ReasonNoUser = "no_user"
	ReasonNoItem = "no_item"
	// ReasonNoID: the mapping takes event ids from a column, and this row has none.
	ReasonNoID = "no_event_id"
	// ReasonBadTime: the time isn't written as the mapping's layout says.
	ReasonBadTime = "bad_time"
	// ReasonBadNumber: a quantity, price or value is no finite number.
	ReasonBadNumber = "bad_number"
	// ReasonNegative: a quantity, price or value is negative.
	ReasonNegative = "negative_number"
	// ReasonOtherDay: the row lies in one day's file and its time on another day.
	ReasonOtherDay = "other_day"
)

// Reasons returns the reasons above, in that order.
func Reasons() []string {
	return []string{
		ReasonMalformed, ReasonEncoding, ReasonUnknownType, ReasonNoUser, ReasonNoItem, ReasonNoID,
		ReasonBadTime, ReasonBadNumber, ReasonNegative, ReasonOtherDay,
	}
}

// Rejection is why a row can't be used.
type Rejection struct {
	Reason string
	// Detail says in words what was wrong. It never quotes the user's column.
	Detail string
}
