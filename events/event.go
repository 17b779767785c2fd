package events

import "time"

// Type says what kind of thing a shopper did.
type Type string

// The kinds of events Daybreak knows.
const (
	View       Type = "view"       // looked at an item's page
	Cart       Type = "cart"       // put an item into the cart
	Purchase   Type = "purchase"   // bought an item
	Return     Type = "return"     // gave an item back, or cancelled its purchase
	Rating     Type = "rating"     // rated an item; Value holds the stars
	Impression Type = "impression" // was shown an item
	Click      Type = "click"      // clicked on an item that was shown
)

// Types returns every known type, in the order of the list above.
func Types() []Type {
	return []Type{View, Cart, Purchase, Return, Rating, Impression, Click}
}

// Valid says whether t is one of [Types].
func (t Type) Valid() bool {
	switch t {
	case View, Cart, Purchase, Return, Rating, Impression, Click:
		return true
	}
	return false
}

// Event is one thing a shopper did to one item. EventID, UserID, ItemID, Type and Time are always
// set; what a source doesn't know of the rest is the zero value.
type Event struct {
	// EventID is the same whenever the same source row is read again, and unique within a day.
	EventID string `parquet:"event_id" json:"event_id"`
	// UserID is the shop's own id of the shopper, or a salted hash of it.
	UserID string `parquet:"user_id,dict" json:"user_id"`
	ItemID string `parquet:"item_id,dict" json:"item_id"`
	Type   Type   `parquet:"type,dict" json:"type"`
	// Value is what the event is worth: money in the shop's currency for a purchase or return
	// (never negative: the type says which way it went), stars for a rating.
	Value float64 `parquet:"value" json:"value"`
	// Quantity is a number of pieces, never negative.
	Quantity float64 `parquet:"quantity" json:"quantity"`
	// Price is the price of one piece in the shop's currency.
	Price float64 `parquet:"price" json:"price"`
	// Time is in UTC, to the microsecond.
	Time time.Time `parquet:"time,timestamp(microsecond)" json:"time"`
	// SessionID groups events that belong together: a visit, or an order.
	SessionID string `parquet:"session_id,dict" json:"session_id,omitempty"`
	// RequestID, Position (from 0), ModelVersion and Strategy tell which recommendation an
	// impression or click belongs to.
	RequestID    string `parquet:"request_id,dict" json:"request_id,omitempty"`
	Position     int32  `parquet:"position" json:"position,omitempty"`
	ModelVersion string `parquet:"model_version,dict" json:"model_version,omitempty"`
	Strategy     string `parquet:"strategy,dict" json:"strategy,omitempty"`
	// Source names where the event comes from: a mapping's name, or "storefront".
	Source string `parquet:"source,dict" json:"source,omitempty"`
}
