package mapping

import (
	"slices"
	"strings"
)

// tests says whether the condition tests anything at all.
func (c *Condition) tests() bool {
	return c.Empty != nil || c.Equals != nil || len(c.OneOf) > 0 || c.Matches != nil || c.NotMatches != nil ||
		c.testsNumber()
}

func (c *Condition) testsNumber() bool {
	return c.Below != nil || c.AtMost != nil || c.Above != nil || c.AtLeast != nil
}

// holds says whether the condition holds of a field.
func (c *Condition) holds(field string, numbers numberFormat) bool {
	field = strings.TrimSpace(field)
	switch {
	case c.Empty != nil && (field == "") != *c.Empty,
		c.Equals != nil && field != *c.Equals,
		len(c.OneOf) > 0 && !slices.Contains(c.OneOf, field),
		c.matches != nil && !c.matches.MatchString(field),
		c.notMatches != nil && c.notMatches.MatchString(field):
		return false
	}
	if !c.testsNumber() {
		return true
	}
	number, ok := numbers.parse(field)
	return ok &&
		(c.Below == nil || number < *c.Below) &&
		(c.AtMost == nil || number <= *c.AtMost) &&
		(c.Above == nil || number > *c.Above) &&
		(c.AtLeast == nil || number >= *c.AtLeast)
}

// test is a condition bound to a column's place in the row.
type test struct {
	*Condition
	column int
}

func allHold(tests []test, fields []string, numbers numberFormat) bool {
	for _, t := range tests {
		if !t.holds(fields[t.column], numbers) {
			return false
		}
	}
	return true
}
