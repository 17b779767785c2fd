package mapping

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/daybreak-ml/daybreak/events"
)

// Clean reads one row. It gives the event and what the row says about its item, or the one reason
// why the row can't be used. The event has no EventID unless the mapping takes it from a column.
func (c *Cleaner) Clean(fields []string) (events.Event, events.Item, *Rejection) {
	event, rejection := c.event(fields)
	if rejection != nil {
		return events.Event{}, events.Item{}, rejection
	}
	return event, c.describe(fields, event), nil
}

// event applies what can reject a row in a fixed order, so that each row has one reason: its form,
// the mapping's own rules, and then whatever is missing or can't be read.
func (c *Cleaner) event(fields []string) (events.Event, *Rejection) {
	var event events.Event
	if len(fields) != c.columns {
		return event, &Rejection{ReasonMalformed, fmt.Sprintf("%d fields where the header has %d", len(fields), c.columns)}
	}
	eventType, typed := c.eventType(fields)
	for _, rule := range c.rules {
		applies := len(rule.For) == 0 || typed && slices.Contains(rule.For, eventType)
		if applies && allHold(rule.when, fields, c.mapping.numbers) {
			return event, &Rejection{Reason: rule.Reason}
		}
	}
	if !typed {
		return event, &Rejection{ReasonUnknownType, c.typeInWords(fields)}
	}
	event.Type = eventType
	event.Source = c.mapping.Name
	if rejection := c.identify(fields, &event); rejection != nil {
		return event, rejection
	}
	var read bool
	if event.Time, read = c.mapping.clock(c.timeText(fields)); !read {
		return event, &Rejection{ReasonBadTime, fmt.Sprintf("%q is not written like %q", c.timeText(fields), c.mapping.Event.Time.Layout)}
	}
	return event, c.measure(fields, &event)
}

// identify fills in the event's ids.
func (c *Cleaner) identify(fields []string, event *events.Event) *Rejection {
	for _, id := range []struct {
		name    string
		text    *boundText
		missing string // the reason where it is empty; none where it may be
		into    *string
	}{
		{"user", c.user, ReasonNoUser, &event.UserID},
		{"item", c.item, ReasonNoItem, &event.ItemID},
		{"id", c.id, ReasonNoID, &event.EventID},
		{"session", c.session, "", &event.SessionID},
	} {
		if id.text == nil {
			continue
		}
		*id.into = id.text.read(fields)
		if *id.into == "" && id.missing != "" {
			return &Rejection{id.missing, fmt.Sprintf("column %s gives no %s", id.text.Column, id.name)}
		}
		if !utf8.ValidString(*id.into) {
			return &Rejection{ReasonEncoding, fmt.Sprintf("column %s is no valid UTF-8", id.text.Column)}
		}
	}
	return nil
}

// measure fills in the event's numbers.
func (c *Cleaner) measure(fields []string, event *events.Event) *Rejection {
	for _, measure := range []struct {
		number *boundNumber
		into   *float64
	}{
		{c.quantity, &event.Quantity},
		{c.price, &event.Price},
		{c.value, &event.Value},
	} {
		if measure.number == nil {
			continue
		}
		number, ok := c.mapping.numbers.parse(fields[measure.number.column])
		if !ok {
			return &Rejection{ReasonBadNumber, fmt.Sprintf("column %s is %q", measure.number.Column, fields[measure.number.column])}
		}
		if measure.number.Absolute {
			number = math.Abs(number)
		}
		if number < 0 {
			return &Rejection{ReasonNegative, fmt.Sprintf("column %s is %q", measure.number.Column, fields[measure.number.column])}
		}
		*measure.into = number + 0 // turns -0 into 0
	}
	if c.mapping.Event.Value != nil && len(c.mapping.Event.Value.ProductOf) > 0 {
		event.Value = c.product(event)
		if math.IsInf(event.Value, 0) {
			return &Rejection{ReasonBadNumber, "value is too large"}
		}
	}
	return nil
}

func (c *Cleaner) product(event *events.Event) float64 {
	product := 1.0
	for _, factor := range c.mapping.Event.Value.ProductOf {
		switch factor {
		case "quantity":
			product *= event.Quantity
		case "price":
			product *= event.Price
		}
	}
	return product
}

// describe returns what a row says about its item.
func (c *Cleaner) describe(fields []string, event events.Event) events.Item {
	item := events.Item{
		ItemID:    event.ItemID,
		InStock:   allHold(c.inStock, fields, c.mapping.numbers),
		FirstSeen: event.Time,
		LastSeen:  event.Time,
	}
	if event.Type != events.Return { // what comes back was sold at some earlier price
		item.Price = event.Price
	}
	if c.title != nil {
		item.Title = strings.ToValidUTF8(c.title.read(fields), "\uFFFD")
	}
	if c.category != nil {
		item.Category = strings.ToValidUTF8(c.category.read(fields), "\uFFFD")
	}
	return item
}

// Day returns the day of the shop on which the row's time falls, and whether that can be told.
func (c *Cleaner) Day(fields []string) (events.Day, bool) {
	if len(fields) != c.columns {
		return events.Day{}, false
	}
	moment, ok := c.mapping.clock(c.timeText(fields))
	if !ok {
		return events.Day{}, false
	}
	return events.DayOf(moment, c.mapping.location), true
}

// User returns the shopper's id as the row's event would have it; empty where there is none.
func (c *Cleaner) User(fields []string) string { return c.user.read(fields) }

// UserColumn returns the place of the user's column in a row, from 0.
func (c *Cleaner) UserColumn() int { return c.user.column }

// Session returns the row's session or order; empty where the mapping knows of none.
func (c *Cleaner) Session(fields []string) string {
	if c.session == nil {
		return ""
	}
	return c.session.read(fields)
}

func (c *Cleaner) eventType(fields []string) (events.Type, bool) {
	for _, rule := range c.typeRules {
		if allHold(rule.when, fields, c.mapping.numbers) {
			return rule.eventType, true
		}
	}
	if c.typeColumn >= 0 {
		if eventType, ok := c.mapping.Event.Type.Values[strings.TrimSpace(fields[c.typeColumn])]; ok {
			return eventType, true
		}
	}
	return c.mapping.Event.Type.Default, c.mapping.Event.Type.Default != ""
}

func (c *Cleaner) typeInWords(fields []string) string {
	if c.typeColumn < 0 {
		return "no rule of event.type holds"
	}
	return fmt.Sprintf("column %s is %q", c.mapping.Event.Type.Column, fields[c.typeColumn])
}

func (c *Cleaner) timeText(fields []string) string {
	if len(c.time) == 1 {
		return strings.TrimSpace(fields[c.time[0]])
	}
	parts := make([]string, len(c.time))
	for i, column := range c.time {
		parts[i] = strings.TrimSpace(fields[column])
	}
	return strings.Join(parts, " ")
}

func (t *boundText) read(fields []string) string {
	text := strings.TrimSpace(fields[t.column])
	for i := range t.Replace {
		text = t.Replace[i].pattern.ReplaceAllString(text, t.Replace[i].With)
	}
	switch t.Case {
	case "upper":
		text = strings.ToUpper(text)
	case "lower":
		text = strings.ToLower(text)
	}
	return text
}
