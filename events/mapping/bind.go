package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events"
)

// MissingColumnError says that a mapping names a column which the export doesn't have, or has twice.
type MissingColumnError struct {
	Mapping string // the mapping's file
	Line    int    // in it
	Field   string // of it
	Column  string
	Export  string
	Twice   bool
	Columns []string // what the export has
}

func (e *MissingColumnError) Error() string {
	problem := fmt.Sprintf("no column %q", e.Column)
	if e.Twice {
		problem = fmt.Sprintf("two columns %q", e.Column)
	}
	return fmt.Sprintf("%s:%d: %s: %s has %s; its columns are %s",
		e.Mapping, e.Line, e.Field, e.Export, problem, strings.Join(e.Columns, ", "))
}

// Cleaner turns the rows of one export into events. It is safe for concurrent use.
type Cleaner struct {
	mapping *Mapping
	columns int

	id, user, item, session, title, category *boundText
	time                                     []int
	quantity, price, value                   *boundNumber
	typeRules                                []boundTypeRule
	typeColumn                               int // -1 where the type doesn't come from a column
	inStock                                  []test
	rules                                    []boundRule
}

type boundText struct {
	*Text
	column int
}

type boundNumber struct {
	*Number
	column int
}

type boundTypeRule struct {
	eventType events.Type
	when      []test
}

type boundRule struct {
	*Rule
	when []test
}

// Bind fits the mapping to an export with the given header; export is its name in messages. The
// error is a [*MissingColumnError] where the mapping names a column that isn't there.
func (m *Mapping) Bind(header []string, export string) (*Cleaner, error) {
	b := &binder{mapping: m, export: export}
	for _, name := range header {
		b.header = append(b.header, strings.TrimSpace(name))
	}
	c := &Cleaner{
		mapping:    m,
		columns:    len(header),
		id:         b.text("event.id", m.Event.ID),
		user:       b.text("event.user", m.Event.User),
		item:       b.text("event.item", m.Event.Item),
		session:    b.text("event.session", m.Event.Session),
		title:      b.text("item.title", m.Item.Title),
		category:   b.text("item.category", m.Item.Category),
		quantity:   b.number("event.quantity", m.Event.Quantity),
		price:      b.number("event.price", m.Event.Price),
		typeColumn: -1,
		inStock:    b.tests("item.in_stock", m.Item.InStock),
	}
	for i, column := range m.Event.Time.Columns {
		field := "event.time.column"
		if m.Event.Time.Column == "" {
			field = fmt.Sprintf("event.time.columns[%d]", i)
		}
		c.time = append(c.time, b.column(field, column))
	}
	if m.Event.Value != nil && m.Event.Value.Column != "" {
		c.value = b.number("event.value", &Number{Column: m.Event.Value.Column})
	}
	for i, rule := range m.Event.Type.Rules {
		tests := b.tests(fmt.Sprintf("event.type.rules[%d].when", i), rule.When)
		c.typeRules = append(c.typeRules, boundTypeRule{eventType: rule.Type, when: tests})
	}
	if m.Event.Type.Column != "" {
		c.typeColumn = b.column("event.type.column", m.Event.Type.Column)
	}
	for i := range m.Quarantine {
		tests := b.tests(fmt.Sprintf("quarantine[%d].when", i), m.Quarantine[i].When)
		c.rules = append(c.rules, boundRule{Rule: &m.Quarantine[i], when: tests})
	}
	if b.err != nil {
		return nil, b.err
	}
	return c, nil
}

// binder finds columns and keeps the first thing that goes wrong.
type binder struct {
	mapping *Mapping
	header  []string
	export  string
	err     error
}

func (b *binder) column(field, name string) int {
	name = strings.TrimSpace(name)
	first := slices.Index(b.header, name)
	twice := first >= 0 && slices.Contains(b.header[first+1:], name)
	if (first < 0 || twice) && b.err == nil {
		b.err = &MissingColumnError{
			Mapping: b.mapping.document.file, Line: b.mapping.document.line(field), Field: field,
			Column: name, Export: b.export, Twice: twice, Columns: b.header,
		}
	}
	return first
}

func (b *binder) text(field string, text *Text) *boundText {
	if text == nil {
		return nil
	}
	return &boundText{Text: text, column: b.column(field+".column", text.Column)}
}

func (b *binder) number(field string, number *Number) *boundNumber {
	if number == nil {
		return nil
	}
	return &boundNumber{Number: number, column: b.column(field+".column", number.Column)}
}

func (b *binder) tests(field string, conditions []Condition) []test {
	var tests []test
	for i := range conditions {
		column := b.column(fmt.Sprintf("%s[%d].column", field, i), conditions[i].Column)
		tests = append(tests, test{Condition: &conditions[i], column: column})
	}
	return tests
}
