package mapping

import (
	"regexp"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

// Mapping says how a shop's rows are read as events. It is made by [Load] or [Parse], never
// changed afterwards, and safe for concurrent use.
type Mapping struct {
	// Name is the source's name, and goes into each event.
	Name string `yaml:"name"`
	// TimeZone is the shop's, as in the IANA database: Europe/London. It says what a day is, and
	// how times are read that carry no offset of their own.
	TimeZone string `yaml:"time_zone"`
	CSV      CSV    `yaml:"csv"`
	Event    Event  `yaml:"event"`
	Item     Item   `yaml:"item"`
	// Duplicates says what becomes of a row whose event is there already: "drop" (the default)
	// counts it and leaves it out, "keep" makes it an event of its own.
	Duplicates string `yaml:"duplicates"`
	// Quarantine lists which rows can't be used. The first rule that holds gives the reason.
	Quarantine []Rule `yaml:"quarantine"`

	document document
	location *time.Location
	clock    clock
	numbers  numberFormat
}

// CSV is the dialect of the export.
type CSV struct {
	Delimiter string `yaml:"delimiter"` // one character; a comma unless said otherwise; "\t" for tabs
	// Decimal and Thousands are the marks in numbers: "." and none unless said otherwise.
	Decimal   string `yaml:"decimal"`
	Thousands string `yaml:"thousands"`
	Encoding  string `yaml:"encoding"` // utf-8 (the default) or latin-1
	// LazyQuotes allows quotation marks inside unquoted fields, as in: 13" pan.
	LazyQuotes bool `yaml:"lazy_quotes"`
}

// Event says where an event's fields come from. User, Item, Time and Type are needed.
type Event struct {
	ID       *Text   `yaml:"id"` // unless given, made of the whole row
	User     *Text   `yaml:"user"`
	Item     *Text   `yaml:"item"`
	Time     *Time   `yaml:"time"`
	Type     *Type   `yaml:"type"`
	Session  *Text   `yaml:"session"`
	Quantity *Number `yaml:"quantity"`
	Price    *Number `yaml:"price"`
	Value    *Value  `yaml:"value"`
}

// Item says where what is known of an item comes from. Its price is the event's.
type Item struct {
	Title    *Text `yaml:"title"`
	Category *Text `yaml:"category"`
	// InStock lists conditions, all of which hold where the item is in stock.
	InStock []Condition `yaml:"in_stock"`
}

// Text is a text taken from a column, without the space around it.
type Text struct {
	Column  string        `yaml:"column"`
	Case    string        `yaml:"case"` // upper, lower, or as it is
	Replace []Replacement `yaml:"replace"`
}

// Replacement puts With in the place of whatever Pattern matches, in the syntax of package regexp.
type Replacement struct {
	Pattern string `yaml:"pattern"`
	With    string `yaml:"with"`

	pattern *regexp.Regexp
}

// Number is a number taken from a column.
type Number struct {
	Column string `yaml:"column"`
	// Absolute drops the sign: a cancellation's quantity of -3 is 3 pieces that came back.
	Absolute bool `yaml:"absolute"`
}

// Value is what an event is worth: a column, or the product of quantity and price.
type Value struct {
	Column    string   `yaml:"column"`
	ProductOf []string `yaml:"product_of"`
}

// Time is a time taken from a column, or from several, put together with a space between.
type Time struct {
	Column  string   `yaml:"column"`
	Columns []string `yaml:"columns"`
	// Layout shows how the moment Mon Jan 2 15:04:05 2006 is written, as in package time; or it is
	// rfc3339, unix or unix_ms.
	Layout string `yaml:"layout"`
}

// Type says which type of event a row is: that of the first of Rules that holds, else what Values
// says of Column, else Default.
type Type struct {
	Rules   []TypeRule             `yaml:"rules"`
	Column  string                 `yaml:"column"`
	Values  map[string]events.Type `yaml:"values"`
	Default events.Type            `yaml:"default"`
}

// TypeRule makes a row an event of Type where all conditions hold.
type TypeRule struct {
	Type events.Type `yaml:"type"`
	When []Condition `yaml:"when"`
}

// Rule sends a row into quarantine where all conditions hold.
type Rule struct {
	Reason string `yaml:"reason"` // in lower case with underscores: no_customer
	// For limits the rule to events of these types.
	For  []events.Type `yaml:"for"`
	When []Condition   `yaml:"when"`
}

// Condition tests one column, without the space around it. It holds where every test given holds. A
// test for a number doesn't hold where the field is none.
type Condition struct {
	Column     string   `yaml:"column"`
	Empty      *bool    `yaml:"empty"`
	Equals     *string  `yaml:"equals"`
	OneOf      []string `yaml:"one_of"`
	Matches    *string  `yaml:"matches"` // in the syntax of package regexp
	NotMatches *string  `yaml:"not_matches"`
	Below      *float64 `yaml:"below"`
	AtMost     *float64 `yaml:"at_most"`
	Above      *float64 `yaml:"above"`
	AtLeast    *float64 `yaml:"at_least"`

	matches, notMatches *regexp.Regexp
}

// Location returns the shop's time zone.
func (m *Mapping) Location() *time.Location { return m.location }

// Comma returns the character between two fields.
func (m *Mapping) Comma() rune { return []rune(m.CSV.Delimiter)[0] }
